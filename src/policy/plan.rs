//! What is to be done: a pure function of what is declared and what is observed.
//!
//! A plan is a value. It prints itself as the log shows it, and tests compare it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use policy_document::document;

use super::desired::{Changed, Declared};
use super::observed::{FoundBy, LivePolicy, Observed};
use super::ownership::{self, Ownership, ResourceKey};
use super::physical_id::PhysicalId;
use super::properties::{AdoptExisting, CONTROL_TOWER_PREFIX, ManageAttachments, TAGS};
use super::second_look::READ_LAG;
use crate::aws::types::{
    EnableType, Holding, NewPolicy, PolicyChange, PolicyHandle, PolicyId, RootStatus, Tags,
};
use crate::error::{Error, Relation};

/// The throttle admits two detaches a second, so a list that lags by ten seconds hides so many.
const MAX_UNCONFIRMED: usize = 20;

/// How long the tags of a policy that changes hands are given to be seen, before anything is built
/// on them: a clean-up may come that goes by them.
const CLAIM_WAIT: Duration = READ_LAG;
/// As [`CLAIM_WAIT`], for a policy that nobody owns, which two stacks may adopt at once. Whoever has
/// looked before the first tags could be seen has set its own by then, and those can be seen.
const ADOPTION_WAIT: Duration = READ_LAG.saturating_mul(2);

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

/// One writing call on a policy that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Set tags.
    Tag(Tags),
    /// Set the tags that make a policy the resource's own, and make sure of them later.
    TakeOver {
        /// The tags.
        tags: Tags,
        /// How much later.
        wait: Duration,
    },
    /// Take tags off.
    Untag(Vec<String>),
    /// Change content, name or description in place.
    Update(PolicyChange),
    /// Attach the policy to a target.
    Attach(String),
    /// Detach it from a target.
    Detach(String),
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
    if taking_over.is_empty() && needs_claim(declared, live) {
        let tags = declared.owner.claim_again(&live.tags);
        steps.push(Step::TakeOver { tags, wait: CLAIM_WAIT });
    }
    steps.splice(0..0, taking_over);
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

/// The resource that this Create moves the policy from, or has begun to.
fn moved_from(declared: &Declared, live: &LivePolicy) -> Option<ResourceKey> {
    match declared.owner.judge(&live.tags) {
        _ if live.found_by == FoundBy::PhysicalId => None,
        Ownership::Ours { former, .. } => former,
        Ownership::Another { owner, .. } => Some(owner),
        Ownership::Nobody => None,
    }
}

/// A move changes the owner and nothing else. If the stack fails, the policy goes back, and nobody
/// knows any more what else it was.
fn refuse_change_in_move(
    from: &ResourceKey,
    live: &LivePolicy,
    difference: &[Step],
) -> Result<(), Error> {
    if difference.is_empty() {
        return Ok(());
    }
    let policy = label(&live.description.name, &live.id);
    let steps = difference.iter().map(|step| step.in_full(&policy));
    Err(Error::ChangeInMove {
        operation: format!("move {policy}"),
        from: from.to_string(),
        difference: steps.collect(),
    })
}

