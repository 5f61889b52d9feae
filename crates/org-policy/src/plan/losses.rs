//! What a guard would not hold any more: of a service or resource control policy, each change that can only allow more, or
//! that nobody can tell from one.

use policy_document::difference::{Difference, Part};
use policy_document::effective::merges;
use serde_json::Value;

/// The lists of a Deny statement in which one item less denies less.
const NARROWING: [&str; 3] = ["Action", "Resource", "Principal"];
/// Those in which one item more denies less.
const EXCEPTIONS: [&str; 3] = ["NotAction", "NotResource", "NotPrincipal"];

/// What a guard loses by these changes of its document.
pub fn losses(policy_type: &str, old: &Value, new: &Value, changes: &[Difference]) -> Vec<String> {
    if merges(policy_type) {
        return Vec::new();
    }
    changes.iter().filter_map(|change| loss(change, old, new)).collect()
}

fn loss(change: &Difference, old: &Value, new: &Value) -> Option<String> {
    let rest = change.path.strip_prefix("Content.Statement[")?;
    let (name, element) = rest.split_once(']')?;
    if change.part == Part::Statement {
        let is_deny = |statement: &Value| effect(statement) == Some("Deny");
        return match (&change.old, &change.new) {
            // What it denied stands among the changes.
            (Some(gone), None) if is_deny(gone) => Some(format!("statement {name} is gone")),
            _ => None,
        };
    }
    let (before, after) = (statement(old, name), statement(new, name));
    if before.and_then(effect) != Some("Deny") {
        return None;
    }
    if after.is_some_and(|statement| effect(statement) != Some("Deny")) && element == ".Effect" {
        return Some(format!("statement {name} denies nothing any more"));
    }
    let element = element.strip_prefix('.')?;
    let key = element.split(['.', '[']).next().unwrap_or(element);
    let shown = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    match (&change.old, &change.new) {
        (Some(_), None) if NARROWING.contains(&key) => {
            Some(format!("statement {name}: {key} {} is no longer denied", shown(&change.old)))
        }
        (None, Some(_)) if EXCEPTIONS.contains(&key) => {
            Some(format!("statement {name}: {} is an exception now, by {key}", shown(&change.new)))
        }
        _ if key == "Condition" => {
            Some(format!("statement {name}: it holds under another condition ({element})"))
        }
        (Some(_), Some(_)) if NARROWING.contains(&key) || EXCEPTIONS.contains(&key) => {
            Some(format!("statement {name}: {key} is another"))
        }
        _ => None,
    }
}

fn effect(statement: &Value) -> Option<&str> {
    statement.get("Effect")?.as_str()
}

/// The statement of this name: its Sid, or its position.
fn statement<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let statements = document.get("Statement")?;
    let list = match statements {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    };
    let named =
        list.iter().find(|statement| statement.get("Sid").and_then(Value::as_str) == Some(name));
    named.or_else(|| list.get(name.parse::<usize>().ok()?))
}
