//! The report for people.

use cfn_org_policy::policy::drift::{DigestStatus, Drift, Part};
use policy_document::effective::merges;

use super::{Report, ResourceReport, StackReport, State, Stray, StrayKind, Withheld};
use crate::plan::text::{BOLD, DIMMED, GONE, NEW, OTHER, change_lines};
use crate::plan::words::{about_policy, place};
use crate::terminal::{count, one_line};

/// The whole report.
pub fn written(report: &Report) -> String {
    let mut lines = Vec::new();
    for stack in &report.stacks {
        lines.extend(stack_lines(stack));
    }
    lines.extend(report.strays.iter().filter_map(stray_line));
    lines.extend(report.withheld.iter().flat_map(withheld_lines));
    lines.extend(elsewhere(&report.strays));
    lines.extend(report.notes.iter().map(|note| format!("{DIMMED}{}{DIMMED:#}", one_line(note))));
    lines.extend(report.problems.iter().map(|p| format!("{GONE}error{GONE:#}: {}", one_line(p))));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(format!("{BOLD}{}{BOLD:#}", report.summary().line()));
    lines.extend(report.stacks.iter().filter_map(remedy));
    lines.join("\n") + "\n"
}

fn stack_lines(stack: &StackReport) -> Vec<String> {
    let StackReport { name, status, .. } = stack;
    let drifted = stack.resources.iter().filter(|resource| resource.has_drifted()).count();
    let state = match &stack.state {
        State::Quiet | State::Failed { .. } if drifted == 0 => {
            format!("{} as deployed", count(stack.resources.len(), "resource"))
        }
        State::Quiet | State::Failed { .. } => {
            format!("{drifted} of {} drifted", count(stack.resources.len(), "resource"))
        }
        State::InProgress => "a deployment is under way: left for later".to_owned(),
        State::Stuck { .. } => "left for later".to_owned(),
    };
    let mut lines = vec![format!("Stack {BOLD}{name}{BOLD:#} ({status}): {state}")];
    lines.extend(stack_problem(stack).map(|problem| format!("  {problem}")));
    lines.extend(stack.held.as_ref().map(|held| format!("  {}", one_line(held))));
    lines.extend(stack.resources.iter().flat_map(resource_lines));
    lines.extend(stack.unresolved.iter().map(|unresolved| {
        format!("  {OTHER}?{OTHER:#} more resources, perhaps: {}", one_line(&unresolved.reason))
    }));
    lines
}

/// What is wrong with a stack as such.
pub fn stack_problem(stack: &StackReport) -> Option<String> {
    match &stack.state {
        State::Failed { remedy } => {
            Some(format!("{GONE}!{GONE:#} its last deployment has failed; {remedy}"))
        }
        State::Stuck { hours } => Some(format!(
            "{GONE}!{GONE:#} in progress for {}: look at its events, and cancel the update or give up the resource \
             that hangs",
            count(usize::try_from(*hours).unwrap_or_default(), "hour")
        )),
        State::Quiet | State::InProgress => None,
    }
}

/// What was found of a resource, the first line saying which it is. One that is as deployed has no line.
pub fn resource_lines(resource: &ResourceReport) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |text: String| lines.push(format!("    {text}"));
    if let Some(error) = &resource.error {
        line(format!("{GONE}error{GONE:#}: {}", one_line(error)));
    }
    for drift in &resource.verdict.drift {
        drift_lines(drift).into_iter().for_each(&mut line);
    }
    for target in &resource.targets {
        let place = one_line(&place(target));
        line(match target.attached {
            true => format!("{NEW}+{NEW:#} attached to {place}, which no template says"),
            false => format!("{GONE}-{GONE:#} detached from {place}"),
        });
    }
    for off in &resource.off {
        line(format!("{GONE}!{GONE:#} {}", one_line(off)));
    }
    for loss in losses(resource) {
        line(format!("{GONE}!{GONE:#} {}", one_line(&loss)));
    }
    for part in &resource.verdict.as_applied {
        line(format!(
            "{OTHER}?{OTHER:#} {} is as the digest says that it was applied: somebody has changed both, or the template \
             was evaluated to something else",
            part.name()
        ));
    }
    unknown_lines(resource).into_iter().for_each(&mut line);
    if lines.is_empty() {
        return lines;
    }
    let sign = if resource.has_drifted() || resource.error.is_some() {
        format!("{GONE}!{GONE:#}")
    } else {
        format!("{OTHER}?{OTHER:#}")
    };
    let policy = resource.policy.as_ref().map(about_policy).unwrap_or_default();
    let head =
        format!("  {sign} {BOLD}{}{BOLD:#} ({}){policy}", resource.name(), resource.resource_type);
    [head].into_iter().chain(lines).collect()
}

