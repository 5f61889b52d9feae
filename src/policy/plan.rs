//! What is to be done: a pure function of what is declared and what is observed.
//!
//! A plan is a value. It prints itself as the log shows it, and tests compare it.

use std::collections::BTreeSet;
use std::fmt;

use policy_document::document;

use super::desired::Declared;
use super::observed::{FoundBy, LivePolicy, Observed};
use super::ownership::{self, Ownership};
use super::physical_id::PhysicalId;
use super::properties::{AdoptExisting, CONTROL_TOWER_PREFIX, ManageAttachments};
use crate::aws::types::{
    EnableType, NewPolicy, PolicyChange, PolicyHandle, PolicyId, RootStatus, Tags,
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
        notes,
    }
}

/// Content first, then the new attachments, then the old ones are detached: at no moment does a
/// target lack the policy that it had and is to keep.
fn plan_live(declared: &Declared, observed: &Observed, live: &LivePolicy) -> Result<Plan, Error> {
    let mut steps = Vec::new();
    let taken_over = ownership_tags(declared, live)?;
    let ours_already = taken_over.is_none();
    steps.extend(taken_over.map(Step::Tag));
    steps.extend(change(declared, live).map(Step::Update));
    let (attached, targets) = (&live.attachments, &observed.targets);
    let confirmed = confirmed_attachments(observed, live);
    steps.extend(targets.difference(&confirmed).cloned().map(Step::Attach));
    let removable = match declared.manage {
        // A list may show an attachment late; the template before this one knows of it.
        ManageAttachments::All => attached | &observed.former_targets,
        ManageAttachments::Declared => observed.former_targets.clone(),
    };
    steps.extend(removable.difference(targets).cloned().map(Step::Detach));
    let (mut tag, untag) = tag_changes(declared, live);
    if ours_already && needs_claim(declared, live) {
        tag.extend(declared.owner.claim());
    }
    // Untag before tag: a policy has room for a limited number of tags.
    if !untag.is_empty() {
        steps.push(Step::Untag(untag));
    }
    if !tag.is_empty() {
        steps.push(Step::Tag(tag));
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
    Ok(Plan { enable_type: None, policy, steps, notes })
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

/// The ownership tags to set before anything else; none if the policy carries them.
fn ownership_tags(declared: &Declared, live: &LivePolicy) -> Result<Option<Tags>, Error> {
    let owner = &declared.owner;
    let named = declared.adopt == AdoptExisting::Policy(live.id.clone());
    let ownership = owner.judge(&live.tags);
    match ownership {
        // Retained by this very resource, and created by an earlier event: adopted all the same.
        Ownership::Ours if live.found_by == FoundBy::AdoptExisting => {
            return Ok(Some(owner.adoption_tags()));
        }
        Ownership::Ours | Ownership::OursAdopted => return Ok(None),
        Ownership::Another { .. } | Ownership::Nobody => {}
    }
    let operation = || {
        let verb = match live.found_by {
            FoundBy::Name => "create",
            FoundBy::PhysicalId => "update",
            FoundBy::AdoptExisting => "adopt",
        };
        format!("{verb} policy {:?} ({})", live.description.name, live.id)
    };
    if live.description.aws_managed || live.description.name.starts_with(CONTROL_TOWER_PREFIX) {
        return Err(Error::Protected { operation: operation() });
    }
    match ownership {
        _ if named => Ok(Some(owner.adoption_tags())),
        // Without its tags nobody knows whether it was adopted, so it is not ours to delete.
        Ownership::Nobody if declared.adopt == AdoptExisting::Unowned => {
            Ok(Some(owner.adoption_tags()))
        }
        Ownership::Nobody if live.found_by == FoundBy::PhysicalId => Ok(Some(owner.tags())),
        Ownership::Another { stack_id, logical_id } => Err(Error::OwnedByAnother {
            operation: operation(),
            id: live.id.to_string(),
            stack_id,
            logical_id,
        }),
        _ => Err(Error::Unowned { operation: operation() }),
    }
}

/// What differs, and nothing else.
fn change(declared: &Declared, live: &LivePolicy) -> Option<PolicyChange> {
    let policy = &live.description;
    let stored = serde_json::from_str(&policy.content).unwrap_or_default();
    let same = document::same_meaning(&declared.policy_type, &declared.content, &stored);
    let change = PolicyChange {
        name: (policy.name != declared.name).then(|| declared.name.clone()),
        description: (policy.description != declared.description)
            .then(|| declared.description.clone()),
        content: (!same).then(|| document::minify(&declared.content)),
    };
    (change != PolicyChange::default()).then_some(change)
}

/// The declared tags to set, and the others to take off.
fn tag_changes(declared: &Declared, live: &LivePolicy) -> (Tags, Vec<String>) {
    let current = ownership::user_tags(&live.tags);
    let mut tag = declared.tags.clone();
    tag.retain(|key, value| current.get(key) != Some(value));
    let untag = current.into_keys().filter(|key| !declared.tags.contains_key(key)).collect();
    (tag, untag)
}

/// Whether this event takes over from an earlier one that failed without knowing whether it had
/// created the policy. CloudFormation still cleans up after that event, by its RequestId. Claiming
/// the policy is the last step: until all is done the clean-up finds the policy, afterwards it does
/// not.
fn needs_claim(declared: &Declared, live: &LivePolicy) -> bool {
    let resumed = !matches!(declared.physical_id, Some(PhysicalId::Policy(_)));
    resumed && !declared.owner.claimed_by_this_event(&live.tags)
}

impl Plan {
    /// How many steps it takes.
    pub fn step_count(&self) -> usize {
        let create = usize::from(!self.keeps_policy());
        usize::from(self.enable_type.is_some()) + create + self.steps.len()
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

impl Step {
    /// The operation and its object, as log and errors show them; `policy` is a label.
    pub fn describe(&self, policy: &str) -> String {
        match self {
            Self::Tag(tags) => {
                let tags: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("tag {policy} with {}", tags.join(", "))
            }
            Self::Untag(keys) => format!("untag {policy} of {}", keys.join(", ")),
            Self::Update(_) => format!("update {policy}"),
            Self::Attach(target) => format!("attach {policy} to {target}"),
            Self::Detach(target) => format!("detach {policy} from {target}"),
        }
    }

    /// What the log shows besides.
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
        let steps = self.steps.iter().map(|step| match step.detail() {
            Some(detail) => format!("{}: {detail}", step.describe(&policy)),
            None => step.describe(&policy),
        });
        let notes = self.notes.iter().cloned();
        enable.chain(create).chain(steps).chain(notes).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
