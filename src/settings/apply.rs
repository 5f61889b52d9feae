//! Runs a plan's steps in their order.

use std::time::Duration;

use super::desired::TrustedService;
use super::plan::{Plan, Step};
use crate::aws::clients::Services;
use crate::aws::organizations::{ENABLING, poll_until};
use crate::error::{CallError, Error};
use crate::progress::Progress;

/// How long StackSets may not count as trusted after they have been made so.
const TRUSTING: Duration = Duration::from_secs(60);

/// Runs the plan. Every step may meet its own effect, left by an earlier delivery of the event, and
/// takes that for success.
///
/// # Errors
/// The first step that failed.
pub async fn apply(services: &Services, plan: &Plan, progress: &Progress) -> Result<(), Error> {
    progress.start(plan.steps.len());
    for step in &plan.steps {
        progress.begin(step.to_string());
        perform(services, step).await?;
        progress.finish_step();
    }
    Ok(())
}

async fn perform(services: &Services, step: &Step) -> Result<(), Error> {
    let Services { organizations, backup, .. } = services;
    let failed = |cause| Error::Call { doing: step.to_string(), cause };
    let (in_time, patience) = match step {
        Step::EnablePolicyType { root_id, policy_type, pending } => {
            let enabled = organizations.ensure_policy_type(root_id, policy_type, *pending);
            (enabled.await.map_err(failed)?, ENABLING)
        }
        Step::Trust(TrustedService::StackSets) => {
            (trust_stacksets(services).await.map_err(failed)?, TRUSTING)
        }
        Step::Trust(service) => {
            return organizations.trust(service.principal()).await.map_err(failed);
        }
        Step::SwitchOn { keys, .. } => return backup.switch_on(keys).await.map_err(failed),
        Step::OptIn { region, all, .. } => return backup.opt_in(region, all).await.map_err(failed),
    };
    if in_time {
        return Ok(());
    }
    Err(Error::Patience { doing: step.to_string(), seconds: patience.as_secs() })
}

/// Stack sets that are made right after this need it to have taken effect.
async fn trust_stacksets(services: &Services) -> Result<bool, CallError> {
    services.stacksets.trust().await?;
    let trusted = || async { Ok(services.stacksets.are_trusted().await?.then_some(())) };
    Ok(poll_until(TRUSTING, trusted).await?.is_some())
}
