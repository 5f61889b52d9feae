//! What is there of a policy that is to go.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use tracing::info;

use super::desired::Removal;
use super::observed::{find_by_name, holding, none_if_missing, read_tags};
use super::ownership::{self, OnDelete, Owner, Ownership};
use super::physical_id::PhysicalId;
use super::second_look::{look_late, look_twice, wait_for_reads};
use super::tree::Tree;
use crate::aws::Reader;
use crate::aws::poll::poll_until;
use crate::aws::still_wanted::ResourceStatus;
use crate::aws::types::{Holding, PolicyId, Tags};
use crate::error::Error;

/// How long we wait for CloudFormation to say what it holds for the resource.
const STATUS_TIMEOUT: Duration = Duration::from_secs(10);

/// A policy that is to be removed, as it is now.
#[derive(Clone, Debug)]
pub struct ObservedRemoval {
    /// Its id.
    pub id: PolicyId,
    /// All its tags.
    pub tags: Tags,
    /// What CloudFormation says of the other resource that the tags name, if they name one.
    pub other: Holding,
    /// Where it is attached: the targets' ids.
    pub attachments: BTreeSet<String>,
    /// Where we may detach it; everywhere, if none.
    pub detachable: Option<BTreeSet<String>>,
    /// OU paths among the declared targets that lead nowhere any more.
    pub lost_paths: Vec<String>,
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
        PhysicalId::FailedCreate { policy, request_id } => read_tags(reader, policy)
            .await?
            .filter(|tags| ownership::is_request(tags, request_id))
            .map(|tags| (policy.clone(), tags)),
        PhysicalId::Unknown(request_id) => find_owned_for(reader, removal)
            .await?
            .filter(|(_, tags)| ownership::is_request(tags, request_id)),
        PhysicalId::Invented(_) => find_owned_for(reader, removal).await?,
    };
    let Some((id, tags)) = found else {
        return Ok(None);
    };
    if removal.keep_if_current && is_current(reader, &id).await {
        info!("policy {id} is the resource's current policy: it stays");
        return Ok(None);
    }
    let other = match removal.owner.judge(&tags) {
        // A former owner whose Create failed cannot have it back: its Delete goes by a RequestId that
        // the move has replaced.
        Ownership::Ours { former: Some(former), .. } => {
            holding(reader, &former, &id, PhysicalId::policy).await
        }
        Ownership::Another { owner, was_ours: true } => {
            holding(reader, &owner, &id, PhysicalId::named_policy).await
        }
        _ => Holding::Unknown,
    };
    let mut observed = ObservedRemoval {
        id,
        tags,
        other,
        attachments: BTreeSet::new(),
        detachable: None,
        lost_paths: Vec::new(),
    };
    let goes = removal.owner.on_delete(&observed.tags, other) == OnDelete::Delete;
    if goes && !read_attachments(reader, removal, &mut observed).await? {
        return Ok(None);
    }
    Ok(Some(observed))
}

/// Reads where a policy that may have to go is attached, and where it may be detached; false if it
/// has gone meanwhile.
async fn read_attachments(
    reader: &Reader,
    removal: &Removal,
    observed: &mut ObservedRemoval,
) -> Result<bool, Error> {
    let operation = || format!("read the targets of policy {}", observed.id);
    let attachments = none_if_missing(reader.organizations.targets_of(&observed.id).await);
    match attachments.map_err(|cause| Error::call(operation(), cause))? {
        None => return Ok(false),
        Some(attachments) => observed.attachments = attachments,
    }
    if let Some(targets) = &removal.declared_targets {
        let (ids, lost_paths) =
            Tree::new(&reader.organizations).resolve_those_there(targets).await?;
        observed.detachable = Some(ids);
        observed.lost_paths = lost_paths;
    }
    Ok(true)
}

