//! Deletes of what is no longer a resource's.

use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::json;
use tokio::task::JoinSet;

use super::Engine;
use super::resources::Former;

impl Engine {
    /// Deletes what is no longer a resource's, and answers with what could not be deleted.
    pub(super) async fn clean_up(&self, stack: &str, formers: Vec<Former>) -> Vec<String> {
        let mut answers = JoinSet::new();
        for mut former in formers {
            let resource = self.resources(stack).remove(&former.logical_id).unwrap_or_default();
            let whole = resource.physical_id == former.physical_id;
            if whole {
                self.set(stack, &former.logical_id, |r| r.status = "DELETE_IN_PROGRESS");
            }
            if former.physical_id.is_empty() {
                let made_up = format!("{stack}-{}-{}", former.logical_id, self.number());
                former.physical_id = made_up;
            }
            let mut event = self.event("Delete", stack, &former.logical_id, &former.properties);
            event["PhysicalResourceId"] = json!(former.physical_id);
            let answer = self.send(event);
            answers.spawn_local(async move { (former.logical_id, whole, answer.await) });
        }
        let mut failed = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (logical_id, whole, answer) = answer.expect("waiting does not panic");
            match answer {
                Some(Response { status: Status::Success, .. }) if whole => {
                    self.forget(stack, &logical_id);
                }
                Some(Response { status: Status::Success, .. }) => {}
                answer => {
                    let reason = answer.map_or("no response".to_owned(), |answer| answer.reason);
                    failed.push(format!("deletion of {logical_id}: {reason}"));
                }
            }
        }
        failed
    }
}
