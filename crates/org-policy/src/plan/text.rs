//! The plan for people.

use anstyle::{AnsiColor, Style};
use policy_document::difference::{Difference, Part};
use serde_json::Value;

use super::{EventName, Plan, ResourcePlan, TargetChange, count};
use crate::terminal::one_line;

const BOLD: Style = Style::new().bold();
const NEW: Style = AnsiColor::Green.on_default();
const GONE: Style = AnsiColor::Red.on_default();
const OTHER: Style = AnsiColor::Yellow.on_default();
const DIMMED: Style = Style::new().dimmed();

/// The whole plan.
pub fn written(plan: &Plan) -> String {
    let state = plan.status.as_deref().unwrap_or("not there yet");
    let mut lines =
        vec![format!("Plan for stack {BOLD}{}{BOLD:#} ({state}): {}", plan.stack, plan.template)];
    for resource in &plan.resources {
        lines.push(String::new());
        lines.extend(resource_lines(resource));
    }
    for unresolved in &plan.unresolved {
        lines.push(String::new());
        lines.push(format!(
            "{OTHER}?{OTHER:#} more resources, perhaps: {}",
            one_line(&unresolved.reason)
        ));
    }
    let line = plan.summary().line();
    lines.push(format!("\n{BOLD}{line}{BOLD:#}"));
    lines.join("\n") + "\n"
}

fn resource_lines(resource: &ResourcePlan) -> Vec<String> {
    let (sign, style) = sign(resource);
    let mut lines = vec![format!(
        "{style}{sign}{style:#} {BOLD}{}{BOLD:#}{}",
        resource.name(),
        about(resource)
    )];
    let mut line = |text: String| lines.push(format!("    {text}"));
    if let Some(error) = &resource.error {
        line(format!("{GONE}error{GONE:#}: {}", one_line(error)));
    }
    for text in &resource.lines {
        line(one_line(text));
    }
    for change in &resource.changes {
        for text in change_lines(change) {
            line(format!("  {text}"));
        }
    }
    for target in &resource.targets {
        let (sign, style) = if target.attached { ("+", NEW) } else { ("-", GONE) };
        line(format!("  {style}{sign}{style:#} target {}", one_line(&place(target))));
    }
    for loss in &resource.losses {
        line(format!("{GONE}!{GONE:#} {}", one_line(loss)));
    }
    for warning in &resource.warnings {
        line(format!("{OTHER}warning{OTHER:#}: {}", one_line(warning)));
    }
    for unknown in &resource.unknown {
        line(format!("{OTHER}?{OTHER:#} {}", one_line(&super::markdown::unknown(unknown))));
    }
    lines
}

/// `+` of what is created, `-` of what goes, `~` of what changes.
pub fn sign(resource: &ResourcePlan) -> (&'static str, Style) {
    let is_new = resource.policy.as_ref().is_some_and(|policy| policy.id.is_none());
    match resource.event {
        _ if resource.error.is_some() => ("!", GONE),
        EventName::Unknown => ("?", OTHER),
        _ if resource.steps == 0 && resource.unknown.is_empty() => ("=", DIMMED),
        EventName::Delete | EventName::CleanUp => ("-", GONE),
        _ if is_new => ("+", NEW),
        _ => ("~", OTHER),
    }
}

/// ` (Custom::OrgPolicy), Update: policy "daily" (p-…), its own`.
pub fn about(resource: &ResourcePlan) -> String {
    let mut text = format!(" ({}), {}", resource.resource_type, resource.event.as_str());
    if let Some(policy) = &resource.policy {
        let id = policy.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        text.push_str(&format!(": policy {:?}{id} of type {}", policy.name, policy.policy_type));
    }
    if let Some(owner) = &resource.owner {
        let of = if resource.policy.as_ref().is_some_and(|p| p.id.is_none()) {
            "the one that it replaces is "
        } else {
            ""
        };
        text.push_str(&format!(", {of}{owner}"));
    }
    one_line(&text)
}

/// `/Security (ou-…): 3 accounts`.
pub fn place(target: &TargetChange) -> String {
    match (&target.path, target.accounts) {
        (Some(path), Some(accounts)) => {
            format!("{path} ({}): {}", target.id, count(accounts, "account"))
        }
        _ => target.id.clone(),
    }
}

fn change_lines(change: &Difference) -> Vec<String> {
    let path = one_line(&change.path);
    let signed = |sign: &str, style: Style, value: &Value| {
        format!("{style}{sign}{style:#} {path}: {}", one_line(&value.to_string()))
    };
    if change.part == Part::Order {
        let shown =
            |value: &Option<Value>| one_line(&value.clone().unwrap_or_default().to_string());
        let (old, new) = (shown(&change.old), shown(&change.new));
        return vec![format!("{OTHER}~{OTHER:#} {path}: the order: {old} → {new}")];
    }
    let name = statement_name(change);
    match (&change.old, &change.new) {
        (Some(old), None) if name.is_some() => {
            let name = name.unwrap_or_default();
            vec![format!(
                "{GONE}-{GONE:#} statement {name} is gone: {}",
                one_line(&old.to_string())
            )]
        }
        (Some(old), Some(new)) => {
            let (old, new) = (one_line(&old.to_string()), one_line(&new.to_string()));
            vec![format!("{OTHER}~{OTHER:#} {path}: {old} → {new}")]
        }
        (old, new) => {
            let old = old.iter().map(|old| signed("-", GONE, old));
            old.chain(new.iter().map(|new| signed("+", NEW, new))).collect()
        }
    }
}

/// The statement that a difference is about as a whole.
pub fn statement_name(change: &Difference) -> Option<String> {
    if change.part != Part::Statement {
        return None;
    }
    let (_, name) = change.path.split_once("Statement[")?;
    Some(one_line(name.trim_end_matches(']')))
}
