//! What must hold after each step of a history.
//!
//! What need not hold, docs/RELIABILITY.md says ("What is not promised"): policies that somebody has changed by hand,
//! stacks whose rollback or deletion has failed, what a silent CloudFormation leaves behind, and what CloudFormation
//! itself has left (a resource that is retained, a clean-up that was forgotten).

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use cfn_org_policy::policy::physical_id::PhysicalId;
use test_world::engine::Engine;
use test_world::fixtures::{DIGEST_TAG, digest};

use super::generate::STACKS;
use super::life::Life;

pub const STACK_TAG: &str = "cfn-org-policy:stack-id";
pub const ADOPTED_TAG: &str = "cfn-org-policy:adopted";
const LOGICAL_TAG: &str = "cfn-org-policy:logical-id";
const REQUEST_TAG: &str = "cfn-org-policy:request-id";
const FORMER_STACK_TAG: &str = "cfn-org-policy:former-stack-id";
const FORMER_LOGICAL_TAG: &str = "cfn-org-policy:former-logical-id";
pub const REPLACED_TAG: &str = "cfn-org-policy:replaced-by";

type Tags = BTreeMap<String, String>;
/// A resource: the ARN of its stack, and its logical id.
type Key = (String, String);

/// A physical id that CloudFormation holds for a resource.
#[derive(Clone, Debug)]
pub struct Holder {
    pub stack: String,
    pub stack_id: String,
    pub logical_id: String,
    pub status: &'static str,
    /// The policy that the physical id is, or which a Create that failed has named.
    pub policy: Option<String>,
    pub properties: Value,
}

impl Holder {
    pub fn key(&self) -> Key {
        (self.stack_id.clone(), self.logical_id.clone())
    }

    /// Neither under way nor failed.
    pub fn is_settled(&self) -> bool {
        self.status == "CREATE_COMPLETE" || self.status == "UPDATE_COMPLETE"
    }

    fn declares(&self, target: &str) -> bool {
        targets(&self.properties).contains(target)
    }
}

/// A policy on a target, which a resource has declared before the step.
pub struct Guard {
    holder: Holder,
    policy: String,
    /// How many changes of attachments there were before the step.
    changes: usize,
}

/// All that CloudFormation holds, of all stacks.
pub fn holders(engine: &Engine) -> Vec<Holder> {
    let mut holders = Vec::new();
    for stack in STACKS {
        holders.extend(engine.held(stack).into_iter().map(|held| Holder {
            stack: stack.to_owned(),
            stack_id: engine.stack_id(stack),
            logical_id: held.logical_id,
            status: held.status,
            policy: PhysicalId::read(&held.physical_id).named_policy().map(ToString::to_string),
            properties: held.properties,
        }));
    }
    holders
}

/// The resource that the tags name as the owner.
pub fn owner_of(tags: &Tags) -> Option<Key> {
    Some((tags.get(STACK_TAG)?.clone(), tags.get(LOGICAL_TAG)?.clone()))
}

/// The resource that the tags name as the former owner.
fn former_of(tags: &Tags) -> Option<Key> {
    let stack = tags.get(FORMER_STACK_TAG).or_else(|| tags.get(STACK_TAG))?;
    Some((stack.clone(), tags.get(FORMER_LOGICAL_TAG)?.clone()))
}

