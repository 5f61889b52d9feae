//! The pipeline of a policy: observe, plan, apply; and clean up what a failed event has created.

use policy_document::document;
use tokio::time::sleep;
use tracing::{info, warn};

use super::apply::{apply, apply_removal};
use super::creation::Creation;
use super::desired::{Declared, Removal};
use super::observed::{
    FoundBy, LIST_LAG, Observed, find_namesake, observe, observe_leftover, observe_removal,
    wait_for_namesake,
};
use super::physical_id::PhysicalId;
use super::plan::{self, Plan};
use super::removal::plan_removal;
use crate::aws::types::{PolicyHandle, PolicyId};
use crate::aws::{Reader, Writer};
use crate::error::{CallError, Error, Kind};
use crate::progress::Progress;
use crate::protocol::response::{Attribute, Outcome};

/// Works on one policy for one event.
#[derive(Clone, Copy, Debug)]
pub struct Pipeline<'a> {
    /// The organization.
    pub writer: &'a Writer,
    /// How far the work came.
    pub progress: &'a Progress,
    /// What is known of the policy while it is worked on.
    pub creation: &'a Creation,
}

/// Whether a policy is looked for by its declared name where none is known by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameLookup {
    /// It is, in the organization's list, where a policy would be created. For a preview, which does
    /// not call CreatePolicy.
    BeforeCreate,
    /// It is not: CreatePolicy reports a duplicate. With a hundred policies in a stack, the lists
    /// would be the bottleneck.
    LeftToCreate,
}

/// What is there, and what is to be done.
#[derive(Clone, Debug)]
pub struct Planned {
    /// What is there.
    pub observed: Observed,
    /// What is to be done.
    pub plan: Plan,
}

/// Reads what is there, and plans for the policy to be as declared. Nothing is written.
///
/// # Errors
/// What cannot be read, or a policy that is not ours to change.
pub async fn observe_and_plan(
    reader: &Reader,
    declared: &Declared,
    lookup: NameLookup,
) -> Result<Planned, Error> {
    let mut observed = observe(reader, declared).await?;
    let mut plan = plan::plan(declared, &observed)?;
    if lookup == NameLookup::BeforeCreate
        && !plan.keeps_policy()
        && let Some(namesake) = find_namesake(reader, declared).await?
    {
        observed.policy = Some(namesake);
        plan = plan::plan(declared, &observed)?;
    }
    Ok(Planned { observed, plan })
}

