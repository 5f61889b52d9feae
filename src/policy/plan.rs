//! What is to be done: a pure function of what is declared and what is there.
//!
//! A plan is a value. It prints itself as the log shows it, and tests compare it.

use std::collections::BTreeSet;
use std::fmt;

use crate::aws::organizations::{NewPolicy, PolicyChange, PolicyHandle};
use crate::error::Error;
use crate::policy::desired::{
    AdoptExisting, CONTROL_TOWER_PREFIX, Declared, ManageAttachments, Removal,
};
use crate::policy::observed::{Found, LivePolicy, Observed, Remains};
use crate::policy::ownership::{self, Ownership, Tags};
use crate::protocol::request::{PhysicalId, PolicyId};
use policy_document::document;

/// The throttle lets two detaches pass a second, so this is what ten seconds can hide.
const MOST_IN_DOUBT: usize = 20;

/// Steps for one policy, in their order, and what the log should say besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The policy the steps are about; none if the first of them makes it.
    pub policy: Option<PolicyHandle>,
    /// The name the policy has now, or is made under; for the reader.
    pub name: String,
    /// The policy's type; of no interest, and empty, when the policy is to go.
    pub policy_type: String,
    /// The policy is to go: if it is gone already, all the better.
    pub removal: bool,
    /// The steps.
    pub steps: Vec<Step>,
    /// Why there is nothing to do, or what is left as it is.
    pub notes: Vec<String>,
}

/// One writing call, and the wait that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Enable the plan's policy type, and wait until it is.
    EnablePolicyType {
        /// The root.
        root_id: String,
        /// Somebody has asked for it already: only wait.
        pending: bool,
    },
    /// Make the policy.
    Create(NewPolicy),
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
    /// Delete it.
    Delete,
}

