//! What is there: everything that a plan needs, read in as few calls as possible.

use std::collections::BTreeSet;
use std::time::Duration;

use super::desired::Declared;
use super::ownership::{self, Ownership, ResourceKey};
use super::physical_id::PhysicalId;
use super::properties::AdoptExisting;
use super::tree::Tree;
use crate::aws::Reader;
use crate::aws::poll::poll_until;
use crate::aws::types::{Holding, Named, PolicyDescription, PolicyId, RootStatus, Tags};
use crate::error::{CallError, Error, Kind};

/// How long the list may lack a policy that exists according to CreatePolicy.
const LIST_LAG_AFTER_DUPLICATE: Duration = Duration::from_secs(60);
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
    /// What CloudFormation says of the other resource that the tags name, where that decides.
    pub other: Holding,
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
    let physical_id = declared.physical_id.as_ref().and_then(PhysicalId::policy);
    let current = match physical_id {
        Some(id) => read_policy(reader, declared, id, FoundBy::PhysicalId).await?,
        None => None,
    };
    let stays = |policy: &LivePolicy| policy.description.policy_type == declared.policy_type;
    if current.as_ref().is_some_and(stays) {
        return Ok(current);
    }
    match &declared.adopt {
        AdoptExisting::Policy(id) if Some(id) != physical_id => {
            let policy = read_policy(reader, declared, id, FoundBy::AdoptExisting).await?;
            policy.map(Some).ok_or_else(|| Error::NothingToAdopt { id: id.to_string() })
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
        Some(id) => read_policy(reader, declared, &id, FoundBy::Name).await,
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
    policy.ok_or_else(|| name_taken(declared))
}

/// The policy that [`wait_for_namesake`] has found, as it is now.
///
/// # Errors
/// [`Error::NameTaken`] when it is gone, or a call that failed.
pub async fn read_namesake(
    reader: &Reader,
    declared: &Declared,
    id: &PolicyId,
) -> Result<LivePolicy, Error> {
    let policy = read_policy(reader, declared, id, FoundBy::Name).await?;
    policy.ok_or_else(|| name_taken(declared))
}

fn name_taken(declared: &Declared) -> Error {
    Error::NameTaken { name: declared.name.clone(), policy_type: declared.policy_type.clone() }
}

/// The policies of a type that are attached to a target.
///
/// # Errors
/// A call that failed.
pub async fn policies_on(
    reader: &Reader,
    target: &str,
    policy_type: &str,
) -> Result<Vec<Named>, Error> {
    let policies = reader.organizations.policies_on(target, policy_type).await;
    policies.map_err(|cause| Error::call(format!("read the policies on {target}"), cause))
}

/// The tags of the policy, or none if it is gone.
///
/// # Errors
/// A call that failed.
pub async fn read_tags(reader: &Reader, id: &PolicyId) -> Result<Option<Tags>, Error> {
    let tags = none_if_missing(reader.organizations.tags_of(id).await);
    tags.map_err(|cause| Error::call(format!("read the tags of policy {id}"), cause))
}

/// The policy of this name and type, if the organization's list shows one.
///
/// # Errors
/// A call that failed.
pub async fn find_by_name(
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
    declared: &Declared,
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
            other: Holding::Unknown,
        })
    };
    let read = none_if_missing(read.await);
    let mut policy = read.map_err(|cause| Error::call(format!("read policy {id}"), cause))?;
    if let Some(policy) = &mut policy
        && let Some(other) = deciding_resource(declared, policy)
    {
        policy.other = holding(reader, &other, id, PhysicalId::named_policy).await;
    }
    Ok(policy)
}

/// The other resource that the tags name, if it matters whether that one holds the policy.
fn deciding_resource(declared: &Declared, policy: &LivePolicy) -> Option<ResourceKey> {
    let named = declared.adopt == AdoptExisting::Policy(policy.id.clone());
    match declared.owner.judge(&policy.tags) {
        // It may be in the middle of another move.
        Ownership::Another { .. } if policy.found_by == FoundBy::AdoptExisting => {
            ownership::former(&policy.tags)
        }
        _ if policy.found_by != FoundBy::PhysicalId => None,
        Ownership::Ours { former, .. } => former,
        Ownership::Another { owner, was_ours } if was_ours || named => Some(owner),
        _ => None,
    }
}

/// Whether CloudFormation holds the policy for this resource, by a physical id that `names` it.
pub async fn holding(
    reader: &Reader,
    resource: &ResourceKey,
    id: &PolicyId,
    names: fn(&PhysicalId) -> Option<&PolicyId>,
) -> Holding {
    let is_held = |text: &str| names(&PhysicalId::read(text)) == Some(id);
    reader.calls.holding(&resource.stack_id, &resource.logical_id, is_held).await
}

/// Turns "there is no such policy" into none.
pub fn none_if_missing<T>(answer: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(CallError { kind: Kind::PolicyNotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
