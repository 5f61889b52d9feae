//! What the plan's forms have in common.

use policy_document::difference::{Difference, Part};

use super::{EventName, PolicyName, ResourcePlan, TargetChange, Unknown};
use crate::terminal::{count, one_line};

/// What becomes of a resource, as a sign: `+` of what is created, `-` of what goes, `~` of what changes.
pub fn sign(resource: &ResourcePlan) -> char {
    let is_new = resource.policy.as_ref().is_some_and(|policy| policy.id.is_none());
    match resource.event {
        _ if resource.error.is_some() => '!',
        EventName::Unknown => '?',
        _ if resource.steps == 0 && resource.unknown.is_empty() => '=',
        EventName::Delete | EventName::CleanUp => '-',
        _ if is_new => '+',
        _ => '~',
    }
}

/// ` (Custom::OrgPolicy), Update: policy "daily" (p-…), its own`.
pub fn about(resource: &ResourcePlan) -> String {
    let mut text = format!(" ({}), {}", resource.resource_type, resource.event.as_str());
    text.extend(resource.policy.as_ref().map(about_policy));
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

/// `: policy "daily" (p-…) of type BACKUP_POLICY`.
pub fn about_policy(policy: &PolicyName) -> String {
    let id = policy.id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    one_line(&format!(": policy {:?}{id} of type {}", policy.name, policy.policy_type))
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

/// The statement that a difference is about as a whole.
pub fn statement_name(change: &Difference) -> Option<String> {
    if change.part != Part::Statement {
        return None;
    }
    let (_, name) = change.path.split_once("Statement[")?;
    Some(one_line(name.trim_end_matches(']')))
}

/// What is not known: `Tags[0].Value: the attribute Arn of Vault is known only to the deployment`.
pub fn unknown(unknown: &Unknown) -> String {
    let Unknown { path, reason } = unknown;
    if path.is_empty() {
        return format!("not planned: {reason} is known only to the deployment");
    }
    format!("{path}: {reason} is known only to the deployment")
}
