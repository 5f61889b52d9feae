//! Deletes of what is no longer a resource's.

use cfn_org_policy::protocol::response::Status;
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

    /// The DeletionPolicy of a resource of the stack.
    pub fn deletion_policy(&self, stack: &str, logical_id: &str) -> DeletionPolicy {
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
                self.leave(stack, id);
                self.forget(stack, id, "DELETE_SKIPPED");
            }
        }
        formers
    }

    /// The Deletes at the end of an update or of its rollback. Answers with what could not be deleted; with
    /// `forgets_clean_ups` that is tried twice more and then forgotten, so the answer is empty.
    pub(super) async fn clean_up(&self, stack: &str, formers: Vec<Former>) -> Vec<String> {
        let mut failed = self.delete_all(stack, formers).await;
        if !self.behaviour.forgets_clean_ups {
            return reports(&failed);
        }
        for _ in 0..2 {
            let again = failed.into_iter().map(|(former, _)| former).collect();
            failed = self.delete_all(stack, again).await;
        }
        for (former, _) in failed.iter().filter(|(former, _)| former.whole) {
            self.leave(stack, &former.logical_id);
            self.forget(stack, &former.logical_id, "DELETE_FAILED");
        }
        self.inner.borrow_mut().forgotten.extend(reports(&failed));
        Vec::new()
    }

    /// The Deletes of a stack's deletion, or of its creation's rollback: what cannot be deleted stays in the stack.
    /// Answers with that.
    pub(super) async fn delete_or_keep(&self, stack: &str, formers: Vec<Former>) -> Vec<String> {
        reports(&self.delete_all(stack, formers).await)
    }

    /// Sends all Deletes at once, and answers with those that failed and their reasons.
    async fn delete_all(&self, stack: &str, formers: Vec<Former>) -> Vec<(Former, String)> {
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
            let done = answer.as_ref().is_some_and(|answer| answer.status == Status::Success);
            if done && former.whole {
                self.forget(stack, &former.logical_id, "DELETE_COMPLETE");
            } else if !done {
                if former.whole {
                    self.set(stack, &former.logical_id, |r| r.status = "DELETE_FAILED");
                } else {
                    self.leave(stack, &former.logical_id);
                }
                let reason = answer.map_or("no response".to_owned(), |answer| answer.reason);
                failed.push((former, reason));
            }
        }
        failed
    }
}

fn reports(failed: &[(Former, String)]) -> Vec<String> {
    let report = |(former, reason): &(Former, String)| {
        format!("deletion of {}: {reason}", former.logical_id)
    };
    failed.iter().map(report).collect()
}
