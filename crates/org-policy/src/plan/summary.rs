//! The plan in numbers.

use super::{EventName, Plan};
use crate::terminal::count;

/// The plan in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Policies that are created, be it in place of others.
    pub created: usize,
    /// Resources that are updated with at least one step.
    pub changed: usize,
    /// Policies that are removed or released.
    pub removed: usize,
    /// Resources for which nothing is to be done.
    pub unchanged: usize,
    /// Writing calls.
    pub steps: usize,
    /// Values, resources and parts of templates that only the deployment knows.
    pub unknown: usize,
    /// Resources at which the deployment would fail, or that cannot be planned.
    pub errors: usize,
}

impl Plan {
    /// The plan in numbers.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { unknown: self.unresolved.len(), ..Summary::default() };
        for resource in &self.resources {
            summary.steps += resource.steps;
            summary.unknown += resource.unknown.len();
            if resource.error.is_some() {
                summary.errors += 1;
            } else if resource.steps == 0 {
                summary.unchanged += usize::from(resource.unknown.is_empty());
            } else {
                let is_new = resource.policy.as_ref().is_some_and(|policy| policy.id.is_none());
                match resource.event {
                    EventName::Delete | EventName::CleanUp => summary.removed += 1,
                    _ if is_new => summary.created += 1,
                    _ => summary.changed += 1,
                }
            }
        }
        summary
    }

    /// Whether the deployment would change something, as far as that can be told: what is not known
    /// may change something.
    pub fn may_change(&self) -> bool {
        let summary = self.summary();
        summary.steps > 0 || summary.unknown > 0
    }
}

impl Summary {
    /// `1 to create, 2 to change, 1 to remove, 3 unchanged`, and what is worth saying besides.
    pub fn line(&self) -> String {
        let Self { created, changed, removed, unchanged, steps, unknown, errors } = self;
        let mut parts = vec![format!(
            "{created} to create, {changed} to change, {removed} to remove, {unchanged} unchanged: {}",
            count(*steps, "writing call")
        )];
        if *unknown > 0 {
            parts.push(format!("{} only the deployment knows", count(*unknown, "value")));
        }
        if *errors > 0 {
            parts.push(count(*errors, "error"));
        }
        parts.join("; ")
    }
}