fn targets(properties: &Value) -> BTreeSet<String> {
    let targets = properties["Targets"].as_array().into_iter().flatten();
    targets.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Life {
    /// Every policy that the function has made or adopted belongs to a resource and is as declared. All others are as
    /// before.
    pub(super) fn check(&mut self) -> Result<(), TestCaseError> {
        let holders = holders(&self.engine);
        self.note_double_declarations(&holders);
        self.check_none_is_lost(&holders)?;
        self.check_orphans(&holders)?;
        self.check_unowned()?;
        let snapshot = self.world.change(|state| state.snapshot());
        for (key, theirs) in &self.others {
            prop_assert_eq!(snapshot.get(key), Some(theirs), "{} is others'", key);
        }
        for holder in &holders {
            self.check_holder(holder, &holders)?;
        }
        Ok(())
    }

    /// A policy that a living resource holds is there, and so is one that was made by hand.
    pub(super) fn check_none_is_lost(&self, holders: &[Holder]) -> Result<(), TestCaseError> {
        let exists = |id: &String| self.world.change(|state| state.policies.contains_key(id));
        for holder in holders.iter().filter(|holder| !holder.status.starts_with("DELETE_")) {
            let Some(policy) = &holder.policy else { continue };
            let failed = holder.status == "CREATE_FAILED";
            let is_known = failed || self.changed_by_hand.contains(policy) || exists(policy);
            prop_assert!(is_known, "{policy} of {holder:?} is lost");
        }
        for id in self.made_by_hand.difference(&self.ever_changed) {
            prop_assert!(exists(id), "{id} was made by hand, and is gone");
        }
        Ok(())
    }

    /// The tags of every policy lead to a resource that can still delete it.
    fn check_orphans(&self, holders: &[Holder]) -> Result<(), TestCaseError> {
        let all = self.world.change(|state| state.tags.clone());
        let replacing: BTreeSet<&String> = all
            .iter()
            .filter(|(id, _)| holders.iter().any(|holder| holder.policy.as_ref() == Some(id)))
            .filter_map(|(_, tags)| tags.get(REPLACED_TAG))
            .collect();
        for (id, tags) in all.iter().filter(|(_, tags)| tags.contains_key(STACK_TAG)) {
            let is_held = holders.iter().any(|holder| holder.policy.as_ref() == Some(id));
            let may_be_left = self.changed_by_hand.contains(id)
                || replacing.contains(id)
                || self.may_be_left(tags);
            let known = is_held || may_be_left || self.leads_to_a_resource(tags, holders);
            prop_assert!(known, "{id} is an orphan: {tags:?}; held: {holders:?}");
        }
        Ok(())
    }

    /// Of a policy that was moved, or whose Create failed with rollback disabled, the resource need not name the id.
    fn leads_to_a_resource(&self, tags: &Tags, holders: &[Holder]) -> bool {
        let (owner, former) = (owner_of(tags), former_of(tags));
        let is_named = |holder: &&Holder| {
            let key = Some(holder.key());
            key == owner || key == former
        };
        holders
            .iter()
            .filter(is_named)
            .any(|holder| former.is_some() || self.engine.is_failed(&holder.stack))
    }

    /// Whether a policy with these tags may be one that no resource holds.
    fn may_be_left(&self, tags: &Tags) -> bool {
        let keys: Vec<Key> = owner_of(tags).into_iter().chain(former_of(tags)).collect();
        let left = self.engine.left();
        let broken = |(stack_id, _): &Key| {
            self.broken.iter().any(|stack| stack_id.contains(&format!("/{stack}/")))
        };
        // The tag that names a refused replacement may not show yet when another overwrites it, and the list may not show
        // yet that the resource is being deleted.
        let refused = if self.reads_lag { self.engine.refused() } else { BTreeSet::new() };
        let may_be_left = |key: &Key| {
            [&left, &refused, &self.declared_twice].iter().any(|keys| keys.contains(key))
                || broken(key)
        };
        self.behaviour.silent || keys.iter().any(may_be_left)
    }

    /// Two resources declare a policy, after a move between stacks. If the one without it is changed to another type
    /// with rollback disabled, nothing tells of the policy that CloudFormation refuses.
    fn note_double_declarations(&mut self, holders: &[Holder]) {
        let is_twice = |holder: &&Holder| {
            let same =
                |other: &&Holder| other.policy == holder.policy && other.key() != holder.key();
            holder.policy.is_some() && holders.iter().any(|other| same(&other))
        };
        self.declared_twice.extend(holders.iter().filter(is_twice).map(Holder::key));
    }

    /// Nobody's policies are others', or were adopted.
    fn check_unowned(&mut self) -> Result<(), TestCaseError> {
        let all = self.world.change(|state| state.tags.clone());
        let adopted = all.iter().filter(|(_, tags)| tags.contains_key(ADOPTED_TAG));
        self.adopted.extend(adopted.map(|(id, _)| id.clone()));
        let policies = self.world.change(|state| state.policies.clone());
        for (id, policy) in &policies {
            let is_owned = all.get(id).is_some_and(|tags| tags.contains_key(STACK_TAG));
            let is_theirs = policy.aws_managed || policy.content == "{\"theirs\":1}";
            let known = is_owned || is_theirs || self.may_be_released(id);
            prop_assert!(known, "{id} has no owner any more: {policy:?}");
        }
        Ok(())
    }

    fn may_be_released(&self, id: &String) -> bool {
        [&self.made_by_hand, &self.ever_changed, &self.adopted].iter().any(|ids| ids.contains(id))
    }

    pub(super) fn may_stay_at_the_end(&self, id: &String) -> bool {
        let tags = self.world.change(|state| state.tags.get(id).cloned().unwrap_or_default());
        let is_owned = tags.contains_key(STACK_TAG);
        if is_owned { self.may_be_left(&tags) } else { self.may_be_released(id) }
    }

    /// The policy of a resource that is neither under way nor failed is the resource's, and as declared.
    fn check_holder(&self, holder: &Holder, all: &[Holder]) -> Result<(), TestCaseError> {
        let Some(policy) = holder.policy.as_ref().filter(|_| holder.is_settled()) else {
            return Ok(());
        };
        let is_uncertain = self.changed_by_hand.contains(policy)
            || self.uncertain.contains(policy)
            || self.broken.contains(&holder.stack);
        if is_uncertain {
            return Ok(());
        }
        let tags = self.world.change(|state| state.tags.get(policy).cloned().unwrap_or_default());
        let of_policy = all.iter().filter(|other| other.policy.as_ref() == Some(policy));
        let keys: BTreeSet<Key> = of_policy.map(Holder::key).collect();
        let (owner, former) = (owner_of(&tags), former_of(&tags));
        let is_owned = owner.iter().chain(&former).any(|key| keys.contains(key));
        prop_assert!(is_owned, "{policy} of {holder:?} is another's: {tags:?}");
        if keys.len() > 1 && owner != Some(holder.key()) {
            return Ok(());
        }
        self.check_policy(policy, &tags, &holder.properties)
    }

    fn check_policy(&self, id: &str, tags: &Tags, properties: &Value) -> Result<(), TestCaseError> {
        let wanted = targets(properties);
        // Where others have attached it before it was adopted, or an earlier life of the resource before it was left, it
        // may stay.
        let was_there = self.made_by_hand.contains(id) || self.may_be_left(tags);
        let keeps_more = was_there && properties["ManageAttachments"] == "Declared";
        let found = self.world.change(|state| {
            let policy = state.policies.get(id)?;
            let mut targets: BTreeSet<String> = policy.targets.clone();
            targets.retain(|target| !keeps_more || wanted.contains(target));
            Some((policy.name.clone(), policy.policy_type.clone(), policy.content.clone(), targets))
        });
        let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
        let content = properties["Content"].to_string();
        let declared = (text("Name"), text("Type"), content, wanted.clone());
        prop_assert_eq!(found, Some(declared), "{}", id);
        let own: Tags = tags.clone().into_iter().filter(|(key, _)| !key.contains(':')).collect();
        let declared = properties["Tags"].as_array().into_iter().flatten();
        let declared: Tags =
            declared.map(|tag| (text_of(tag, "Key"), text_of(tag, "Value"))).collect();
        prop_assert_eq!(own, declared, "the tags of {}", id);
        let digest = self.world.change(|state| digest(&state.policies[id], &wanted));
        prop_assert_eq!(tags.get(DIGEST_TAG), Some(&digest), "the digest of {}", id);
        Ok(())
    }

    /// What a step that leaves the policy alone does not change.
    pub(super) fn portrait(&self, id: &str) -> String {
        self.world.change(|state| {
            let Some(policy) = state.policies.get(id) else { return "none".to_owned() };
            let mut tags = state.tags.get(id).cloned().unwrap_or_default();
            // A former owner that is gone may be forgotten; in what way a policy was adopted does not matter.
            for key in [REQUEST_TAG, FORMER_STACK_TAG, FORMER_LOGICAL_TAG] {
                tags.remove(key);
            }
            if let Some(adopted) = tags.get_mut(ADOPTED_TAG) {
                "yes".clone_into(adopted);
            }
            let what = (&policy.name, &policy.policy_type, &policy.description, &policy.content);
            format!("{what:?} on {:?} with {tags:?}", policy.targets)
        })
    }

    /// The policies that are on their targets before a step, because a resource declares it.
    pub(super) fn guarded(&self) -> Vec<Guard> {
        let all = holders(&self.engine);
        let changes = self.world.history().len();
        let settled = all.iter().filter(|holder| holder.is_settled());
        let guards = settled.filter_map(|holder| {
            let policy = holder.policy.clone()?;
            let same = |other: &&Holder| other.policy.as_ref() == Some(&policy);
            let is_certain = all.iter().filter(same).count() == 1
                && !self.changed_by_hand.contains(&policy)
                && !self.uncertain.contains(&policy)
                && !self.broken.contains(&holder.stack)
                && !self.engine.is_failed(&holder.stack);
            is_certain.then(|| Guard { holder: holder.clone(), policy, changes })
        });
        guards.collect()
    }

    /// A policy that is held before and after the step, by whatever resource, was on a target all the time that both
    /// declare, if no template in between lacks it.
    pub(super) fn check_guards(&self, guards: &[Guard]) -> Result<(), TestCaseError> {
        let all = holders(&self.engine);
        let history = self.world.history();
        for Guard { holder, policy, changes } in guards {
            let now = all.iter().filter(|now| now.is_settled());
            let now: Vec<&Holder> = now.filter(|now| now.policy.as_ref() == Some(policy)).collect();
            if self.uncertain.contains(policy) || self.broken.contains(&holder.stack) {
                continue;
            }
            for target in targets(&holder.properties) {
                let stays = now.iter().any(|now| now.declares(&target))
                    && self.is_declared_throughout(holder, &target);
                let detached = history[*changes..].iter().find(|change| {
                    !change.attached && change.policy == *policy && change.target == target
                });
                prop_assert!(
                    !stays || detached.is_none(),
                    "{policy} was off {target}: {detached:?}"
                );
            }
        }
        Ok(())
    }

    /// Whether every template of the step that has the resource declares the target.
    fn is_declared_throughout(&self, holder: &Holder, target: &str) -> bool {
        let templates = self.templates.borrow();
        let own = templates.iter().filter(|(stack, _)| *stack == holder.stack);
        let mut declared =
            own.filter_map(|(_, template)| template.as_ref()?.get(&holder.logical_id));
        declared.all(|properties| targets(properties).contains(target))
    }
}

fn text_of(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
