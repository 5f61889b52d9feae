//! What is there: everything a plan needs, read in as few calls as will do.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::tree::Tree;
use crate::aws::organizations::{Organizations, PolicyDescription, RootStatus, poll_until};
use crate::error::{CallError, Error, Kind};
use crate::policy::desired::{AdoptExisting, Declared, Removal};
use crate::policy::ownership::{self, Owner, Ownership, Tags};
use crate::protocol::request::{PhysicalId, PolicyId};

/// How long a policy may be missing in the list that CreatePolicy says exists.
const LIST_LAG_AFTER_DUPLICATE: Duration = Duration::from_secs(60);
/// How long a list may be behind the times. So long we wait before we look for a policy that may
/// have been made just before its Delete, or that an overtaken Create is making just now.
pub const LIST_LAG: Duration = Duration::from_secs(10);
/// How long CloudFormation may be silent about a policy that the resource may live by.
const CLOUDFORMATION_SILENCE: Duration = Duration::from_secs(10);

/// The organization, as far as a declared policy goes.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The policy, if there is one to keep.
    pub policy: Option<LivePolicy>,
    /// The ids of the declared targets.
    pub targets: BTreeSet<String>,
    /// The ids of the targets declared before this Update, as far as they still exist.
    pub former_targets: BTreeSet<String>,
    /// OU paths among those former targets that lead nowhere any more.
    pub lost_paths: Vec<String>,
    /// How the policy type stands on the root; read with `EnablePolicyType` only.
    pub root: Option<RootStatus>,
}

/// A policy as it is now.
#[derive(Clone, Debug)]
pub struct LivePolicy {
    /// Its id.
    pub id: PolicyId,
    /// How we came to it.
    pub found: Found,
    /// What DescribePolicy says.
    pub description: PolicyDescription,
    /// All its tags.
    pub tags: Tags,
    /// Where it is attached: the targets' ids.
    pub attachments: BTreeSet<String>,
}

/// How we came to a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// CloudFormation holds its id for the resource.
    ByPhysicalId,
    /// It has the declared name and type.
    ByName,
    /// `AdoptExisting` names it.
    ByAdoptExisting,
}

/// What is left of a policy that is to go.
#[derive(Clone, Debug)]
pub struct Remains {
    /// Its id.
    pub id: PolicyId,
    /// All its tags.
    pub tags: Tags,
    /// Where it is attached: the targets' ids.
    pub attachments: BTreeSet<String>,
    /// Where we may detach it; everywhere, if none.
    pub detachable: Option<BTreeSet<String>>,
    /// OU paths among the declared targets that lead nowhere any more.
    pub lost_paths: Vec<String>,
}

/// Reads the targets, the type's status where it matters, and the policy that CloudFormation or
/// `AdoptExisting` names. Without such a name nothing is looked for: CreatePolicy itself says
/// whether a policy of that name is there.
///
/// # Errors
/// A target that does not exist, a policy that cannot be adopted, a call that failed.
pub async fn observe(
    organizations: &Organizations,
    declared: &Declared,
) -> Result<Observed, Error> {
    let mut tree = Tree::new(organizations);
    let mut targets = BTreeSet::new();
    for target in &declared.targets {
        targets.insert(tree.resolve(target).await?);
    }
    let (former_targets, lost_paths) = tree.resolve_those_there(&declared.former_targets).await?;
    let root = if declared.enable_type {
        let status = organizations.root_status(&declared.policy_type).await;
        Some(status.map_err(|cause| call("read the root's policy types", cause))?)
    } else {
        None
    };
    Ok(Observed {
        policy: named_policy(organizations, declared).await?,
        targets,
        former_targets,
        lost_paths,
        root,
    })
}

/// The policy that CloudFormation holds an id of, or else the one that `AdoptExisting` names.
async fn named_policy(
    organizations: &Organizations,
    declared: &Declared,
) -> Result<Option<LivePolicy>, Error> {
    let physical_id = match &declared.physical_id {
        Some(PhysicalId::Policy(id)) => Some(id),
        _ => None,
    };
    let current = match physical_id {
        Some(id) => read_policy(organizations, id, Found::ByPhysicalId).await?,
        None => None,
    };
    let stays = |policy: &LivePolicy| policy.description.policy_type == declared.policy_type;
    if current.as_ref().is_some_and(stays) {
        return Ok(current);
    }
    match &declared.adopt {
        AdoptExisting::Policy(id) if Some(id) != physical_id => {
            let policy = read_policy(organizations, id, Found::ByAdoptExisting).await?;
            let missing = || Error::CannotAdopt {
                id: id.to_string(),
                cause: "there is no such policy".to_owned(),
            };
            policy.map(Some).ok_or_else(missing)
        }
        _ => Ok(current),
    }
}

/// The policy of the declared name and type, after CreatePolicy has said that there is one. A
/// fresh one may not be listed yet.
///
/// # Errors
/// [`Error::NameTaken`] when the list does not show it in time, or a call that failed.
pub async fn observe_namesake(
    organizations: &Organizations,
    declared: &Declared,
) -> Result<LivePolicy, Error> {
    let (name, policy_type) = (&declared.name, &declared.policy_type);
    let look = || async {
        match find(organizations, name, policy_type).await? {
            Some(id) => read_policy(organizations, &id, Found::ByName).await,
            None => Ok(None),
        }
    };
    let policy = poll_until(LIST_LAG_AFTER_DUPLICATE, look).await?;
    policy.ok_or_else(|| Error::NameTaken { name: name.clone(), policy_type: policy_type.clone() })
}

