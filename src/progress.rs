//! How far the work on an event came, kept where neither a deadline nor a panic can lose it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::protocol::request::PolicyId;

/// What is known of the policy behind a resource while an event is worked off.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Creation {
    /// CreatePolicy was not called, or certainly had no effect.
    #[default]
    None,
    /// CreatePolicy was called, and whether it took effect is not known.
    Unknown,
    /// This event has made it.
    Made(PolicyId),
    /// This event takes it over from somewhere: its tags come first.
    Adopted(PolicyId),
    /// It was the resource's own before this event.
    Found,
}

/// How far the work on an event came. It outlives the work, which a deadline or a panic can end
/// at any point.
#[derive(Debug, Default)]
pub struct Progress(Mutex<Account>);

#[derive(Debug, Default)]
struct Account {
    creation: Creation,
    doing: String,
    done: usize,
    planned: usize,
}

impl Progress {
    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of the policy.
    pub fn creation(&self) -> Creation {
        self.account().creation.clone()
    }

    /// Takes note of what is known of the policy.
    pub fn set_creation(&self, creation: Creation) {
        self.account().creation = creation;
    }

    /// Begins a stage of the work, or a step of a plan.
    pub fn begin(&self, doing: impl Into<String>) {
        self.account().doing = doing.into();
    }

    /// The step at hand.
    pub fn doing(&self) -> String {
        self.account().doing.clone()
    }

    /// The error for a deadline at this point.
    pub fn deadline(&self, last_answer: Option<String>) -> Error {
        let account = self.account();
        Error::Deadline {
            doing: account.doing.clone(),
            done: account.done,
            planned: account.planned,
            last_answer,
        }
    }

    /// Begins a plan of so many steps.
    pub fn start(&self, planned: usize) {
        let mut account = self.account();
        account.planned = planned;
        account.done = 0;
    }

    /// A step of the plan is done.
    pub fn finish_step(&self) {
        self.account().done += 1;
    }
}
