//! What is there: everything that a plan needs, read in as few calls as possible.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use super::desired::{Declared, Removal};
use super::ownership::{self, Owner, Ownership};
use super::physical_id::PhysicalId;
use super::properties::AdoptExisting;
use super::tree::Tree;
use crate::aws::Reader;
use crate::aws::poll::poll_until;
use crate::aws::types::{PolicyDescription, PolicyId, RootStatus, Tags};
use crate::error::{CallError, Error, Kind};

/// How long the list may lack a policy that exists according to CreatePolicy.
const LIST_LAG_AFTER_DUPLICATE: Duration = Duration::from_secs(60);
/// How long a list may lag behind. We wait so long before we look for a policy that may have been
/// created just before its Delete, or that an overtaken Create is creating just now.
pub const LIST_LAG: Duration = Duration::from_secs(10);
/// How long we wait for CloudFormation to say whether it holds a policy's id for the resource.
const STATUS_TIMEOUT: Duration = Duration::from_secs(10);

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
    /// The status of the policy type on the root; read with `EnablePolicyType` only.
    pub root: Option<RootStatus>,
}

/// A policy as it is now.
#[derive(Clone, Debug)]
pub struct LivePolicy {
    /// Its id.
    pub id: PolicyId,
    /// What it was found by.
    pub found_by: FoundBy,
    /// What DescribePolicy says.
    pub description: PolicyDescription,
    /// All its tags.
    pub tags: Tags,
    /// Where it is attached: the targets' ids.
    pub attachments: BTreeSet<String>,
}

/// What a policy was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// CloudFormation holds its id for the resource.
    PhysicalId,
    /// It has the declared name and type.
    Name,
    /// `AdoptExisting` names it.
    AdoptExisting,
}

