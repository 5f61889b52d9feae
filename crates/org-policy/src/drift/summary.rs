//! A report in numbers.

use super::{Report, State, StrayKind};
use crate::terminal::count;

/// A report in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Resources that were looked at.
    pub resources: usize,
    /// Resources of which something is not as declared.
    pub drifted: usize,
    /// Policies whose declaration the digest proves.
    pub proven: usize,
    /// Policies of stacks that are gone, and policies that their stacks have forgotten.
    pub strays: usize,
    /// Accounts from which AWS withholds an effective policy, for each type.
    pub withheld: usize,
    /// Stacks that a failed deployment has left, or that have been in progress for hours.
    pub failed: usize,
    /// Parts of resources, resources and stacks of which nobody can say now whether they have drifted.
    pub unknown: usize,
    /// What could not be read.
    pub errors: usize,
}

impl Report {
    /// The report in numbers.
    pub fn summary(&self) -> Summary {
        use cfn_org_policy::policy::drift::DigestStatus;
        let mut summary = Summary {
            withheld: self.withheld.len(),
            errors: self.problems.len(),
            strays: self.strays.iter().filter(|s| s.kind != StrayKind::Elsewhere).count(),
            ..Summary::default()
        };
        for stack in &self.stacks {
            match stack.state {
                State::Quiet => {}
                State::InProgress => summary.unknown += 1,
                State::Stuck { .. } | State::Failed { .. } => summary.failed += 1,
            }
            summary.unknown += stack.unresolved.len();
            for resource in &stack.resources {
                summary.resources += 1;
                summary.drifted += usize::from(resource.has_drifted());
                let verdict = &resource.verdict;
                let is_known = resource.hidden.is_empty();
                summary.proven += usize::from(is_known && verdict.digest == DigestStatus::Agrees);
                let whole = resource.hidden.iter().filter(|hidden| hidden.path.is_empty()).count();
                summary.unknown += verdict.unknown.len() + whole;
                summary.errors += usize::from(resource.error.is_some());
            }
        }
        summary
    }
}

impl Summary {
    /// Whether anything was found.
    pub fn has_findings(&self) -> bool {
        self.drifted + self.strays + self.withheld + self.failed > 0
    }

    /// `1 of 12 resources has drifted; …`.
    pub fn line(&self) -> String {
        let mut parts = vec![match self.drifted {
            0 => format!("{} as deployed", count(self.resources, "resource")),
            drifted => format!("{drifted} of {} drifted", count(self.resources, "resource")),
        }];
        let mut part = |number: usize, what: &str, text: &str| {
            if number > 0 {
                parts.push(format!("{}{text}", count(number, what)));
            }
        };
        part(self.strays, "policy", " that no resource holds");
        part(self.withheld, "account", " without an effective policy");
        part(self.failed, "stack", " failed or stuck");
        part(self.unknown, "thing", " that nobody can tell now");
        part(self.errors, "error", "");
        parts.join("; ")
    }
}
