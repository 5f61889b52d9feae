//! Carries out the steps of a plan, in their order.

use std::time::Duration;

use super::desired::TrustedService;
use super::plan::{Plan, Step};
use crate::aws::Writer;
use crate::aws::poll::poll_until;
use crate::error::Error;
use crate::progress::Progress;

/// How long StackSets may not count as trusted after they have been made so.
const TRUSTING: Duration = Duration::from_secs(60);

/// Carries out the plan. Every step may meet its own effect, left by an earlier delivery of the
/// event, and takes that for success.
///
/// # Errors
/// The first step that failed.
pub async fn apply(writer: &Writer, plan: &Plan, progress: &Progress) -> Result<(), Error> {
    progress.begin_plan(plan.steps.len(), &plan.lines());
    for step in &plan.steps {
        progress.step(step.to_string(), perform(writer, step)).await?;
    }
    Ok(())
}

async fn perform(writer: &Writer, step: &Step) -> Result<(), Error> {
    let Writer { organizations, backup, .. } = writer;
    let performed = match step {
        Step::EnableType(enable) => return writer.enable_type(enable).await,
        Step::Trust(TrustedService::StackSets) => return trust_stacksets(writer, step).await,
        Step::Trust(service) => organizations.trust(service.principal()).await,
        Step::SwitchOn { keys, .. } => backup.enable_global_settings(keys).await,
        Step::OptIn { region, all, .. } => backup.opt_in(region, all).await,
        Step::ManageFully { region, all, .. } => backup.manage_fully(region, all).await,
    };
    performed.map_err(|cause| Error::call(step.to_string(), cause))
}

/// StackSets that are created right after this need it to have taken effect.
async fn trust_stacksets(writer: &Writer, step: &Step) -> Result<(), Error> {
    let failed = |cause| Error::call(step.to_string(), cause);
    writer.stacksets.trust().await.map_err(failed)?;
    let trusted = || async { Ok(writer.reader.stacksets.are_trusted().await?.then_some(())) };
    let timed_out = || Error::TimedOut { operation: step.to_string(), seconds: TRUSTING.as_secs() };
    poll_until(TRUSTING, trusted).await.map_err(failed)?.ok_or_else(timed_out)
}
