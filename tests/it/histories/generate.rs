//! What can happen in a history, and how services behave meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use test_world::engine::{Behaviour, CleanUp, Template};
use test_world::world::{
    BACKUP, BACKUP_POLICY, NO_SUCH_UNIT, PRODUCTION, PRODUCTION_ACCOUNT, ROOT, SANDBOX, SCP,
    SECURITY,
};

pub const STACKS: [&str; 3] = ["blue", "green", "red"];
pub const TARGETS: [&str; 6] = [ROOT, SECURITY, BACKUP, PRODUCTION, SANDBOX, PRODUCTION_ACCOUNT];

/// What happens in an organization.
#[derive(Clone, Debug)]
pub struct History {
    pub disorder: Busy,
    pub steps: Vec<Step>,
}

/// How the services behave meanwhile.
#[derive(Clone, Debug)]
pub struct Busy {
    pub seed: u64,
    pub throttled: bool,
    pub lag_ms: u64,
    pub conflict: f64,
    pub lost_answer: f64,
    pub time_out: f64,
    pub closed: f64,
    pub no_credentials: f64,
    pub point_lag_ms: u64,
    pub tag_lag_ms: u64,
    pub fresh_policy_lag_ms: u64,
    pub limit_before_duplicate: bool,
    /// CloudFormation and Lambda.
    pub behaviour: Behaviour,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Stacks change at the same time: each gets a template, or is deleted.
    Stacks(BTreeMap<usize, Option<BTreeMap<usize, Declaration>>>),
    /// A stack gets a template with rollback disabled.
    WithoutRollback {
        stack: usize,
        declarations: BTreeMap<usize, Declaration>,
        then: AfterFailure,
    },
    Move(Move),
    /// A stack adopts, by its id, the policy of this number among those that no stack owns.
    Adopt {
        stack: usize,
        n: usize,
        logical_id: usize,
    },
    /// Somebody makes a policy by hand.
    Made {
        name: usize,
        is_scp: bool,
        target: usize,
    },
    /// Somebody changes the policy with this number by hand.
    Others(usize, ManualChange),
}

/// What is done to a stack that has failed with rollback disabled.
#[derive(Clone, Copy, Debug)]
pub enum AfterFailure {
    /// The next step of the history that concerns the stack meets it so.
    Nothing,
    Again,
    RollBack,
    Delete,
}

/// The policy of this number among those held goes to another logical id, with `AdoptExisting`.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub n: usize,
    /// By how many stacks it goes on; 0: it stays in its stack.
    pub stacks_on: usize,
    /// Its number in that stack, or the next one that is free.
    pub logical_id: usize,
    /// The content changes, too, which has to be refused.
    pub changed: bool,
    pub sibling_fails: bool,
    /// The former resource has DeletionPolicy Retain.
    pub retained: bool,
    /// Rollback is disabled, and this follows a failure.
    pub without_rollback: Option<AfterFailure>,
    pub then: AfterMove,
}

/// What follows a move between stacks that has succeeded.
#[derive(Clone, Copy, Debug)]
pub enum AfterMove {
    /// Both stacks hold the policy.
    Nothing,
    RemoveFormer,
    GoBack,
}

#[derive(Clone, Debug)]
pub enum ManualChange {
    Attach(usize),
    DetachAll,
    Rewrite,
    Remove,
    Untag,
}

/// A resource. There are few possibilities, so that stacks conflict with each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    name: usize,
    is_scp: bool,
    content: usize,
    targets: BTreeSet<usize>,
    missing_target: bool,
    tag: usize,
    only_declared: bool,
    adopts: bool,
    retained: bool,
}

pub fn histories() -> impl Strategy<Value = History> {
    let declaration = (
        0..4_usize,
        any::<bool>(),
        0..3_usize,
        btree_set(0..TARGETS.len(), 0..4),
        proptest::bool::weighted(0.1),
        0..3_usize,
        proptest::bool::weighted(0.3),
        proptest::bool::weighted(0.15),
        proptest::bool::weighted(0.05),
    );
    let declaration = declaration.prop_map(
        |(name, is_scp, content, targets, missing_target, tag, only_declared, adopts, retained)| {
            Declaration {
                name,
                is_scp,
                content,
                targets,
                missing_target,
                tag,
                only_declared,
                adopts,
                retained,
            }
        },
    );
    let declarations = btree_map(0..3_usize, declaration, 0..4).boxed();
    let template = proptest::option::weighted(0.85, declarations.clone());
    let change = prop_oneof![
        (0..TARGETS.len()).prop_map(ManualChange::Attach),
        Just(ManualChange::DetachAll),
        Just(ManualChange::Rewrite),
        Just(ManualChange::Remove),
        Just(ManualChange::Untag),
    ];
    let step = prop_oneof![
        4 => btree_map(0..STACKS.len(), template, 1..3).prop_map(Step::Stacks),
        1 => (0..6_usize, change).prop_map(|(n, change)| Step::Others(n, change)),
        1 => (0..STACKS.len(), declarations, after_failures()).prop_map(
            |(stack, declarations, then)| Step::WithoutRollback { stack, declarations, then }
        ),
        2 => moves().prop_map(Step::Move),
        1 => (0..STACKS.len(), 0..4_usize, 0..5_usize)
            .prop_map(|(stack, n, logical_id)| Step::Adopt { stack, n, logical_id }),
        1 => (1..4_usize, any::<bool>(), 0..TARGETS.len())
            .prop_map(|(name, is_scp, target)| Step::Made { name, is_scp, target }),
    ];
    (disorders(), vec(step, 1..10)).prop_map(|(disorder, steps)| History { disorder, steps })
}

