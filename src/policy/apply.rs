//! Runs a plan's steps in their order.

use std::time::Duration;

use crate::aws::organizations::{
    CreateError, ENABLING, NewPolicy, Organizations, PolicyHandle, poll_until,
};
use crate::error::{CallError, Error, Kind};
use crate::policy::observed::holders;
use crate::policy::plan::{Plan, Step};
use crate::progress::{Creation, Progress};
use crate::protocol::request::PolicyId;
use tracing::error;

/// How long a policy may count as in use after its last detach.
const IN_USE_AFTER_DETACH: Duration = Duration::from_secs(30);

/// Runs the plan, and answers with the policy it was about, or none if it had no step.
///
/// Every step may meet its own effect, left by an earlier delivery of the event, and takes that
/// for success.
///
/// # Errors
/// The first step that failed; [`Error::NameTaken`] asks for a second plan.
pub async fn apply(
    organizations: &Organizations,
    plan: &Plan,
    progress: &Progress,
) -> Result<Option<PolicyHandle>, Error> {
    progress.start(plan.steps.len());
    let mut policy = plan.policy.clone();
    for step in &plan.steps {
        let run = Run { organizations, plan, progress, step, policy: policy.as_ref() };
        progress.begin(run.describe());
        if let Some(made) = run.perform().await? {
            policy = Some(made);
        }
        progress.finish_step();
    }
    Ok(policy)
}

/// One step, and what it works on.
struct Run<'a> {
    organizations: &'a Organizations,
    plan: &'a Plan,
    progress: &'a Progress,
    step: &'a Step,
    policy: Option<&'a PolicyHandle>,
}

impl Run<'_> {
    fn describe(&self) -> String {
        self.plan.describe(self.step, self.policy.map(|policy| &policy.id))
    }

    fn error(&self, cause: CallError) -> Error {
        Error::Call { doing: self.describe(), cause }
    }

    /// Performs the step; answers with the policy if it made one.
    async fn perform(&self) -> Result<Option<PolicyHandle>, Error> {
        let (organizations, policy) = (self.organizations, self.policy.map(|policy| &policy.id));
        match (self.step, policy) {
            (Step::EnablePolicyType { root_id, pending }, _) => {
                self.enable_policy_type(root_id, *pending).await?;
            }
            (Step::Create(new), _) => return self.create(new).await.map(Some),
            (Step::Tag(tags), Some(id)) => self.accept(organizations.tag(id, tags).await, &[])?,
            (Step::Untag(keys), Some(id)) => {
                self.accept(organizations.untag(id, keys).await, self.gone())?;
            }
            (Step::Update(change), Some(id)) => {
                self.accept(organizations.update_policy(id, change).await, &[])?;
            }
            (Step::Attach(target), Some(id)) => self.attach(id, target).await?,
            (Step::Detach(target), Some(id)) => {
                let fine = [&[Kind::NotAttached, Kind::TargetNotFound], self.gone()].concat();
                self.accept(organizations.detach_policy(id, target).await, &fine)?;
            }
            (Step::Delete, Some(id)) => self.delete(id).await?,
            (_, None) => {
                error!(
                    "a plan names its policy or makes it first; this one does neither: {}",
                    self.plan
                );
                return Err(Error::Panic { doing: self.describe() });
            }
        }
        Ok(None)
    }

    /// What a removal takes for success: that somebody else was faster.
    fn gone(&self) -> &'static [Kind] {
        if self.plan.removal { &[Kind::PolicyNotFound] } else { &[] }
    }

    fn accept(&self, answer: Result<(), CallError>, fine: &[Kind]) -> Result<(), Error> {
        match answer {
            Err(error) if !fine.contains(&error.kind) => Err(self.error(error)),
            _ => Ok(()),
        }
    }

    async fn create(&self, new: &NewPolicy) -> Result<PolicyHandle, Error> {
        self.progress.set_creation(Creation::Unknown);
        match self.organizations.create_policy(new).await {
            Ok(policy) => {
                self.progress.set_creation(Creation::Made(policy.id.clone()));
                Ok(policy)
            }
            Err(CreateError { error, .. }) if error.kind == Kind::DuplicatePolicy => {
                Err(Error::NameTaken {
                    name: new.name.clone(),
                    policy_type: new.policy_type.clone(),
                })
            }
            Err(CreateError { error, outcome_unknown }) => {
                if !outcome_unknown {
                    self.progress.set_creation(Creation::None);
                }
                Err(self.error(error))
            }
        }
    }

    async fn attach(&self, id: &PolicyId, target: &str) -> Result<(), Error> {
        match self.organizations.attach_policy(id, target).await {
            Err(error) if error.kind == Kind::AttachmentLimit => {
                let policy_type = self.plan.policy_type.clone();
                match holders(self.organizations, target, &policy_type).await {
                    Ok(holders) => {
                        Err(Error::TargetFull { doing: self.describe(), policy_type, holders })
                    }
                    // What matters is that the target is full, not that we cannot see by whom.
                    Err(_) => Err(self.error(error)),
                }
            }
            answer => self.accept(answer, &[Kind::AlreadyAttached]),
        }
    }

    /// Right after the last detach the service may still count the policy as in use.
    async fn delete(&self, id: &PolicyId) -> Result<(), Error> {
        let try_once = || async {
            match self.organizations.delete_policy(id).await {
                Err(error) if error.kind == Kind::PolicyInUse => Ok(None),
                Err(error) if error.kind != Kind::PolicyNotFound => Err(self.error(error)),
                _ => Ok(Some(())),
            }
        };
        let in_use = || {
            self.error(CallError {
                kind: Kind::PolicyInUse,
                message: "it is still attached somewhere".to_owned(),
            })
        };
        poll_until(IN_USE_AFTER_DETACH, try_once).await?.ok_or_else(in_use)
    }

    async fn enable_policy_type(&self, root_id: &str, pending: bool) -> Result<(), Error> {
        let policy_type = &self.plan.policy_type;
        let answer = self.organizations.ensure_policy_type(root_id, policy_type, pending).await;
        if answer.map_err(|cause| self.error(cause))? {
            return Ok(());
        }
        Err(Error::Patience { doing: self.describe(), seconds: ENABLING.as_secs() })
    }
}
