//! A policy's document, taken apart into operators.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::check::grammar::Operator;
use crate::tree::pointer::join;
use crate::tree::{Node, Span, Value};

use super::policy_types::Merging;
use super::setting::Scalar;

/// One object of a document: its operators and its keys.
#[derive(Debug, Default)]
pub(super) struct Fragment {
    pub at: At,
    pub assign: Option<Operand>,
    pub append: Option<Operand>,
    pub remove: Option<Operand>,
    pub control: Option<Control>,
    /// Why the whole of it is not known, if it is not.
    pub unknown: Option<String>,
    pub children: Vec<(Arc<str>, Fragment)>,
}

impl Fragment {
    /// Adds a key. What one policy writes at two keys that count as one is taken together.
    fn add(&mut self, key: Arc<str>, child: Self, merging: Merging) {
        let same = |other: &str| {
            *other == *key || merging.folds_keys && other.to_lowercase() == key.to_lowercase()
        };
        match self.children.iter_mut().find(|(other, _)| same(other)) {
            Some((_, there)) => there.absorb(child, merging),
            None => self.children.push((key, child)),
        }
    }

    /// Takes over what is not said here already.
    fn absorb(&mut self, other: Self, merging: Merging) {
        self.assign = self.assign.take().or(other.assign);
        self.append = self.append.take().or(other.append);
        self.remove = self.remove.take().or(other.remove);
        self.control = self.control.take().or(other.control);
        self.unknown = self.unknown.take().or(other.unknown);
        for (key, child) in other.children {
            self.add(key, child, merging);
        }
    }
}

/// Where something stands in a document.
#[derive(Clone, Debug, Default)]
pub(super) struct At {
    pub pointer: Arc<str>,
    pub span: Span,
}

/// What a value-setting operator has on its right.
#[derive(Debug)]
pub(super) struct Operand {
    pub at: At,
    pub given: Given,
}

#[derive(Debug)]
pub(super) enum Given {
    One(Scalar),
    List(Vec<(Scalar, At)>),
}

/// What policies below may do.
#[derive(Debug)]
pub(super) struct Control {
    pub at: At,
    pub allowed: Operators,
}

/// A set of value-setting operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operators {
    pub assign: bool,
    pub append: bool,
    pub remove: bool,
}

impl Operators {
    pub const ALL: Self = Self { assign: true, append: true, remove: true };

    /// Whether a policy below may add keys that are not there yet. AWS's examples use `@@append` and
    /// `@@assign` for it.
    pub fn add_keys(self) -> bool {
        self.assign || self.append
    }
}

pub(super) const ASSIGN: &str = Operator::Assign.name();
pub(super) const APPEND: &str = Operator::Append.name();
pub(super) const REMOVE: &str = Operator::Remove.name();
const CONTROL: &str = Operator::Children.name();

/// Takes a document apart. What no operator says (a bare value) sets nothing: AWS refuses it.
pub(super) fn fragment(document: &Node, merging: Merging) -> Fragment {
    read(document, "", merging)
}

fn read(node: &Node, pointer: &str, merging: Merging) -> Fragment {
    let mut fragment = Fragment { at: at(pointer, node.span), ..Fragment::default() };
    if let Value::Unknown(why) = &node.value {
        let given = Given::One(Scalar::Unknown(why.clone()));
        fragment.assign = Some(Operand { at: fragment.at.clone(), given });
        fragment.unknown = Some(why.clone());
        return fragment;
    }
    for member in node.members() {
        let pointer = join(pointer, &member.key);
        let node = &member.node;
        // Of two equal keys the first one counts; AWS refuses the document.
        match member.key.to_ascii_lowercase().as_str() {
            ASSIGN => _ = fragment.assign.get_or_insert_with(|| operand(node, &pointer, merging)),
            APPEND => _ = fragment.append.get_or_insert_with(|| operand(node, &pointer, merging)),
            REMOVE => _ = fragment.remove.get_or_insert_with(|| operand(node, &pointer, merging)),
            CONTROL => {
                let control = Control { at: at(&pointer, node.span), allowed: operators(node) };
                fragment.control.get_or_insert(control);
            }
            key if key.starts_with("@@") => {}
            _ if matches!(node.value, Value::Object(_) | Value::Unknown(_)) => {
                let child = read(node, &pointer, merging);
                fragment.add(member.key.as_str().into(), child, merging);
            }
            _ => {}
        }
    }
    fragment
}

fn at(pointer: &str, span: Span) -> At {
    At { pointer: pointer.into(), span }
}

fn operand(node: &Node, pointer: &str, merging: Merging) -> Operand {
    let given = match &node.value {
        Value::Array(items) => Given::List(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let at = at(&join(pointer, index), item.span);
                    (scalar(item, merging), at)
                })
                .collect(),
        ),
        _ => Given::One(scalar(node, merging)),
    };
    Operand { at: at(pointer, node.span), given }
}

fn scalar(node: &Node, merging: Merging) -> Scalar {
    match &node.value {
        Value::String(text) => Scalar::Text(text.clone()),
        Value::Unknown(why) => Scalar::Unknown(why.clone()),
        Value::Null if merging.texts_only => Scalar::Text("null".to_owned()),
        Value::Bool(value) if merging.texts_only => Scalar::Text(value.to_string()),
        Value::Number(number) if merging.texts_only => Scalar::Text(number.clone()),
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Bool(*value),
        Value::Number(number) => Scalar::Number(number.clone()),
        Value::Array(_) | Value::Object(_) => Scalar::Json(json(node).to_string()),
    }
}

/// The operators that a control allows. What is no operator allows nothing; what is not known,
/// everything.
fn operators(node: &Node) -> Operators {
    let mut allowed = Operators { assign: false, append: false, remove: false };
    for name in node.one_or_more() {
        match name.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("@@all") => return Operators::ALL,
            Some(ASSIGN) => allowed.assign = true,
            Some(APPEND) => allowed.append = true,
            Some(REMOVE) => allowed.remove = true,
            _ if matches!(name.value, Value::Unknown(_)) => return Operators::ALL,
            _ => {}
        }
    }
    allowed
}

/// A node as JSON. What is not known becomes a text that says so.
pub(super) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => {
            serde_json::from_str(number).unwrap_or_else(|_| Json::String(number.clone()))
        }
        Value::String(text) => Json::String(text.clone()),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(members) => {
            members.iter().map(|member| (member.key.clone(), json(&member.node))).collect()
        }
        Value::Unknown(why) => Json::String(format!("(unknown: {why})")),
    }
}