fn after_failures() -> impl Strategy<Value = AfterFailure> {
    prop_oneof![
        Just(AfterFailure::Nothing),
        Just(AfterFailure::Again),
        Just(AfterFailure::RollBack),
        Just(AfterFailure::Delete),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    let then = prop_oneof![
        1 => Just(AfterMove::Nothing),
        2 => Just(AfterMove::RemoveFormer),
        1 => Just(AfterMove::GoBack),
    ];
    let moves = (
        0..9_usize,
        prop_oneof![3 => Just(0), 2 => 1..STACKS.len()],
        0..5_usize,
        proptest::bool::weighted(0.1),
        proptest::bool::weighted(0.3),
        proptest::bool::weighted(0.2),
        proptest::option::weighted(0.2, after_failures()),
        then,
    );
    moves.prop_map(
        |(n, stacks_on, logical_id, changed, sibling_fails, retained, without_rollback, then)| {
            Move {
                n,
                stacks_on,
                logical_id,
                changed,
                sibling_fails,
                retained,
                without_rollback,
                then,
            }
        },
    )
}

fn chance(most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), 0.0..most]
}

/// Of reads that the function takes for up to ten seconds old.
fn read_lag_ms() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), 0..9_000_u64]
}

fn behaviours() -> impl Strategy<Value = Behaviour> {
    let clean_up = prop_oneof![Just(CleanUp::First), Just(CleanUp::Last), Just(CleanUp::Forgotten)];
    let behaviours = (
        chance(0.1),
        chance(0.2),
        proptest::bool::weighted(0.1),
        prop_oneof![3 => Just(0), 1 => 0..5_000_u64],
        any::<bool>(),
        clean_up,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    behaviours.prop_map(
        |(
            crashes,
            repeats,
            silent,
            list_lag_ms,
            new_stack_ids,
            failed_creates,
            equal,
            back,
            forgets,
        )| {
            Behaviour {
                crashes,
                repeats,
                silent,
                list_lag: Duration::from_millis(list_lag_ms),
                new_stack_ids,
                failed_creates,
                clean_up_of_equal_ids: equal,
                failed_updates_go_back: back,
                forgets_clean_ups: forgets,
            }
        },
    )
}

fn disorders() -> impl Strategy<Value = Busy> {
    let busy = (
        any::<u64>(),
        any::<bool>(),
        prop_oneof![Just(0), 0..3_000_u64],
        chance(0.3),
        chance(0.1),
        chance(0.02),
        (chance(0.1), chance(0.1)),
        (read_lag_ms(), read_lag_ms(), read_lag_ms()),
        any::<bool>(),
        behaviours(),
    );
    busy.prop_map(
        |(
            seed,
            throttled,
            lag_ms,
            conflict,
            lost_answer,
            time_out,
            (closed, no_credentials),
            (point_lag_ms, tag_lag_ms, fresh_policy_lag_ms),
            limit_before_duplicate,
            behaviour,
        )| Busy {
            seed,
            throttled,
            lag_ms,
            conflict,
            lost_answer,
            time_out,
            closed,
            no_credentials,
            point_lag_ms,
            tag_lag_ms,
            fresh_policy_lag_ms,
            limit_before_duplicate,
            behaviour,
        },
    )
}

impl Busy {
    /// How long ago was true what the slowest of the reads shows.
    pub fn longest_lag(&self) -> Duration {
        let read = [self.lag_ms, self.point_lag_ms, self.tag_lag_ms, self.fresh_policy_lag_ms];
        let read = Duration::from_millis(read.into_iter().max().unwrap_or_default());
        read.max(self.behaviour.list_lag)
    }
}

impl Declaration {
    fn properties(&self) -> Value {
        let mut targets: Vec<&str> = self.targets.iter().map(|n| TARGETS[*n]).collect();
        targets.extend(self.missing_target.then_some(NO_SUCH_UNIT));
        let mut properties = json!({
            "Name": format!("policy-{}", self.name),
            "Type": if self.is_scp { SCP } else { BACKUP_POLICY },
            // Of different lengths, which is what the log shows of a document.
            "Content": {"content": "x".repeat(self.content + 1)},
            "Targets": targets,
            "Tags": [{"Key": "tag", "Value": format!("{}", self.tag)}],
            "ManageAttachments": if self.only_declared { "Declared" } else { "All" },
        });
        // Of this name are the policies of others, who would be surprised.
        if self.adopts && self.name != 0 {
            properties["AdoptExisting"] = json!("true");
        }
        properties
    }
}

pub fn template(declarations: &BTreeMap<usize, Declaration>) -> Template {
    let resources = declarations.iter();
    resources.map(|(n, declared)| (logical_id(*n), declared.properties())).collect()
}

/// Which of the declared resources have DeletionPolicy Retain.
pub fn retained(declarations: &BTreeMap<usize, Declaration>) -> BTreeSet<String> {
    let retained = declarations.iter().filter(|(_, declared)| declared.retained);
    retained.map(|(n, _)| logical_id(*n)).collect()
}

pub fn logical_id(n: usize) -> String {
    format!("Policy{n}")
}

/// A stack's last template. Its names are unique, and everything in it is valid.
pub fn last_template(stack: &str) -> Template {
    let properties = |n: usize| {
        json!({
            "Name": format!("{stack}-{n}"),
            "Type": if n == 0 { SCP } else { BACKUP_POLICY },
            "Content": {"last": stack},
            "Targets": [TARGETS[n], TARGETS[n + 1]],
        })
    };
    (0..3).map(|n| (logical_id(n), properties(n))).collect()
}
