//! Findings: what a report comes to, each with a key that is the same as long as it is the same thing.

use std::collections::{BTreeMap, BTreeSet};

use anstream::adapter::strip_str;
use org_policy::drift::text::{resource_lines, stack_problem, stray_line, withheld_lines};
use org_policy::drift::{Report, ResourceReport, StackReport, State, Stray, StrayKind};
use org_policy::plan::PolicyName;
use policy_document::effective::merges;
use serde::{Deserialize, Serialize};

/// How urgent a finding is: the first of these comes first in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Urgency {
    /// A guard: a policy that controls access.
    Guard,
    /// Another policy, or a setting.
    Policy,
    /// What needs a person some day: a policy that no resource holds, a stack that has failed.
    Other,
}

/// What a look has found, as far as it concerns one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How urgent it is.
    pub urgency: Urgency,
    /// What it is about, in one line.
    pub title: String,
    /// What is wrong, a line each.
    pub lines: BTreeSet<String>,
    /// What to type.
    pub remedy: String,
}

/// What a finding is about: `resource <stack's ARN> <nested in> <logical id>`, say.
pub type Key = String;

/// What a look has found, and what it could not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// By what they are about.
    pub found: BTreeMap<Key, Finding>,
    /// What keys begin with whose things were not looked at: of those nothing new is known.
    pub unseen: Vec<String>,
}

impl Findings {
    /// Those of a report.
    pub fn of(report: &Report) -> Self {
        let mut findings = Self::default();
        for stack in &report.stacks {
            findings.stack(stack);
        }
        for stray in report.strays.iter().filter(|stray| stray.kind != StrayKind::Elsewhere) {
            findings.stray(stray);
        }
        for withheld in &report.withheld {
            let key = format!("withheld {} {}", withheld.policy_type, withheld.account);
            let lines = plain(withheld_lines(withheld));
            findings.add(
                key,
                Urgency::Policy,
                lines,
                "correct the policies that it names".to_owned(),
            );
        }
        if !report.problems.is_empty() {
            findings.unseen.extend(["stray ".to_owned(), "withheld ".to_owned()]);
        }
        findings
    }

    /// Whether the thing that a key is about was looked at.
    pub fn has_seen(&self, key: &str) -> bool {
        !self.unseen.iter().any(|prefix| key.starts_with(prefix))
    }

    fn stack(&mut self, stack: &StackReport) {
        if let Some(problem) = stack_problem(stack) {
            let lines = plain(vec![format!("stack {} ({})", stack.name, stack.status), problem]);
            let remedy =
                format!("aws cloudformation describe-stack-events --stack-name {}", stack.name);
            self.add(format!("stack {}", stack.id), Urgency::Other, lines, remedy);
        }
        if matches!(stack.state, State::InProgress | State::Stuck { .. }) {
            self.unseen.push(format!("resource {} ", stack.id));
        }
        for resource in &stack.resources {
            let key = format!("resource {} {}", stack.id, resource.name());
            if resource.error.is_some() || !resource.verdict.unknown.is_empty() {
                self.unseen.push(key.clone());
            }
            if resource.has_drifted() {
                let urgency = urgency(resource.policy.as_ref());
                let remedy = remedy(stack, resource);
                self.add(key, urgency, plain(resource_lines(resource)), remedy);
            }
        }
    }

    fn stray(&mut self, stray: &Stray) {
        let id = stray.policy.id.clone().unwrap_or_default();
        let lines = plain(stray_line(stray).into_iter().collect());
        let remedy = format!("org-policy adopt --name {:?}", stray.policy.name);
        self.add(format!("stray {id}"), Urgency::Other, lines, remedy);
    }

    /// The first line is the title.
    fn add(&mut self, key: Key, urgency: Urgency, lines: Vec<String>, remedy: String) {
        let mut lines = lines.into_iter();
        let title = lines.next().unwrap_or_default();
        self.found.insert(key, Finding { urgency, title, lines: lines.collect(), remedy });
    }
}

fn urgency(policy: Option<&PolicyName>) -> Urgency {
    match policy {
        Some(policy) if !merges(&policy.policy_type) => Urgency::Guard,
        _ => Urgency::Policy,
    }
}

fn remedy(stack: &StackReport, resource: &ResourceReport) -> String {
    match resource.an_update_helps() {
        true => format!("org-policy heal {}", stack.name),
        false => format!("org-policy drift --stack {}", stack.name),
    }
}

/// As a mail shows it: without colours, and without the signs and the indentation of a terminal's lines.
fn plain(lines: Vec<String>) -> Vec<String> {
    let plain = |line: &String| strip_str(line).to_string().trim().to_owned();
    let mut lines: Vec<String> = lines.iter().map(plain).collect();
    if let Some(title) = lines.first_mut() {
        *title = title.trim_start_matches(['!', '?', ' ']).to_owned();
    }
    lines
}
