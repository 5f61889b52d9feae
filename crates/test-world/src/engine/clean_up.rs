//! Deletes of what is no longer a resource's.

use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::json;
use tokio::task::JoinSet;

use super::Engine;
use super::resources::{Former, Resource};

/// What becomes of a resource that leaves its template, or whose stack is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum DeletionPolicy {
    #[default]
    Delete,
    /// It stays, without any event.
    Retain,
    /// As `Retain`, unless the operation that created it is rolled back.
    RetainExceptOnCreate,
}

impl Engine {
    /// The DeletionPolicy of a resource of the stack, whatever template it is in from now on.
    pub fn set_deletion_policy(&self, stack: &str, logical_id: &str, policy: DeletionPolicy) {
        let key = (stack.to_owned(), logical_id.to_owned());
        self.inner.borrow_mut().deletion_policies.insert(key, policy);
    }

    fn deletion_policy(&self, stack: &str, logical_id: &str) -> DeletionPolicy {
        let key = (stack.to_owned(), logical_id.to_owned());
        self.inner.borrow().deletion_policies.get(&key).copied().unwrap_or_default()
    }

    /// Forgets what is retained of resources that go, and answers with what has to be deleted.
    pub(super) fn without_retained<'a>(
        &self,
        stack: &str,
        resources: impl Iterator<Item = (&'a String, &'a Resource)>,
        creation_rolled_back: bool,
    ) -> Vec<Former> {
        let mut formers = Vec::new();
        for (id, resource) in resources {
            let policy = self.deletion_policy(stack, id);
            let deletes = policy == DeletionPolicy::Delete
                || policy == DeletionPolicy::RetainExceptOnCreate && creation_rolled_back;
            if deletes {
                formers.extend(resource.failed_creates.iter().cloned());
                formers.push(Former::whole(id, resource));
            } else {
                self.forget(stack, id, "DELETE_SKIPPED");
            }
        }
        formers
    }

    /// Deletes what is no longer a resource's, and answers with what could not be deleted.
    pub(super) async fn clean_up(&self, stack: &str, formers: Vec<Former>) -> Vec<String> {
        let mut answers = JoinSet::new();
        for mut former in formers {
            if former.whole {
                self.set(stack, &former.logical_id, |r| r.status = "DELETE_IN_PROGRESS");
            }
            if former.physical_id.is_empty() {
                let made_up = format!("{stack}-{}-{}", former.logical_id, self.number());
                former.physical_id = made_up;
            }
            let mut event = self.event("Delete", stack, &former.logical_id, &former.properties);
            event["PhysicalResourceId"] = json!(former.physical_id);
            let answer = self.send(event);
            answers.spawn_local(async move { (former, answer.await) });
        }
        let mut failed = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (former, answer) = answer.expect("waiting does not panic");
            match answer {
                Some(Response { status: Status::Success, .. }) if former.whole => {
                    self.forget(stack, &former.logical_id, "DELETE_COMPLETE");
                }
                Some(Response { status: Status::Success, .. }) => {}
                answer => {
                    let reason = answer.map_or("no response".to_owned(), |answer| answer.reason);
                    failed.push(format!("deletion of {}: {reason}", former.logical_id));
                }
            }
        }
        failed
    }
}
