//! Templates, evaluated: each function by itself, and what the inputs do.

#![cfg(test)]

mod files;
mod findings;
mod functions;
mod inputs;
mod limits;
mod locks;
mod loops;
mod policies;

use policy_document::template::{Files, Inputs, NoFiles, Template, evaluate};
use policy_document::tree::{self, Node, Value};
use serde_json::{Value as Json, json};

/// The template, evaluated as if deployed in an account and Region.
fn evaluated(template: &str) -> Template {
    evaluated_with(template, Inputs::default(), &NoFiles)
}

fn evaluated_with(template: &str, inputs: Inputs, files: &dyn Files) -> Template {
    let tree =
        tree::parse(template).unwrap_or_else(|error| panic!("{}: {template}", error.message));
    let inputs = inputs.deployed_in("111122223333", "eu-west-1", "guards");
    evaluate("template.yaml", &tree, &inputs, files)
}

/// A node as JSON, with `{"?": reason}` for what is unknown.
fn shown(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(text) => text.parse().map_or_else(|_| json!(text), Json::Number),
        Value::String(text) => json!(text),
        Value::Array(items) => items.iter().map(shown).collect(),
        Value::Object(members) => {
            Json::Object(members.iter().map(|m| (m.key.clone(), shown(&m.node))).collect())
        }
        Value::Unknown(reason) => json!({"?": reason}),
    }
}

/// The properties of the resource.
fn properties(template: &Template, logical_id: &str) -> Json {
    let found = template.resources.iter().find(|resource| resource.logical_id == logical_id);
    shown(&found.unwrap_or_else(|| panic!("no {logical_id}")).properties)
}

fn problems(template: &Template) -> Vec<&str> {
    template.faults.iter().map(|fault| fault.problem.as_str()).collect()
}
