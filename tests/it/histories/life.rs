//! The course of a history, and what must hold after each of its steps and at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use test_world::World;
use test_world::engine::{Behaviour, Engine, stack_id};
use test_world::world::{BACKUP_POLICY, Disorder, ListLag, SANDBOX, SCP, State};

use super::generate::{Busy, ManualChange, STACKS, Step, TARGETS, last_template, template};

const STACK_TAG: &str = "cfn-org-policy:stack-id";

/// A history that is being run.
pub struct Life {
    world: World,
    engine: Engine,
    /// The policies that somebody has changed: how they should be is not known.
    changed_by_hand: BTreeSet<String>,
    /// The stacks whose rollback or deletion failed.
    broken: BTreeSet<String>,
    others: BTreeMap<String, String>,
}

impl Life {
    pub fn begin(busy: &Busy) -> Life {
        fastrand::seed(busy.seed);
        let world = World::new();
        world.change(|state| {
            for policy_type in [BACKUP_POLICY, SCP] {
                let id = state.add_policy(policy_type, "policy-0", "{\"theirs\":1}");
                state.attach(&id, SANDBOX);
            }
            let lag = Duration::from_millis(busy.lag_ms);
            state.list_lag = Some(ListLag::For(lag));
            state.attachment_lag = lag;
            state.deletion_lag = lag;
            state.in_use_lag = lag / 2;
            state.changes_in_progress = lag / 2;
        });
        if busy.throttled {
            world.throttle();
        }
        world.conflict();
        world.disorder(Disorder {
            seed: busy.seed,
            conflict: busy.conflict,
            lost_answer: busy.lost_answer,
            server_error: busy.lost_answer / 2.0,
            time_out: busy.time_out,
            latency: Duration::from_millis(50)..Duration::from_millis(400),
        });
        let behaviour =
            Behaviour { crashes: busy.crashes, repeats: busy.repeats, ..Behaviour::default() };
        Life {
            engine: Engine::new(&world, behaviour, busy.seed),
            others: world.change(|state| state.snapshot()),
            world,
            changed_by_hand: BTreeSet::new(),
            broken: BTreeSet::new(),
        }
    }

    pub async fn take(&mut self, step: &Step) {
        match step {
            Step::Stacks(stacks) => {
                let changes = stacks.iter().map(|(n, declarations)| async {
                    let stack = STACKS[*n];
                    let result = match declarations {
                        Some(declarations) => {
                            self.engine.deploy(stack, &template(declarations)).await
                        }
                        None => self.engine.delete(stack).await,
                    };
                    (stack, result.err().unwrap_or_default())
                });
                let results: Vec<_> = futures_util::future::join_all(changes).await;
                for (stack, reasons) in results {
                    let whole = |reason: &String| {
                        !reason.starts_with("rollback of") && !reason.starts_with("deletion of")
                    };
                    if !reasons.iter().all(whole) {
                        println!("{stack} is broken: {reasons:?}");
                        self.broken.insert(stack.to_owned());
                    }
                }
            }
            Step::Others(n, change) => self.change_by_hand(*n, change),
        }
        self.engine.wait_for_invocations().await;
    }

    /// Somebody changes a policy of one of the stacks.
    fn change_by_hand(&mut self, n: usize, change: &ManualChange) {
        self.world.change(|state| {
            let tagged = state.tags.iter().filter(|(_, tags)| tags.contains_key(STACK_TAG));
            let Some(id) = tagged.map(|(id, _)| id.clone()).nth(n) else { return };
            match change {
                ManualChange::Attach(target) => state.attach(&id, TARGETS[*target]),
                ManualChange::DetachAll => detach_everywhere(state, &id),
                ManualChange::Rewrite => state.policy(&id).content = "{\"rewritten\":1}".to_owned(),
                ManualChange::Remove => state.remove_policy(&id),
                ManualChange::Untag => drop(state.tags.remove(&id)),
            }
            self.changed_by_hand.insert(id);
        });
    }

    /// Every policy that the function has made belongs to a resource and is as declared. All others are as before.
    pub fn check(&self) -> Result<(), TestCaseError> {
        for stack in STACKS {
            let held = self.engine.holds(stack);
            let held_ids: BTreeSet<&String> = held.values().map(|(id, _)| id).collect();
            let tagged: Vec<String> = self.world.change(|state| {
                let mine =
                    |tags: &BTreeMap<String, String>| tags.get(STACK_TAG) == Some(&stack_id(stack));
                state.tags.iter().filter(|(_, tags)| mine(tags)).map(|(id, _)| id.clone()).collect()
            });
            for id in &tagged {
                let known = held_ids.contains(id)
                    || self.changed_by_hand.contains(id)
                    || self.broken.contains(stack);
                prop_assert!(known, "{id} of {stack} is an orphan; held: {held:?}");
            }
            for (id, properties) in held.values() {
                if !self.changed_by_hand.contains(id) && !self.broken.contains(stack) {
                    self.check_policy(id, properties)?;
                }
            }
        }
        let snapshot = self.world.change(|state| state.snapshot());
        for (key, theirs) in &self.others {
            prop_assert_eq!(snapshot.get(key), Some(theirs), "{} is others'", key);
        }
        Ok(())
    }

    fn check_policy(&self, id: &str, properties: &Value) -> Result<(), TestCaseError> {
        let found = self.world.change(|state| {
            let policy = state.policies.get(id)?;
            let targets: BTreeSet<String> = policy.targets.clone();
            Some((policy.name.clone(), policy.policy_type.clone(), policy.content.clone(), targets))
        });
        let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
        let targets = properties["Targets"].as_array().into_iter().flatten();
        let targets = targets.filter_map(Value::as_str).map(str::to_owned).collect();
        let declared = (text("Name"), text("Type"), properties["Content"].to_string(), targets);
        prop_assert_eq!(found, Some(declared), "{}", id);
        Ok(())
    }

    /// Without any more failures, every stack gets its last template and is then deleted.
    pub async fn end(&mut self) -> Result<(), TestCaseError> {
        self.world.clear_faults();
        self.world.set_latency(Duration::from_millis(100));
        // Removes the attachments made by hand: with ManageAttachments: Declared a Delete would rightly fail.
        self.world.change(|state| {
            for id in &self.changed_by_hand {
                if state.policies.contains_key(id) {
                    detach_everywhere(state, id);
                }
            }
        });
        for stack in STACKS {
            let result = self.engine.deploy(stack, &last_template(stack)).await;
            prop_assert_eq!(result, Ok(()), "the last template of {}", stack);
        }
        self.engine.wait_for_invocations().await;
        self.broken.clear();
        // A policy without its ownership tags is left behind; all others belong to a resource again.
        let unowned = std::mem::take(&mut self.changed_by_hand);
        self.check()?;
        for stack in STACKS {
            prop_assert_eq!(self.engine.delete(stack).await, Ok(()), "the deletion of {}", stack);
        }
        self.engine.wait_for_invocations().await;
        let left = self.world.change(|state| {
            let left = |id: &&String| unowned.contains(*id) && !state.tags.contains_key(*id);
            let left: Vec<String> = state.policies.keys().filter(left).cloned().collect();
            left.iter().for_each(|id| state.remove_policy(id));
            state.snapshot()
        });
        prop_assert_eq!(&left, &self.others, "what is left at the end");
        Ok(())
    }
}

/// Done by hand, so the lists show it at once.
fn detach_everywhere(state: &mut State, id: &str) {
    for target in state.policy(id).targets.clone() {
        state.detach(id, &target);
    }
}
