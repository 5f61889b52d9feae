//! What targets are called and how many accounts they reach; where a guard no longer holds, and which accounts no backup
//! policy reaches any more.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::effective::{Organization, PlaceId, merges};

use super::words::place;
use super::{ResourcePlan, TargetChange};
use crate::aws::{Problem, Progress, Session, Types, survey};
use crate::terminal::count;

const BACKUP_POLICY: &str = "BACKUP_POLICY";
/// So many accounts are named.
const NAMED: usize = 10;

/// Reads the organization, if something is attached or detached, and says what that comes to.
pub async fn name_targets(
    session: &Session,
    resources: &mut [ResourcePlan],
    progress: &Progress,
) -> Result<(), Problem> {
    if resources.iter().all(|resource| resource.targets.is_empty()) {
        return Ok(());
    }
    let detaches = |resource: &ResourcePlan| {
        has_type(resource, is_backup) && resource.targets.iter().any(|target| !target.attached)
    };
    let lose_backup = resources.iter().any(detaches);
    let types = if lose_backup { vec![BACKUP_POLICY.to_owned()] } else { Vec::new() };
    let survey = survey(session.config(), &Types::Only(types), progress).await?;
    let organization = &survey.organization;
    name_in(organization, resources.iter_mut().flat_map(|resource| &mut resource.targets));
    for resource in resources.iter_mut().filter(|resource| has_type(resource, is_control)) {
        let taken = resource.targets.iter().filter(|target| !target.attached);
        let lost = taken.map(|target| format!("it no longer holds at {}", place(target)));
        resource.losses.extend(lost.collect::<Vec<String>>());
    }
    if lose_backup {
        without_backup(resources, organization);
    }
    Ok(())
}

/// Names targets of which nothing else is to be said.
///
/// # Errors
/// A call that failed.
pub async fn name_each(
    session: &Session,
    targets: Vec<&mut TargetChange>,
    progress: &Progress,
) -> Result<(), Problem> {
    let survey = survey(session.config(), &Types::Only(Vec::new()), progress).await?;
    name_in(&survey.organization, targets.into_iter());
    Ok(())
}

fn name_in<'a>(organization: &Organization, targets: impl Iterator<Item = &'a mut TargetChange>) {
    for target in targets {
        if let [found] = organization.find(&target.id).as_slice() {
            target.path = Some(path(organization, *found));
            target.accounts = Some(accounts_under(organization, *found).count());
        }
    }
}

fn has_type(resource: &ResourcePlan, is_it: fn(&str) -> bool) -> bool {
    resource.policy.as_ref().is_some_and(|policy| is_it(&policy.policy_type))
}

fn is_backup(policy_type: &str) -> bool {
    policy_type == BACKUP_POLICY
}

/// Whether policies of this type guard: those that control access.
fn is_control(policy_type: &str) -> bool {
    !merges(policy_type)
}

/// `/Security/Backup`; the root's is `/`.
fn path(organization: &Organization, place: PlaceId) -> String {
    let way = organization.path(place);
    let names = way.iter().skip(1).filter_map(|place| organization.place(*place));
    let names: Vec<&str> = names.map(|place| place.name.as_str()).collect();
    format!("/{}", names.join("/"))
}

/// The accounts at or below a place.
fn accounts_under(
    organization: &Organization,
    place: PlaceId,
) -> impl Iterator<Item = (PlaceId, &str)> {
    let accounts = organization.accounts();
    let below = accounts.filter(move |(account, _)| organization.path(*account).contains(&place));
    below.map(|(account, place)| (account, place.id.as_str()))
}

/// Where policies are attached: the targets' ids, by the policy's id.
type Attachments = BTreeMap<String, BTreeSet<String>>;

/// Which accounts a backup policy reaches now, and none afterwards. It is said where one is detached.
fn without_backup(resources: &mut [ResourcePlan], organization: &Organization) {
    let mut before = Attachments::new();
    for (id, place) in organization.places() {
        for attachment in organization.attached(id, BACKUP_POLICY) {
            if let Some(policy) = organization.policy(attachment.policy) {
                before.entry(policy.id.clone()).or_default().insert(place.id.clone());
            }
        }
    }
    let mut after = before.clone();
    for resource in resources.iter().filter(|resource| has_type(resource, is_backup)) {
        let Some(policy) = &resource.policy else { continue };
        // A policy that is still to be created is known by its name.
        let id = policy.id.clone().unwrap_or_else(|| policy.name.clone());
        let targets = after.entry(id).or_default();
        for target in &resource.targets {
            if target.attached {
                targets.insert(target.id.clone());
            } else {
                targets.remove(&target.id);
            }
        }
    }
    for resource in resources.iter_mut().filter(|resource| has_type(resource, is_backup)) {
        let mut lost = BTreeMap::new();
        for target in resource.targets.iter().filter(|target| !target.attached) {
            let places = organization.find(&target.id);
            let accounts = places.iter().flat_map(|place| accounts_under(organization, *place));
            lost.extend(accounts.filter(|(account, _)| {
                reached(organization, &before, *account) && !reached(organization, &after, *account)
            }));
        }
        if !lost.is_empty() {
            let accounts =
                lost.iter().map(|(account, id)| format!("{} ({id})", path(organization, *account)));
            let mut names: Vec<String> = accounts.take(NAMED).collect();
            if lost.len() > NAMED {
                names.push(format!("and {} more", lost.len() - NAMED));
            }
            resource.losses.push(format!(
                "no backup policy reaches {} any more: {}",
                count(lost.len(), "account"),
                names.join(", ")
            ));
        }
    }
}

/// Whether a policy is attached to the account or above it.
fn reached(organization: &Organization, attachments: &Attachments, account: PlaceId) -> bool {
    organization
        .path(account)
        .iter()
        .filter_map(|place| organization.place(*place))
        .any(|place| attachments.values().any(|targets| targets.contains(&place.id)))
}