/// Plans for a policy to be as declared.
///
/// # Errors
/// When the policy that is there is not ours to change.
pub fn plan(declared: &Declared, observed: &Observed) -> Result<Plan, Error> {
    let mut plan = match &observed.policy {
        None => create(declared, observed),
        Some(live) if live.description.policy_type == declared.policy_type => {
            keep(declared, observed, live)?
        }
        Some(live) if live.found == Found::ByPhysicalId => {
            let mut plan = create(declared, observed);
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
    if plan.name.is_empty() {
        plan.name.clone_from(&declared.name);
    }
    plan.policy_type.clone_from(&declared.policy_type);
    if let Some(root) = observed.root.as_ref().filter(|root| !root.enabled) {
        let enable =
            Step::EnablePolicyType { root_id: root.root_id.clone(), pending: root.pending };
        plan.steps.insert(0, enable);
    }
    Ok(plan)
}

fn create(declared: &Declared, observed: &Observed) -> Plan {
    let mut tags = declared.owner.tags();
    tags.extend(declared.tags.clone());
    let create = Step::Create(NewPolicy {
        name: declared.name.clone(),
        policy_type: declared.policy_type.clone(),
        description: declared.description.clone(),
        content: document::minify(&declared.content),
        tags,
    });
    let attach = observed.targets.iter().cloned().map(Step::Attach);
    let notes = match &declared.physical_id {
        Some(PhysicalId::Policy(id)) if observed.policy.is_none() => {
            vec![format!("policy {id} has vanished: it is made again")]
        }
        _ => Vec::new(),
    };
    Plan { steps: std::iter::once(create).chain(attach).collect(), notes, ..Plan::default() }
}

/// Content first, then new attachments, then the old ones off: no target is bare on the way.
fn keep(declared: &Declared, observed: &Observed, live: &LivePolicy) -> Result<Plan, Error> {
    let mut steps = Vec::new();
    let taken_up = take_up(declared, live)?;
    let ours_already = taken_up.is_none();
    steps.extend(taken_up.map(Step::Tag));
    steps.extend(change(declared, live).map(Step::Update));
    let (attached, targets) = (&live.attachments, &observed.targets);
    let attached_for_sure = surely_attached(observed, live);
    steps.extend(targets.difference(&attached_for_sure).cloned().map(Step::Attach));
    let removable = match declared.manage {
        // A list may show an attachment late, and then the template before this one knows of it.
        ManageAttachments::All => attached | &observed.former_targets,
        ManageAttachments::Declared => observed.former_targets.clone(),
    };
    steps.extend(removable.difference(targets).cloned().map(Step::Detach));
    let (mut tag, untag) = tag_changes(declared, live);
    if ours_already && needs_claim(declared, live) {
        tag.extend(declared.owner.claim());
    }
    // Off before on: a policy has room for so many tags only.
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
    Ok(Plan {
        policy: Some(PolicyHandle { id: live.id.clone(), arn: live.description.arn.clone() }),
        name: live.description.name.clone(),
        steps,
        notes,
        ..Plan::default()
    })
}

/// A list may show an attachment for a while that is gone: where the template before this one did
/// not name the target, it may be one that an Update has just taken off. Detaches go in this very
/// order, and others before them show as gone already, so only the first ones are in doubt.
fn surely_attached(observed: &Observed, live: &LivePolicy) -> BTreeSet<String> {
    if live.found != Found::ByPhysicalId {
        return live.attachments.clone();
    }
    let added = &observed.targets - &observed.former_targets;
    let in_doubt = live.attachments.intersection(&added).take(MOST_IN_DOUBT).cloned();
    &live.attachments - &in_doubt.collect()
}

fn lost_path(path: &String) -> String {
    format!("{path} was a target and is not there any more: an attachment under its new name stays")
}

/// The ownership tags to set before anything else; none if the policy carries them.
fn take_up(declared: &Declared, live: &LivePolicy) -> Result<Option<Tags>, Error> {
    let owner = &declared.owner;
    let told_to = declared.adopt == AdoptExisting::Policy(live.id.clone());
    let ownership = owner.judge(&live.tags);
    match ownership {
        // Retained by this very resource, and made by an earlier event: taken over all the same.
        Ownership::Ours if live.found == Found::ByAdoptExisting => {
            return Ok(Some(owner.adoption_tags()));
        }
        Ownership::Ours | Ownership::OursAdopted => return Ok(None),
        Ownership::Another { .. } | Ownership::Nobody => {}
    }
    let doing = || {
        let verb = match live.found {
            Found::ByName => "create",
            Found::ByPhysicalId => "update",
            Found::ByAdoptExisting => "adopt",
        };
        format!("{verb} policy {:?} ({})", live.description.name, live.id)
    };
    if live.description.aws_managed || live.description.name.starts_with(CONTROL_TOWER_PREFIX) {
        return Err(Error::Protected { doing: doing() });
    }
    match ownership {
        _ if told_to => Ok(Some(owner.adoption_tags())),
        // With its tags gone nobody knows whether it was adopted; then it is not ours to delete.
        Ownership::Nobody if declared.adopt == AdoptExisting::Unowned => {
            Ok(Some(owner.adoption_tags()))
        }
        Ownership::Nobody if live.found == Found::ByPhysicalId => Ok(Some(owner.tags())),
        Ownership::Another { stack_id, logical_id } => Err(Error::OwnedByAnother {
            doing: doing(),
            id: live.id.to_string(),
            stack_id,
            logical_id,
        }),
        _ => Err(Error::Unowned { doing: doing() }),
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

/// Whether this event takes over from an earlier one that failed, not knowing whether it had made
/// the policy. CloudFormation will still clean up after that one, by its RequestId. The claim is
/// the last step: until all is done the clean-up finds the policy, and from then on it does not.
fn needs_claim(declared: &Declared, live: &LivePolicy) -> bool {
    let resumed = !matches!(declared.physical_id, Some(PhysicalId::Policy(_)));
    resumed && !declared.owner.claimed_by_this_event(&live.tags)
}

/// Plans for a policy to be gone.
///
/// # Errors
/// With `ManageAttachments: Declared`, attachments of others.
pub fn plan_removal(removal: &Removal, remains: Option<&Remains>) -> Result<Plan, Error> {
    let mut plan =
        Plan { removal: true, name: removal.name.clone().unwrap_or_default(), ..Plan::default() };
    let Some(remains) = remains else {
        plan.notes.push(match &removal.physical_id {
            PhysicalId::Policy(id) => format!("policy {id} is gone already"),
            _ => "no policy of this resource was made".to_owned(),
        });
        return Ok(plan);
    };
    plan.policy = Some(PolicyHandle { id: remains.id.clone(), arn: String::new() });
    match removal.owner.judge(&remains.tags) {
        Ownership::Ours => {
            refuse_foreign_attachments(&plan, remains)?;
            let detach = remains.attachments.iter().cloned().map(Step::Detach);
            plan.steps = detach.chain([Step::Delete]).collect();
        }
        Ownership::OursAdopted => {
            let keys = ownership::own_keys(&remains.tags).map(str::to_owned).collect();
            plan.steps.push(Step::Untag(keys));
            plan.notes.push("it was adopted: it stays, without our tags".to_owned());
        }
        Ownership::Another { stack_id, logical_id } => plan.notes.push(format!(
            "it belongs to resource {logical_id} of stack {stack_id}: it stays as it is"
        )),
        Ownership::Nobody => plan.notes.push("no stack owns it: it stays as it is".to_owned()),
    }
    Ok(plan)
}

fn refuse_foreign_attachments(plan: &Plan, remains: &Remains) -> Result<(), Error> {
    let Some(detachable) = &remains.detachable else {
        return Ok(());
    };
    let foreign: Vec<String> = remains.attachments.difference(detachable).cloned().collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(Error::ForeignAttachments {
        doing: plan.describe(&Step::Delete, None),
        targets: foreign,
        lost_paths: remains.lost_paths.clone(),
    })
}

impl Plan {
    /// A step of this plan as log and errors tell it. `made` is the policy, once a step has made it.
    pub fn describe(&self, step: &Step, made: Option<&PolicyId>) -> String {
        let id = made.or(self.policy.as_ref().map(|policy| &policy.id));
        let policy = match (self.name.as_str(), id) {
            ("", Some(id)) => format!("policy {id}"),
            (name, Some(id)) => format!("policy {name:?} ({id})"),
            (name, None) => format!("policy {name:?}"),
        };
        match step {
            Step::EnablePolicyType { root_id, pending: false } => {
                format!("enable policy type {} on root {root_id}", self.policy_type)
            }
            Step::EnablePolicyType { root_id, pending: true } => {
                format!("wait for policy type {} to be enabled on root {root_id}", self.policy_type)
            }
            Step::Create(_) => format!("create {policy} of type {}", self.policy_type),
            Step::Tag(tags) => {
                let tags: Vec<String> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("tag {policy} with {}", tags.join(", "))
            }
            Step::Untag(keys) => format!("untag {policy} of {}", keys.join(", ")),
            Step::Update(_) => format!("update {policy}"),
            Step::Attach(target) => format!("attach {policy} to {target}"),
            Step::Detach(target) => format!("detach {policy} from {target}"),
            Step::Delete => format!("delete {policy}"),
        }
    }
}

/// What the log tells of a step besides the operation and its object.
fn detail(step: &Step) -> Option<String> {
    let size = |content: &String| format!("content of {} characters", content.chars().count());
    match step {
        Step::Create(new) => Some(size(&new.content)),
        Step::Update(change) => {
            let name = change.name.as_ref().map(|name| format!("name {name:?}"));
            let description =
                change.description.as_ref().map(|text| format!("description {text:?}"));
            let content = change.content.as_ref().map(size);
            let parts: Vec<String> = [name, description, content].into_iter().flatten().collect();
            Some(parts.join(", "))
        }
        _ => None,
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().map(|step| match detail(step) {
            Some(detail) => format!("{}: {detail}", self.describe(step, None)),
            None => self.describe(step, None),
        });
        let lines: Vec<String> = lines.chain(self.notes.iter().cloned()).collect();
        f.write_str(&lines.join("\n"))
    }
}