impl Pipeline<'_> {
    /// Brings the policy to what is declared.
    ///
    /// # Errors
    /// What failed first. [`Pipeline::clean_up`] comes next then.
    pub async fn reconcile(&self, declared: &Declared) -> Result<Outcome, Error> {
        let Planned { observed, plan } = self.plan(declared).await?;
        let policy = match self.apply(&plan).await {
            Err(Error::NameTaken { .. }) => {
                let plan = self.plan_for_namesake(declared, &observed).await?;
                self.apply(&plan).await?
            }
            applied => applied?,
        };
        if may_have_left_another(declared, &observed) {
            self.remove_leftover(declared, &policy.id).await?;
        }
        Ok(outcome(declared, &observed, &policy))
    }

    async fn plan(&self, declared: &Declared) -> Result<Planned, Error> {
        for warning in &declared.warnings {
            warn!("{warning}");
        }
        self.progress.begin(format!("read what is there for policy {:?}", declared.name));
        self.creation.begin_reading(declared);
        let planned =
            observe_and_plan(&self.writer.reader, declared, NameLookup::LeftToCreate).await;
        let kept = planned.as_ref().ok().filter(|planned| planned.plan.keeps_policy());
        self.creation.planned(declared, kept.and_then(|planned| planned.observed.policy.as_ref()));
        planned
    }

    /// Plans once more, after CreatePolicy has said that there is a policy of this name.
    async fn plan_for_namesake(&self, declared: &Declared, seen: &Observed) -> Result<Plan, Error> {
        self.progress.begin(format!("look for policy {:?}", declared.name));
        let policy = wait_for_namesake(&self.writer.reader, declared).await?;
        // The first plan has enabled the type.
        let observed = Observed { policy: Some(policy), root: None, ..seen.clone() };
        let plan = plan::plan(declared, &observed);
        let kept = plan.as_ref().ok().and(observed.policy.as_ref());
        self.creation.planned(declared, kept);
        plan
    }

    async fn apply(&self, plan: &Plan) -> Result<PolicyHandle, Error> {
        apply(self.writer, plan, self.progress, self.creation).await
    }

    /// Removes a policy. If it is attached again meanwhile, or a list was behind, the second look
    /// finds it so.
    ///
    /// # Errors
    /// What failed.
    pub async fn remove(&self, removal: &Removal) -> Result<(), Error> {
        match self.remove_once(removal).await {
            Err(Error::Call { cause: CallError { kind: Kind::PolicyInUse, .. }, .. }) => {}
            // What looks like others' attachments may be what we have just taken off ourselves.
            Err(Error::ForeignAttachments { .. }) => sleep(LIST_LAG).await,
            result => return result,
        }
        self.remove_once(removal).await
    }

    async fn remove_once(&self, removal: &Removal) -> Result<(), Error> {
        self.progress.begin(format!("read policy {}", removal.physical_id));
        let observed = observe_removal(&self.writer.reader, removal).await?;
        let plan = plan_removal(removal, observed.as_ref())?;
        apply_removal(self.writer, &plan, self.progress).await
    }

    /// Removes what a failed event has created, where nobody else will. After a failed Update,
    /// CloudFormation knows of the old policy only. After a failed Create its Delete comes, by the
    /// id we respond with; but if the Create was overtaken, nobody reads that response.
    ///
    /// # Errors
    /// What failed.
    pub async fn clean_up(&self, declared: &Declared, error: &Error) -> Result<(), Error> {
        if declared.physical_id.is_none() && !error.is_overtaken() {
            return Ok(());
        }
        let created = self.creation.to_clean_up(&declared.owner.request_id);
        let Some(created) = created.filter(|id| declared.physical_id.as_ref() != Some(id)) else {
            return Ok(());
        };
        info!("the event failed: removing what it has created");
        self.remove(&declared.removal(created)).await
    }

    /// An earlier Update, failed or without a response, may have left a policy behind that it
    /// created in place of another: of a new type, or because the old one had vanished. Its
    /// rollback is this Update, which removes that one.
    async fn remove_leftover(&self, declared: &Declared, kept: &PolicyId) -> Result<(), Error> {
        let Some((name, policy_type)) = &declared.former_name else {
            return Ok(());
        };
        self.progress.begin(format!("look for what a replacement left of policy {name:?}"));
        let reader = &self.writer.reader;
        let leftover = observe_leftover(reader, &declared.owner, name, policy_type).await?;
        let Some(id) = leftover.filter(|id| id != kept) else {
            return Ok(());
        };
        info!("an earlier replacement left policy {id} behind: removing it");
        self.remove(&declared.removal(PhysicalId::Policy(id))).await
    }
}

/// Whether an earlier event may have created another policy in place of the resource's own, which
/// had vanished or is of the declared type again.
fn may_have_left_another(declared: &Declared, observed: &Observed) -> bool {
    let had_policy = declared.physical_id.as_ref().is_some_and(PhysicalId::is_policy);
    let former_type = declared.former_name.as_ref().map(|(_, former)| former);
    let changes_type = former_type.is_some_and(|former| *former != declared.policy_type);
    match &observed.policy {
        None => had_policy,
        Some(live) => {
            changes_type
                && live.found_by == FoundBy::PhysicalId
                && live.description.policy_type == declared.policy_type
        }
    }
}

/// What CloudFormation gets: the policy's id, and what Fn::GetAtt can get.
fn outcome(declared: &Declared, observed: &Observed, policy: &PolicyHandle) -> Outcome {
    let characters = document::minify(&declared.content).chars().count();
    let text = |text: &str| Attribute::Text(text.to_owned());
    Outcome {
        physical_id: policy.id.to_string(),
        attributes: vec![
            ("PolicyId", text(policy.id.as_str())),
            ("Arn", text(&policy.arn)),
            ("Name", text(&declared.name)),
            ("Type", text(&declared.policy_type)),
            ("TargetIds", Attribute::List(observed.targets.iter().cloned().collect())),
            ("ContentLength", text(&characters.to_string())),
        ],
    }
}
