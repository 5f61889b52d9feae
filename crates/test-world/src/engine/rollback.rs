//! What follows a failure.

use tokio::time::sleep;

use super::Engine;
use super::changes::Change;

impl Engine {
    /// Updates go back to what was before, then what was created goes. Answers with what failed on the way.
    pub(super) async fn roll_back(&self, stack: &str, changes: &[Change]) -> Vec<String> {
        sleep(self.between(1.0, 3.0)).await;
        let backwards: Vec<Change> = changes
            .iter()
            .filter_map(|change| {
                let before = change.before.as_ref()?;
                let mut now = self.resources(stack).remove(&change.logical_id)?;
                // Also of an Update that was not answered the new properties are the former ones now.
                now.properties.clone_from(&change.properties);
                Some(Change {
                    logical_id: change.logical_id.clone(),
                    before: Some(now),
                    properties: before.properties.clone(),
                })
            })
            .collect();
        let mut failed = Vec::new();
        let mut formers = Vec::new();
        let mut answers = self.send_all(stack, &backwards);
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &backwards[n];
            if let Err(reason) = self.take(stack, change, answer, &mut formers) {
                failed.push(format!("rollback of {}: {reason}", change.logical_id));
            }
        }
        let resources = self.resources(stack);
        let created = changes.iter().filter(|change| change.before.is_none());
        let created = created.filter_map(|change| resources.get_key_value(&change.logical_id));
        formers.extend(self.without_retained(stack, created, true));
        failed.extend(self.clean_up(stack, formers).await);
        failed
    }
}
