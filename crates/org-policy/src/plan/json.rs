//! The plan for programs: docs/PLAN.md describes it.

use policy_document::difference::{Difference, Part};
use serde_json::{Value, json};

use super::{Plan, PolicyName, ResourcePlan, TargetChange, Unknown};

/// The whole plan.
pub fn written(plan: &Plan) -> String {
    let summary = plan.summary();
    let whole = json!({
        "stack": {"name": plan.stack, "status": plan.status},
        "template": plan.template,
        "resources": plan.resources.iter().map(resource).collect::<Vec<Value>>(),
        "unresolved": plan.unresolved.iter().map(unknown).collect::<Vec<Value>>(),
        "summary": {
            "created": summary.created,
            "changed": summary.changed,
            "removed": summary.removed,
            "unchanged": summary.unchanged,
            "steps": summary.steps,
            "unknown": summary.unknown,
            "errors": summary.errors,
        },
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

fn resource(resource: &ResourcePlan) -> Value {
    json!({
        "nested_in": resource.nested_in,
        "logical_id": resource.logical_id,
        "type": resource.resource_type,
        "event": resource.event.as_str(),
        "policy": resource.policy.as_ref().map(policy),
        "owner": resource.owner,
        "steps": resource.steps,
        "lines": resource.lines,
        "changes": resource.changes.iter().map(change).collect::<Vec<Value>>(),
        "targets": resource.targets.iter().map(target).collect::<Vec<Value>>(),
        "losses": resource.losses,
        "warnings": resource.warnings,
        "unknown": resource.unknown.iter().map(unknown).collect::<Vec<Value>>(),
        "error": resource.error,
    })
}

/// A policy.
pub fn policy(policy: &PolicyName) -> Value {
    json!({"id": policy.id, "name": policy.name, "type": policy.policy_type})
}

/// A difference.
pub fn change(change: &Difference) -> Value {
    let part = match change.part {
        Part::Value => "value",
        Part::Item => "item",
        Part::Statement => "statement",
        Part::Order => "order",
    };
    json!({"path": change.path, "part": part, "old": change.old, "new": change.new})
}

/// A target.
pub fn target(target: &TargetChange) -> Value {
    json!({
        "id": target.id,
        "path": target.path,
        "accounts": target.accounts,
        "change": if target.attached { "attach" } else { "detach" },
    })
}

/// What is not known.
pub fn unknown(unknown: &Unknown) -> Value {
    json!({"path": unknown.path, "reason": unknown.reason})
}
