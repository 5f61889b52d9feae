//! The pipeline of a policy: observe, plan, apply; and clean up what a failed event has created.

use std::sync::OnceLock;

use policy_document::document;
use tracing::{info, warn};

use super::apply::{apply, apply_removal};
use super::creation::Creation;
use super::desired::{Declared, Removal};
use super::explain::{explain, warn_of_findings};
use super::observed::{
    FoundBy, Observed, find_namesake, observe, read_namesake, wait_for_namesake,
};
use super::observed_removal::{
    ObservedRemoval, is_current, observe_leftover, observe_refused_replacement, observe_removal,
};
use super::ownership;
use super::physical_id::PhysicalId;
use super::plan::{self, Plan};
use super::removal::{RemovalPlan, plan_removal};
use super::second_look::{look_twice, wait_for_reads};
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

/// Reads what is there, and plans for the policy to be as declared. Nothing is written. What would
/// follow from an absence is looked at twice.
///
/// # Errors
/// What cannot be read, or a policy that is not ours to change.
pub async fn observe_and_plan(
    reader: &Reader,
    declared: &Declared,
    lookup: NameLookup,
) -> Result<Planned, Error> {
    let operation = format!("read what is there for policy {:?}", declared.name);
    let look = || observe_and_plan_once(reader, declared, lookup);
    look_twice(&reader.calls, &operation, look, |planned| is_in_doubt(declared, planned)).await
}

