//! Deploys with rollback disabled ("preserve successfully provisioned resources"), and what the next operation makes of
//! what has failed. Source: the user guide, stack failure options. In what order failed Creates are cleaned up, it does
//! not say ("will be deleted upon the next stack operation"), so a test chooses.

use cfn_org_policy::protocol::response::{Response, Status};

use super::changes::Change;
use super::resources::{Former, Resources};
use super::{Engine, Template};

/// When the physical id that a failed Create has answered gets its Delete, if the Create is tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum CleanUp {
    /// Before the Create is tried again.
    #[default]
    First,
    /// When all has succeeded.
    Last,
    /// Never.
    Forgotten,
}

impl Engine {
    /// Creates the stack, or updates it, with rollback disabled. When a resource fails, the others are waited for;
    /// those that succeed stay, those that fail stay in CREATE_FAILED or UPDATE_FAILED, and nothing is cleaned up.
    ///
    /// # Errors
    /// The reasons of all that failed. The next operation of the stack carries on: this one again,
    /// [`Engine::deploy`], [`Engine::rollback_stack`] or [`Engine::delete`].
    pub async fn deploy_without_rollback(
        &self,
        stack: &str,
        template: &Template,
    ) -> Result<(), Vec<String>> {
        self.begin(stack);
        let changes = self.changes(stack, template);
        match self.change_independently(stack, &changes).await {
            Ok(()) => self.complete(stack, template, Vec::new()).await,
            Err(reasons) => {
                self.change_stack(stack, |stack| stack.failed = true);
                Err(reasons)
            }
        }
    }

    /// As `change`, but a failure stops no other resource.
    async fn change_independently(
        &self,
        stack: &str,
        changes: &[Change],
    ) -> Result<(), Vec<String>> {
        self.prepare_retries(stack, changes).await?;
        let mut answers = self.send_all(stack, changes);
        let mut reasons = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &changes[n];
            let answer = answer.map(|answer| self.refuse_replacement(stack, change, answer));
            // Without replacements there are no former ids.
            if let Err(reason) = self.take(stack, change, answer, &mut Vec::new()) {
                reasons.push(format!("{}: {reason}", change.logical_id));
            }
        }
        // What was never answered.
        self.cancel(stack, changes);
        if self.behaviour.failed_updates_go_back {
            reasons.extend(self.go_back(stack, changes).await);
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// Updates that have failed go back one by one; the resources stay in UPDATE_FAILED. Answers with what failed on the
    /// way.
    async fn go_back(&self, stack: &str, changes: &[Change]) -> Vec<String> {
        let resources = self.resources(stack);
        let backwards = changes.iter().filter_map(|change| {
            let before = change.before.as_ref()?;
            let now = resources.get(&change.logical_id).filter(|r| r.status == "UPDATE_FAILED")?;
            Some(Change {
                logical_id: change.logical_id.clone(),
                before: Some(now.clone()),
                properties: before.properties.clone(),
            })
        });
        let backwards: Vec<Change> = backwards.collect();
        let mut answers = self.send_all(stack, &backwards);
        let mut reasons = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &backwards[n];
            let answer = answer.map(|answer| self.refuse_replacement(stack, change, answer));
            if let Err(reason) = self.take(stack, change, answer, &mut Vec::new()) {
                reasons.push(format!("rollback of {}: {reason}", change.logical_id));
            }
            self.set(stack, &change.logical_id, |resource| resource.status = "UPDATE_FAILED");
        }
        reasons
    }

    /// What becomes of the physical ids of failed Creates before those are tried again.
    pub(super) async fn prepare_retries(
        &self,
        stack: &str,
        changes: &[Change],
    ) -> Result<(), Vec<String>> {
        let resources = self.resources(stack);
        let creates = changes.iter().filter(|change| change.before.is_none());
        let failed = creates.filter_map(|change| resources.get_key_value(&change.logical_id));
        match self.behaviour.failed_creates {
            CleanUp::First => {
                let formers: Vec<Former> =
                    failed.map(|(id, resource)| Former::whole(id, resource)).collect();
                let reasons = self.delete_or_keep(stack, formers.clone()).await;
                // What could not be deleted is still a failed Create.
                for Former { logical_id, .. } in formers {
                    if self.resources(stack).contains_key(&logical_id) {
                        self.set(stack, &logical_id, |resource| resource.status = "CREATE_FAILED");
                    }
                }
                return if reasons.is_empty() { Ok(()) } else { Err(reasons) };
            }
            CleanUp::Last => failed.for_each(|(id, resource)| {
                let former = Former::replaced(id, resource);
                self.set(stack, id, |resource| {
                    resource.physical_id.clear();
                    resource.failed_creates.retain(|f| f.physical_id != former.physical_id);
                    resource.failed_creates.push(former);
                });
            }),
            CleanUp::Forgotten => failed.for_each(|(id, _)| {
                self.leave(stack, id);
                self.set(stack, id, |resource| resource.physical_id.clear());
            }),
        }
        Ok(())
    }

    /// The physical ids of failed Creates that have been tried again with success.
    pub(super) fn take_failed_creates(&self, stack: &str) -> Vec<Former> {
        let mut failed = Vec::new();
        for (id, resource) in self.resources(stack) {
            if resource.failed_creates.is_empty() {
                continue;
            }
            self.change_stack(stack, |stack| {
                if let Some(resource) = stack.resources.get_mut(&id) {
                    resource.failed_creates.clear();
                }
            });
            failed.extend(resource.failed_creates.into_iter().filter(|former| {
                former.physical_id != resource.physical_id || self.behaviour.clean_up_of_equal_ids
            }));
        }
        failed
    }

    /// Whether the last operation failed with rollback disabled.
    pub fn is_failed(&self, stack: &str) -> bool {
        let stacks = self.stacks.lock().expect("one thread");
        stacks.get(&self.stack_id(stack)).is_some_and(|stack| stack.failed)
    }

    /// The resources before the first of the operations that failed.
    pub(super) fn last_stable(&self, stack: &str) -> Resources {
        let stacks = self.stacks.lock().expect("one thread");
        stacks.get(&self.stack_id(stack)).map(|stack| stack.last_stable.clone()).unwrap_or_default()
    }

    /// The stack is as it is to be, or rolled back.
    pub(super) fn settle(&self, stack: &str) {
        self.change_stack(stack, |stack| stack.failed = false);
    }

    /// With rollback disabled an Update cannot replace its resource.
    fn refuse_replacement(&self, stack: &str, change: &Change, answer: Response) -> Response {
        let replaced = change.before.as_ref().filter(|before| {
            answer.status == Status::Success && before.physical_id != answer.physical_resource_id
        });
        let Some(before) = replaced else {
            return answer;
        };
        let key = (self.stack_id(stack), change.logical_id.clone());
        self.inner.borrow_mut().refused.insert(key);
        Response {
            status: Status::Failed,
            reason: "Replacement type updates not supported on stack with disable-rollback"
                .to_owned(),
            physical_resource_id: before.physical_id.clone(),
            ..answer
        }
    }
}
