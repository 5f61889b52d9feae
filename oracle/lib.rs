//! Our evaluation of a template beside that of AWS's crate `cloudformation-validate-template-model`.
//!
//! They answer different questions: AWS's says what a property may come to over all parameters and
//! conditions, ours what it comes to with given ones. So AWS's gets every parameter of ours, and
//! what it calls concrete has to be what we call known. Where it leaves a condition open, one of its
//! branches has to be ours.

use std::collections::HashMap;

use policy_document::template::{Inputs, NoFiles, evaluate};
use policy_document::tree::{self, Node, Value};
use template_model::resolver::ResolvedValue;
use template_model::{ParseConfig, PseudoParameterOverrides, SemanticModel};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const STACK: &str = "guards";

/// How far the two agree.
#[derive(Debug, Default, PartialEq)]
pub struct Comparison {
    /// Values that both know, and that are the same.
    pub same: usize,
    /// Values that only AWS's evaluator leaves open.
    pub only_ours: usize,
    /// Values that only ours leaves open, each with its place and reason.
    pub only_theirs: Vec<String>,
    /// Values that neither knows.
    pub unknown: usize,
    /// Places where the two differ.
    pub different: Vec<String>,
}

/// Compares all properties of all resources of a template, with these parameters beside the
/// defaults.
pub fn compare(text: &str, parameters: &[(&str, &str)]) -> Comparison {
    let tree = tree::parse(text).unwrap_or_else(|error| panic!("{}", error.message));
    let mut inputs = Inputs::default().deployed_in(ACCOUNT, REGION, STACK);
    for (name, value) in parameters {
        inputs.set(name, value);
    }
    let ours = evaluate("template", &tree, &inputs, &NoFiles);
    let theirs = theirs(text, &tree, parameters);
    let mut comparison = Comparison::default();
    for resource in &ours.resources {
        let Some(other) = theirs.resources.get(&resource.logical_id) else {
            comparison
                .different
                .push(format!("{}: AWS's has no such resource", resource.logical_id));
            continue;
        };
        for member in resource.properties.members() {
            let at = format!("{}.{}", resource.logical_id, member.key);
            match other.properties.get(&member.key) {
                Some(value) => comparison.values(&at, &member.node, value),
                None => comparison.different.push(format!("{at}: AWS's has no such property")),
            }
        }
    }
    comparison
}

fn theirs(text: &str, tree: &Node, parameters: &[(&str, &str)]) -> SemanticModel {
    let defaults = tree.get("Parameters").map(Node::members).unwrap_or_default().iter();
    let defaults = defaults.filter_map(|member| {
        let default = match &member.node.get("Default")?.value {
            Value::String(text) | Value::Number(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            _ => return None,
        };
        Some((member.key.clone(), default))
    });
    let mut all: HashMap<String, String> = defaults.collect();
    all.extend(parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())));
    let pseudo_parameters = PseudoParameterOverrides {
        account_id: Some(ACCOUNT.to_owned()),
        region: Some(REGION.to_owned()),
        stack_name: Some(STACK.to_owned()),
        ..Default::default()
    };
    let config = ParseConfig { parameters: all, pseudo_parameters };
    let parsed = SemanticModel::parse(text.as_bytes(), config);
    parsed.unwrap_or_else(|error| panic!("AWS's: {error}")).model
}

impl Comparison {
    fn values(&mut self, at: &str, ours: &Node, theirs: &ResolvedValue) {
        match (&ours.value, theirs) {
            (Value::Unknown(reason), ResolvedValue::Concrete { value }) => {
                self.only_theirs.push(format!("{at}: {reason}; AWS's: {}", value.0));
            }
            (Value::Unknown(_), _) => self.unknown += 1,
            (_, ResolvedValue::Concrete { value }) => self.json(at, ours, &value.0),
            (_, ResolvedValue::Conditional { if_true, if_false, .. }) => {
                self.either(at, ours, [if_true, if_false])
            }
            (Value::Array(items), ResolvedValue::List { items: others }) => {
                if items.len() != others.len() {
                    // AWS's may still hold items of branches that are not taken.
                    self.only_ours += 1;
                    return;
                }
                for (i, (item, other)) in items.iter().zip(others).enumerate() {
                    self.values(&format!("{at}[{i}]"), item, other);
                }
            }
            (Value::Object(members), ResolvedValue::Map { entries }) => {
                for member in members {
                    let at = format!("{at}.{}", member.key);
                    match entries.iter().find(|entry| entry.key == member.key) {
                        Some(entry) => self.values(&at, &member.node, &entry.value),
                        None => self.different.push(format!("{at}: AWS's has no such key")),
                    }
                }
            }
            _ => self.only_ours += 1,
        }
    }

    /// One of the branches has to be ours.
    fn either(&mut self, at: &str, ours: &Node, branches: [&ResolvedValue; 2]) {
        let compared = branches.map(|branch| {
            let mut one = Comparison::default();
            one.values(at, ours, branch);
            one
        });
        let [first, second] = compared;
        let better = if first.different.is_empty() { first } else { second };
        self.same += better.same;
        self.only_ours += better.only_ours;
        self.unknown += better.unknown;
        self.only_theirs.extend(better.only_theirs);
        self.different.extend(better.different);
    }

    fn json(&mut self, at: &str, ours: &Node, theirs: &serde_json::Value) {
        match (&ours.value, theirs) {
            (Value::Array(items), serde_json::Value::Array(others))
                if items.len() == others.len() =>
            {
                for (i, (item, other)) in items.iter().zip(others).enumerate() {
                    self.json(&format!("{at}[{i}]"), item, other);
                }
            }
            (Value::Object(members), serde_json::Value::Object(others))
                if members.len() == others.len() =>
            {
                for member in members {
                    let at = format!("{at}.{}", member.key);
                    match others.get(&member.key) {
                        Some(other) => self.json(&at, &member.node, other),
                        None => self.different.push(format!("{at}: AWS's has no such key")),
                    }
                }
            }
            (Value::Unknown(reason), other) => {
                self.only_theirs.push(format!("{at}: {reason}; AWS's: {other}"))
            }
            _ => match as_text(ours) == Some(json_text(theirs)) {
                true => self.same += 1,
                false => {
                    self.different.push(format!("{at}: ours {:?}; AWS's {theirs}", ours.value))
                }
            },
        }
    }
}

/// Numbers and booleans are texts to a custom resource, and so to ours.
fn as_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null => Some("null".to_owned()),
        _ => None,
    }
}

fn json_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
