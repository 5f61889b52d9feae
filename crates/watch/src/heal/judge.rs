//! Whether a stack is healed: over what a look has found, and what is kept. Nothing is read here.

use std::collections::BTreeSet;

use cfn_org_policy::policy::drift::{Drift, Part};
use cfn_org_policy::policy::ownership::ResourceKey;
use org_policy::aws::written;
use org_policy::drift::text::resource_lines;
use org_policy::drift::{ResourceReport, StackReport, State};
use org_policy::hold::Hold;
use thiserror::Error;

use super::memory::{Holds, Memory, Refused};
use crate::finding::{cut, plain};
use crate::memory::Seconds;
use crate::news::DAY;

/// One stack is healed so many times within a day.
pub const A_DAY: usize = 3;
/// What passes by itself is told if it has lasted so long.
const PATIENCE: Seconds = 30 * 60;
/// A stack that was refused is looked at again after so long.
const PAUSE: Seconds = 15 * 60;

/// Why a stack is not healed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Why {
    /// Nobody knows since when there is a memory.
    #[error(
        "the watch has no memory yet, so that nobody knows what was healed before: nothing is healed before it has run, and then for a day"
    )]
    NoMemory,
    /// The memory may have been lost.
    #[error("the memory of the watch began at {}, and nobody knows what was healed before: nothing is healed before {}", written(*.0), written(*.0 + DAY))]
    Young(Seconds),
    /// Somebody wants it so.
    #[error("it is {}", .0.line())]
    Held(Hold),
    /// Perhaps somebody wants it so.
    #[error(
        "its hold cannot be read, so it counts: take it off (org-policy hold POLICY --release)"
    )]
    HeldUnreadably,
    /// It comes back.
    #[error("it was put back three times today and has drifted again: a person is needed")]
    ThreeTimes,
    /// Nobody knows how often it comes back.
    #[error(
        "how often it was put back cannot be read from the table, so it counts as three times: delete the item healed of this stack"
    )]
    Uncounted,
    /// CloudFormation left it half-way.
    #[error("its last deployment has failed ({status}); {remedy}")]
    Failed {
        /// As CloudFormation has it.
        status: String,
        /// What helps.
        remedy: &'static str,
    },
    /// There may be more than was looked at.
    #[error("it may hold more resources than could be looked at: {0}")]
    Unresolved(String),
    /// One of its resources, all of which an update reaches.
    #[error("{name}: {fault}; an update reaches all resources of a stack, so all of it is left")]
    Resource {
        /// With the nested stacks that it stands in.
        name: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// It is another one that would be updated.
    #[error("it is nested in stack {0}, which is healed as a whole")]
    Nested(String),
    /// What no change set shows.
    #[error("StackSet {0} would run again and read its template anew, which no change set shows")]
    StackSets(String),
    /// The healing itself refuses it.
    #[error("{0}")]
    Refused(String),
    /// Something could not be read or written.
    #[error("{0}")]
    Problem(String),
    /// Something happens in it.
    #[error("a deployment is under way ({0})")]
    InProgress(String),
    /// Something has happened in it.
    #[error("it was deployed while it was looked at")]
    Deployed,
    /// There was no time.
    #[error("it could not be read and planned within {0} minutes")]
    TooLong(u64),
}

/// What is wrong with a resource.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The policy is gone.
    #[error("its policy was deleted, and an update would make another one with a new id")]
    Deleted,
    /// The policy is nobody's.
    #[error("the tags that name its stack were taken off its policy")]
    Unowned,
    /// The policy is another's.
    #[error("the tags of its policy name {0}")]
    OwnedBy(ResourceKey),
    /// Other tags.
    #[error("tags of its policy were changed ({0})")]
    Tags(String),
    /// Policy and digest agree, against the declaration.
    #[error("{} is not as declared, and as the digest says that it was applied: somebody has changed both, or the template was evaluated to something else", .0.name())]
    AsApplied(Part),
    /// The declaration is not known.
    #[error("{} has drifted, and not all of it is known from the template", .0.name())]
    Unknown(Part),
    /// Settings, or what else no look at a policy shows.
    #[error("{0}")]
    Off(String),
    /// It could not be looked at.
    #[error("it could not be judged: {0}")]
    Unjudged(String),
    /// Nobody says whose it is.
    #[error("its template does not say which function it has (ServiceToken)")]
    NoFunction,
    /// It is another function's.
    #[error("its ServiceToken is {0}, which is not the function that this watch heals with")]
    AnotherFunction(String),
}

impl Why {
    /// Whether it may pass by itself, so that nobody is told at once.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Problem(_) | Self::InProgress(_) | Self::Deployed | Self::TooLong(_))
    }

    /// What tells it from others: what passes has a new text each time.
    fn key(&self) -> String {
        if self.passes() { String::new() } else { self.to_string() }
    }

    /// Whether it is no matter of the stack as it is, which can be put back by hand all the same.
    pub fn is_of_memory(&self) -> bool {
        matches!(
            self,
            Self::NoMemory
                | Self::Young(_)
                | Self::Held(_)
                | Self::HeldUnreadably
                | Self::ThreeTimes
                | Self::Uncounted
        )
    }
}

