//! The statements of a document, read as far as they can be read.

use super::super::place::Place;
use super::action::Action;
use crate::document::is_variable_name;
use crate::tree::{Member, Node, Value};

/// One statement, and its number if it stands in a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement<'a> {
    pub node: &'a Node,
    parent: &'a Member,
    index: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// The statements of a document, which may also be a single one without a list.
pub(super) fn all(document: &Node) -> Vec<Statement<'_>> {
    let Some(parent) = document.member("Statement") else { return Vec::new() };
    match &parent.node.value {
        Value::Object(_) => vec![Statement { node: &parent.node, parent, index: None }],
        Value::Array(items) => {
            let numbered = items.iter().enumerate();
            numbered.map(|(i, node)| Statement { node, parent, index: Some(i) }).collect()
        }
        _ => Vec::new(),
    }
}

impl<'a> Statement<'a> {
    /// Calls `then` with the place of this statement.
    pub fn locate<R>(&self, then: impl FnOnce(&Place<'_>) -> R) -> R {
        let root = Place::root();
        let list = root.member(self.parent);
        match self.index {
            Some(index) => then(&list.index(index)),
            None => then(&list),
        }
    }

    /// Calls `then` with the place of an element of this statement.
    pub fn locate_element<R>(&self, element: &str, then: impl FnOnce(&Place<'_>) -> R) -> R {
        self.locate(|place| then(&place.key(element)))
    }

    pub fn has(&self, element: &str) -> bool {
        self.node.member(element).is_some()
    }

    pub fn member(&self, element: &str) -> Option<&'a Member> {
        self.node.member(element)
    }

    pub fn effect(&self) -> Option<Effect> {
        match self.node.get("Effect")?.as_str()? {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            _ => None,
        }
    }

    /// The texts of an element, if it is there and all of them are known.
    pub fn texts(&self, element: &str) -> Option<Vec<&'a str>> {
        let nodes = self.node.get(element)?.one_or_more();
        nodes.iter().map(|node| node.as_str().filter(|text| !is_open(text))).collect()
    }

    /// The actions under Action, if all of them can be read.
    pub fn actions(&self) -> Option<Vec<Action<'a>>> {
        self.texts("Action")?.into_iter().map(Action::read).collect()
    }

    /// Whether the statement has a condition, or may have one.
    pub fn is_conditional(&self) -> bool {
        self.node.get("Condition").is_some_and(|condition| match &condition.value {
            Value::Object(operators) => !operators.is_empty(),
            _ => true,
        })
    }
}

/// Calls `then` for each value of an element, which may be one value or a list of them.
pub(super) fn each(node: &Node, place: &Place<'_>, mut then: impl FnMut(&Node, &Place<'_>)) {
    match &node.value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                then(item, &place.index(index));
            }
        }
        _ => then(node, place),
    }
}

/// Whether a text holds a variable of Custom::OrgPolicy (`${Name}`), so that nobody knows yet what it will be. The
/// variables of IAM have other names (`${aws:username}`, `${*}`).
pub(super) fn is_open(text: &str) -> bool {
    text.split("${")
        .skip(1)
        .any(|rest| rest.split_once('}').is_some_and(|(name, _)| is_variable_name(name)))
}

/// A pattern of IAM in which every variable stands for any text.
pub(super) fn without_variables(text: &str) -> String {
    with_variables_as(text, "*")
}

/// The text with something else in place of every variable.
pub(super) fn with_variables_as(text: &str, other: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        result.extend([before, other]);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    result + rest
}
