//! The pipeline of a policy: observe, plan, apply, and take away what a failed event has made.

use serde_json::{Map, Value};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::aws::organizations::{Organizations, PolicyHandle};
use crate::error::{Error, Kind};
use crate::function::{Outcome, Work, log};
use crate::policy::apply::apply;
use crate::policy::desired::{Declared, Desired, Removal};
use crate::policy::observed::{
    Found, LIST_LAG, LivePolicy, Observed, observe, observe_leftover, observe_namesake,
    observe_removal,
};
use crate::policy::ownership::Ownership;
use crate::policy::plan::{plan, plan_removal};
use crate::progress::Creation;
use crate::protocol::request::{PhysicalId, PolicyId};
use policy_document::document;

impl Work<'_> {
    fn organizations(&self) -> &Organizations {
        &self.services.organizations
    }

    /// Brings the policy to what is desired.
    pub async fn carry_through(&self, desired: &Desired) -> Result<Outcome, Error> {
        match desired {
            Desired::Present(declared) => {
                let kept = self.guard(self.deadline.work, self.keep(declared)).await;
                let Err(error) = kept else { return kept };
                match self.guard(self.deadline.tidying, self.tidy_up(declared, &error)).await {
                    Ok(()) => Err(error),
                    Err(tidying) => {
                        Err(Error::Untidied { error: Box::new(error), tidying: Box::new(tidying) })
                    }
                }
            }
            Desired::Absent(removal) => {
                let remove = self.remove(self.organizations(), removal);
                self.guard(self.deadline.tidying, remove).await?;
                Ok(Outcome { physical_id: removal.physical_id.to_string(), data: Map::new() })
            }
        }
    }

    /// Makes the policy as declared.
    async fn keep(&self, declared: &Declared) -> Result<Outcome, Error> {
        for warning in &declared.warnings {
            warn!("{warning}");
        }
        self.progress.begin(format!("read what is there for policy {:?}", declared.name));
        // Until all has been read, an earlier delivery of a Create may have made the policy.
        if declared.physical_id.is_none() {
            self.progress.set_creation(Creation::Unknown);
        }
        let observed = observe(self.organizations(), declared).await;
        let mut observed = observed.inspect_err(|_| self.progress.set_creation(Creation::None))?;
        let vanished = declared.physical_id.as_ref().is_some_and(PhysicalId::is_policy)
            && observed.policy.is_none();
        let policy = match self.carry_out(declared, &observed).await {
            Err(Error::NameTaken { .. }) => {
                self.progress.begin(format!("look for policy {:?}", declared.name));
                observed.policy = Some(observe_namesake(self.organizations(), declared).await?);
                // The first plan has enabled the type.
                observed.root = None;
                self.carry_out(declared, &observed).await?
            }
            result => result?,
        };
        if vanished || is_back(declared, &observed) {
            self.remove_leftover(declared, &policy.id).await?;
        }
        Ok(Outcome {
            physical_id: policy.id.to_string(),
            data: attributes(declared, &observed, &policy),
        })
    }

    async fn carry_out(
        &self,
        declared: &Declared,
        observed: &Observed,
    ) -> Result<PolicyHandle, Error> {
        // Until the plan stands, nothing is made and nobody's policy is taken.
        self.progress.set_creation(Creation::None);
        let plan = plan(declared, observed)?;
        if let (Some(live), Some(_)) = (&observed.policy, &plan.policy) {
            self.progress.set_creation(origin(declared, live));
        }
        log(&plan);
        let policy = apply(self.organizations(), &plan, self.progress).await?;
        policy.ok_or_else(|| Error::Panic { doing: self.progress.doing() })
    }

    /// Takes a policy away. If it is attached again meanwhile, or a list was behind the times, the
    /// second look finds it so.
    async fn remove(&self, organizations: &Organizations, removal: &Removal) -> Result<(), Error> {
        match self.remove_once(organizations, removal).await {
            Err(Error::Call { cause, .. }) if cause.kind == Kind::PolicyInUse => {}
            // What looks like others' may be what we have just taken off ourselves.
            Err(Error::ForeignAttachments { .. }) => sleep(LIST_LAG).await,
            result => return result,
        }
        self.remove_once(organizations, removal).await
    }

    async fn remove_once(
        &self,
        organizations: &Organizations,
        removal: &Removal,
    ) -> Result<(), Error> {
        self.progress.begin(format!("read policy {}", removal.physical_id));
        let remains = observe_removal(organizations, removal).await?;
        let plan = plan_removal(removal, remains.as_ref())?;
        log(&plan);
        apply(organizations, &plan, self.progress).await?;
        Ok(())
    }

    /// After a failed Update, CloudFormation knows of the old policy only: one that the Update has
    /// made besides has to go. After a failed Create its Delete comes, by the id we answer; but if
    /// the Create was overtaken, nobody reads that answer and the Delete is over.
    async fn tidy_up(&self, declared: &Declared, error: &Error) -> Result<(), Error> {
        if declared.physical_id.is_none() && !error.is_overtaken() {
            return Ok(());
        }
        let made = match self.progress.creation() {
            Creation::Made(id) | Creation::Adopted(id) => PhysicalId::Policy(id),
            Creation::Unknown => PhysicalId::Unknown(declared.owner.request_id.clone()),
            Creation::None | Creation::Found => return Ok(()),
        };
        if declared.physical_id.as_ref() == Some(&made) {
            return Ok(());
        }
        info!("the event failed: taking away what it has made");
        self.remove(&self.organizations().unstoppable(), &declared.removal(made)).await
    }

    /// An earlier Update, failed or never answered, may have left a policy behind that it made in
    /// place of another: by a new type, or because the old one had vanished. Its rollback is this
    /// Update, which takes that one away.
    async fn remove_leftover(&self, declared: &Declared, kept: &PolicyId) -> Result<(), Error> {
        let Some((name, policy_type)) = &declared.former_name else {
            return Ok(());
        };
        self.progress.begin(format!("look for what a replacement left of policy {name:?}"));
        let leftover =
            observe_leftover(self.organizations(), &declared.owner, name, policy_type).await?;
        let Some(id) = leftover.filter(|id| id != kept) else {
            return Ok(());
        };
        info!("an earlier replacement left policy {id} behind: taking it away");
        let removal = declared.removal(PhysicalId::Policy(id));
        self.remove(self.organizations(), &removal).await
    }
}