/// A policy that is to be removed, as it is now.
#[derive(Clone, Debug)]
pub struct ObservedRemoval {
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
pub async fn observe(reader: &Reader, declared: &Declared) -> Result<Observed, Error> {
    let mut tree = Tree::new(&reader.organizations);
    let mut targets = BTreeSet::new();
    for target in &declared.targets {
        targets.insert(tree.resolve(target).await?);
    }
    let (former_targets, lost_paths) = tree.resolve_those_there(&declared.former_targets).await?;
    let root = if declared.enable_type {
        let status = reader.organizations.root_status(&declared.policy_type).await;
        Some(status.map_err(|cause| Error::call("read the root's policy types", cause))?)
    } else {
        None
    };
    Ok(Observed {
        policy: named_policy(reader, declared).await?,
        targets,
        former_targets,
        lost_paths,
        root,
    })
}

/// The policy that CloudFormation holds an id of, or else the one that `AdoptExisting` names.
async fn named_policy(reader: &Reader, declared: &Declared) -> Result<Option<LivePolicy>, Error> {
    let physical_id = match &declared.physical_id {
        Some(PhysicalId::Policy(id)) => Some(id),
        _ => None,
    };
    let current = match physical_id {
        Some(id) => read_policy(reader, id, FoundBy::PhysicalId).await?,
        None => None,
    };
    let stays = |policy: &LivePolicy| policy.description.policy_type == declared.policy_type;
    if current.as_ref().is_some_and(stays) {
        return Ok(current);
    }
    match &declared.adopt {
        AdoptExisting::Policy(id) if Some(id) != physical_id => {
            let policy = read_policy(reader, id, FoundBy::AdoptExisting).await?;
            let missing = || Error::CannotAdopt {
                id: id.to_string(),
                cause: "there is no such policy".to_owned(),
            };
            policy.map(Some).ok_or_else(missing)
        }
        _ => Ok(current),
    }
}

/// The policy of the declared name and type, if the organization's list shows one.
///
/// # Errors
/// A call that failed.
pub async fn find_namesake(
    reader: &Reader,
    declared: &Declared,
) -> Result<Option<LivePolicy>, Error> {
    match find_by_name(reader, &declared.name, &declared.policy_type).await? {
        Some(id) => read_policy(reader, &id, FoundBy::Name).await,
        None => Ok(None),
    }
}

/// The policy of the declared name and type, after CreatePolicy has said that there is one. A
/// fresh one may not be listed yet.
///
/// # Errors
/// [`Error::NameTaken`] when the list does not show it in time, or a call that failed.
pub async fn wait_for_namesake(reader: &Reader, declared: &Declared) -> Result<LivePolicy, Error> {
    let look = || find_namesake(reader, declared);
    let policy = poll_until(LIST_LAG_AFTER_DUPLICATE, look).await?;
    policy.ok_or_else(|| Error::NameTaken {
        name: declared.name.clone(),
        policy_type: declared.policy_type.clone(),
    })
}

/// The policy that a removal is about, or none if it is gone or was never there.
///
/// # Errors
/// A call that failed.
pub async fn observe_removal(
    reader: &Reader,
    removal: &Removal,
) -> Result<Option<ObservedRemoval>, Error> {
    let found = match &removal.physical_id {
        PhysicalId::Policy(id) => read_tags(reader, id).await?.map(|tags| (id.clone(), tags)),
        PhysicalId::NothingCreated => None,
        PhysicalId::Unknown(request_id) => find_owned_for(reader, removal)
            .await?
            .filter(|(_, tags)| ownership::is_request(tags, request_id)),
        PhysicalId::Invented(_) => find_owned_for(reader, removal).await?,
    };
    let Some((id, tags)) = found else {
        return Ok(None);
    };
    if removal.keep_if_current && is_current(reader, &id).await {
        return Ok(None);
    }
    let mut observed = ObservedRemoval {
        id,
        tags,
        attachments: BTreeSet::new(),
        detachable: None,
        lost_paths: Vec::new(),
    };
    // Of a policy that stays nothing more needs to be known.
    if removal.owner.judge(&observed.tags) != Ownership::Ours {
        return Ok(Some(observed));
    }
    let operation = || format!("read the targets of policy {}", observed.id);
    let attachments = none_if_missing(reader.organizations.targets_of(&observed.id).await);
    match attachments.map_err(|cause| Error::call(operation(), cause))? {
        None => return Ok(None),
        Some(attachments) => observed.attachments = attachments,
    }
    if let Some(targets) = &removal.declared_targets {
        let (ids, lost_paths) =
            Tree::new(&reader.organizations).resolve_those_there(targets).await?;
        observed.detachable = Some(ids);
        observed.lost_paths = lost_paths;
    }
    Ok(Some(observed))
}

/// The policy of the removal's name and type, if its resource owns it.
async fn find_owned_for(
    reader: &Reader,
    removal: &Removal,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    match (&removal.name, &removal.policy_type) {
        (Some(name), Some(policy_type)) => {
            find_owned(reader, &removal.owner, name, policy_type).await
        }
        _ => Ok(None),
    }
}

/// The policy of this name and type, if the resource owns it. It looks once, but not at once: looks
/// are expensive when a hundred Deletes take them together, and an early one can miss the policy.
async fn find_owned(
    reader: &Reader,
    owner: &Owner,
    name: &str,
    policy_type: &str,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    sleep(LIST_LAG).await;
    let Some(id) = find_by_name(reader, name, policy_type).await? else {
        return Ok(None);
    };
    let tags = read_tags(reader, &id).await?;
    Ok(tags.filter(|tags| owner.owns(tags)).map(|tags| (id, tags)))
}

/// Whether CloudFormation holds this policy's id for the resource, as far as it says.
async fn is_current(reader: &Reader, id: &PolicyId) -> bool {
    let ask = || async { Ok::<_, Infallible>(reader.calls.resource_status().await) };
    let status = poll_until(STATUS_TIMEOUT, ask).await;
    let current = matches!(status, Ok(Some(s)) if s.physical_id == id.as_str());
    if current {
        info!("policy {id} is the resource's current policy: it stays");
    }
    current
}

/// The policy of this name and type that the resource owns, if there is one.
///
/// # Errors
/// A call that failed.
pub async fn observe_leftover(
    reader: &Reader,
    owner: &Owner,
    name: &str,
    policy_type: &str,
) -> Result<Option<PolicyId>, Error> {
    Ok(find_owned(reader, owner, name, policy_type).await?.map(|(id, _)| id))
}

/// The names of the policies of a type that are attached to a target.
///
/// # Errors
/// A call that failed.
pub async fn policy_names_on(
    reader: &Reader,
    target: &str,
    policy_type: &str,
) -> Result<Vec<String>, Error> {
    let policies = reader.organizations.policies_on(target, policy_type).await;
    let policies =
        policies.map_err(|cause| Error::call(format!("read the policies on {target}"), cause))?;
    Ok(policies.into_iter().map(|policy| policy.name).collect())
}

async fn find_by_name(
    reader: &Reader,
    name: &str,
    policy_type: &str,
) -> Result<Option<PolicyId>, Error> {
    let found = reader.organizations.find_policy(name, policy_type).await;
    found.map_err(|cause| Error::call(format!("look for policy {name:?}"), cause))
}

/// The policy, or none if it is not there.
async fn read_policy(
    reader: &Reader,
    id: &PolicyId,
    found_by: FoundBy,
) -> Result<Option<LivePolicy>, Error> {
    let read = async {
        Ok(LivePolicy {
            id: id.clone(),
            found_by,
            description: reader.organizations.describe_policy(id).await?,
            attachments: reader.organizations.targets_of(id).await?,
            tags: reader.organizations.tags_of(id).await?,
        })
    };
    none_if_missing(read.await).map_err(|cause| Error::call(format!("read policy {id}"), cause))
}

/// The tags, or none if there is no such policy.
async fn read_tags(reader: &Reader, id: &PolicyId) -> Result<Option<Tags>, Error> {
    let tags = none_if_missing(reader.organizations.tags_of(id).await);
    tags.map_err(|cause| Error::call(format!("read the tags of policy {id}"), cause))
}

/// Turns "there is no such policy" into none.
fn none_if_missing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallError { kind: Kind::PolicyNotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
