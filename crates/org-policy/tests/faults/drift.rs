//! `org-policy drift` under every fault.

use std::collections::BTreeMap;

use org_policy::Answer;
use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::{PRODUCTION, SECURITY};

use crate::matrix::{Form, Scene};
use crate::scene::Deployed;

/// A report has a part for each resource, and one for each thing that could not be read.
const FORM: Form = Form { parts, error, status: 1 };

fn parts(answer: &Answer) -> BTreeMap<String, Value> {
    let report: Value = serde_json::from_str(&answer.output).unwrap_or_default();
    let each = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let text = |part: &Value, field: &str| part[field].as_str().unwrap_or_default().to_owned();
    let mut parts = BTreeMap::new();
    for stack in each(&report["stacks"]) {
        for mut resource in each(&stack["resources"]) {
            // What targets are called is looked up for all together, and said apart if it cannot be.
            resource["losses"] = Value::Null;
            for target in resource["targets"].as_array_mut().into_iter().flatten() {
                (target["path"], target["accounts"]) = (Value::Null, Value::Null);
            }
            parts.insert(text(&stack, "name") + &text(&resource, "logical_id"), resource);
        }
    }
    for problem in each(&report["problems"]) {
        parts.insert(problem.to_string(), json!({"error": problem}));
    }
    for list in ["strays", "withheld", "notes"] {
        parts.insert(list.to_owned(), report[list].clone());
    }
    parts
}

fn error(part: &Value) -> Option<&str> {
    part["error"].as_str()
}

/// A stack with drift, and one without.
pub fn drifted() -> Scene {
    let deployed = Deployed::new();
    let ids =
        deployed.deploy("backup", &[("Daily", policy_properties()), ("Guard", guard_properties())]);
    deployed
        .deploy("quiet", &[("Monthly", with(&policy_properties(), json!({"Name": "monthly"})))]);
    deployed.world.change(|state| {
        state.detach(&ids["Guard"], PRODUCTION);
        state.attach(&ids["Daily"], SECURITY);
        state.policy(&ids["Daily"]).description = "by hand".to_owned();
    });
    let Deployed { world, cloudformation, .. } = deployed;
    let arguments = ["drift", "--format", "json"].map(str::to_owned).into();
    Scene { world, cloudformation, arguments }
}

#[test]
fn a_look_is_the_same_or_says_what_is_missing() {
    println!("{} cases", drifted().disturb(&FORM));
}
