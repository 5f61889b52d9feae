//! Whose a policy is: the tags that CreatePolicy itself sets, and what they say.

use std::fmt;

use crate::aws::types::{Holding, Tags};
use crate::protocol::request::Request;

/// The prefix of our own tags; users cannot set tags with it.
pub const PREFIX: &str = "cfn-org-policy:";
const STACK_ID: &str = "cfn-org-policy:stack-id";
const LOGICAL_ID: &str = "cfn-org-policy:logical-id";
const REQUEST_ID: &str = "cfn-org-policy:request-id";
const ADOPTED: &str = "cfn-org-policy:adopted";
const FORMER_STACK_ID: &str = "cfn-org-policy:former-stack-id";
const FORMER_LOGICAL_ID: &str = "cfn-org-policy:former-logical-id";
/// The tag that names the policy which an Update has put in this one's place.
pub const REPLACED_BY: &str = "cfn-org-policy:replaced-by";
/// The tag that says what was applied. It says nothing of whose the policy is.
pub const DIGEST: &str = "cfn-org-policy:digest";
/// How many tags of our own a policy may have to carry, all at once.
pub const OWN_TAGS: usize = 8;

/// [`ADOPTED`] of a policy that no stack has made, or that was moved on after it had come from another
/// stack.
const ADOPTED_BY_HAND: &str = "true";
/// [`ADOPTED`] of a policy that a move from another stack has marked. If it goes back, the mark goes.
const ADOPTED_BY_MOVE: &str = "moved";

/// A resource, as the tags of a policy name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceKey {
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in the template.
    pub logical_id: String,
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "resource {} of stack {}", self.logical_id, self.stack_id)
    }
}

/// The resource that a policy belongs to, and the event at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The resource.
    pub resource: ResourceKey,
    /// The event at hand.
    pub request_id: String,
}

/// What the tags of a policy say, seen from one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The resource's own.
    Ours {
        /// It was there before the resource: a Delete leaves it in place.
        adopted: bool,
        /// The resource that it was moved from, until that one is known to be gone.
        former: Option<ResourceKey>,
    },
    /// Another resource's.
    Another {
        /// The resource in the tags.
        owner: ResourceKey,
        /// It was moved there from this resource.
        was_ours: bool,
    },
    /// Nobody's.
    Nobody,
}

/// What becomes of a policy when a resource that names it is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// It is deleted.
    Delete,
    /// It was adopted: it stays, without our tags.
    Release,
    /// It was moved here from this resource, which still holds it: it goes back.
    GiveBack(ResourceKey),
    /// It was moved to this resource, which holds it: it stays there, and where it came from is forgotten.
    LeaveMoved(ResourceKey),
    /// It is not ours to touch, for this reason.
    Keep(String),
}

/// Tags to set, and tags to take off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChanges {
    /// To set.
    pub set: Tags,
    /// The keys of those to take off.
    pub remove: Vec<String>,
}

impl Owner {
    /// The resource of this event.
    pub fn of(request: &Request) -> Self {
        Self {
            resource: ResourceKey {
                stack_id: request.stack_id.clone(),
                logical_id: request.logical_id.clone(),
            },
            request_id: request.request_id.clone(),
        }
    }

    /// The tags of a policy that this event creates.
    pub fn tags(&self) -> Tags {
        let mut tags = self.resource.tags();
        tags.extend(self.claim());
        tags
    }

    /// The tags of a policy that this event adopts.
    pub fn adoption_tags(&self) -> Tags {
        let mut tags = self.tags();
        tags.insert(ADOPTED.to_owned(), ADOPTED_BY_HAND.to_owned());
        tags
    }

    /// The tag that says which event has last claimed the policy.
    pub fn claim(&self) -> Tags {
        Tags::from([(REQUEST_ID.to_owned(), self.request_id.clone())])
    }

    /// The tags with which this event claims a policy that an earlier one has left. They are all set
    /// again: the clean-up of the earlier event may have taken them off just now.
    pub fn claim_again(&self, live: &Tags) -> Tags {
        let mut tags = live.clone();
        tags.retain(|key, _| key.starts_with(PREFIX) && key != REPLACED_BY && key != DIGEST);
        tags.extend(self.claim());
        tags
    }

