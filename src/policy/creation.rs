//! Whether the event at hand has created a policy, as far as that is known at any moment.
//!
//! ```text
//! NotCreated ── begin_reading (of a Create) ──▶ Unknown
//! NotCreated, Unknown ── planned ──▶ NotCreated, Existing, Resumed, Created, Adopted
//! Resumed ── claim ──▶ Created
//! Adopted ── not_begun ──▶ NotCreated
//! NotCreated ── begin_create ──▶ Creating ── created ──▶ Created
//!                                Creating ── create_failed, interrupted ──▶ NotCreated, Unknown
//!                                Creating ── name_taken ──▶ Unknown ── planned ──▶ as above
//! ```

use std::sync::{Mutex, PoisonError};

use super::desired::Declared;
use super::observed::{FoundBy, LivePolicy};
use super::ownership::Ownership;
use super::physical_id::PhysicalId;
use crate::aws::types::PolicyId;

/// What is known of the policy behind a resource while an event is worked on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum CreationState {
    /// This event has created nothing: CreatePolicy was not called, or certainly had no effect.
    #[default]
    NotCreated,
    /// It is not known whether this event, or an earlier delivery of it, has created a policy.
    Unknown,
    /// CreatePolicy is being called.
    Creating,
    /// This event has created it.
    Created(PolicyId),
    /// This event takes it over from somewhere: its tags come first.
    Adopted(PolicyId),
    /// The policy was the resource's own before this event.
    Existing,
    /// The policy was the resource's own before this event, a Create, which is about to claim it: its
    /// last step.
    Resumed(PolicyId),
}

/// Keeps [`CreationState`] where neither a deadline nor a panic can lose it. All its transitions are here.
#[derive(Debug, Default)]
pub struct Creation(Mutex<CreationState>);

impl Creation {
    /// What is known now.
    pub fn get(&self) -> CreationState {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, state: CreationState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// The organization is about to be read. Until that is done, an earlier delivery of a Create
    /// may have created the policy.
    pub fn begin_reading(&self, declared: &Declared) {
        if declared.physical_id.is_none() {
            self.set(CreationState::Unknown);
        }
    }

    /// Reading and planning have ended: with a plan for this policy, or without one to keep.
    pub fn planned(&self, declared: &Declared, kept: Option<&LivePolicy>) {
        self.set(kept.map_or(CreationState::NotCreated, |live| origin(declared, live)));
    }

    /// A tag of this event is about to be set on the policy. If it takes effect, what an earlier Create
    /// left is this one's to clean up: the clean-up of the earlier one goes by the same tag.
    pub fn claim(&self) {
        if let CreationState::Resumed(id) = self.get() {
            self.set(CreationState::Created(id));
        }
    }

    /// There was no time to take the policy over, and nothing was written.
    pub fn not_begun(&self) {
        if matches!(self.get(), CreationState::Adopted(_)) {
            self.set(CreationState::NotCreated);
        }
    }

    /// CreatePolicy is about to be called.
    pub fn begin_create(&self) {
        self.set(CreationState::Creating);
    }

    /// CreatePolicy has succeeded.
    pub fn created(&self, id: PolicyId) {
        self.set(CreationState::Created(id));
    }

    /// CreatePolicy has failed: with an unknown outcome, or it certainly had no effect.
    pub fn create_failed(&self, outcome_unknown: bool) {
        let known = CreationState::NotCreated;
        self.set(if outcome_unknown { CreationState::Unknown } else { known });
    }

    /// CreatePolicy has found a policy of this name, which an earlier delivery may have created.
    pub fn name_taken(&self) {
        self.set(CreationState::Unknown);
    }

    /// A deadline or a panic has ended the work. If it ended CreatePolicy, that may have had an
    /// effect if an attempt may have been sent.
    pub fn interrupted(&self, outcome_unknown: bool) {
        if self.get() == CreationState::Creating {
            self.create_failed(outcome_unknown);
        }
    }

    /// The physical id for a FAILED response to a Create. The Delete that follows goes by it.
    pub fn failed_id(&self, request_id: &str, may_be_redelivery: bool) -> PhysicalId {
        match self.to_clean_up(request_id) {
            Some(id) => id,
            // An earlier delivery may have come further than this one.
            None if may_be_redelivery && self.get() == CreationState::NotCreated => {
                PhysicalId::Unknown(request_id.to_owned())
            }
            None => PhysicalId::NothingCreated,
        }
    }

    /// The policy that this event has created or adopted, and that has to be removed if it fails.
    pub fn to_clean_up(&self, request_id: &str) -> Option<PhysicalId> {
        match self.get() {
            CreationState::Created(policy) | CreationState::Adopted(policy) => {
                Some(PhysicalId::FailedCreate { policy, request_id: request_id.to_owned() })
            }
            CreationState::Unknown | CreationState::Creating => {
                Some(PhysicalId::Unknown(request_id.to_owned()))
            }
            // What was there before this event is not its own to take away.
            CreationState::NotCreated | CreationState::Existing | CreationState::Resumed(_) => None,
        }
    }
}

/// Where a policy that was found comes from. A redelivery finds what the first delivery has created.
fn origin(declared: &Declared, live: &LivePolicy) -> CreationState {
    let adopting = live.found_by == FoundBy::AdoptExisting
        || !matches!(
            declared.owner.judge(&live.tags),
            Ownership::Ours { adopted: false, former: None }
        );
    if adopting && live.found_by != FoundBy::PhysicalId {
        CreationState::Adopted(live.id.clone())
    } else if declared.owner.claimed_by_this_event(&live.tags) {
        CreationState::Created(live.id.clone())
    } else if declared.holds_policy() {
        CreationState::Existing
    } else {
        CreationState::Resumed(live.id.clone())
    }
}
