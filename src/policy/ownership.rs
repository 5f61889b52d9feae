//! Whose a policy is: the three tags that CreatePolicy itself sets, and what they say.

use crate::aws::types::Tags;
use crate::protocol::request::Request;

/// The prefix of our own tags; users cannot set tags with it.
pub const PREFIX: &str = "cfn-org-policy:";
const STACK_ID: &str = "cfn-org-policy:stack-id";
const LOGICAL_ID: &str = "cfn-org-policy:logical-id";
const REQUEST_ID: &str = "cfn-org-policy:request-id";
const ADOPTED: &str = "cfn-org-policy:adopted";

/// The resource that a policy belongs to, and the event at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in the template.
    pub logical_id: String,
    /// The event at hand.
    pub request_id: String,
}

/// What the tags of a policy say, seen from one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The resource's own, made by it.
    Ours,
    /// The resource's own, but adopted: a Delete leaves it in place.
    OursAdopted,
    /// Another resource's.
    Another {
        /// The stack in the tags.
        stack_id: String,
        /// The resource in the tags.
        logical_id: String,
    },
    /// Nobody's.
    Nobody,
}

impl Owner {
    /// The resource of this event.
    pub fn of(request: &Request) -> Self {
        Self {
            stack_id: request.stack_id.clone(),
            logical_id: request.logical_id.clone(),
            request_id: request.request_id.clone(),
        }
    }

    /// The tags of a policy that this event creates.
    pub fn tags(&self) -> Tags {
        Tags::from([
            (STACK_ID.to_owned(), self.stack_id.clone()),
            (LOGICAL_ID.to_owned(), self.logical_id.clone()),
            (REQUEST_ID.to_owned(), self.request_id.clone()),
        ])
    }

    /// The tags of a policy that this event takes over.
    pub fn adoption_tags(&self) -> Tags {
        let mut tags = self.tags();
        tags.insert(ADOPTED.to_owned(), "true".to_owned());
        tags
    }

    /// The tag that says which event has last claimed the policy.
    pub fn claim(&self) -> Tags {
        Tags::from([(REQUEST_ID.to_owned(), self.request_id.clone())])
    }

    /// Whose a policy with these tags is. If one of the two deciding tags is missing and the other
    /// matches, it is nobody's: somebody has removed a tag.
    pub fn judge(&self, tags: &Tags) -> Ownership {
        match (tags.get(STACK_ID), tags.get(LOGICAL_ID)) {
            (Some(stack), Some(logical))
                if *stack == self.stack_id && *logical == self.logical_id =>
            {
                if tags.contains_key(ADOPTED) { Ownership::OursAdopted } else { Ownership::Ours }
            }
            (stack, logical)
                if stack.is_some_and(|s| *s != self.stack_id)
                    || logical.is_some_and(|l| *l != self.logical_id) =>
            {
                Ownership::Another {
                    stack_id: stack.map_or("(no tag)", String::as_str).to_owned(),
                    logical_id: logical.map_or("(no tag)", String::as_str).to_owned(),
                }
            }
            _ => Ownership::Nobody,
        }
    }

    /// Whether a policy with these tags is the resource's own, made or adopted.
    pub fn owns(&self, tags: &Tags) -> bool {
        matches!(self.judge(tags), Ownership::Ours | Ownership::OursAdopted)
    }

    /// Whether the policy was created, or last claimed, by this very event.
    pub fn claimed_by_this_event(&self, tags: &Tags) -> bool {
        is_request(tags, &self.request_id)
    }
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
