//! What is to be done: a pure function of what is declared and what is observed.
//!
//! A plan is a value. It prints itself as the log shows it, and tests compare it.

use std::collections::BTreeSet;
use std::fmt;

use policy_document::document;

use super::desired::{Changed, Declared};
use super::digest::{Digest, Hash};
use super::observed::{FoundBy, LivePolicy, Observed};
use super::ownership;
use super::physical_id::PhysicalId;
use super::properties::{ManageAttachments, TAGS};
use super::step::{Step, label, size};
use super::take_over::{claim, moved_from, refuse_change_in_move, taking_over};
use crate::aws::types::{
    EnableType, Holding, NewPolicy, PolicyChange, PolicyHandle, PolicyId, RootStatus, Tags,
};
use crate::error::Error;

/// The throttle admits two detaches a second, so a list that lags by ten seconds hides so many.
const MAX_UNCONFIRMED: usize = 20;

/// Steps that bring one policy to what is declared, and what the log should say besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The policy type to enable before all else.
    pub enable_type: Option<EnableType>,
    /// The policy.
    pub policy: PlannedPolicy,
    /// The steps on it, in their order.
    pub steps: Vec<Step>,
    /// The policy that a new one replaces. It learns by a tag what has replaced it.
    pub replaces: Option<PolicyId>,
    /// Why there is nothing to do, or what is left as it is.
    pub notes: Vec<String>,
}

/// The policy that a plan is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedPolicy {
    /// It is created, before the steps.
    New(NewPolicy),
    /// It is there.
    Live {
        /// Its id and ARN.
        handle: PolicyHandle,
        /// The name it has now.
        name: String,
        /// Its type.
        policy_type: String,
    },
}

/// Plans for a policy to be as declared.
///
/// # Errors
/// When the policy that is there is not ours to change.
pub fn plan(declared: &Declared, observed: &Observed) -> Result<Plan, Error> {
    let plan = match &observed.policy {
        None => plan_new(declared, observed),
        Some(live) if live.description.policy_type == declared.policy_type => {
            plan_live(declared, observed, live)?
        }
        Some(live) if live.found_by == FoundBy::PhysicalId => {
            let mut plan = plan_new(declared, observed);
            plan.notes.push(format!(
                "the type changes from {}: a new policy takes over, CloudFormation removes {} afterwards",
                live.description.policy_type, live.id
            ));
            let has_room = live.tags.len() < TAGS;
            let is_own = declared.owner.owns(&live.tags);
            plan.replaces = (has_room && is_own).then(|| live.id.clone());
            plan
        }
        Some(live) => {
            return Err(Error::CannotAdopt {
                id: live.id.to_string(),
                cause: format!(
                    "its type is {}, declared is {}",
                    live.description.policy_type, declared.policy_type
                ),
            });
        }
    };
    let disabled = observed.root.as_ref().filter(|root| !root.enabled);
    let enable_type = disabled.map(|root| enable_type(declared, root));
    Ok(Plan { enable_type, ..plan })
}

fn enable_type(declared: &Declared, root: &RootStatus) -> EnableType {
    EnableType {
        policy_type: declared.policy_type.clone(),
        root_id: root.root_id.clone(),
        pending: root.pending,
    }
}

fn plan_new(declared: &Declared, observed: &Observed) -> Plan {
    let mut tags = declared.owner.tags();
    tags.extend(declared.tags.clone());
    tags.extend(digest(declared, observed));
    let notes = match &declared.physical_id {
        Some(PhysicalId::Policy(id)) if observed.policy.is_none() => {
            vec![format!("policy {id} has vanished: it is created again")]
        }
        _ => Vec::new(),
    };
    Plan {
        enable_type: None,
        policy: PlannedPolicy::New(NewPolicy {
            name: declared.name.clone(),
            policy_type: declared.policy_type.clone(),
            description: declared.description.clone(),
            content: document::minify(&declared.content),
            tags,
        }),
        steps: observed.targets.iter().cloned().map(Step::Attach).collect(),
        replaces: None,
        notes,
    }
}