/// The steps that make the policy the resource's own, before anything else; none if it is.
fn taking_over(declared: &Declared, live: &LivePolicy) -> Result<Vec<Step>, Error> {
    let owner = &declared.owner;
    let ownership = owner.judge(&live.tags);
    if matches!(ownership, Ownership::Ours { .. }) {
        return Ok(taking_over_own(declared, live));
    }
    let operation = operation(live);
    if live.description.aws_managed || live.description.name.starts_with(CONTROL_TOWER_PREFIX) {
        return Err(Error::Protected { operation });
    }
    let named = declared.adopt == AdoptExisting::Policy(live.id.clone());
    let held = live.found_by == FoundBy::PhysicalId;
    match ownership {
        Ownership::Another { owner: other, was_ours: true } if held => {
            take_back(declared, live, other)
        }
        Ownership::Another { .. } if named && held => {
            // Stack refactoring leaves the tags of the resource that it was.
            let is_left = matches!(live.other, Holding::Gone | Holding::HoldsAnother);
            let tags = if is_left { owner.tags() } else { owner.adoption_tags() };
            Ok(vec![Step::TakeOver { tags, wait: CLAIM_WAIT }])
        }
        Ownership::Another { owner: other, .. } if named => move_here(declared, live, &other),
        Ownership::Another { owner: other, .. } => Err(Error::OwnedByAnother {
            operation,
            id: live.id.to_string(),
            relation: relation(&owner.resource, &other),
            stack_id: other.stack_id,
            logical_id: other.logical_id,
        }),
        // Without its tags nobody knows whether it was adopted, so it is not ours to delete.
        _ if named || declared.adopt == AdoptExisting::Unowned => {
            Ok(vec![Step::TakeOver { tags: owner.adoption_tags(), wait: ADOPTION_WAIT }])
        }
        _ if held => Ok(vec![Step::Tag(owner.tags())]),
        _ => Err(Error::Unowned { operation }),
    }
}

/// The policy is the resource's own already. If an earlier Create, or another delivery of this one,
/// has begun to take it over, this one goes on with that; if the resource has retained it, it is
/// adopted now. The wait is due even if this event's tags are there: another delivery may have set
/// them just now, and the former owner's clean-up, which follows the response, may not see them yet.
fn taking_over_own(declared: &Declared, live: &LivePolicy) -> Vec<Step> {
    let owner = &declared.owner;
    if live.found_by != FoundBy::AdoptExisting {
        return Vec::new();
    }
    let claimed = owner.claimed_by_this_event(&live.tags);
    let (tags, wait) = match moved_from(declared, live) {
        Some(from) => (owner.move_tags(&from, &live.tags), CLAIM_WAIT),
        None if claimed => (owner.tags(), ADOPTION_WAIT),
        None => (owner.adoption_tags(), CLAIM_WAIT),
    };
    vec![Step::TakeOver { tags, wait }]
}

fn move_here(
    declared: &Declared,
    live: &LivePolicy,
    from: &ResourceKey,
) -> Result<Vec<Step>, Error> {
    if declared.holds_policy() {
        return Err(Error::CannotAdopt {
            id: live.id.to_string(),
            cause: format!("it belongs to {from}, and only a Create moves a policy"),
        });
    }
    refuse_move_within_move(live, from)?;
    let tags = declared.owner.move_tags(from, &live.tags);
    let count = live.tags.keys().chain(tags.keys()).collect::<BTreeSet<_>>().len();
    if count > TAGS {
        let operation = format!("move {}", label(&live.description.name, &live.id));
        return Err(Error::NoRoomForMove { operation, tags: count, allowed: TAGS });
    }
    Ok(vec![Step::TakeOver { tags, wait: CLAIM_WAIT }])
}

/// The tags remember one former owner. While that one holds the policy, a second move would forget
/// it, and going back from there would not lead to it.
fn refuse_move_within_move(live: &LivePolicy, from: &ResourceKey) -> Result<(), Error> {
    let Some(former) = ownership::former(&live.tags) else { return Ok(()) };
    let cause = match live.other {
        Holding::Gone | Holding::Deleting | Holding::HoldsAnother => return Ok(()),
        Holding::Holds => format!(
            "it is being moved from {former} to {from}: let that deployment end, or roll it back, first"
        ),
        Holding::Unknown => format!(
            "it was moved from {former} to {from}, and CloudFormation does not say whether the \
             former still holds it"
        ),
    };
    Err(Error::CannotAdopt { id: live.id.to_string(), cause })
}

