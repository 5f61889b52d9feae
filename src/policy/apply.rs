//! Carries out the steps of a plan, in their order.
//!
//! Every step may meet its own effect, left by an earlier delivery of the event, and takes that for
//! success.

use std::time::Duration;

use super::creation::Creation;
use super::observed::policy_names_on;
use super::plan::{Plan, PlannedPolicy, Step, describe_create, label};
use super::removal::{GoingPolicy, RemovalPlan};
use crate::aws::Writer;
use crate::aws::organizations::CreateError;
use crate::aws::poll::poll_until;
use crate::aws::types::{NewPolicy, PolicyHandle, PolicyId};
use crate::error::{CallError, Error, Kind};
use crate::progress::Progress;

/// How long a policy may count as in use after its last detach.
const IN_USE_AFTER_DETACH: Duration = Duration::from_secs(30);

/// Carries out the plan, and returns the policy that it was about.
///
/// # Errors
/// The first step that failed; [`Error::NameTaken`] asks for a second plan.
pub async fn apply(
    writer: &Writer,
    plan: &Plan,
    progress: &Progress,
    creation: &Creation,
) -> Result<PolicyHandle, Error> {
    progress.begin_plan(plan.step_count(), &plan.lines());
    if let Some(enable) = &plan.enable_type {
        progress.step(enable.to_string(), writer.enable_type(enable)).await?;
    }
    let (handle, name, policy_type) = match &plan.policy {
        PlannedPolicy::New(new) => {
            let created = create(writer, new, creation);
            let handle = progress.step(describe_create(new), created).await?;
            (handle, &new.name, &new.policy_type)
        }
        PlannedPolicy::Live { handle, name, policy_type } => (handle.clone(), name, policy_type),
    };
    let policy = label(name, &handle.id);
    for step in &plan.steps {
        let operation = step.describe(&policy);
        let work = perform(writer, &handle.id, policy_type, step, &operation);
        progress.step(operation.clone(), work).await?;
    }
    Ok(handle)
}

/// Carries out the removal. A policy that is gone already is a success.
///
/// # Errors
/// The first step that failed.
pub async fn apply_removal(
    writer: &Writer,
    plan: &RemovalPlan,
    progress: &Progress,
) -> Result<(), Error> {
    progress.begin_plan(plan.step_count(), &plan.lines());
    match plan {
        RemovalPlan::Keep(_) => Ok(()),
        RemovalPlan::Delete { policy, targets } => {
            for target in targets {
                let operation = Step::Detach(target.clone()).describe(&policy.label());
                let detached = async {
                    let answer = writer.organizations.detach_policy(&policy.id, target).await;
                    accept(answer, &[Kind::NotAttached, Kind::TargetNotFound, Kind::PolicyNotFound])
                        .map_err(|cause| Error::call(&operation, cause))
                };
                progress.step(operation.clone(), detached).await?;
            }
            progress.step(format!("delete {}", policy.label()), delete(writer, policy)).await
        }
        RemovalPlan::Release { policy, keys } => {
            let operation = Step::Untag(keys.clone()).describe(&policy.label());
            let released = async {
                let answer = writer.organizations.untag(&policy.id, keys).await;
                accept(answer, &[Kind::PolicyNotFound])
                    .map_err(|cause| Error::call(&operation, cause))
            };
            progress.step(operation.clone(), released).await
        }
    }
}

/// Treats these kinds of failure as success.
fn accept(answer: Result<(), CallError>, fine: &[Kind]) -> Result<(), CallError> {
    answer.or_else(|error| if fine.contains(&error.kind) { Ok(()) } else { Err(error) })
}

async fn create(
    writer: &Writer,
    new: &NewPolicy,
    creation: &Creation,
) -> Result<PolicyHandle, Error> {
    creation.create_sent();
    match writer.organizations.create_policy(new).await {
        Ok(policy) => {
            creation.created(policy.id.clone());
            Ok(policy)
        }
        Err(CreateError { error, .. }) if error.kind == Kind::DuplicatePolicy => {
            let (name, policy_type) = (new.name.clone(), new.policy_type.clone());
            Err(Error::NameTaken { name, policy_type })
        }
        Err(CreateError { error, outcome_unknown }) => {
            if !outcome_unknown {
                creation.create_refused();
            }
            Err(Error::call(describe_create(new), error))
        }
    }
}

/// Performs one step on the policy.
async fn perform(
    writer: &Writer,
    id: &PolicyId,
    policy_type: &str,
    step: &Step,
    operation: &str,
) -> Result<(), Error> {
    let organizations = &writer.organizations;
    let answer = match step {
        Step::Tag(tags) => organizations.tag(id, tags).await,
        Step::Untag(keys) => organizations.untag(id, keys).await,
        Step::Update(change) => organizations.update_policy(id, change).await,
        Step::Attach(target) => match organizations.attach_policy(id, target).await {
            Err(error) if error.kind == Kind::AttachmentLimit => {
                return Err(target_full(writer, target, policy_type, operation, error).await);
            }
            answer => accept(answer, &[Kind::AlreadyAttached]),
        },
        Step::Detach(target) => {
            let answer = organizations.detach_policy(id, target).await;
            accept(answer, &[Kind::NotAttached, Kind::TargetNotFound])
        }
    };
    answer.map_err(|cause| Error::call(operation, cause))
}

/// The error for a target that holds all the policies it may, with their names where they can be
/// read.
async fn target_full(
    writer: &Writer,
    target: &str,
    policy_type: &str,
    operation: &str,
    cause: CallError,
) -> Error {
    match policy_names_on(&writer.reader, target, policy_type).await {
        Ok(holders) => Error::TargetFull {
            operation: operation.to_owned(),
            policy_type: policy_type.to_owned(),
            holders,
        },
        // What matters is that the target is full, not that its policies cannot be read.
        Err(_) => Error::call(operation, cause),
    }
}

/// Right after the last detach the service may still count the policy as in use.
async fn delete(writer: &Writer, policy: &GoingPolicy) -> Result<(), Error> {
    let failed = |cause| Error::call(format!("delete {}", policy.label()), cause);
    let try_once = || async {
        match writer.organizations.delete_policy(&policy.id).await {
            Err(error) if error.kind == Kind::PolicyInUse => Ok(None),
            Err(error) if error.kind != Kind::PolicyNotFound => Err(failed(error)),
            _ => Ok(Some(())),
        }
    };
    let in_use = || {
        failed(CallError {
            kind: Kind::PolicyInUse,
            message: "it is still attached somewhere".to_owned(),
        })
    };
    poll_until(IN_USE_AFTER_DETACH, try_once).await?.ok_or_else(in_use)
}
