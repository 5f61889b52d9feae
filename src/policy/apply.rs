//! Carries out the steps of a plan, in their order.
//!
//! Every step may meet its own effect, left by an earlier delivery of the event, and takes that for
//! success.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::creation::Creation;
use super::observed::{policies_on, read_tags};
use super::ownership;
use super::plan::{Plan, PlannedPolicy, describe_create, describe_replaced};
use super::removal::{GoingPolicy, RemovalPlan, give_back_steps};
use super::second_look::{READ_LAG, too_little_time, wait_for_reads};
use super::step::{Step, label};
use crate::aws::Writer;
use crate::aws::organizations::CreateError;
use crate::aws::poll::poll_until;
use crate::aws::types::{NewPolicy, PolicyHandle, PolicyId, Tags};
use crate::error::{CallError, Error, Kind};
use crate::progress::Progress;

/// What has to be left, when a policy is taken over, for what comes after the wait.
const AFTER_TAKING_OVER: Duration = Duration::from_secs(15);
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
        if let Step::TakeOver { wait, .. } = step {
            if writer.reader.calls.time_left() < *wait + AFTER_TAKING_OVER {
                creation.not_begun();
                return Err(too_little_time(&operation));
            }
            creation.claim();
        }
        let work = perform(writer, &handle.id, policy_type, step, &operation);
        progress.step(operation.clone(), work).await?;
    }
    if let Some(replaced) = &plan.replaces {
        let operation = describe_replaced(replaced);
        let tags = ownership::replaced_by(handle.id.as_str());
        let tagged = async {
            let answer = writer.organizations.tag(replaced, &tags).await;
            accept(answer, &[Kind::PolicyNotFound]).map_err(|cause| Error::call(&operation, cause))
        };
        progress.step(operation.clone(), tagged).await?;
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
        RemovalPlan::Keep { .. } => Ok(()),
        RemovalPlan::Delete { policy, targets } => {
            let steps: Vec<Step> = targets.iter().cloned().map(Step::Detach).collect();
            perform_on_going(writer, policy, &steps, progress).await?;
            progress.step(format!("delete {}", policy.label()), delete(writer, policy)).await
        }
        RemovalPlan::Untag { policy, keys, .. } => {
            let steps = [Step::Untag(keys.clone())];
            perform_on_going(writer, policy, &steps, progress).await
        }
        RemovalPlan::GiveBack { policy, tags, .. } => {
            perform_on_going(writer, policy, &give_back_steps(tags), progress).await
        }
    }
}

