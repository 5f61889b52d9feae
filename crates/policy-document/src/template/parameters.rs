//! The values of a template's parameters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::inputs::Inputs;
use crate::tree::{Node, Value};

/// The value of each declared parameter: a text, a list of texts, or unknown.
pub(super) fn values(declared: Option<&Node>, inputs: &Inputs) -> BTreeMap<String, Value> {
    let declared = declared.map(Node::members).unwrap_or_default();
    declared
        .iter()
        .map(|member| (member.key.clone(), value(&member.key, &member.node, inputs)))
        .collect()
}

fn value(name: &str, declaration: &Node, inputs: &Inputs) -> Value {
    // Whatever it is, nobody is to read it in a finding or a plan.
    if declaration.get("NoEcho").and_then(Node::scalar).is_some_and(|value| value == "true") {
        return Value::Unknown(format!("the value of parameter {name}, which is NoEcho"));
    }
    let parameter_type = declaration.get("Type").and_then(Node::as_str).unwrap_or("String");
    if let Some(of) = inner(parameter_type, "AWS::SSM::Parameter::Value") {
        return match inputs.resolved.get(name) {
            Some(resolved) => typed(of, resolved),
            None => Value::Unknown(format!("the SSM parameter behind parameter {name}")),
        };
    }
    let given = inputs.parameters.get(name).or_else(|| declaration.get("Default"));
    match given {
        None => Value::Unknown(format!("the value of parameter {name}, which is not given")),
        Some(Node { value: Value::Unknown(reason), .. }) => Value::Unknown(reason.clone()),
        Some(given) => match text_of(given) {
            Some(text) => typed(parameter_type, &text),
            None => Value::Unknown(format!("the value of parameter {name}, which is no text")),
        },
    }
}

/// A scalar, or a list as a nested stack gets it: joined by commas.
fn text_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Array(items) => {
            Some(items.iter().map(Node::scalar).collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => node.scalar().map(Cow::into_owned),
    }
}

fn typed(parameter_type: &str, text: &str) -> Value {
    let is_list = parameter_type == "CommaDelimitedList" || inner(parameter_type, "List").is_some();
    if !is_list {
        return Value::String(text.to_owned());
    }
    let items = text.split(',').map(|item| Node::new(Value::String(item.trim().to_owned())));
    Value::Array(items.collect())
}

/// What stands between the angle brackets of such a type.
fn inner<'a>(parameter_type: &'a str, outer: &str) -> Option<&'a str> {
    parameter_type.strip_prefix(outer)?.strip_prefix('<')?.strip_suffix('>')
}