/// Whether the Update goes back to the type of the policy that CloudFormation still holds.
fn is_back(declared: &Declared, observed: &Observed) -> bool {
    let from_another_type =
        declared.former_name.as_ref().is_some_and(|(_, former)| *former != declared.policy_type);
    let held = |live: &LivePolicy| {
        live.found == Found::ByPhysicalId && live.description.policy_type == declared.policy_type
    };
    from_another_type && observed.policy.as_ref().is_some_and(held)
}

/// Where a policy that was found comes from. A second delivery finds what the first has made.
fn origin(declared: &Declared, live: &LivePolicy) -> Creation {
    let adopting =
        live.found == Found::ByAdoptExisting || declared.owner.judge(&live.tags) != Ownership::Ours;
    if adopting && live.found != Found::ByPhysicalId {
        Creation::Adopted(live.id.clone())
    } else if declared.owner.claimed_by_this_event(&live.tags) {
        Creation::Made(live.id.clone())
    } else {
        Creation::Found
    }
}

/// What Fn::GetAtt can get.
fn attributes(
    declared: &Declared,
    observed: &Observed,
    policy: &PolicyHandle,
) -> Map<String, Value> {
    let targets: Vec<&str> = observed.targets.iter().map(String::as_str).collect();
    let characters = document::minify(&declared.content).chars().count();
    let texts = [
        ("PolicyId", policy.id.to_string()),
        ("Arn", policy.arn.clone()),
        ("Name", declared.name.clone()),
        ("Type", declared.policy_type.clone()),
        ("TargetIds", targets.join(",")),
        ("ContentLength", characters.to_string()),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}
