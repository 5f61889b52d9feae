//! What a deployment of a template would do to the organization.
//!
//! ```text
//! template + deployed stack → events → (organization) → plan → report
//! ```
//!
//! The events are those that CloudFormation would send to the function, and the function's own planning says what it
//! would do with them. Nothing is written.

pub mod text;
pub mod json;
mod markdown;
mod summary;
mod whole;
pub mod places;
mod observe;
mod tell;
pub mod losses;
pub mod properties;
pub mod events;
pub mod deployed;
pub mod words;

use clap::ValueEnum;
use policy_document::difference::Difference;

pub use deployed::Deployed;
pub use events::is_ours;
pub use properties::Unknown;
pub use whole::{Request, plan, plan_again, unresolved};

/// What a deployment would do.
#[derive(Debug)]
pub struct Plan {
    /// The stack's name.
    pub stack: String,
    /// Its status; none if there is no such stack yet.
    pub status: Option<String>,
    /// The file of the template.
    pub template: String,
    /// What becomes of each resource of ours: first those that are created or updated.
    pub resources: Vec<ResourcePlan>,
    /// Loops and includes that may hold more resources.
    pub unresolved: Vec<Unknown>,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object, described in docs/PLAN.md
    Json,
    /// For a comment of a pull request
    Markdown,
}

impl Format {
    /// The plan, written.
    pub fn written(self, plan: &Plan) -> String {
        match self {
            Self::Text => text::written(plan),
            Self::Json => json::written(plan),
            Self::Markdown => markdown::written(plan),
        }
    }
}

/// What becomes of one resource.
#[derive(Debug, Default)]
pub struct ResourcePlan {
    /// The logical ids of the nested stacks that it stands in, joined by slashes.
    pub nested_in: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What CloudFormation would send.
    pub event: EventName,
    /// The policy.
    pub policy: Option<PolicyName>,
    /// Whose that policy is now.
    pub owner: Option<String>,
    /// The steps and notes as the function's log would have them.
    pub lines: Vec<String>,
    /// How many of them are steps.
    pub steps: usize,
    /// Whether the policy type is enabled before.
    pub enables_type: bool,
    /// What differs of name, description, document and tags: now, and afterwards.
    pub changes: Vec<Difference>,
    /// Where the policy is attached and detached.
    pub targets: Vec<TargetChange>,
    /// What a guard would not hold any more.
    pub losses: Vec<String>,
    /// What the function would warn of.
    pub warnings: Vec<String>,
    /// What only the deployment knows.
    pub unknown: Vec<Unknown>,
    /// Why the deployment would fail, or why it cannot be planned.
    pub error: Option<String>,
}

/// An event of CloudFormation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventName {
    /// Create.
    Create,
    /// Update.
    Update,
    /// Delete.
    Delete,
    /// The Delete of the policy that an update has replaced.
    CleanUp,
    /// None: its properties do not change, or it is retained, or it is not ours.
    #[default]
    None,
    /// It is not known whether there is one.
    Unknown,
}

/// What a policy is called.
#[derive(Clone, Debug, Default)]
pub struct PolicyName {
    /// Its id; none if it is still to be created.
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its type.
    pub policy_type: String,
}

/// A target where something changes.
#[derive(Clone, Debug)]
pub struct TargetChange {
    /// Its id.
    pub id: String,
    /// Its path: `/Security/Backup`; none if the organization does not show it.
    pub path: Option<String>,
    /// How many accounts it reaches.
    pub accounts: Option<usize>,
    /// Whether the policy is attached to it; else it is detached.
    pub attached: bool,
}

impl EventName {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
            Self::CleanUp => "Delete (clean-up)",
            Self::None => "no event",
            Self::Unknown => "unknown",
        }
    }
}

impl ResourcePlan {
    /// Its name with that of the nested stacks that it stands in.
    pub fn name(&self) -> String {
        joined(&self.nested_in, &self.logical_id)
    }
}

/// `Outer/Inner`; one of the two where the other is empty.
pub fn joined(outer: &str, inner: &str) -> String {
    let both = [outer, inner];
    both.into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join("/")
}
