//! The plan for people.

use anstyle::{AnsiColor, Style};
use policy_document::difference::{Difference, Part};
use serde_json::Value;

use super::words::{about, place, sign, statement_name, unknown};
use super::{Plan, ResourcePlan};
use crate::terminal::one_line;

/// What is to be found at once.
pub const BOLD: Style = Style::new().bold();
/// What is new.
pub const NEW: Style = AnsiColor::Green.on_default();
/// What is gone, or wrong.
pub const GONE: Style = AnsiColor::Red.on_default();
/// What is another, or not known.
pub const OTHER: Style = AnsiColor::Yellow.on_default();
/// What matters less.
pub const DIMMED: Style = Style::new().dimmed();

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

/// The colour of a sign.
fn style(sign: char) -> Style {
    match sign {
        '+' => NEW,
        '-' | '!' => GONE,
        '=' => DIMMED,
        _ => OTHER,
    }
}

fn resource_lines(resource: &ResourcePlan) -> Vec<String> {
    let sign = sign(resource);
    let style = style(sign);
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
    for what in &resource.unknown {
        line(format!("{OTHER}?{OTHER:#} {}", one_line(&unknown(what))));
    }
    lines
}

/// A difference, as lines.
pub fn change_lines(change: &Difference) -> Vec<String> {
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