/// Whose it is first, then the content, then the new attachments, then the old ones are detached: at
/// no moment does a target lack the policy that it had and is to keep.
fn plan_live(declared: &Declared, observed: &Observed, live: &LivePolicy) -> Result<Plan, Error> {
    let taking_over = taking_over(declared, live)?;
    let mut steps = difference(declared, observed, live);
    if let Some(from) = moved_from(declared, live) {
        refuse_change_in_move(&from, live, &steps)?;
    }
    if taking_over.is_empty() {
        steps.extend(claim(declared, live));
    }
    steps.splice(0..0, taking_over);
    if let Some((key, value)) = digest(declared, observed) {
        let is_there = live.tags.get(&key) == Some(&value);
        let is_missing = !is_there || changes_digest(declared, observed, live);
        write_digest(&mut steps, key, value, is_missing);
    }
    let lost_paths = observed.lost_paths.iter().map(lost_path);
    let mut notes = match declared.manage {
        ManageAttachments::All => Vec::new(),
        ManageAttachments::Declared => lost_paths.collect(),
    };
    if steps.is_empty() {
        notes.push("it is as declared".to_owned());
    }
    let policy = PlannedPolicy::Live {
        handle: PolicyHandle { id: live.id.clone(), arn: live.description.arn.clone() },
        name: live.description.name.clone(),
        policy_type: live.description.policy_type.clone(),
    };
    Ok(Plan { enable_type: None, policy, steps, replaces: None, notes })
}

/// The tag that says what the policy will be when all is done, if there is room for it.
fn digest(declared: &Declared, observed: &Observed) -> Option<(String, String)> {
    if !has_room_for_digest(declared) {
        return None;
    }
    let digest = Digest {
        name: Hash::of_name(&declared.name),
        description: Hash::of_description(&declared.description),
        content: Hash::of_content(&declared.policy_type, &declared.content),
        targets: Hash::of_targets(&observed.targets),
    };
    Some((ownership::DIGEST.to_owned(), digest.to_string()))
}

/// The digest takes no place that another tag of ours may need, or it would stand in the way of a move.
fn has_room_for_digest(declared: &Declared) -> bool {
    declared.tags.len() + ownership::OWN_TAGS <= TAGS
}

/// Whether this Update changes what the digest tells. Then the policy may have another digest than it
/// shows: tags may read as they were before an Update that this one rolls back.
fn changes_digest(declared: &Declared, observed: &Observed, live: &LivePolicy) -> bool {
    let changed = changed(declared, live);
    let other_targets =
        live.found_by == FoundBy::PhysicalId && observed.former_targets != observed.targets;
    changed.name || changed.description || changed.content || other_targets
}

/// Where the policy is taken over, the digest comes with the tags that do so, whatever it shows: a
/// clean-up of an earlier try may have taken it off just now. Otherwise it comes last, if it is missing.
/// It costs a call only where none sets tags at that moment.
fn write_digest(steps: &mut Vec<Step>, key: String, value: String, is_missing: bool) {
    if let Some(tags) = steps.iter_mut().find_map(Step::taking_over) {
        tags.insert(key, value);
    } else if is_missing {
        match steps.last_mut() {
            Some(Step::Tag(tags)) => {
                tags.insert(key, value);
            }
            _ => steps.push(Step::Tag(Tags::from([(key, value)]))),
        }
    }
}

/// What is not as declared, whoever owns the policy.
fn difference(declared: &Declared, observed: &Observed, live: &LivePolicy) -> Vec<Step> {
    let mut steps: Vec<Step> = change(declared, live).map(Step::Update).into_iter().collect();
    let (attached, targets) = (&live.attachments, &observed.targets);
    let confirmed = confirmed_attachments(observed, live);
    steps.extend(targets.difference(&confirmed).cloned().map(Step::Attach));
    // The former targets are those of the policy that CloudFormation holds, and of no other.
    let former = match live.found_by {
        FoundBy::PhysicalId => observed.former_targets.clone(),
        FoundBy::Name | FoundBy::AdoptExisting => BTreeSet::new(),
    };
    let removable = match declared.manage {
        // A list may show an attachment late; the template before this one knows of it.
        ManageAttachments::All => attached | &former,
        ManageAttachments::Declared => former,
    };
    steps.extend(removable.difference(targets).cloned().map(Step::Detach));
    let (tag, untag) = tag_changes(declared, live);
    // Untag before tag: a policy has room for a limited number of tags.
    if !untag.is_empty() {
        steps.push(Step::Untag(untag));
    }
    if !tag.is_empty() {
        steps.push(Step::Tag(tag));
    }
    steps
}

/// The attachments that certainly exist. A list may still show one that is gone: if the template
/// before this one did not name the target, an Update may have just detached it. Detaches are made
/// in this order, and later ones show as gone once earlier ones do, so only the first are in doubt.
fn confirmed_attachments(observed: &Observed, live: &LivePolicy) -> BTreeSet<String> {
    if live.found_by != FoundBy::PhysicalId {
        return live.attachments.clone();
    }
    let added = &observed.targets - &observed.former_targets;
    let unconfirmed = live.attachments.intersection(&added).take(MAX_UNCONFIRMED).cloned();
    &live.attachments - &unconfirmed.collect()
}

fn lost_path(path: &String) -> String {
    format!("{path} was a target and is not there any more: an attachment under its new name stays")
}

