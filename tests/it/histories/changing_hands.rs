//! Steps in which policies get other owners: moves and adoptions.

use proptest::prelude::*;
use serde_json::json;

use test_world::engine::{DeletionPolicy, Template};
use test_world::world::{BACKUP_POLICY, NO_SUCH_UNIT};

use super::generate::{AfterMove, Move, STACKS, TARGETS, logical_id};
use super::life::Life;
use super::oracle::{Holder, REPLACED_TAG, holders, owner_of};

impl Life {
    /// A resource gets another logical id, in its stack or in another.
    pub(super) async fn move_policy(&mut self, step: Move) -> Result<(), TestCaseError> {
        let movable = holders(&self.engine).into_iter().filter(Holder::is_settled);
        let movable: Vec<Holder> = movable.filter(|holder| holder.policy.is_some()).collect();
        let Some(old) = movable.get(step.n % movable.len().max(1)) else { return Ok(()) };
        let policy = old.policy.clone().expect("it is movable");
        let from = STACKS.iter().position(|stack| *stack == old.stack).expect("a stack");
        let to = STACKS[(from + step.stacks_on) % STACKS.len()];

        let mut template = self.current_template(to);
        let new = free_logical_id(&template, step.logical_id);
        if to == old.stack {
            template.remove(&old.logical_id);
        }
        let mut properties = old.properties.clone();
        properties["AdoptExisting"] = json!(policy);
        if step.changed {
            properties["Content"] = json!({"content": "moved"});
        }
        template.insert(new.clone(), properties);
        if step.sibling_fails {
            template.insert("Bad".to_owned(), failing());
        }
        if step.retained {
            self.engine.set_deletion_policy(&old.stack, &old.logical_id, DeletionPolicy::Retain);
        }
        self.engine.set_deletion_policy(to, &new, DeletionPolicy::Delete);

        let is_ordinary = self.is_ordinary(old, to);
        let before = self.portrait(&policy);
        let reasons = match step.without_rollback {
            None => self.deploy(to, &template).await,
            Some(then) => self.deploy_without_rollback(to, &template, then).await,
        };
        self.engine.wait_for_invocations().await;
        // An overtaken Create that cannot ask goes on after its rollback.
        if is_ordinary && !self.behaviour.silent && step.without_rollback.is_none() {
            self.check_move(step, old, &before, &reasons)?;
        }
        if to != old.stack && reasons.is_empty() {
            self.after_move(step.then, old, to, &new).await;
        }
        Ok(())
    }

    async fn after_move(&mut self, then: AfterMove, old: &Holder, to: &str, new: &str) {
        let (stack, leaving) = match then {
            AfterMove::Nothing => return,
            AfterMove::RemoveFormer => (old.stack.as_str(), old.logical_id.as_str()),
            AfterMove::GoBack => (to, new),
        };
        let mut template = self.current_template(stack);
        template.remove(leaving);
        self.deploy(stack, &template).await;
    }

    /// Nothing is the matter with the policy, its resource and the stacks.
    fn is_ordinary(&self, old: &Holder, to: &str) -> bool {
        let policy = old.policy.as_deref().expect("it holds one");
        let mut stacks = [old.stack.as_str(), to].into_iter();
        let sane = |stack| !self.broken.contains(stack) && !self.engine.is_failed(stack);
        let tags = self.world.change(|state| state.tags.get(policy).cloned().unwrap_or_default());
        let held = holders(&self.engine).into_iter();
        let held = held.filter(|holder| holder.policy.as_deref() == Some(policy)).count();
        stacks.all(sane)
            && held == 1
            && owner_of(&tags).as_ref() == Some(&old.key())
            // Taking that tag off would be a change.
            && !tags.contains_key(REPLACED_TAG)
            && !self.changed_by_hand.contains(policy)
            && !self.uncertain.contains(policy)
    }

    /// A move that changes more than the owner is refused; after one that fails the policy is as before.
    fn check_move(
        &self,
        step: Move,
        old: &Holder,
        before: &str,
        reasons: &[String],
    ) -> Result<(), TestCaseError> {
        let policy = old.policy.as_deref().expect("it holds one");
        prop_assert!(!step.changed || !reasons.is_empty(), "the move of {policy} changes it");
        // An invocation may die three times, and a list that lags may show a former owner that is gone.
        let is_sure = self.behaviour.crashes == 0.0 && self.behaviour.list_lag.is_zero();
        let is_to_succeed = is_sure && !step.changed && !step.sibling_fails;
        prop_assert!(!is_to_succeed || reasons.is_empty(), "the move of {policy}: {reasons:?}");
        if !reasons.is_empty() && !self.broken.contains(&old.stack) {
            let after = self.portrait(policy);
            prop_assert_eq!(&after, before, "{} after a move that failed", policy);
        }
        Ok(())
    }

    /// A stack adopts a policy of nobody, by its id.
    pub(super) async fn adopt(&mut self, stack: &str, n: usize, logical: usize) {
        let unowned = self.world.change(|state| {
            let is_owned = |id: &String| state.tags.get(id).and_then(owner_of).is_some();
            let made = self.made_by_hand.iter().filter(|id| state.policies.contains_key(*id));
            let unowned: Vec<&String> = made.filter(|id| !is_owned(id)).collect();
            let id = (*unowned.get(n % unowned.len().max(1))?).clone();
            let policy = &state.policies[&id];
            Some((id, policy.name.clone(), policy.policy_type.clone()))
        });
        let Some((id, name, policy_type)) = unowned else { return };
        let mut template = self.current_template(stack);
        let new = free_logical_id(&template, logical);
        self.engine.set_deletion_policy(stack, &new, DeletionPolicy::Delete);
        let adopting = json!({
            "Name": name,
            "Type": policy_type,
            "Content": {"content": "adopted"},
            "Targets": [TARGETS[n]],
            "AdoptExisting": id,
        });
        template.insert(new, adopting);
        self.deploy(stack, &template).await;
    }

    /// Where two resources declare a policy, the one that it was moved to gives it back.
    pub(super) async fn settle_double_declarations(&mut self) {
        let all = holders(&self.engine);
        for stack in STACKS {
            let mut template = self.current_template(stack);
            let held = all.iter().filter(|holder| holder.stack == stack);
            let twice = held.filter(|holder| self.is_second_of_two(holder, &all));
            let twice: Vec<&Holder> = twice.collect();
            if twice.is_empty() {
                continue;
            }
            twice.iter().for_each(|holder| drop(template.remove(&holder.logical_id)));
            // What else the template declares may fail, and the rollback keep both.
            if !self.deploy(stack, &template).await.is_empty() {
                self.deploy(stack, &Template::new()).await;
            }
        }
    }

    fn is_second_of_two(&self, holder: &Holder, all: &[Holder]) -> bool {
        let Some(policy) = &holder.policy else { return false };
        let tags = self.world.change(|state| state.tags.get(policy).cloned().unwrap_or_default());
        let is_other =
            |other: &&Holder| other.policy.as_ref() == Some(policy) && other.key() != holder.key();
        all.iter().any(|other| is_other(&other)) && owner_of(&tags) == Some(holder.key())
    }
}

fn free_logical_id(template: &Template, n: usize) -> String {
    let mut ids = (n..).map(logical_id);
    ids.find(|id| !template.contains_key(id)).expect("there are many")
}

fn failing() -> serde_json::Value {
    json!({
        "Name": "bad",
        "Type": BACKUP_POLICY,
        "Content": {"content": "bad"},
        "Targets": [NO_SUCH_UNIT],
    })
}