fn drift_lines(drift: &Drift) -> Vec<String> {
    match drift {
        Drift::Deleted => vec![format!("{GONE}-{GONE:#} the policy is gone")],
        Drift::Unowned => vec![format!(
            "{GONE}-{GONE:#} the tags that name its stack are gone: the function would not delete it"
        )],
        Drift::OwnedBy(owner) => {
            vec![format!(
                "{OTHER}~{OTHER:#} its tags name {}: put the tags back, or an update of this stack fails",
                one_line(&owner.to_string())
            )]
        }
        Drift::Changed(difference) if drift.part() == Some(Part::Name) => {
            let text =
                |value: &Option<serde_json::Value>| value.clone().unwrap_or_default().to_string();
            vec![format!(
                "{OTHER}~{OTHER:#} renamed: {} → {}",
                one_line(&text(&difference.old)),
                one_line(&text(&difference.new))
            )]
        }
        Drift::Changed(difference) => change_lines(difference),
        Drift::ChangedUnseen(part) => vec![format!(
            "{OTHER}~{OTHER:#} {} is not as the function has left it (the template does not say what it was)",
            part.name()
        )],
        Drift::Detached(_) | Drift::Attached(_) => Vec::new(),
    }
}

/// What a guard does not hold any more, by its document and by where it is detached.
fn losses(resource: &ResourceReport) -> Vec<String> {
    let is_guard = resource.policy.as_ref().is_some_and(|policy| !merges(&policy.policy_type));
    let detached = resource.targets.iter().filter(|target| is_guard && !target.attached);
    let lost = detached.map(|target| format!("it no longer holds at {}", place(target)));
    lost.chain(resource.losses.iter().cloned()).collect()
}

/// What nobody can tell, and why.
fn unknown_lines(resource: &ResourceReport) -> Vec<String> {
    let whole = resource.hidden.iter().filter(|hidden| hidden.path.is_empty());
    let mut lines: Vec<String> =
        whole.map(|hidden| format!("not looked at: {}", hidden.reason)).collect();
    for part in &resource.verdict.unknown {
        let reasons: Vec<&str> = resource
            .hidden
            .iter()
            .filter(|hidden| hidden.path.starts_with(part.name()))
            .map(|hidden| hidden.reason.as_str())
            .collect();
        let why = match (part, resource.verdict.digest) {
            (Part::Tags, _) => "the digest says nothing of tags",
            (_, DigestStatus::Missing) => "the policy has no digest; its next update writes one",
            _ => "the digest does not tell",
        };
        let what = match reasons.as_slice() {
            [] => String::new(),
            reasons => format!(" the template says it by {};", reasons.join(" and ")),
        };
        lines.push(format!("{}:{what} {why}", part.name()));
    }
    lines.iter().map(|line| format!("{OTHER}?{OTHER:#} {}", one_line(line))).collect()
}

/// What is said of a policy that no resource holds; nothing if its stack is elsewhere.
pub fn stray_line(stray: &Stray) -> Option<String> {
    let policy = about_policy(&stray.policy);
    let policy = policy.trim_start_matches(": ");
    let owner = one_line(&stray.owner.to_string());
    let adopted = if stray.adopted { " It was there before that stack." } else { "" };
    let why = match stray.kind {
        StrayKind::Orphan => format!("its stack is gone ({owner})"),
        StrayKind::Forgotten => format!("its stack does not hold it any more ({owner})"),
        StrayKind::Elsewhere => return None,
    };
    Some(format!(
        "{GONE}!{GONE:#} {policy}: {why}.{adopted} Declare it (org-policy adopt), or delete it"
    ))
}

fn elsewhere(strays: &[Stray]) -> Option<String> {
    let number = strays.iter().filter(|stray| stray.kind == StrayKind::Elsewhere).count();
    (number > 0).then(|| {
        format!(
            "{DIMMED}{} of stacks in other accounts or Regions: not visible from here{DIMMED:#}",
            count(number, "policy")
        )
    })
}

/// What is said of an account without an effective policy.
pub fn withheld_lines(withheld: &Withheld) -> Vec<String> {
    let Withheld { account, policy_type, errors } = withheld;
    let mut lines = vec![format!(
        "{GONE}!{GONE:#} account {account} has no effective {policy_type}: AWS withholds it"
    )];
    lines.extend(errors.iter().map(|error| {
        let text = format!(
            "{} at {}: {} (from {})",
            error.code,
            error.path,
            error.message,
            error.policies.join(", ")
        );
        format!("    {}", one_line(&text))
    }));
    lines
}

/// How a stack is put right.
fn remedy(stack: &StackReport) -> Option<String> {
    let curable =
        stack.state == State::Quiet && stack.resources.iter().any(ResourceReport::an_update_helps);
    curable.then(|| format!("Put back what has drifted: org-policy heal {}", stack.name))
}
