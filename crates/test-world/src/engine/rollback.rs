//! What follows a failure.

use tokio::time::sleep;

use super::Engine;
use super::changes::Change;
use super::resources::{Former, Resource};

impl Engine {
    /// Rolls a stack that has failed with rollback disabled back to its last stable state (RollbackStack).
    ///
    /// # Errors
    /// The reasons of what failed on the way.
    pub async fn rollback_stack(&self, stack: &str) -> Result<(), Vec<String>> {
        assert!(self.is_failed(stack), "{stack} has not failed with rollback disabled");
        let failed = self.roll_back(stack, Vec::new()).await;
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    /// Updates go back to what was in the last stable state, then what is not in that goes. Answers with what failed on
    /// the way.
    ///
    /// `replaced` are the ids that the failed operation has replaced. Those of resources that were in the last stable
    /// state are the resources' again; the others go (nobody documents that CloudFormation knows of them still).
    pub(super) async fn roll_back(&self, stack: &str, replaced: Vec<Former>) -> Vec<String> {
        sleep(self.between(1.0, 3.0)).await;
        let stable = self.last_stable(stack);
        let now = self.resources(stack);
        let backwards: Vec<Change> = now
            .iter()
            .filter_map(|(id, now)| {
                let before = stable.get(id).filter(|before| was_touched(before, now))?;
                Some(Change {
                    logical_id: id.clone(),
                    before: Some(now.clone()),
                    properties: before.properties.clone(),
                })
            })
            .collect();
        let mut failed = Vec::new();
        let mut formers = replaced;
        formers.retain(|former| !stable.contains_key(&former.logical_id));
        let mut answers = self.send_all(stack, &backwards);
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &backwards[n];
            if let Err(reason) = self.take(stack, change, answer, &mut formers) {
                failed.push(format!("rollback of {}: {reason}", change.logical_id));
            }
        }
        let resources = self.resources(stack);
        let created = resources.iter().filter(|(id, _)| !stable.contains_key(*id));
        formers.extend(self.without_retained(stack, created, true));
        self.settle(stack);
        failed.extend(if stable.is_empty() {
            // The stack's creation is rolled back: ROLLBACK_FAILED, if a Delete fails.
            self.delete_or_keep(stack, formers).await
        } else {
            self.clean_up(stack, formers).await
        });
        failed
    }
}

/// Whether an event was sent for the resource since.
fn was_touched(before: &Resource, now: &Resource) -> bool {
    before.since != now.since || before.status != now.status
}