/// The policy that a removal is about, or none if it is gone or was never there.
///
/// # Errors
/// A call that failed.
pub async fn observe_removal(
    organizations: &Organizations,
    removal: &Removal,
) -> Result<Option<Remains>, Error> {
    let found = match &removal.physical_id {
        PhysicalId::Policy(id) => {
            read_tags(organizations, id).await?.map(|tags| (id.clone(), tags))
        }
        PhysicalId::NothingCreated => None,
        PhysicalId::Unknown(request_id) => search_for(organizations, removal)
            .await?
            .filter(|(_, tags)| ownership::is_request(tags, request_id)),
        PhysicalId::Invented(_) => search_for(organizations, removal).await?,
    };
    let Some((id, tags)) = found else {
        return Ok(None);
    };
    if removal.spares_current && is_current(organizations, &id).await {
        return Ok(None);
    }
    let mut remains = Remains {
        id,
        tags,
        attachments: BTreeSet::new(),
        detachable: None,
        lost_paths: Vec::new(),
    };
    // Of a policy that stays nothing more needs to be known.
    if removal.owner.judge(&remains.tags) != Ownership::Ours {
        return Ok(Some(remains));
    }
    let doing = || format!("read the targets of policy {}", remains.id);
    let attachments = present(organizations.targets_of(&remains.id).await);
    match attachments.map_err(|cause| call(doing(), cause))? {
        None => return Ok(None),
        Some(attachments) => remains.attachments = attachments,
    }
    if let Some(targets) = &removal.declared_targets {
        let (ids, lost_paths) = Tree::new(organizations).resolve_those_there(targets).await?;
        remains.detachable = Some(ids);
        remains.lost_paths = lost_paths;
    }
    Ok(Some(remains))
}

/// The policy of the removal's name and type, if its resource owns it.
async fn search_for(
    organizations: &Organizations,
    removal: &Removal,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    match (&removal.name, &removal.policy_type) {
        (Some(name), Some(policy_type)) => {
            search(organizations, &removal.owner, name, policy_type).await
        }
        _ => Ok(None),
    }
}

/// The policy of this name and type, if the resource owns it. One look, but not at once: looks are
/// dear where a hundred Deletes take them together, and an early one can miss the policy.
async fn search(
    organizations: &Organizations,
    owner: &Owner,
    name: &str,
    policy_type: &str,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    sleep(LIST_LAG).await;
    let Some(id) = find(organizations, name, policy_type).await? else {
        return Ok(None);
    };
    let tags = read_tags(organizations, &id).await?;
    Ok(tags.filter(|tags| owner.owns(tags)).map(|tags| (id, tags)))
}

/// Whether the resource lives by this policy, as far as CloudFormation says.
async fn is_current(organizations: &Organizations, id: &PolicyId) -> bool {
    let ask = || async { Ok::<_, Infallible>(organizations.standing().await) };
    let standing = poll_until(CLOUDFORMATION_SILENCE, ask).await;
    let current = matches!(standing, Ok(Some(s)) if s.physical_id == id.as_str());
    if current {
        info!("policy {id} is what the resource is now: it stays");
    }
    current
}

/// The policy of this name and type that the resource owns, if there is one.
///
/// # Errors
/// A call that failed.
pub async fn observe_leftover(
    organizations: &Organizations,
    owner: &Owner,
    name: &str,
    policy_type: &str,
) -> Result<Option<PolicyId>, Error> {
    Ok(search(organizations, owner, name, policy_type).await?.map(|(id, _)| id))
}

/// The names of the policies that hold the places at a full target.
///
/// # Errors
/// A call that failed.
pub async fn holders(
    organizations: &Organizations,
    target: &str,
    policy_type: &str,
) -> Result<Vec<String>, Error> {
    let policies = organizations.policies_on(target, policy_type).await;
    let policies =
        policies.map_err(|cause| call(format!("read the policies on {target}"), cause))?;
    Ok(policies.into_iter().map(|policy| policy.name).collect())
}

async fn find(
    organizations: &Organizations,
    name: &str,
    policy_type: &str,
) -> Result<Option<PolicyId>, Error> {
    let found = organizations.find_policy(name, policy_type).await;
    found.map_err(|cause| call(format!("look for policy {name:?}"), cause))
}

/// The policy, or none if it is not there.
async fn read_policy(
    organizations: &Organizations,
    id: &PolicyId,
    found: Found,
) -> Result<Option<LivePolicy>, Error> {
    let read = async {
        Ok(LivePolicy {
            id: id.clone(),
            found,
            description: organizations.describe_policy(id).await?,
            attachments: organizations.targets_of(id).await?,
            tags: organizations.tags_of(id).await?,
        })
    };
    present(read.await).map_err(|cause| call(format!("read policy {id}"), cause))
}

/// The tags, or none if there is no such policy.
async fn read_tags(organizations: &Organizations, id: &PolicyId) -> Result<Option<Tags>, Error> {
    let tags = present(organizations.tags_of(id).await);
    tags.map_err(|cause| call(format!("read the tags of policy {id}"), cause))
}

/// Turns "there is no such policy" into none.
fn present<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallError { kind: Kind::PolicyNotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn call(doing: impl Into<String>, cause: CallError) -> Error {
    Error::Call { doing: doing.into(), cause }
}
