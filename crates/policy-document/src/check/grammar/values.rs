//! The values of settings.

use std::borrow::Cow;

use super::operators::Operator;
use super::rules::{EMPTY_LIST, NOT_A_LIST, NOT_A_SINGLE_VALUE, NULL, ON_SINGLE};
use super::{Kind, List};
use crate::check::near::nearest;
use crate::check::place::{Findings, Place, Problem};
use crate::tree::{Node, Value};

/// The value of an operator at a setting that holds one value.
pub fn single(
    operator: Operator,
    kind: &'static Kind,
    place: &Place<'_>,
    node: &Node,
    findings: &mut Findings,
) {
    if operator != Operator::Assign {
        let found = format!("{} stands at a setting that holds one value", operator.name());
        let allowed = format!("{} here", Operator::Assign.name());
        findings.of_whole(place, node, Problem::new(&ON_SINGLE, found, allowed));
        return;
    }
    match &node.value {
        Value::Array(_) | Value::Object(_) => {
            let found = format!("{} stands where one value has to", described(node));
            let problem = Problem::new(&NOT_A_SINGLE_VALUE, found, "a text, a number or a boolean");
            let only = match node.items() {
                [only] => only.to_json().filter(|only| !only.is_object() && !only.is_array()),
                _ => None,
            };
            let only = only.map(|only| only.to_string());
            findings.of_value(place, node, problem.suggesting_json(only));
        }
        _ => scalar(kind, place, node, findings),
    }
}

/// The value of an operator at a setting that holds a list.
pub fn list(
    operator: Operator,
    list: &'static List,
    place: &Place<'_>,
    node: &Node,
    findings: &mut Findings,
) {
    match &node.value {
        Value::Unknown(_) => {}
        Value::Array(items) => {
            if items.is_empty() && operator == Operator::Assign && !list.may_be_empty {
                findings.value(&EMPTY_LIST, place, node, "the list is empty", "at least one value");
            }
            for (i, item) in items.iter().enumerate() {
                let here = place.index(i);
                match &item.value {
                    Value::Array(_) | Value::Object(_) => {
                        let found = format!("{} stands where one value has to", described(item));
                        let allowed = "texts in the list";
                        findings.value(&NOT_A_SINGLE_VALUE, &here, item, found, allowed);
                    }
                    _ => scalar(&list.item, &here, item, findings),
                }
            }
        }
        _ => {
            let found = format!("{} stands where a list has to", described(node));
            let value = node.to_json().filter(|value| !value.is_object() && !value.is_null());
            let problem = Problem::new(&NOT_A_LIST, found, "a list in brackets");
            let list = value.map(|value| format!("[{value}]"));
            findings.of_value(place, node, problem.suggesting_json(list));
        }
    }
}

fn scalar(kind: &'static Kind, place: &Place<'_>, node: &Node, findings: &mut Findings) {
    if node.value == Value::Null {
        let allowed = "a value, or no key at all";
        return findings.value(&NULL, place, node, "null says nothing here", allowed);
    }
    let Some(text) = node.scalar() else { return };
    if let Err(problem) = kind.check(&text) {
        findings.of_value(place, node, problem);
    }
}

impl Kind {
    fn check(&self, text: &str) -> Result<(), Problem> {
        match self {
            Self::Text(check) => check(text),
            Self::Word { words, .. } if words.contains(&text) => Ok(()),
            Self::Word { rule, words } => {
                let found = format!("{text:?} is not known here");
                let problem = Problem::new(rule, found, words.join(", "));
                Err(problem.suggesting(nearest(text, words.iter().copied())))
            }
        }
    }
}

/// A value as a finding names it.
pub fn described(node: &Node) -> Cow<'static, str> {
    match &node.value {
        Value::Null => "null".into(),
        Value::Object(_) => "an object".into(),
        Value::Array(_) => "a list".into(),
        Value::String(text) => format!("{text:?}").into(),
        Value::Bool(_) | Value::Number(_) => node.scalar().unwrap_or_default().into_owned().into(),
        Value::Unknown(_) => "an unknown value".into(),
    }
}