/// Performs steps on a policy that somebody else may have deleted meanwhile.
async fn perform_on_going(
    writer: &Writer,
    policy: &GoingPolicy,
    steps: &[Step],
    progress: &Progress,
) -> Result<(), Error> {
    for step in steps {
        let operation = step.describe(&policy.label());
        let performed = async {
            let answer = send(writer, &policy.id, step).await;
            accept(answer, &[Kind::TargetNotFound, Kind::PolicyNotFound])
                .map_err(|cause| Error::call(&operation, cause))
        };
        progress.step(operation.clone(), performed).await?;
    }
    Ok(())
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
    creation.begin_create();
    match writer.organizations.create_policy(new).await {
        Ok(policy) => {
            creation.created(policy.id.clone());
            Ok(policy)
        }
        Err(CreateError { error, .. }) if error.kind == Kind::DuplicatePolicy => {
            creation.name_taken();
            let (name, policy_type) = (new.name.clone(), new.policy_type.clone());
            Err(Error::NameTaken { name, policy_type })
        }
        Err(CreateError { error, outcome_unknown }) => {
            creation.create_failed(outcome_unknown);
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
    match (step, send_when_there(writer, id, step).await) {
        (Step::TakeOver { tags, wait }, Ok(())) => {
            sleep(*wait).await;
            make_sure_of(writer, id, tags, operation).await
        }
        (Step::Attach(target), Err(error)) if error.kind == Kind::AttachmentLimit => {
            target_full(writer, id, target, policy_type, operation, error).await
        }
        (_, answer) => answer.map_err(|cause| Error::call(operation, cause)),
    }
}

/// A policy that was created just now may not be there yet for other calls.
async fn send_when_there(writer: &Writer, id: &PolicyId, step: &Step) -> Result<(), CallError> {
    let look_until = Instant::now() + READ_LAG;
    let try_once = || async {
        match send(writer, id, step).await {
            Err(error) if error.kind == Kind::PolicyNotFound => Ok(None),
            answer => answer.map(Some),
        }
    };
    if let Some(done) = poll_until(READ_LAG, try_once).await? {
        return Ok(done);
    }
    sleep_until(look_until).await;
    send(writer, id, step).await
}

/// Sends the call of a step, which may meet its own effect.
async fn send(writer: &Writer, id: &PolicyId, step: &Step) -> Result<(), CallError> {
    let organizations = &writer.organizations;
    match step {
        Step::Tag(tags) | Step::TakeOver { tags, .. } => organizations.tag(id, tags).await,
        Step::Untag(keys) => organizations.untag(id, keys).await,
        Step::Update(change) => organizations.update_policy(id, change).await,
        Step::Attach(target) => {
            accept(organizations.attach_policy(id, target).await, &[Kind::AlreadyAttached])
        }
        Step::Detach(target) => {
            let answer = organizations.detach_policy(id, target).await;
            accept(answer, &[Kind::NotAttached, Kind::TargetNotFound])
        }
    }
}

/// Tags are no lock: two events may set them at the same time, and the later ones stay. So whoever
/// takes a policy over looks again, before it changes anything else, or says that it has it. The
/// digest says nothing of that.
async fn make_sure_of(
    writer: &Writer,
    id: &PolicyId,
    tags: &Tags,
    operation: &str,
) -> Result<(), Error> {
    let Some(now) = read_tags(&writer.reader, id).await? else {
        return Err(Error::NothingToAdopt { id: id.to_string() });
    };
    let mut deciding = tags.iter().filter(|(key, _)| *key != ownership::DIGEST);
    if deciding.all(|(key, value)| now.get(key) == Some(value)) {
        return Ok(());
    }
    let other = ownership::owner_of(&now);
    let other = other.map_or("somebody else".to_owned(), |other| other.to_string());
    Err(Error::TakenOver { operation: operation.to_owned(), other })
}

/// A target that holds all the policies it may, according to AWS. Nobody knows whether AWS looks for
/// that before it sees that the policy is attached there already. The list may not show yet what was
/// just attached, or still show what was just detached, so it is read ten seconds later.
async fn target_full(
    writer: &Writer,
    id: &PolicyId,
    target: &str,
    policy_type: &str,
    operation: &str,
    cause: CallError,
) -> Result<(), Error> {
    let reader = &writer.reader;
    wait_for_reads(&reader.calls).await;
    match policies_on(reader, target, policy_type).await {
        Ok(holders) if holders.iter().any(|policy| policy.id == id.as_str()) => Ok(()),
        Ok(holders) => Err(Error::TargetFull {
            operation: operation.to_owned(),
            policy_type: policy_type.to_owned(),
            holders: holders.into_iter().map(|policy| policy.name).collect(),
        }),
        // What matters is that the target is full, not that its policies cannot be read.
        Err(_) => Err(Error::call(operation, cause)),
    }
}

/// Deletes the policy. If AWS does not know it, that may be because it was created just now, so it
/// is tried again once others can see it.
async fn delete(writer: &Writer, policy: &GoingPolicy) -> Result<(), Error> {
    if !delete_once(writer, policy).await? {
        wait_for_reads(&writer.reader.calls).await;
        delete_once(writer, policy).await?;
    }
    Ok(())
}

/// Whether there was something to delete. Right after the last detach the service may still count
/// the policy as in use.
async fn delete_once(writer: &Writer, policy: &GoingPolicy) -> Result<bool, Error> {
    let failed = |cause| Error::call(format!("delete {}", policy.label()), cause);
    let try_once = || async {
        match writer.organizations.delete_policy(&policy.id).await {
            Ok(()) => Ok(Some(true)),
            Err(error) if error.kind == Kind::PolicyNotFound => Ok(Some(false)),
            Err(error) if error.kind == Kind::PolicyInUse => Ok(None),
            Err(error) => Err(failed(error)),
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