/// The policy had been moved to another resource, and CloudFormation holds it for this one.
fn take_back(
    declared: &Declared,
    live: &LivePolicy,
    other: ResourceKey,
) -> Result<Vec<Step>, Error> {
    match live.other {
        Holding::Gone | Holding::Deleting | Holding::HoldsAnother => {
            let changes = declared.owner.take_back(&live.tags);
            Ok(vec![Step::Tag(changes.set), Step::Untag(changes.remove)])
        }
        Holding::Holds => {
            Err(Error::DeclaredTwice { operation: operation(live), other: other.to_string() })
        }
        Holding::Unknown => {
            Err(Error::OwnerUnknown { operation: operation(live), other: other.to_string() })
        }
    }
}

fn operation(live: &LivePolicy) -> String {
    let verb = match live.found_by {
        FoundBy::Name => "create",
        FoundBy::PhysicalId => "update",
        FoundBy::AdoptExisting => "adopt",
    };
    format!("{verb} {}", label(&live.description.name, &live.id))
}

/// How the owner of a policy is related to the resource that meets it.
fn relation(own: &ResourceKey, other: &ResourceKey) -> Relation {
    let name = |stack_id: &str| stack_id.split('/').nth(1).map(str::to_owned);
    if own.stack_id == other.stack_id {
        Relation::SameStack
    } else if name(&own.stack_id).is_some() && name(&own.stack_id) == name(&other.stack_id) {
        Relation::EarlierStack
    } else {
        Relation::AnotherStack
    }
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
    (tag, untag.into_iter().collect())
}

/// Whether this event takes over from an earlier one that failed without knowing whether it had
/// created the policy. CloudFormation still cleans up after that event, by its RequestId. Claiming
/// the policy is the last step: until all is done the clean-up finds the policy, afterwards it does
/// not.
fn needs_claim(declared: &Declared, live: &LivePolicy) -> bool {
    !declared.holds_policy() && !declared.owner.claimed_by_this_event(&live.tags)
}

impl Plan {
    /// How many steps it takes.
    pub fn step_count(&self) -> usize {
        let create = usize::from(!self.keeps_policy());
        let replaces = usize::from(self.replaces.is_some());
        usize::from(self.enable_type.is_some()) + create + self.steps.len() + replaces
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

/// A policy that is there, as log and errors show it.
pub fn label(name: &str, id: &PolicyId) -> String {
    format!("policy {name:?} ({id})")
}

/// The creation of a policy, as log and errors show it.
pub fn describe_create(new: &NewPolicy) -> String {
    format!("create policy {:?} of type {}", new.name, new.policy_type)
}

/// Telling a policy that another replaces it, as log and errors show it.
pub fn describe_replaced(replaced: &PolicyId) -> String {
    format!("tag policy {replaced} as replaced")
}

impl Step {
    /// The operation and its object, as log and errors show them; `policy` is a label.
    pub fn describe(&self, policy: &str) -> String {
        match self {
            Self::Tag(tags) => {
                let tags: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("tag {policy} with {}", tags.join(", "))
            }
            Self::TakeOver { tags, wait } => {
                let tagged = Self::Tag(tags.clone()).describe(policy);
                format!("{tagged}, and make sure of it after {} s", wait.as_secs())
            }
            Self::Untag(keys) => format!("untag {policy} of {}", keys.join(", ")),
            Self::Update(_) => format!("update {policy}"),
            Self::Attach(target) => format!("attach {policy} to {target}"),
            Self::Detach(target) => format!("detach {policy} from {target}"),
        }
    }

    /// The operation and its object, and what the log shows besides.
    fn in_full(&self, policy: &str) -> String {
        match self.detail() {
            Some(detail) => format!("{}: {detail}", self.describe(policy)),
            None => self.describe(policy),
        }
    }

    fn detail(&self) -> Option<String> {
        let Self::Update(change) = self else { return None };
        let name = change.name.as_ref().map(|name| format!("name {name:?}"));
        let description = change.description.as_ref().map(|text| format!("description {text:?}"));
        let content = change.content.as_deref().map(size);
        let parts: Vec<String> = [name, description, content].into_iter().flatten().collect();
        Some(parts.join(", "))
    }
}

fn size(content: &str) -> String {
    format!("content of {} characters", content.chars().count())
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