/// Another policy of a resource that is being deleted: an Update has put it in the place of `id`, and
/// CloudFormation did not take it, because the stack was updated with rollback disabled. None unless
/// CloudFormation says that the whole resource goes, and that it holds `id`.
///
/// # Errors
/// A call that failed.
pub async fn observe_refused_replacement(
    reader: &Reader,
    removal: &Removal,
    id: &PolicyId,
    seen: Option<&ObservedRemoval>,
) -> Result<Option<PolicyId>, Error> {
    let named = match seen {
        Some(seen) => match ownership::replacement(&seen.tags).and_then(PolicyId::parse) {
            None => return Ok(None),
            named => named,
        },
        None => None,
    };
    // A policy that is gone was looked for ten seconds ago already.
    let may_lag = seen.is_some();
    if !whole_resource_goes(reader, id, may_lag).await {
        return Ok(None);
    }
    let found = match (named, &removal.name, &removal.policy_type) {
        (Some(new), ..) => Some(new),
        (None, Some(name), Some(policy_type)) => find_by_name(reader, name, policy_type).await?,
        _ => None,
    };
    let Some(new) = found.filter(|new| new != id) else { return Ok(None) };
    let operation = format!("read the tags of policy {new}");
    let look = || read_tags(reader, &new);
    let is_own = |tags: &Option<Tags>| tags.as_ref().is_some_and(|tags| removal.owner.owns(tags));
    let is_in_doubt = |tags: &Result<_, Error>| tags.as_ref().is_ok_and(|tags| !is_own(tags));
    let tags = look_twice(&reader.calls, &operation, look, is_in_doubt).await?;
    Ok(is_own(&tags).then_some(new))
}

/// Whether the whole stack is being deleted, and the resource, which still holds `id`, with it. The
/// list may show the Delete late, so it may be asked twice.
///
/// The list alone does not decide: nobody documents what it shows of a resource whose former policy is
/// being cleaned up, and there the other policy is the living one.
async fn whole_resource_goes(reader: &Reader, id: &PolicyId, may_lag: bool) -> bool {
    let holds = |status: &ResourceStatus| status.physical_id == id.as_str();
    let goes = |status: &ResourceStatus| holds(status) && status.status.starts_with("DELETE_");
    let late = |status: &ResourceStatus| {
        !status.is_listed() || (may_lag && holds(status) && !goes(status))
    };
    let mut status = resource_status(reader).await;
    if status.as_ref().is_some_and(late) {
        wait_for_reads(&reader.calls).await;
        status = resource_status(reader).await;
    }
    status.as_ref().is_some_and(goes) && stack_is_being_deleted(reader).await
}

/// The policy of the removal's name and type, or the one that it was to adopt, if its resource owns
/// it. An adopted policy still has its old name if its Create was cut short.
async fn find_owned_for(
    reader: &Reader,
    removal: &Removal,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    let look = async {
        if let (Some(name), Some(policy_type)) = (&removal.name, &removal.policy_type)
            && let Some(found) = find_owned(reader, &removal.owner, name, policy_type).await?
        {
            return Ok(Some(found));
        }
        let Some(id) = &removal.adopted else { return Ok(None) };
        let tags = read_tags(reader, id).await?.filter(|tags| removal.owner.owns(tags));
        Ok(tags.map(|tags| (id.clone(), tags)))
    };
    let name = removal.name.as_deref().unwrap_or_default();
    look_late(&reader.calls, &format!("look for policy {name:?}"), look).await
}

/// The policy of this name and type, if the resource owns it.
async fn find_owned(
    reader: &Reader,
    owner: &Owner,
    name: &str,
    policy_type: &str,
) -> Result<Option<(PolicyId, Tags)>, Error> {
    let found = match find_by_name(reader, name, policy_type).await? {
        Some(id) => read_tags(reader, &id).await?.map(|tags| (id, tags)),
        None => None,
    };
    Ok(found.filter(|(_, tags)| owner.owns(tags)))
}

/// What CloudFormation says of the event's resource, asked again for a while if it says nothing.
async fn resource_status(reader: &Reader) -> Option<ResourceStatus> {
    ask_for_a_while(reader, || reader.calls.resource_status()).await
}

/// Whether CloudFormation says that the whole stack is being deleted, asked likewise.
async fn stack_is_being_deleted(reader: &Reader) -> bool {
    ask_for_a_while(reader, || reader.calls.stack_is_being_deleted()).await == Some(true)
}

async fn ask_for_a_while<T, F>(reader: &Reader, ask: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let ask = || async { Ok::<_, Infallible>(ask().await) };
    let Ok(answer) = poll_until(STATUS_TIMEOUT.min(reader.calls.time_left() / 2), ask).await;
    answer
}

/// Whether CloudFormation holds this policy's id for the resource, as far as it says.
pub async fn is_current(reader: &Reader, id: &PolicyId) -> bool {
    let status = resource_status(reader).await;
    status.is_some_and(|status| status.physical_id == id.as_str())
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
    let look = find_owned(reader, owner, name, policy_type);
    let found = look_late(&reader.calls, &format!("look for policy {name:?}"), look).await?;
    Ok(found.map(|(id, _)| id))
}
