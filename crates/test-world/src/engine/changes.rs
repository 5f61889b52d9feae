//! Creates and Updates of many resources at once.

use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::Value;
use tokio::task::JoinSet;

use super::resources::{Former, Resource};
use super::{Engine, Template};

/// A change under way, and what the resource was before it.
pub(super) struct Change {
    pub(super) logical_id: String,
    pub(super) before: Option<Resource>,
    pub(super) properties: Value,
}

impl Engine {
    /// What is to be changed for the template. What has failed with rollback disabled is tried again: a Create is sent
    /// as a Create, an Update also if the template is the same.
    pub(super) fn changes(&self, stack: &str, template: &Template) -> Vec<Change> {
        let resources = self.resources(stack);
        let failed = self.is_failed(stack);
        let changed = |(id, properties): (&String, &Value)| {
            let resource = resources.get(id);
            let has_failed =
                |status: &str| failed && resource.is_some_and(|resource| resource.status == status);
            let before = resource.filter(|_| !has_failed("CREATE_FAILED")).cloned();
            let same = before.as_ref().is_some_and(|before| before.properties == *properties);
            let properties = properties.clone();
            (!same || has_failed("UPDATE_FAILED")).then(|| Change {
                logical_id: id.clone(),
                before,
                properties,
            })
        };
        template.iter().filter_map(changed).collect()
    }

    /// After the first failure the others are not waited for. The physical ids that are replaced are added to
    /// `formers`.
    pub(super) async fn change(
        &self,
        stack: &str,
        changes: &[Change],
        formers: &mut Vec<Former>,
    ) -> Result<(), Vec<String>> {
        self.prepare_retries(stack, changes).await?;
        let mut answers = self.send_all(stack, changes);
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &changes[n];
            if let Err(reason) = self.take(stack, change, answer, formers) {
                self.cancel(stack, changes);
                return Err(vec![format!("{}: {reason}", change.logical_id)]);
            }
        }
        Ok(())
    }

    /// Sends all events at once; an answer comes with the number of its change.
    pub(super) fn send_all(
        &self,
        stack: &str,
        changes: &[Change],
    ) -> JoinSet<(usize, Option<Response>)> {
        let mut answers = JoinSet::new();
        for (n, change) in changes.iter().enumerate() {
            let answer = self.ask_for(stack, change);
            answers.spawn_local(async move { (n, answer.await) });
        }
        answers
    }

    /// Takes in the answer to a Create or an Update.
    pub(super) fn take(
        &self,
        stack: &str,
        change: &Change,
        answer: Option<Response>,
        formers: &mut Vec<Former>,
    ) -> Result<(), String> {
        let Change { logical_id, before, properties } = change;
        let Some(answer) = answer else {
            return Err("CloudFormation did not receive a response".to_owned());
        };
        let physical_id = answer.physical_resource_id;
        let done = answer.status == Status::Success;
        self.set(stack, logical_id, |resource| {
            resource.physical_id.clone_from(&physical_id);
            resource.properties.clone_from(properties);
            resource.status = match (before, done) {
                (None, true) => "CREATE_COMPLETE",
                (Some(_), true) => "UPDATE_COMPLETE",
                (None, false) => "CREATE_FAILED",
                (Some(_), false) => "UPDATE_FAILED",
            };
        });
        if !done {
            return Err(answer.reason);
        }
        if let Some(before) = before.as_ref().filter(|r| r.physical_id != physical_id) {
            formers.push(Former::replaced(logical_id, before));
        }
        Ok(())
    }

    /// "Resource creation cancelled", "Resource update cancelled". The properties of such an Update count as the
    /// resource's all the same.
    pub(super) fn cancel(&self, stack: &str, changes: &[Change]) {
        for Change { logical_id, properties, .. } in changes {
            self.set(stack, logical_id, |resource| match resource.status {
                "CREATE_IN_PROGRESS" => resource.status = "CREATE_FAILED",
                "UPDATE_IN_PROGRESS" => {
                    resource.status = "UPDATE_FAILED";
                    resource.properties.clone_from(properties);
                }
                _ => {}
            });
        }
    }
}
