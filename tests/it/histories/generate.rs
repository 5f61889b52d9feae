//! What can happen in a history, and how services behave meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use test_world::engine::Template;
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
    pub crashes: f64,
    pub repeats: f64,
}

#[derive(Clone, Debug)]
pub enum Step {
    /// Stacks change at the same time: each gets a template, or is deleted.
    Stacks(BTreeMap<usize, Option<BTreeMap<usize, Declaration>>>),
    /// Somebody changes the policy with this number by hand.
    Others(usize, ManualChange),
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
    );
    let declaration = declaration.prop_map(
        |(name, is_scp, content, targets, missing_target, tag, only_declared)| Declaration {
            name,
            is_scp,
            content,
            targets,
            missing_target,
            tag,
            only_declared,
        },
    );
    let template = proptest::option::weighted(0.85, btree_map(0..3_usize, declaration, 0..4));
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
    ];
    let chance = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    let busy = (
        any::<u64>(),
        any::<bool>(),
        prop_oneof![Just(0), 0..3_000_u64],
        chance(0.3),
        chance(0.1),
        chance(0.02),
        chance(0.1),
        chance(0.2),
    );
    let busy = busy.prop_map(
        |(seed, throttled, lag_ms, conflict, lost_answer, time_out, crashes, repeats)| Busy {
            seed,
            throttled,
            lag_ms,
            conflict,
            lost_answer,
            time_out,
            crashes,
            repeats,
        },
    );
    (busy, vec(step, 1..8)).prop_map(|(disorder, steps)| History { disorder, steps })
}

impl Declaration {
    fn properties(&self) -> Value {
        let mut targets: Vec<&str> = self.targets.iter().map(|n| TARGETS[*n]).collect();
        targets.extend(self.missing_target.then_some(NO_SUCH_UNIT));
        json!({
            "Name": format!("policy-{}", self.name),
            "Type": if self.is_scp { SCP } else { BACKUP_POLICY },
            "Content": {"content": format!("{}", self.content)},
            "Targets": targets,
            "Tags": [{"Key": "tag", "Value": format!("{}", self.tag)}],
            "ManageAttachments": if self.only_declared { "Declared" } else { "All" },
        })
    }
}

pub fn template(declarations: &BTreeMap<usize, Declaration>) -> Template {
    let resources = declarations.iter();
    resources.map(|(n, declared)| (format!("Policy{n}"), declared.properties())).collect()
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
    (0..3).map(|n| (format!("Policy{n}"), properties(n))).collect()
}
