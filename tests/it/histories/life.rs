//! The course of a history: what happens in each of its steps, and at its end.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use test_world::World;
use test_world::engine::{Behaviour, CleanUp, DeletionPolicy, Engine, Template};
use test_world::world::{BACKUP_POLICY, Disorder, ListLag, SANDBOX, SCP, State};

use super::generate::{
    AfterFailure, Busy, Declaration, ManualChange, STACKS, Step, TARGETS, last_template,
    logical_id, retained, template,
};
use super::oracle::{STACK_TAG, holders};
use super::planned::{Log, Plans};

/// A history that is being run.
pub struct Life {
    pub(super) world: World,
    pub(super) engine: Engine,
    /// How CloudFormation and Lambda behave until the end.
    pub(super) behaviour: Behaviour,
    /// Tags, or what CloudFormation lists, are shown as they were some seconds ago.
    pub(super) reads_lag: bool,
    /// The policies that somebody has changed: how they should be is not known.
    pub(super) changed_by_hand: BTreeSet<String>,
    /// The policies that somebody has ever changed.
    pub(super) ever_changed: BTreeSet<String>,
    /// The policies that somebody has made.
    pub(super) made_by_hand: BTreeSet<String>,
    /// The policies that were ever marked as adopted: when their resource goes, they stay.
    pub(super) adopted: BTreeSet<String>,
    /// The stacks whose rollback or deletion failed.
    pub(super) broken: BTreeSet<String>,
    /// The policies that an overtaken Update may have changed after its rollback: CloudFormation is silent, or its list
    /// lags, so the Update cannot know.
    pub(super) uncertain: BTreeSet<String>,
    /// The resources that have ever declared a policy together with another.
    pub(super) declared_twice: BTreeSet<(String, String)>,
    pub(super) others: BTreeMap<String, String>,
    /// The templates of the step, by stack; none for a deletion.
    pub(super) templates: RefCell<Vec<(String, Option<Template>)>>,
    /// What the tool says before each deployment.
    plans: Plans,
}