async fn observe_and_plan_once(
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

/// Reads what is there of a policy that is to go, and plans for it to be gone. Nothing is written.
/// What would follow from an absence is looked at twice.
///
/// # Errors
/// What cannot be read, or attachments of others.
pub async fn observe_and_plan_removal(
    reader: &Reader,
    removal: &Removal,
) -> Result<(Option<ObservedRemoval>, RemovalPlan), Error> {
    let operation = format!("read policy {}", removal.physical_id);
    let look = || async {
        let observed = observe_removal(reader, removal).await?;
        let plan = plan_removal(removal, observed.as_ref())?;
        Ok((observed, plan))
    };
    let is_in_doubt = |looked: &Result<(Option<ObservedRemoval>, RemovalPlan), Error>| {
        looked.as_ref().is_ok_and(|(_, plan)| plan.is_in_doubt())
    };
    look_twice(&reader.calls, &operation, look, is_in_doubt).await
}

/// Whether reads that show what was before may be the reason for such a plan, or for there being
/// none: the resource's policy has vanished, or the policy is nobody's or another's.
fn is_in_doubt(declared: &Declared, planned: &Result<Planned, Error>) -> bool {
    match planned {
        Err(error) => error.may_be_due_to_lag(),
        Ok(planned) => match &planned.observed.policy {
            None => declared.holds_policy(),
            Some(live) => !declared.owner.owns(&live.tags),
        },
    }
}

impl Pipeline<'_> {
    /// Brings the policy to what is declared.
    ///
    /// # Errors
    /// What failed first. [`Pipeline::clean_up`] comes next then.
    pub async fn reconcile(&self, declared: &Declared) -> Result<Outcome, Error> {
        let Planned { observed, plan } = self.plan(declared).await?;
        let policy = match self.apply(&plan, declared).await {
            Err(Error::NameTaken { .. }) => {
                let namesake = self.plan_for_namesake(declared, &observed).await?;
                self.apply(&Plan { replaces: plan.replaces, ..namesake }, declared).await?
            }
            applied => applied?,
        };
        if may_have_left_another(declared, &observed) {
            self.remove_leftover(declared, &policy.id).await?;
        }
        self.remove_refused_replacement(declared, &observed, &policy.id).await?;
        Ok(outcome(declared, &observed, &policy))
    }

    /// An earlier Update has put another policy in the place of the one that CloudFormation still
    /// holds. If CloudFormation does not say so, that other one may be the living one, and stays.
    async fn remove_refused_replacement(
        &self,
        declared: &Declared,
        observed: &Observed,
        kept: &PolicyId,
    ) -> Result<(), Error> {
        let held = observed.policy.as_ref().filter(|live| live.found_by == FoundBy::PhysicalId);
        let Some(held) = held else { return Ok(()) };
        let refused = ownership::replacement(&held.tags).and_then(PolicyId::parse);
        let Some(refused) = refused.filter(|id| id != kept) else { return Ok(()) };
        if !is_current(&self.writer.reader, &held.id).await {
            return Ok(());
        }
        info!("policy {refused} was a replacement that CloudFormation did not take: removing it");
        self.remove_one(&declared.removal(PhysicalId::Policy(refused))).await.map(drop)
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
        let operation = format!("look for policy {:?}", declared.name);
        self.progress.begin(operation.clone());
        let reader = &self.writer.reader;
        let found = OnceLock::new();
        let look = || async {
            let policy = match found.get() {
                None => wait_for_namesake(reader, declared).await?,
                Some(id) => read_namesake(reader, declared, id).await?,
            };
            found.get_or_init(|| policy.id.clone());
            // The first plan has enabled the type.
            let observed = Observed { policy: Some(policy), root: None, ..seen.clone() };
            let plan = plan::plan(declared, &observed);
            let kept = plan.as_ref().ok().and(observed.policy.as_ref());
            self.creation.planned(declared, kept);
            Ok(Planned { plan: plan?, observed })
        };
        let is_in_doubt = |planned: &Result<Planned, Error>| is_in_doubt(declared, planned);
        Ok(look_twice(&reader.calls, &operation, look, is_in_doubt).await?.plan)
    }

    async fn apply(&self, plan: &Plan, declared: &Declared) -> Result<PolicyHandle, Error> {
        let applied = apply(self.writer, plan, self.progress, self.creation).await;
        let policy = applied.map_err(|error| explain(error, declared))?;
        warn_of_findings(plan, declared);
        Ok(policy)
    }

    /// Removes a policy, and what an Update has put in its place without CloudFormation taking it.
    ///
    /// # Errors
    /// What failed.
    pub async fn remove(&self, removal: &Removal) -> Result<(), Error> {
        let seen = self.remove_one(removal).await?;
        let PhysicalId::Policy(id) = &removal.physical_id else {
            return Ok(());
        };
        let reader = &self.writer.reader;
        let seen = seen.as_ref();
        let Some(other) = observe_refused_replacement(reader, removal, id, seen).await? else {
            return Ok(());
        };
        info!(
            "policy {other} was to replace {id}, and CloudFormation did not take it: removing it"
        );
        let other = Removal { physical_id: PhysicalId::Policy(other), ..removal.clone() };
        self.remove_one(&other).await.map(drop)
    }

    /// Removes one policy, and says how it was. If it is attached again meanwhile, or a list was
    /// behind, the second look finds it so.
    async fn remove_one(&self, removal: &Removal) -> Result<Option<ObservedRemoval>, Error> {
        match self.remove_once(removal).await {
            Err(Error::Call { cause: CallError { kind: Kind::PolicyInUse, .. }, .. }) => {}
            // What looks like others' attachments may be what we have just taken off ourselves.
            Err(Error::ForeignAttachments { .. }) => {
                wait_for_reads(&self.writer.reader.calls).await;
            }
            result => return result,
        }
        self.remove_once(removal).await
    }

    async fn remove_once(&self, removal: &Removal) -> Result<Option<ObservedRemoval>, Error> {
        self.progress.begin(format!("read policy {}", removal.physical_id));
        let (observed, plan) = observe_and_plan_removal(&self.writer.reader, removal).await?;
        apply_removal(self.writer, &plan, self.progress).await?;
        Ok(observed)
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
        let Some(created) = created else {
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
    match &observed.policy {
        None => declared.holds_policy(),
        Some(live) => {
            declared.changes_type()
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