    /// The tags with which this event moves a policy here from another resource. A policy that comes
    /// from another stack counts as adopted from then on.
    pub fn move_tags(&self, from: &ResourceKey, live: &Tags) -> Tags {
        let mut tags = self.tags();
        tags.insert(FORMER_LOGICAL_ID.to_owned(), from.logical_id.clone());
        let other_stack = from.stack_id != self.resource.stack_id;
        if other_stack || live.contains_key(FORMER_STACK_ID) {
            tags.insert(FORMER_STACK_ID.to_owned(), from.stack_id.clone());
        }
        // The mark of an earlier move: going back from this one must leave it.
        let moved_on = is_adopted_by_move(live) && owner_of(live).as_ref() == Some(from);
        let mark = match live.get(ADOPTED) {
            _ if moved_on => Some(ADOPTED_BY_HAND.to_owned()),
            // Set anew: a clean-up of an earlier try may have taken it off just now.
            Some(mark) => Some(mark.clone()),
            None => other_stack.then(|| ADOPTED_BY_MOVE.to_owned()),
        };
        tags.extend(mark.map(|mark| (ADOPTED.to_owned(), mark)));
        tags
    }

    /// What makes a policy this resource's own again that had been moved to another.
    pub fn take_back(&self, live: &Tags) -> TagChanges {
        let mut changes = self.resource.give_back(live);
        changes.set.extend(self.claim());
        changes
    }

    /// Whose a policy with these tags is. If one of the two deciding tags is missing and the other
    /// matches, it is nobody's: somebody has removed a tag.
    pub fn judge(&self, tags: &Tags) -> Ownership {
        let (stack, logical) = (tags.get(STACK_ID), tags.get(LOGICAL_ID));
        let own = &self.resource;
        let (stack_fits, logical_fits) =
            (stack.map(|id| *id == own.stack_id), logical.map(|id| *id == own.logical_id));
        match (stack_fits, logical_fits) {
            (Some(true), Some(true)) => {
                Ownership::Ours { adopted: is_adopted(tags), former: former(tags) }
            }
            (Some(false), _) | (_, Some(false)) => {
                let text = |tag: Option<&String>| tag.map_or("(no tag)", String::as_str).to_owned();
                let owner = ResourceKey { stack_id: text(stack), logical_id: text(logical) };
                Ownership::Another { owner, was_ours: former(tags).as_ref() == Some(own) }
            }
            _ => Ownership::Nobody,
        }
    }

    /// What a Delete makes of a policy with these tags, where CloudFormation says this of the other
    /// resource that they name. In doubt the policy stays with somebody who can still delete it.
    pub fn on_delete(&self, tags: &Tags, other: Holding) -> OnDelete {
        let gone = |adopted| if adopted { OnDelete::Release } else { OnDelete::Delete };
        match self.judge(tags) {
            Ownership::Ours { former: Some(former), adopted } => match other {
                Holding::Holds | Holding::Unknown => OnDelete::GiveBack(former),
                Holding::Deleting | Holding::HoldsAnother | Holding::Gone => gone(adopted),
            },
            Ownership::Ours { former: None, adopted } => gone(adopted),
            Ownership::Another { owner, was_ours: true } => match other {
                Holding::Holds => OnDelete::LeaveMoved(owner),
                Holding::Gone => gone(is_adopted(tags) && !is_adopted_by_move(tags)),
                Holding::Deleting | Holding::HoldsAnother | Holding::Unknown => {
                    OnDelete::Keep(format!("it was moved to {owner}: it is left to that one"))
                }
            },
            Ownership::Another { owner, was_ours: false } if is_half_given_back(tags) => {
                OnDelete::GiveBack(owner)
            }
            Ownership::Another { owner, was_ours: false } => {
                OnDelete::Keep(format!("it belongs to {owner}: it stays as it is"))
            }
            Ownership::Nobody => OnDelete::Keep("no stack owns it: it stays as it is".to_owned()),
        }
    }

    /// Whether a policy with these tags is the resource's own, made or adopted.
    pub fn owns(&self, tags: &Tags) -> bool {
        matches!(self.judge(tags), Ownership::Ours { .. })
    }

