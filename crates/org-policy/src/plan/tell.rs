//! The function's plan, put into words.

use cfn_org_policy::error::Error;
use cfn_org_policy::policy::desired::Declared;
use cfn_org_policy::policy::observed::LivePolicy;
use cfn_org_policy::policy::ownership::{Ownership, is_reserved};
use cfn_org_policy::policy::pipeline::Planned;
use cfn_org_policy::policy::plan::{PlannedPolicy, describe_create};
use cfn_org_policy::policy::step::Step;
use policy_document::difference::{Difference, Part, differences};
use serde_json::Value as Json;

use super::losses::losses;
use super::properties::hides_the_document;
use super::{PolicyName, ResourcePlan, TargetChange};
use crate::aws::Problem;

/// Puts the function's plan into words.
pub fn tell(declared: &Declared, planned: &Planned, plan: &mut ResourcePlan) {
    let Planned { observed, plan: planned } = planned;
    plan.steps = planned.step_count();
    plan.lines = planned.lines();
    plan.enables_type = planned.enable_type.is_some();
    let mut policy = PolicyName {
        id: None,
        name: declared.name.clone(),
        policy_type: declared.policy_type.clone(),
    };
    match (&planned.policy, &observed.policy) {
        (PlannedPolicy::Live { handle, .. }, Some(live)) => {
            policy.id = Some(handle.id.to_string());
            plan.owner = Some(owner(declared, live));
            plan.changes = changes(declared, live, &planned.steps);
            let old = serde_json::from_str(&live.description.content).unwrap_or_default();
            plan.losses = losses(&declared.policy_type, &old, &declared.content, &plan.changes);
        }
        (PlannedPolicy::New(new), _) if hides_the_document(&plan.unknown) => {
            // How long it is, is not known.
            let create = describe_create(new);
            for line in plan.lines.iter_mut().filter(|line| line.starts_with(&create)) {
                line.clone_from(&create);
            }
        }
        _ => {}
    }
    plan.policy = Some(policy);
    plan.targets = planned
        .steps
        .iter()
        .filter_map(|step| match step {
            Step::Attach(id) => Some(target(id, true)),
            Step::Detach(id) => Some(target(id, false)),
            _ => None,
        })
        .collect();
}

pub fn target(id: &str, attached: bool) -> TargetChange {
    TargetChange { id: id.to_owned(), path: None, accounts: None, attached }
}

pub fn owner(declared: &Declared, live: &LivePolicy) -> String {
    match declared.owner.judge(&live.tags) {
        Ownership::Ours { former: Some(former), .. } => {
            format!("its own, moved here from {former}")
        }
        Ownership::Ours { adopted: true, .. } => "its own, adopted".to_owned(),
        Ownership::Ours { .. } => "its own".to_owned(),
        Ownership::Another { owner, .. } => format!("of {owner}"),
        Ownership::Nobody => "nobody's".to_owned(),
    }
}

/// What differs of name, description, document and tags, as far as it is written.
fn changes(declared: &Declared, live: &LivePolicy, steps: &[Step]) -> Vec<Difference> {
    let mut changes = Vec::new();
    let text = |path: &str, old: &str, new: &str| Difference {
        path: path.to_owned(),
        part: Part::Value,
        old: Some(Json::from(old)),
        new: Some(Json::from(new)),
    };
    let description = &live.description;
    for step in steps {
        match step {
            Step::Update(change) => {
                if let Some(name) = change.name.as_ref().filter(|name| **name != description.name) {
                    changes.push(text("Name", &description.name, name));
                }
                let new = change.description.as_ref();
                if let Some(new) = new.filter(|new| **new != description.description) {
                    changes.push(text("Description", &description.description, new));
                }
                if change.content.is_some() {
                    let old = serde_json::from_str(&description.content).unwrap_or_default();
                    let (of, new) = (&declared.policy_type, &declared.content);
                    changes.extend(differences(of, "Content", &old, new));
                }
            }
            Step::Tag(tags) => {
                changes.extend(tags.iter().filter_map(|(key, value)| tag(live, key, Some(value))));
            }
            Step::Untag(keys) => changes.extend(keys.iter().filter_map(|key| tag(live, key, None))),
            _ => {}
        }
    }
    changes
}

/// What differs of a tag of the user's.
fn tag(live: &LivePolicy, key: &str, new: Option<&String>) -> Option<Difference> {
    let old = live.tags.get(key);
    let json = |value: &String| Json::from(value.as_str());
    (!is_reserved(key) && old != new).then(|| Difference {
        path: cfn_org_policy::error::path("Tags", key),
        part: Part::Value,
        old: old.map(json),
        new: new.map(json),
    })
}

/// The error, with what helps whoever reads with credentials of their own.
pub fn explain(error: &Error) -> String {
    match error {
        Error::Call { operation, cause } => {
            Problem::of_call(operation, "the actions that docs/PLAN.md lists", cause).to_string()
        }
        other => format!("the deployment would fail: {other}"),
    }
}
