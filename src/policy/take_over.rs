//! Whose a policy becomes: the steps that take it over, before anything else is done to it.
//!
//! Tags have no compare-and-set. So whoever takes a policy over sets its tags, waits, and makes sure
//! of them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::desired::Declared;
use super::observed::{FoundBy, LivePolicy};
use super::ownership::{self, Ownership, ResourceKey};
use super::properties::{AdoptExisting, CONTROL_TOWER_PREFIX, TAGS};
use super::second_look::READ_LAG;
use super::step::{Step, label};
use crate::aws::types::Holding;
use crate::error::{Error, Relation};

/// How long the tags of a policy that changes hands are given to be seen, before anything is built
/// on them: a clean-up may come that goes by them.
const CLAIM_WAIT: Duration = READ_LAG;
/// As [`CLAIM_WAIT`], for a policy that nobody owns, which two stacks may adopt at once. Whoever has
/// looked before the first tags could be seen has set its own by then, and those can be seen.
const ADOPTION_WAIT: Duration = READ_LAG.saturating_mul(2);

/// The resource that this Create moves the policy from, or has begun to.
pub fn moved_from(declared: &Declared, live: &LivePolicy) -> Option<ResourceKey> {
    match declared.owner.judge(&live.tags) {
        _ if live.found_by == FoundBy::PhysicalId => None,
        Ownership::Ours { former, .. } => former,
        Ownership::Another { owner, .. } => Some(owner),
        Ownership::Nobody => None,
    }
}

/// A move changes the owner and nothing else. If the stack fails, the policy goes back, and nobody
/// knows any more what else it was.
pub fn refuse_change_in_move(
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
pub fn taking_over(declared: &Declared, live: &LivePolicy) -> Result<Vec<Step>, Error> {
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

/// The step that claims a policy, if this event takes over from an earlier one that failed.
/// CloudFormation still cleans up after that event, by its RequestId. Claiming the policy is the last
/// step: until all is done the clean-up finds the policy, afterwards it does not.
pub fn claim(declared: &Declared, live: &LivePolicy) -> Option<Step> {
    if declared.holds_policy() || declared.owner.claimed_by_this_event(&live.tags) {
        return None;
    }
    let tags = declared.owner.claim_again(&live.tags);
    Some(Step::TakeOver { tags, wait: CLAIM_WAIT })
}