/// What keeps a stack from being healed, as far as the memory says.
pub fn memory(memory: &Memory, stack: &str, now: Seconds) -> Option<Why> {
    if let Some(held) = hold(&memory.holds, stack, now) {
        return Some(held);
    }
    match memory.born {
        None => return Some(Why::NoMemory),
        Some(born) if now - born < DAY => return Some(Why::Young(born)),
        Some(_) => {}
    }
    match memory.healed_lately(stack, now) {
        None => Some(Why::Uncounted),
        Some(heals) => (heals.len() >= A_DAY).then_some(Why::ThreeTimes),
    }
}

/// Whether somebody holds a stack.
pub fn hold(holds: &Holds, stack: &str, now: Seconds) -> Option<Why> {
    match holds.get(stack) {
        Some(Some(hold)) if hold.holds(now) => Some(Why::Held(hold.clone())),
        Some(None) => Some(Why::HeldUnreadably),
        _ => None,
    }
}

/// What is to be put back in a stack, a line each: none, if all is as declared.
///
/// # Errors
/// It is left as it is.
pub fn stack(stack: &StackReport, function_arn: &str) -> Result<Vec<String>, Why> {
    match &stack.state {
        State::Quiet => {}
        State::InProgress | State::Stuck { .. } => {
            return Err(Why::InProgress(stack.status.clone()));
        }
        State::Failed { remedy } => {
            return Err(Why::Failed { status: stack.status.clone(), remedy });
        }
    }
    if !stack.resources.iter().any(ResourceReport::has_drifted) {
        return Ok(Vec::new());
    }
    if let Some(unresolved) = stack.unresolved.first() {
        return Err(Why::Unresolved(cut(&unresolved.reason)));
    }
    for resource in &stack.resources {
        if let Some(fault) = fault(resource, function_arn) {
            return match (fault, &resource.error) {
                (Fault::Unjudged(_), Some(error)) => Err(Why::Problem(cut(error))),
                (fault, _) => Err(Why::Resource { name: resource.name(), fault }),
            };
        }
    }
    Ok(stack.resources.iter().flat_map(|resource| plain(&resource_lines(resource))).collect())
}

/// What is wrong with a resource, so that no update may reach it without a person.
fn fault(resource: &ResourceReport, function_arn: &str) -> Option<Fault> {
    let verdict = &resource.verdict;
    if let Some(error) = &resource.error {
        return Some(Fault::Unjudged(error.clone()));
    }
    if let Some(hidden) = resource.hidden.iter().find(|hidden| hidden.path.is_empty()) {
        return Some(Fault::Unjudged(cut(&hidden.reason)));
    }
    match resource.service_token.as_deref() {
        Some(token) if token == function_arn => {}
        Some(token) => return Some(Fault::AnotherFunction(cut(token))),
        None => return Some(Fault::NoFunction),
    }
    if let Some(fault) = verdict.drift.iter().find_map(left_to_a_person) {
        return Some(fault);
    }
    if let Some(part) = verdict.as_applied.first() {
        return Some(Fault::AsApplied(*part));
    }
    let drifted: BTreeSet<Part> = verdict.drift.iter().filter_map(Drift::part).collect();
    if let Some(part) = drifted.intersection(&verdict.unknown).next() {
        return Some(Fault::Unknown(*part));
    }
    resource.off.first().map(|off| Fault::Off(cut(off)))
}

/// Drift that no update may put back by itself: name, description, content and attachments it may.
fn left_to_a_person(drift: &Drift) -> Option<Fault> {
    match drift {
        Drift::Deleted => Some(Fault::Deleted),
        Drift::Unowned => Some(Fault::Unowned),
        Drift::OwnedBy(owner) => Some(Fault::OwnedBy(owner.clone())),
        Drift::Changed(difference) if drift.part() == Some(Part::Tags) => {
            Some(Fault::Tags(cut(&difference.path)))
        }
        Drift::Changed(_) | Drift::ChangedUnseen(_) | Drift::Detached(_) | Drift::Attached(_) => {
            None
        }
    }
}

/// Whether it is told now that a stack is not healed, and what is kept of it.
pub fn tell(before: Option<&Refused>, why: &Why, now: Seconds) -> (bool, Refused) {
    let (key, by_memory) = (why.key(), why.is_of_memory());
    let fresh = Refused { key, by_memory, since: now, told: None, looked: now };
    let mut kept = match before {
        // What passes does not push aside what a person was told.
        Some(before) if before.key == fresh.key || why.passes() => {
            Refused { looked: now, ..before.clone() }
        }
        _ => fresh,
    };
    let is_due = kept.told.is_none_or(|told| now - told >= DAY);
    let is_new = !why.passes() || kept.key.is_empty() && now - kept.since >= PATIENCE;
    if is_due && is_new {
        kept.told = Some(now);
        return (true, kept);
    }
    (false, kept)
}

/// Whether a stack that was refused is looked at again now. Holds and counts need no look to be as they were.
pub fn is_looked_at(before: Option<&Refused>, by_memory: Option<&Why>, now: Seconds) -> bool {
    let Some(before) = before else { return true };
    match by_memory {
        Some(why) if why.key() == before.key => before.told.is_none_or(|told| now - told >= DAY),
        // It was refused for what the memory said, which has changed.
        Some(_) => true,
        None => before.key.is_empty() || before.by_memory || now - before.looked >= PAUSE,
    }
}