    /// Whether the policy was created, or last claimed, by this very event.
    pub fn claimed_by_this_event(&self, tags: &Tags) -> bool {
        is_request(tags, &self.request_id)
    }
}

impl ResourceKey {
    fn tags(&self) -> Tags {
        Tags::from([
            (STACK_ID.to_owned(), self.stack_id.clone()),
            (LOGICAL_ID.to_owned(), self.logical_id.clone()),
        ])
    }

    /// What makes a policy that had been moved away from this resource its own again.
    pub fn give_back(&self, live: &Tags) -> TagChanges {
        let mut remove = former_keys(live);
        if is_adopted_by_move(live) {
            remove.push(ADOPTED.to_owned());
        }
        TagChanges { set: self.tags(), remove }
    }
}

/// The resource that the tags name as the owner.
pub fn owner_of(tags: &Tags) -> Option<ResourceKey> {
    let (stack_id, logical_id) = (tags.get(STACK_ID)?.clone(), tags.get(LOGICAL_ID)?.clone());
    Some(ResourceKey { stack_id, logical_id })
}

/// The resource that the policy was moved from. It is not the owner: that one has it back.
pub fn former(tags: &Tags) -> Option<ResourceKey> {
    moved_from(tags).filter(|former| owner_of(tags).as_ref() != Some(former))
}

/// Whether the policy has gone back to the resource that it was moved from, and still says so: it is
/// not in one call that the owner changes and the other tags come off.
pub fn is_half_given_back(tags: &Tags) -> bool {
    moved_from(tags).is_some() && former(tags).is_none()
}

/// What the tags name as the resource that the policy was moved from.
fn moved_from(tags: &Tags) -> Option<ResourceKey> {
    let logical_id = tags.get(FORMER_LOGICAL_ID)?.clone();
    let stack_id = tags.get(FORMER_STACK_ID).or_else(|| tags.get(STACK_ID))?.clone();
    Some(ResourceKey { stack_id, logical_id })
}

/// The keys of the tags that name the resource which the policy was moved from.
pub fn former_keys(tags: &Tags) -> Vec<String> {
    let keys = [FORMER_LOGICAL_ID, FORMER_STACK_ID].into_iter();
    keys.filter(|key| tags.contains_key(*key)).map(str::to_owned).collect()
}

/// Whether a Delete leaves the policy in place. The mark of a move means nothing once it has gone back.
pub fn is_adopted(tags: &Tags) -> bool {
    tags.contains_key(ADOPTED) && !(is_adopted_by_move(tags) && is_half_given_back(tags))
}

/// Whether a policy counts as adopted only because it came from another stack: the resource that it
/// was moved from may delete it.
pub fn is_adopted_by_move(tags: &Tags) -> bool {
    tags.get(ADOPTED).is_some_and(|value| value == ADOPTED_BY_MOVE)
}

/// The tag that names the policy which an Update of the same resource has put in this one's place.
pub fn replaced_by(new: &str) -> Tags {
    Tags::from([(REPLACED_BY.to_owned(), new.to_owned())])
}

/// The policy that an Update of the same resource has put in this one's place.
pub fn replacement(tags: &Tags) -> Option<&str> {
    tags.get(REPLACED_BY).map(String::as_str)
}

/// The key of the tag that [`replaced_by`] sets, if the policy carries it.
pub fn replacement_key(tags: &Tags) -> Option<String> {
    tags.contains_key(REPLACED_BY).then(|| REPLACED_BY.to_owned())
}

/// Whether the policy was created, or last claimed, by the event of this RequestId.
pub fn is_request(tags: &Tags, request_id: &str) -> bool {
    tags.get(REQUEST_ID).is_some_and(|id| id == request_id)
}

/// The keys of our own among a policy's tags.
pub fn own_keys(tags: &Tags) -> impl Iterator<Item = &str> {
    tags.keys().map(String::as_str).filter(|key| key.starts_with(PREFIX))
}

/// The tags that are neither ours nor AWS's: those that `Tags` declares.
pub fn user_tags(tags: &Tags) -> Tags {
    tags.iter()
        .filter(|(key, _)| !is_reserved(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Whether users may not set a tag of this key.
pub fn is_reserved(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("aws:") || key.starts_with(PREFIX)
}
