//! Drift: the policies as they are, beside the stacks as they are deployed.
//!
//! ```text
//! stacks → declarations ┐
//!                       ├→ judge → report
//! organization → live ──┘
//! ```
//!
//! Nothing is written. Reading takes a while, so whatever a deployment may have changed meanwhile is left for later.

pub mod text;
mod json;
mod summary;
mod whole;
mod strays;
mod withheld;
mod settings;
mod judge;
mod live;
mod rotation;
mod stacks;

use std::collections::BTreeSet;
use std::time::SystemTime;

use cfn_org_policy::policy::drift::{Drift, Part, Verdict};
use cfn_org_policy::policy::ownership::ResourceKey;
use clap::ValueEnum;

use crate::aws::ValidationError;
use crate::plan::events::SETTINGS;
use crate::plan::{PolicyName, TargetChange, Unknown, joined};

pub use live::Paces;
pub use rotation::{Document, Rotation};
pub use whole::{Lag, Request, look};

/// What a look has found.
#[derive(Debug, Default)]
pub struct Report {
    /// The stacks with resources of ours.
    pub stacks: Vec<StackReport>,
    /// Policies that carry our tags and that no resource holds.
    pub strays: Vec<Stray>,
    /// Accounts from which AWS withholds an effective policy.
    pub withheld: Vec<Withheld>,
    /// The ids of the policies for which there was no time.
    pub unread: BTreeSet<String>,
    /// What AWS does not offer here, and is not looked at.
    pub notes: Vec<String>,
    /// What could not be looked at besides, each in one line.
    pub problems: Vec<String>,
}

/// What a look at one stack has found.
#[derive(Debug)]
pub struct StackReport {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub id: String,
    /// UPDATE_COMPLETE, say.
    pub status: String,
    /// When its last deployment began, as far as CloudFormation said before anything else was read.
    pub since: Option<SystemTime>,
    /// What that means for a look.
    pub state: State,
    /// The hold that keeps the watch from healing it, in words, for whoever has looked for one.
    pub held: Option<String>,
    /// Its resources; of a stack that is left for later, none.
    pub resources: Vec<ResourceReport>,
    /// Loops and includes that may hold more resources.
    pub unresolved: Vec<Unknown>,
}

/// What the state of a stack means for a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing happens in it.
    Quiet,
    /// It is in progress, or was deployed during the look: it is left for later.
    InProgress,
    /// It has been in progress for so many hours, which no deployment of policies takes.
    Stuck {
        /// Whole hours.
        hours: i64,
    },
    /// A deployment has failed, and left the stack so.
    Failed {
        /// What helps.
        remedy: &'static str,
    },
}

/// What a look at one resource has found.
#[derive(Debug, Default)]
pub struct ResourceReport {
    /// The logical ids of the nested stacks that it stands in, joined by slashes.
    pub nested_in: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// The function that CloudFormation asks about it; none if the template does not say.
    pub service_token: Option<String>,
    /// The policy.
    pub policy: Option<PolicyName>,
    /// What has drifted of the policy.
    pub verdict: Verdict,
    /// Where it is not attached though it should be (not `attached`), and where it is though it should not.
    pub targets: Vec<TargetChange>,
    /// What the guard does not hold any more.
    pub losses: Vec<String>,
    /// What is off of the settings that should be on, and other things that are not as declared.
    pub off: Vec<String>,
    /// Whether CloudFormation holds nothing for it, as is right after a deployment that has failed.
    pub is_absent: bool,
    /// What the template does not say.
    pub hidden: Vec<Unknown>,
    /// Why it could not be judged.
    pub error: Option<String>,
}

/// A policy that carries our tags and that no resource holds.
#[derive(Debug)]
pub struct Stray {
    /// The policy.
    pub policy: PolicyName,
    /// The resource that the tags name.
    pub owner: ResourceKey,
    /// Why nobody holds it.
    pub kind: StrayKind,
    /// Whether it was there before that resource was.
    pub adopted: bool,
}

/// Why nobody holds a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrayKind {
    /// Its stack is gone.
    Orphan,
    /// Its stack is there, and the resource is not, or holds another policy.
    Forgotten,
    /// Its stack is in another account or Region.
    Elsewhere,
}

/// An account from which AWS withholds an effective policy.
#[derive(Debug)]
pub struct Withheld {
    /// The account.
    pub account: String,
    /// The policy type.
    pub policy_type: String,
    /// Why, and by which policies.
    pub errors: Vec<ValidationError>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: one object, described in docs/DRIFT.md
    Json,
}

impl Format {
    /// The report, written.
    pub fn written(self, report: &Report) -> String {
        match self {
            Self::Text => text::written(report),
            Self::Json => json::written(report),
        }
    }
}

impl ResourceReport {
    /// Whether anything is not as declared.
    pub fn has_drifted(&self) -> bool {
        !self.verdict.drift.is_empty() || !self.off.is_empty()
    }

    /// Whether an update of the stack puts something of it back.
    pub fn an_update_helps(&self) -> bool {
        let helps = |drift: &Drift| !matches!(drift, Drift::OwnedBy(_));
        self.verdict.drift.iter().any(helps)
            || self.resource_type == SETTINGS && !self.off.is_empty()
    }

    /// After a failed deployment nobody knows which declaration the template is.
    pub fn doubt_declaration(&mut self) {
        self.verdict.doubt_declaration();
        if self.verdict.unknown.contains(&Part::Targets) {
            self.targets.clear();
        }
        if self.verdict.unknown.contains(&Part::Content) {
            self.losses.clear();
        }
    }

    /// Its name with that of the nested stacks that it stands in.
    pub fn name(&self) -> String {
        joined(&self.nested_in, &self.logical_id)
    }
}
