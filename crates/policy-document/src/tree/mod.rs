//! A document as a tree whose nodes know their place in the source.
//!
//! Unlike a `serde_json::Value`, it keeps both of two equal keys, and numbers as they are written.

#[cfg(feature = "text")]
pub mod json;
#[cfg(feature = "text")]
pub mod yaml;
#[cfg(feature = "text")]
mod text;
pub mod pointer;

use std::borrow::Cow;

use serde_json::Value as Json;

#[cfg(feature = "text")]
pub use text::{MAX_DEPTH, MAX_LENGTH, SyntaxError, parse};

/// A part of a source text, as byte offsets; empty where a node has no source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

/// One value of a document, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The whole value, with its brackets or quotes.
    pub span: Span,
    /// What stands there.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text, without quotes and escapes.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object: its members in the order of the source. A key may stand there twice.
    Object(Vec<Member>),
    /// What only a deployment can know, with the reason: `the attribute Arn of Vault`.
    Unknown(String),
}

/// One key of an object, and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key, without quotes and escapes.
    pub key: String,
    /// Where the key stands, with its quotes.
    pub key_span: Span,
    /// What it names.
    pub node: Node,
}

impl Node {
    /// A node of no source.
    pub fn new(value: Value) -> Self {
        Self { span: Span::default(), value }
    }

    /// The value of `key`, if this is an object that has it; the first one, if it has two.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.node)
    }

    /// The member named `key`, if this is an object that has it; the first one, if it has two.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.key == key)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The JSON value that this is: none if it has an unknown part, a key that stands twice, or a number that
    /// `serde_json` cannot hold.
    pub fn to_json(&self) -> Option<Json> {
        Some(match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => Json::Number(text.parse().ok()?),
            Value::String(text) => Json::String(text.clone()),
            Value::Array(items) => {
                Json::Array(items.iter().map(Node::to_json).collect::<Option<_>>()?)
            }
            Value::Object(members) => {
                let mut object = serde_json::Map::new();
                for member in members {
                    let former = object.insert(member.key.clone(), member.node.to_json()?);
                    if former.is_some() {
                        return None;
                    }
                }
                Json::Object(object)
            }
            Value::Unknown(_) => return None,
        })
    }

    /// The JSON value that this is, with what `stand_in` puts in place of each unknown part; where that is none, the part is
    /// left out. Of a key that stands twice the last value counts, and a number that `serde_json` cannot hold is a text.
    pub fn to_json_with(&self, stand_in: &dyn Fn(&str) -> Option<Json>) -> Option<Json> {
        let of = |node: &Node| node.to_json_with(stand_in);
        Some(match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(text) => {
                text.parse().map_or_else(|_| Json::String(text.clone()), Json::Number)
            }
            Value::String(text) => Json::String(text.clone()),
            Value::Array(items) => items.iter().filter_map(of).collect(),
            Value::Object(members) => members
                .iter()
                .filter_map(|member| Some((member.key.clone(), of(&member.node)?)))
                .collect(),
            Value::Unknown(reason) => return stand_in(reason),
        })
    }

    /// The items of a list, or the one value that stands where there could be a list.
    pub fn one_or_more(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// A text, a number or a boolean as a text; none of anything else.
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        match &self.value {
            Value::String(text) | Value::Number(text) => Some(text.into()),
            Value::Bool(true) => Some("true".into()),
            Value::Bool(false) => Some("false".into()),
            _ => None,
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A tree without places: of a document that never was a text of its own.
impl From<&Json> for Node {
    fn from(json: &Json) -> Self {
        Self::new(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => Value::Number(number.to_string()),
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => Value::Array(items.iter().map(Node::from).collect()),
            Json::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|(key, value)| Member {
                        key: key.clone(),
                        key_span: Span::default(),
                        node: Node::from(value),
                    })
                    .collect(),
            ),
        })
    }
}
