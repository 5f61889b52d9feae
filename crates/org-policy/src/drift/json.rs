//! The report for programs: docs/DRIFT.md describes it.

use cfn_org_policy::policy::drift::{DigestStatus, Drift, Part};
use serde_json::{Value, json};

use super::{Report, ResourceReport, StackReport, State, Stray, StrayKind, Withheld};
use crate::plan::json::{change, policy, target, unknown};

/// The whole report.
pub fn written(report: &Report) -> String {
    let summary = report.summary();
    let whole = json!({
        "stacks": report.stacks.iter().map(stack).collect::<Vec<Value>>(),
        "strays": report.strays.iter().map(stray).collect::<Vec<Value>>(),
        "withheld": report.withheld.iter().map(withheld).collect::<Vec<Value>>(),
        "notes": report.notes,
        "problems": report.problems,
        "summary": {
            "resources": summary.resources,
            "drifted": summary.drifted,
            "proven": summary.proven,
            "strays": summary.strays,
            "withheld": summary.withheld,
            "failed": summary.failed,
            "unknown": summary.unknown,
            "errors": summary.errors,
        },
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

fn stack(stack: &StackReport) -> Value {
    json!({
        "name": stack.name,
        "id": stack.id,
        "status": stack.status,
        "state": match stack.state {
            State::Quiet => "quiet",
            State::InProgress => "in progress",
            State::Stuck { .. } => "stuck",
            State::Failed { .. } => "failed",
        },
        "held": stack.held,
        "resources": stack.resources.iter().map(resource).collect::<Vec<Value>>(),
        "unresolved": stack.unresolved.iter().map(unknown).collect::<Vec<Value>>(),
    })
}

fn resource(resource: &ResourceReport) -> Value {
    let verdict = &resource.verdict;
    json!({
        "nested_in": resource.nested_in,
        "logical_id": resource.logical_id,
        "type": resource.resource_type,
        "policy": resource.policy.as_ref().map(policy),
        "drift": verdict.drift.iter().filter_map(drift).collect::<Vec<Value>>(),
        "targets": resource.targets.iter().map(target).collect::<Vec<Value>>(),
        "off": resource.off,
        "losses": resource.losses,
        "as_applied": verdict.as_applied.iter().map(|part| part.name()).collect::<Vec<&str>>(),
        "unknown": verdict.unknown.iter().map(|part| part.name()).collect::<Vec<&str>>(),
        "hidden": resource.hidden.iter().map(unknown).collect::<Vec<Value>>(),
        "digest": match verdict.digest {
            DigestStatus::Missing => "missing",
            DigestStatus::Agrees => "agrees",
            DigestStatus::Differs => "differs",
        },
        "error": resource.error,
    })
}

/// Attachments stand under `targets`.
fn drift(drift: &Drift) -> Option<Value> {
    Some(match drift {
        Drift::Deleted => json!({"kind": "deleted"}),
        Drift::Unowned => json!({"kind": "unowned"}),
        Drift::OwnedBy(owner) => json!({
            "kind": "owned by another",
            "stack_id": owner.stack_id,
            "logical_id": owner.logical_id,
        }),
        Drift::Changed(difference) => {
            let kind = match drift.part() {
                Some(Part::Name) => "renamed",
                _ => "changed",
            };
            json!({"kind": kind, "change": change(difference)})
        }
        Drift::ChangedUnseen(part) => json!({"kind": "changed", "part": part.name()}),
        Drift::Detached(_) | Drift::Attached(_) => return None,
    })
}

fn stray(stray: &Stray) -> Value {
    json!({
        "policy": policy(&stray.policy),
        "kind": match stray.kind {
            StrayKind::Orphan => "orphan",
            StrayKind::Forgotten => "forgotten",
            StrayKind::Elsewhere => "not visible from here",
        },
        "adopted": stray.adopted,
        "stack_id": stray.owner.stack_id,
        "logical_id": stray.owner.logical_id,
    })
}

fn withheld(withheld: &Withheld) -> Value {
    let errors = withheld.errors.iter().map(|error| {
        json!({
            "code": error.code,
            "message": error.message,
            "path": error.path,
            "policies": error.policies,
        })
    });
    json!({
        "account": withheld.account,
        "type": withheld.policy_type,
        "errors": errors.collect::<Vec<Value>>(),
    })
}
