//! Healing: the template that is deployed, applied again, with nothing changed but the parameter `Revision`.
//!
//! ```text
//! stack → where Revision goes → plan → change set → judged → carried out by CloudFormation
//! ```
//!
//! Whoever heals decides between these steps: the command asks a person, the watch has rules of its own.

mod run;
mod wait;
mod causes;
mod judge;
mod value;
mod references;
mod revision;
mod stack;

use crate::aws::{Problem, Stack};
use crate::plan::Plan;

pub use judge::Judged;
pub use revision::REVISION;
pub use run::{Asked, Healing, Prepared, Proposal, Task};
pub use stack::outermost;

/// Why a stack is not healed.
#[derive(Debug)]
pub struct Refusal {
    /// In one line, with what helps.
    pub why: String,
    /// What a person has to see to understand it.
    pub shown: Shown,
    /// Whether it may pass by itself: a call that failed, a stack in progress.
    pub passes: bool,
}

/// What belongs to a refusal, and is too long for its line.
#[derive(Debug)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// The lines that its templates lack, as YAML.
    Lines(String),
    /// The plan, by which the update would fail.
    Plan(Box<Plan>),
    /// What the change set would change besides, a line each.
    Changes(Vec<String>),
}

impl Refusal {
    /// For this reason, which a person has to remove.
    fn of(stack: &Stack, why: &str) -> Self {
        Self { why: problem(stack, why).to_string(), shown: Shown::Nothing, passes: false }
    }

    /// The same, with what belongs to it.
    fn showing(stack: &Stack, why: &str, shown: Shown) -> Self {
        Self { shown, ..Self::of(stack, why) }
    }

    /// For this reason, which may pass.
    fn passing(why: String) -> Self {
        Self { why, shown: Shown::Nothing, passes: true }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::passing(problem.to_string())
    }
}

/// Why this stack is not healed.
pub fn problem(stack: &Stack, cause: &str) -> Problem {
    Problem { operation: format!("heal stack {}", stack.name), cause: cause.to_owned() }
}