/// What differs, or is changed by this Update, and nothing else.
fn change(declared: &Declared, live: &LivePolicy) -> Option<PolicyChange> {
    let (policy, changed) = (&live.description, changed(declared, live));
    let stored = serde_json::from_str(&policy.content).unwrap_or_default();
    let same = document::same_meaning(&declared.policy_type, &declared.content, &stored);
    let name = changed.name || policy.name != declared.name;
    let description = changed.description || policy.description != declared.description;
    let content = changed.content || !same;
    let change = PolicyChange {
        name: name.then(|| declared.name.clone()),
        description: description.then(|| declared.description.clone()),
        content: content.then(|| document::minify(&declared.content)),
    };
    (change != PolicyChange::default()).then_some(change)
}

/// What this Update changes of the policy. It says nothing of a policy that CloudFormation does not
/// hold yet.
fn changed(declared: &Declared, live: &LivePolicy) -> Changed {
    match live.found_by {
        FoundBy::PhysicalId => declared.changed.clone(),
        FoundBy::Name | FoundBy::AdoptExisting => Changed::default(),
    }
}

/// The declared tags to set, and the others to take off.
fn tag_changes(declared: &Declared, live: &LivePolicy) -> (Tags, Vec<String>) {
    let (current, changed) = (ownership::user_tags(&live.tags), changed(declared, live));
    let mut tag = declared.tags.clone();
    tag.retain(|key, value| changed.tags.contains(key) || current.get(key) != Some(value));
    let mut untag: BTreeSet<String> =
        current.into_keys().filter(|key| !declared.tags.contains_key(key)).collect();
    untag.extend(changed.removed_tags.iter().cloned());
    // It replaces another policy again, or nothing has become of what was to replace it. An Update that
    // goes back to this type may be too early to see the tag.
    if declared.changes_type() {
        untag.insert(ownership::REPLACED_BY.to_owned());
    }
    untag.extend(ownership::replacement_key(&live.tags));
    let former_is_gone = live.found_by == FoundBy::PhysicalId
        && declared.owner.owns(&live.tags)
        && matches!(live.other, Holding::Gone | Holding::Deleting | Holding::HoldsAnother);
    if former_is_gone {
        untag.extend(ownership::former_keys(&live.tags));
    }
    if ownership::is_half_given_back(&live.tags) && declared.owner.owns(&live.tags) {
        untag.extend(declared.owner.take_back(&live.tags).remove);
    }
    let has_digest = live.tags.contains_key(ownership::DIGEST);
    if has_digest && !has_room_for_digest(declared) && moved_from(declared, live).is_none() {
        untag.insert(ownership::DIGEST.to_owned());
    }
    (tag, untag.into_iter().collect())
}

impl Plan {
    /// How many steps it takes.
    pub fn step_count(&self) -> usize {
        let create = usize::from(!self.keeps_policy());
        let replaces = usize::from(self.replaces.is_some());
        usize::from(self.enable_type.is_some()) + create + self.steps.len() + replaces
    }

    /// Whether it writes the document.
    pub fn writes_content(&self) -> bool {
        let updates =
            |step: &Step| matches!(step, Step::Update(PolicyChange { content: Some(_), .. }));
        !self.keeps_policy() || self.steps.iter().any(updates)
    }

    /// Whether it keeps the policy that was observed, rather than creating another.
    pub fn keeps_policy(&self) -> bool {
        matches!(self.policy, PlannedPolicy::Live { .. })
    }
}

impl PlannedPolicy {
    /// The policy as log and errors show it.
    pub fn label(&self) -> String {
        match self {
            Self::New(new) => format!("policy {:?}", new.name),
            Self::Live { handle, name, .. } => label(name, &handle.id),
        }
    }
}

/// The creation of a policy, as log and errors show it.
pub fn describe_create(new: &NewPolicy) -> String {
    format!("create policy {:?} of type {}", new.name, new.policy_type)
}

/// Telling a policy that another replaces it, as log and errors show it.
pub fn describe_replaced(replaced: &PolicyId) -> String {
    format!("tag policy {replaced} as replaced")
}

impl Plan {
    /// The plan as the log shows it, each step and note a line.
    pub fn lines(&self) -> Vec<String> {
        let enable = self.enable_type.iter().map(EnableType::to_string);
        let create = match &self.policy {
            PlannedPolicy::New(new) => {
                Some(format!("{}: {}", describe_create(new), size(&new.content)))
            }
            PlannedPolicy::Live { .. } => None,
        };
        let policy = self.policy.label();
        let steps = self.steps.iter().map(|step| step.in_full(&policy));
        let replaces = self.replaces.iter().map(describe_replaced);
        let notes = self.notes.iter().cloned();
        enable.chain(create).chain(steps).chain(replaces).chain(notes).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
