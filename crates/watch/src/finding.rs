//! Findings: what a report comes to, each with a key that is the same as long as it is the same thing.

use std::collections::{BTreeMap, BTreeSet};

use anstream::adapter::strip_str;
use cfn_org_policy::policy::drift::Drift;
use org_policy::drift::text::{resource_lines, stack_problem, stray_line, withheld_lines};
use org_policy::drift::{Report, ResourceReport, StackReport, State, Stray, StrayKind};
use org_policy::plan::PolicyName;
use org_policy::terminal::count;
use policy_document::effective::merges;
use serde::{Deserialize, Serialize};

/// So many lines of one finding are kept, and so many characters of a line: a document may be one line of ten thousand.
const LINES: usize = 100;
const LINE: usize = 300;

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
    /// What is wrong, a line each, as a person reads it.
    pub lines: Vec<String>,
    /// The same for the comparison with what was told: without names and numbers of accounts, which may change, or not be
    /// known for once.
    pub facts: BTreeSet<String>,
    /// What to do, as a line of a mail: `Put it back: org-policy heal guards --region eu-central-1`.
    pub remedy: String,
    /// The policy, for whoever looks up who has changed it.
    pub policy: Option<String>,
    /// The parts of the policy that are not as declared.
    pub parts: BTreeSet<String>,
}

/// What a finding is about: `resource <stack's ARN> <nested in> <logical id>`, say.
pub type Key = String;

/// Things of which a look says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// Their keys begin with this.
    pub prefix: String,
    /// Only this part of the policy; all of it, if none is named.
    pub part: Option<String>,
}

/// What a look has found, and what it could not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// By what they are about.
    pub found: BTreeMap<Key, Finding>,
    /// Of these nothing new is known.
    pub unseen: Vec<Unseen>,
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
            let remedy = "Correct the policies that it names, and deploy them".to_owned();
            let facts =
                withheld.errors.iter().map(|error| format!("{} {}", error.code, error.path));
            findings.add(key, Urgency::Policy, withheld_lines(withheld), facts, remedy);
        }
        for id in &report.unread {
            findings.unseen(format!("stray {id}"));
        }
        if !report.problems.is_empty() {
            // What could not be read may be any stack, and any policy of a type.
            findings.unseen(String::new());
        }
        findings
    }

    /// Whether it is known that what a finding says is no longer so.
    pub fn has_seen(&self, key: &str, finding: &Finding) -> bool {
        !self.unseen.iter().any(|unseen| {
            key.starts_with(&unseen.prefix)
                && unseen.part.as_ref().is_none_or(|part| finding.parts.contains(part))
        })
    }

    fn stack(&mut self, stack: &StackReport) {
        let remedy = format!(
            "See why: aws cloudformation describe-stack-events --stack-name {}{}",
            stack.name,
            in_region(stack)
        );
        if let Some(problem) = stack_problem(stack) {
            let title = format!("stack {} ({})", stack.name, stack.status);
            let facts = [stack.status.clone()];
            let key = format!("stack {}", stack.id);
            self.add(key, Urgency::Other, vec![title, problem], facts, remedy);
        }
        if !matches!(stack.state, State::Quiet | State::Failed { .. }) {
            self.unseen(format!("resource {} ", stack.id));
            self.unseen(format!("stack {}", stack.id));
        }
        for resource in &stack.resources {
            self.resource(stack, resource);
        }
    }

    fn resource(&mut self, stack: &StackReport, resource: &ResourceReport) {
        let key = format!("resource {} {} ", stack.id, resource.name());
        let is_hidden = resource.hidden.iter().any(|hidden| hidden.path.is_empty());
        if resource.error.is_some() || is_hidden {
            self.unseen(key.clone());
        }
        for part in resource.verdict.unknown.iter().chain(&resource.verdict.as_applied) {
            let part = Some(part.name().to_owned());
            self.unseen.push(Unseen { prefix: key.clone(), part });
        }
        if resource.has_drifted() {
            let urgency = urgency(resource.policy.as_ref());
            let facts = resource.verdict.drift.iter().map(fact).chain(resource.off.clone());
            let lines = resource_lines(resource);
            self.add(key.clone(), urgency, lines, facts, remedy(stack, resource));
            if let Some(finding) = self.found.get_mut(&key) {
                finding.policy = resource.policy.as_ref().and_then(|policy| policy.id.clone());
                let parts = resource.verdict.drift.iter().filter_map(|drift| drift.part());
                finding.parts = parts.map(|part| part.name().to_owned()).collect();
            }
        }
    }

    fn stray(&mut self, stray: &Stray) {
        let id = stray.policy.id.clone().unwrap_or_default();
        let remedy = format!("Take it over: org-policy adopt --name {:?}", stray.policy.name);
        let lines = stray_line(stray).into_iter().collect();
        self.add(format!("stray {id}"), Urgency::Other, lines, [], remedy);
    }

    fn unseen(&mut self, prefix: String) {
        self.unseen.push(Unseen { prefix, part: None });
    }

    /// The first line is the title.
    fn add(
        &mut self,
        key: Key,
        urgency: Urgency,
        lines: Vec<String>,
        facts: impl IntoIterator<Item = String>,
        remedy: String,
    ) {
        let mut lines = plain(&lines);
        let title = if lines.is_empty() { String::new() } else { lines.remove(0) };
        if lines.len() > LINES {
            let more = count(lines.len() - LINES, "more line");
            lines.truncate(LINES);
            lines.push(format!("… and {more}: org-policy drift shows them"));
        }
        let facts = facts.into_iter().map(|fact| cut(&fact)).collect();
        let (policy, parts) = (None, BTreeSet::new());
        self.found.insert(key, Finding { urgency, title, lines, facts, remedy, policy, parts });
    }
}

fn fact(drift: &Drift) -> String {
    match drift {
        Drift::Deleted => "deleted".to_owned(),
        Drift::Unowned => "unowned".to_owned(),
        Drift::OwnedBy(owner) => format!("owned by {owner}"),
        Drift::Changed(difference) => {
            format!("{} {}", difference.path, difference.new.clone().unwrap_or_default())
        }
        Drift::ChangedUnseen(part) => format!("{} changed", part.name()),
        Drift::Detached(target) => format!("detached {target}"),
        Drift::Attached(target) => format!("attached {target}"),
    }
}

fn urgency(policy: Option<&PolicyName>) -> Urgency {
    match policy {
        Some(policy) if !merges(&policy.policy_type) => Urgency::Guard,
        _ => Urgency::Policy,
    }
}

fn remedy(stack: &StackReport, resource: &ResourceReport) -> String {
    let (name, region) = (&stack.name, in_region(stack));
    match resource.an_update_helps() && stack.state == State::Quiet {
        true => format!("Put it back: org-policy heal {name}{region}"),
        false => format!("Look at it: org-policy drift --stack {name}{region}"),
    }
}

/// The option of a command for a stack, whose ARN names its Region.
pub fn in_region(stack: &StackReport) -> String {
    let region = stack.id.split(':').nth(3).filter(|region| !region.is_empty());
    region.map(|region| format!(" --region {region}")).unwrap_or_default()
}

/// As a mail shows it: without colours, and without the signs and the indentation of a terminal's lines.
pub fn plain(lines: &[String]) -> Vec<String> {
    let plain = |line: &String| cut(strip_str(line).to_string().trim());
    let mut lines: Vec<String> = lines.iter().map(plain).collect();
    if let Some(title) = lines.first_mut() {
        *title = title.trim_start_matches(['!', '?', ' ']).to_owned();
    }
    lines
}

/// The line, if it is not too long.
pub fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
