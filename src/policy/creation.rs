//! Whether the event at hand has created a policy, as far as that is known at any moment.
//!
//! ```text
//! Nothing ── begin_reading (Create) ──▶ Unknown ── planned ──▶ Nothing, Existing, Created, Adopted
//! Nothing ── create_sent ──▶ Unknown ── created ──▶ Created
//!                               └────── create_refused ──▶ Nothing
//! ```

use std::sync::{Mutex, PoisonError};

use super::desired::Declared;
use super::observed::{FoundBy, LivePolicy};
use super::ownership::Ownership;
use super::physical_id::PhysicalId;
use crate::aws::types::PolicyId;

/// What is known of the policy behind a resource while an event is worked on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Created {
    /// This event has created nothing: CreatePolicy was not called, or certainly had no effect.
    #[default]
    Nothing,
    /// It is not known whether this event, or an earlier delivery of it, has created a policy.
    Unknown,
    /// This event has created it.
    Policy(PolicyId),
    /// This event takes it over from somewhere: its tags come first.
    Adopted(PolicyId),
    /// The policy was the resource's own before this event.
    Existing,
}

/// Keeps [`Created`] where neither a deadline nor a panic can lose it. All its transitions are here.
#[derive(Debug, Default)]
pub struct Creation(Mutex<Created>);

impl Creation {
    /// What is known now.
    pub fn get(&self) -> Created {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, created: Created) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = created;
    }

    /// The organization is about to be read. Until that is done, an earlier delivery of a Create
    /// may have created the policy.
    pub fn begin_reading(&self, declared: &Declared) {
        if declared.physical_id.is_none() {
            self.set(Created::Unknown);
        }
    }

    /// Reading and planning have ended: with a plan for this policy, or without one to keep.
    pub fn planned(&self, declared: &Declared, kept: Option<&LivePolicy>) {
        self.set(kept.map_or(Created::Nothing, |live| origin(declared, live)));
    }

    /// CreatePolicy is about to be called.
    pub fn create_sent(&self) {
        self.set(Created::Unknown);
    }

    /// CreatePolicy has succeeded.
    pub fn created(&self, id: PolicyId) {
        self.set(Created::Policy(id));
    }

    /// CreatePolicy has failed and certainly had no effect.
    pub fn create_refused(&self) {
        self.set(Created::Nothing);
    }

    /// The physical id for a FAILED response to a Create. The Delete that follows goes by it.
    pub fn failed_id(&self, request_id: &str, may_be_redelivery: bool) -> PhysicalId {
        match self.to_clean_up(request_id) {
            Some(id) => id,
            // An earlier delivery may have come further than this one.
            None if may_be_redelivery && self.get() == Created::Nothing => {
                PhysicalId::Unknown(request_id.to_owned())
            }
            None => PhysicalId::NothingCreated,
        }
    }

    /// What this event has brought to the resource and a failed event has to clean up, by its id.
    pub fn to_clean_up(&self, request_id: &str) -> Option<PhysicalId> {
        match self.get() {
            Created::Policy(id) | Created::Adopted(id) => Some(PhysicalId::Policy(id)),
            Created::Unknown => Some(PhysicalId::Unknown(request_id.to_owned())),
            // What was there before this event is not its own to take away.
            Created::Nothing | Created::Existing => None,
        }
    }
}

/// Where a policy that was found comes from. A redelivery finds what the first delivery has created.
fn origin(declared: &Declared, live: &LivePolicy) -> Created {
    let adopting = live.found_by == FoundBy::AdoptExisting
        || declared.owner.judge(&live.tags) != Ownership::Ours;
    if adopting && live.found_by != FoundBy::PhysicalId {
        Created::Adopted(live.id.clone())
    } else if declared.owner.claimed_by_this_event(&live.tags) {
        Created::Policy(live.id.clone())
    } else {
        Created::Existing
    }
}
