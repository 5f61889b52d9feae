//! Carries out the steps of a plan, in their order.

use std::time::Duration;

use super::desired::TrustedService;
use super::plan::{Plan, Step};
use crate::aws::poll::poll_until;
use crate::aws::{ENABLING, Writer};
use crate::error::{CallError, Error};
use crate::progress::Progress;

/// How long StackSets may not count as trusted after they have been made so.
const TRUSTING: Duration = Duration::from_secs(60);

/// Carries out the plan. Every step may meet its own effect, left by an earlier delivery of the
/// event, and takes that for success.
///
/// # Errors
/// The first step that failed.
pub async fn apply(writer: &Writer, plan: &Plan, progress: &Progress) -> Result<(), Error> {
    progress.begin_plan(plan.steps.len(), plan);
    for step in &plan.steps {
        progress.step(step.to_string(), perform(writer, step)).await?;
    }
    Ok(())
}

async fn perform(writer: &Writer, step: &Step) -> Result<(), Error> {
    let Writer { organizations, backup, .. } = writer;
    let failed = |cause| Error::call(step.to_string(), cause);
    let (in_time, timeout) = match step {
        Step::EnablePolicyType { root_id, policy_type, pending } => {
            let enabled = writer.ensure_policy_type(root_id, policy_type, *pending);
            (enabled.await.map_err(failed)?, ENABLING)
        }
        Step::Trust(TrustedService::StackSets) => {
            (trust_stacksets(writer).await.map_err(failed)?, TRUSTING)
        }
        Step::Trust(service) => {
            return organizations.trust(service.principal()).await.map_err(failed);
        }
        Step::SwitchOn { keys, .. } => {
            return backup.enable_global_settings(keys).await.map_err(failed);
        }
        Step::OptIn { region, all, .. } => return backup.opt_in(region, all).await.map_err(failed),
    };
    if in_time {
        return Ok(());
    }
    Err(Error::TimedOut { operation: step.to_string(), seconds: timeout.as_secs() })
}

/// StackSets that are created right after this need it to have taken effect.
async fn trust_stacksets(writer: &Writer) -> Result<bool, CallError> {
    writer.stacksets.trust().await?;
    let trusted = || async { Ok(writer.reader.stacksets.are_trusted().await?.then_some(())) };
    Ok(poll_until(TRUSTING, trusted).await?.is_some())
}
