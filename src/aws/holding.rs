//! Whether CloudFormation holds a policy for a resource, of this stack or of another.
//!
//! The tags of a policy say whose it was when they were written. When a policy moves between
//! resources, CloudFormation alone knows which of them it goes on with.

use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::retry::CallContext;
use super::still_wanted::Found;
use super::types::Holding;

/// The pauses before CloudFormation is asked again, if it is silent or does not list the resource: a
/// list may lag behind. Ten seconds in all.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(6)];

impl CallContext {
    /// What CloudFormation says of the resource, asked for eleven seconds at most, and for less if
    /// there is little time: a resource that was made ten seconds ago is listed by now. `is_held`
    /// tells whether a physical id names the policy.
    pub async fn holding(
        &self,
        stack_id: &str,
        logical_id: &str,
        is_held: impl Fn(&str) -> bool,
    ) -> Holding {
        let mut holding = self.ask_holding(stack_id, logical_id, &is_held).await;
        let mut was_gone = false;
        for pause in PAUSES {
            if self.event().is_none() || !matches!(holding, Holding::Gone | Holding::Unknown) {
                break;
            }
            sleep(pause.min(self.time_left() / 4)).await;
            was_gone |= holding == Holding::Gone;
            holding = self.ask_holding(stack_id, logical_id, &is_held).await;
        }
        // It did answer before: one answer that is missing would fail the event.
        if was_gone && holding == Holding::Unknown {
            sleep(PAUSES[0].min(self.time_left() / 4)).await;
            holding = self.ask_holding(stack_id, logical_id, &is_held).await;
        }
        info!("CloudFormation says of resource {logical_id} of {stack_id}: {holding:?}");
        holding
    }

    async fn ask_holding(
        &self,
        stack_id: &str,
        logical_id: &str,
        is_held: &impl Fn(&str) -> bool,
    ) -> Holding {
        let Some(event) = self.event() else { return Holding::Unknown };
        match event.cloudformation.find(stack_id, logical_id).await {
            Found::Resource { status, physical_id } => match status.as_str() {
                // A resource that is retained is skipped.
                "DELETE_COMPLETE" | "DELETE_SKIPPED" => Holding::Gone,
                "DELETE_IN_PROGRESS" | "DELETE_FAILED" => Holding::Deleting,
                _ if is_held(&physical_id) => Holding::Holds,
                // It may be about to have the policy. In the event's own stack, an event that meets it
                // so is a rollback's, or two resources declare the policy.
                "CREATE_IN_PROGRESS" if stack_id != event.stack_id => Holding::Unknown,
                _ => Holding::HoldsAnother,
            },
            Found::Missing => Holding::Gone,
            // A stack elsewhere cannot be seen from here, and is no less there for that.
            Found::NoSuchStack if same_place(stack_id, &event.stack_id) => Holding::Gone,
            Found::NoSuchStack | Found::Silent => Holding::Unknown,
        }
    }
}

/// Whether two ARNs are of the same partition, Region and account.
fn same_place(arn: &str, other: &str) -> bool {
    let place = |arn: &str| arn.split(':').take(5).map(str::to_owned).collect::<Vec<_>>();
    place(arn) == place(other)
}
