//! The plan as a comment of a pull request.

use policy_document::difference::{Difference, Part};
use serde_json::Value;

use super::words::{about, place, sign, statement_name, unknown};
use super::{Plan, ResourcePlan};
use crate::terminal::one_line;

/// The whole plan.
pub fn written(plan: &Plan) -> String {
    let state = plan.status.as_deref().unwrap_or("not there yet");
    let mut text = format!(
        "### Plan for stack `{}`\n\n{}; the stack is {state}, the template `{}`.\n",
        plan.stack,
        plan.summary().line(),
        plan.template
    );
    let serious: Vec<String> = plan.resources.iter().flat_map(serious).collect();
    if !serious.is_empty() {
        text.push_str(&format!("\n{}\n", serious.join("\n")));
    }
    let shown = plan.resources.iter().filter(|resource| sign(resource) != '=');
    for resource in shown {
        text.push_str(&details(resource));
    }
    for unresolved in &plan.unresolved {
        text.push_str(&format!("\n? more resources, perhaps: {}\n", escaped(&unresolved.reason)));
    }
    text
}

/// What nobody should overlook.
fn serious(resource: &ResourcePlan) -> Vec<String> {
    let name = resource.name();
    let error =
        resource.error.iter().map(|error| format!("- **error** {name}: {}", escaped(error)));
    let losses = resource.losses.iter().map(|loss| format!("- **{name}**: {}", escaped(loss)));
    error.chain(losses).collect()
}

fn details(resource: &ResourcePlan) -> String {
    let mut lines: Vec<String> =
        resource.lines.iter().map(|line| format!("  {}", one_line(line))).collect();
    lines.extend(resource.changes.iter().flat_map(diff));
    lines.extend(resource.targets.iter().map(|target| {
        let sign = if target.attached { "+" } else { "-" };
        format!("{sign} target {}", one_line(&place(target)))
    }));
    lines.extend(
        resource.warnings.iter().map(|warning| format!("! warning: {}", one_line(warning))),
    );
    lines.extend(resource.unknown.iter().map(|what| format!("! {}", one_line(&unknown(what)))));
    // A fence that no line can end.
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!(
        "\n<details><summary>{} <b>{}</b>{}</summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n",
        sign(resource),
        html(&resource.name()),
        html(&about(resource)),
        lines.join("\n")
    )
}

fn diff(change: &Difference) -> Vec<String> {
    let path = one_line(&change.path);
    let shown = |value: &Value| one_line(&value.to_string());
    if let (Some(name), Some(old), None) = (statement_name(change), &change.old, &change.new) {
        return vec![format!("- statement {name} is gone: {}", shown(old))];
    }
    let path = if change.part == Part::Order { format!("{path} (the order)") } else { path };
    let old = change.old.iter().map(|old| format!("- {path}: {}", shown(old)));
    old.chain(change.new.iter().map(|new| format!("+ {path}: {}", shown(new)))).collect()
}

fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text where markdown would read it: nothing of it becomes a link, a mention or a tag.
fn escaped(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    format!("{fence} {text} {fence}")
}