impl Life {
    pub fn begin(busy: &Busy, log: Log) -> Life {
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
            state.point_lag = Duration::from_millis(busy.point_lag_ms);
            state.tag_lag = Duration::from_millis(busy.tag_lag_ms);
            state.fresh_policy_lag = Duration::from_millis(busy.fresh_policy_lag_ms);
            state.limit_before_duplicate = busy.limit_before_duplicate;
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
            closed: busy.closed,
            no_credentials: busy.no_credentials,
            latency: Duration::from_millis(50)..Duration::from_millis(400),
        });
        Life {
            engine: Engine::new(&world, busy.behaviour, busy.seed),
            behaviour: busy.behaviour,
            reads_lag: busy.point_lag_ms > 0 || !busy.behaviour.list_lag.is_zero(),
            others: world.change(|state| state.snapshot()),
            world,
            changed_by_hand: BTreeSet::new(),
            ever_changed: BTreeSet::new(),
            made_by_hand: BTreeSet::new(),
            adopted: BTreeSet::new(),
            broken: BTreeSet::new(),
            uncertain: BTreeSet::new(),
            declared_twice: BTreeSet::new(),
            templates: RefCell::default(),
            plans: Plans::new(busy, log),
        }
    }

    pub async fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let guarded = self.guarded();
        self.templates.borrow_mut().clear();
        match step {
            Step::Stacks(stacks) => self.change_stacks(stacks).await,
            Step::WithoutRollback { stack, declarations, then } => {
                let stack = STACKS[*stack];
                self.set_retained(stack, declarations);
                self.deploy_without_rollback(stack, &template(declarations), *then).await;
            }
            Step::Move(step) => self.move_policy(*step).await?,
            Step::Adopt { stack, n, logical_id } => {
                self.adopt(STACKS[*stack], *n, *logical_id).await;
            }
            Step::Made { name, is_scp, target } => self.make_by_hand(*name, *is_scp, *target),
            Step::Others(n, change) => self.change_by_hand(*n, change),
        }
        self.engine.wait_for_invocations().await;
        self.plans.compare(&self.world, &self.engine)?;
        self.check_guards(&guarded)?;
        self.check()
    }

    async fn change_stacks(
        &mut self,
        stacks: &BTreeMap<usize, Option<BTreeMap<usize, Declaration>>>,
    ) {
        let changes = stacks.iter().map(|(n, declarations)| async {
            let stack = STACKS[*n];
            let reasons = match declarations {
                Some(declarations) => {
                    self.set_retained(stack, declarations);
                    self.send_template(stack, &template(declarations)).await
                }
                None => self.send_deletion(stack).await,
            };
            (stack, declarations.is_some(), reasons)
        });
        let results: Vec<_> = futures_util::future::join_all(changes).await;
        for (stack, deployed, reasons) in results {
            self.note(stack, deployed, &reasons);
        }
    }

    fn set_retained(&self, stack: &str, declarations: &BTreeMap<usize, Declaration>) {
        let retained = retained(declarations);
        for id in template(declarations).keys() {
            let retains = retained.contains(id);
            let policy = if retains { DeletionPolicy::Retain } else { DeletionPolicy::Delete };
            self.engine.set_deletion_policy(stack, id, policy);
        }
    }

    async fn send_template(&self, stack: &str, template: &Template) -> Vec<String> {
        self.templates.borrow_mut().push((stack.to_owned(), Some(template.clone())));
        self.plan(stack, template);
        let reasons = self.engine.deploy(stack, template).await.err().unwrap_or_default();
        self.plans.followed(stack, &reasons);
        reasons
    }

    async fn send_deletion(&self, stack: &str) -> Vec<String> {
        self.templates.borrow_mut().push((stack.to_owned(), None));
        self.engine.delete(stack).await.err().unwrap_or_default()
    }

    /// What the tool says of a deployment that is about to begin. While a rollback or a deletion has failed, it says that
    /// first.
    fn plan(&self, stack: &str, template: &Template) {
        if !self.broken.contains(stack) {
            self.plans.plan(&self.world, &self.engine, stack, template);
        }
    }

    /// Deploys; the reasons why it failed.
    pub(super) async fn deploy(&mut self, stack: &str, template: &Template) -> Vec<String> {
        let reasons = self.send_template(stack, template).await;
        self.note(stack, true, &reasons);
        reasons
    }

    /// Deploys with rollback disabled; the reasons why it failed, whatever followed.
    pub(super) async fn deploy_without_rollback(
        &mut self,
        stack: &str,
        template: &Template,
        then: AfterFailure,
    ) -> Vec<String> {
        self.templates.borrow_mut().push((stack.to_owned(), Some(template.clone())));
        self.plan(stack, template);
        let result = self.engine.deploy_without_rollback(stack, template).await;
        let reasons = result.err().unwrap_or_default();
        self.plans.followed(stack, &reasons);
        if !self.engine.is_failed(stack) {
            self.note(stack, false, &reasons);
            return reasons;
        }
        let after = match then {
            AfterFailure::Nothing => return reasons,
            AfterFailure::Again => self.engine.deploy_without_rollback(stack, template).await,
            AfterFailure::RollBack => self.engine.rollback_stack(stack).await,
            AfterFailure::Delete => Err(self.send_deletion(stack).await),
        };
        if !self.engine.is_failed(stack) {
            self.note(stack, false, &after.err().unwrap_or_default());
        }
        reasons
    }

    /// Takes in the result of a change of a stack, which may have been rolled back.
    fn note(&mut self, stack: &str, deployed: bool, reasons: &[String]) {
        let whole = |reason: &String| {
            !reason.starts_with("rollback of") && !reason.starts_with("deletion of")
        };
        if !reasons.iter().all(whole) {
            println!("{stack} is broken: {reasons:?}");
            self.broken.insert(stack.to_owned());
        }
        let Behaviour { silent, list_lag, .. } = self.behaviour;
        if deployed && !reasons.is_empty() && (silent || !list_lag.is_zero()) {
            let held = holders(&self.engine).into_iter().filter(|holder| holder.stack == stack);
            self.uncertain.extend(held.filter_map(|holder| holder.policy));
        }
    }

    /// The template that the stack has now.
    pub(super) fn current_template(&self, stack: &str) -> Template {
        let held = self.engine.held(stack).into_iter();
        let held = held.filter(|held| !held.status.starts_with("DELETE_"));
        held.map(|held| (held.logical_id, held.properties)).collect()
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
            self.changed_by_hand.insert(id.clone());
            self.ever_changed.insert(id);
        });
    }

    fn make_by_hand(&mut self, name: usize, is_scp: bool, target: usize) {
        let (name, policy_type) =
            (format!("policy-{name}"), if is_scp { SCP } else { BACKUP_POLICY });
        self.world.change(|state| {
            let mut policies = state.policies.values();
            if policies.any(|policy| policy.name == name && policy.policy_type == policy_type) {
                return;
            }
            let id = state.add_policy(policy_type, &name, "{\"by hand\":1}");
            state.attach(&id, TARGETS[target]);
            self.made_by_hand.insert(id);
        });
    }

    /// Without any more failures, every stack gets its last template and is then deleted. CloudFormation answers, and
    /// tries again what it has to clean up.
    pub async fn end(&mut self) -> Result<(), TestCaseError> {
        self.world.clear_faults();
        self.world.set_latency(Duration::from_millis(100));
        self.engine.change_behaviour(|behaviour| {
            behaviour.silent = false;
            behaviour.list_lag = Duration::ZERO;
            // What is to come last is held already.
            if behaviour.failed_creates == CleanUp::Forgotten {
                behaviour.failed_creates = CleanUp::First;
            }
            behaviour.forgets_clean_ups = false;
        });
        // Removes the attachments made by hand: with ManageAttachments: Declared a Delete would rightly fail.
        self.world.change(|state| {
            for id in &self.changed_by_hand {
                if state.policies.contains_key(id) {
                    detach_everywhere(state, id);
                }
            }
        });
        self.settle_double_declarations().await;
        self.engine.wait_for_invocations().await;
        self.check_none_is_lost(&holders(&self.engine))?;
        for stack in STACKS {
            let ids = self.engine.held(stack).into_iter().map(|held| held.logical_id);
            for id in ids.chain((0..3).map(logical_id)) {
                self.engine.set_deletion_policy(stack, &id, DeletionPolicy::Delete);
            }
            let mut result = self.engine.deploy(stack, &last_template(stack)).await;
            if self.detach_what_others_attached(&result) {
                result = self.engine.deploy(stack, &last_template(stack)).await;
            }
            prop_assert_eq!(result, Ok(()), "the last template of {}", stack);
        }
        self.engine.wait_for_invocations().await;
        self.broken.clear();
        self.uncertain.clear();
        // A policy without its ownership tags is left behind; all others belong to a resource again.
        self.changed_by_hand.clear();
        self.check()?;
        for stack in STACKS {
            prop_assert_eq!(self.engine.delete(stack).await, Ok(()), "the deletion of {}", stack);
        }
        self.engine.wait_for_invocations().await;
        let may_stay = |id: &String| self.may_stay_at_the_end(id);
        let ids: Vec<String> = self.world.change(|state| state.policies.keys().cloned().collect());
        let stay: Vec<String> = ids.into_iter().filter(may_stay).collect();
        let left = self.world.change(|state| {
            stay.iter().for_each(|id| state.remove_policy(id));
            state.snapshot()
        });
        prop_assert_eq!(&left, &self.others, "what is left at the end");
        Ok(())
    }
}

impl Life {
    /// A Delete has the properties of the last Update, also of one that failed. With ManageAttachments: Declared it takes
    /// the targets from before that one for others', and fails. Somebody detaches the policy then, as the error says.
    fn detach_what_others_attached(&self, result: &Result<(), Vec<String>>) -> bool {
        let reasons = result.as_ref().err().into_iter().flatten();
        let reasons = reasons.filter(|reason| reason.contains("attached, by others"));
        let named =
            reasons.filter_map(|reason| reason.split(['(', ')']).find(|id| id.starts_with("p-")));
        let named: Vec<&str> = named.collect();
        self.world.change(|state| {
            let there = named.iter().filter(|id| state.policies.contains_key(**id));
            let there: Vec<&str> = there.copied().collect();
            there.iter().for_each(|id| detach_everywhere(state, id));
        });
        !named.is_empty()
    }
}

/// Done by hand, so the lists show it at once.
fn detach_everywhere(state: &mut State, id: &str) {
    for target in state.policy(id).targets.clone() {
        state.detach(id, &target);
    }
}
