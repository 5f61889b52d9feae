//! Anchors (`&name`), aliases (`*name`) and merge keys (`<<`).
//!
//! CloudFormation itself refuses aliases and merge keys (user guide, template formats); `aws cloudformation package` and
//! `sam` write them out before. They are written out here as those do it, with PyYAML: [`super::aliases`] says where they
//! stand.

use std::collections::{BTreeMap, HashSet};

use crate::tree::text::MAX_DEPTH;
use crate::tree::{Member, Node, Span, SyntaxError, Value};

/// What anchors and aliases may copy, in bytes: a few lines of aliases of aliases could stand for any amount.
const MAX_COPIED: usize = 16 * 1024 * 1024;

/// The values with anchors.
#[derive(Default)]
pub(super) struct Anchors {
    values: BTreeMap<usize, Anchored>,
    copied: usize,
}

struct Anchored {
    node: Node,
    height: usize,
    weight: usize,
}

impl Anchors {
    /// Keeps a value for its aliases.
    pub(super) fn keep(&mut self, anchor: usize, node: &Node) -> Result<(), SyntaxError> {
        let (height, weight) = (height(node), weight(node));
        self.charge(weight, node.span)?;
        self.values.insert(anchor, Anchored { node: node.clone(), height, weight });
        Ok(())
    }

    /// What the alias at `span` stands for, at this depth. Its parts keep their places, where they can be corrected.
    pub(super) fn copy(
        &mut self,
        anchor: usize,
        span: Span,
        depth: usize,
    ) -> Result<Node, SyntaxError> {
        let Some(Anchored { node, height, weight }) = self.values.get(&anchor) else {
            let cause = "this alias stands for what it is a part of; write out what is meant";
            return Err(SyntaxError::new("YAML", span, cause));
        };
        if depth + height > MAX_DEPTH {
            return Err(SyntaxError::too_deep("YAML", span));
        }
        let (copy, weight) = (Node { span, value: node.value.clone() }, *weight);
        self.charge(weight, span)?;
        Ok(copy)
    }

    fn charge(&mut self, weight: usize, span: Span) -> Result<(), SyntaxError> {
        self.copied += weight;
        if self.copied <= MAX_COPIED {
            return Ok(());
        }
        let cause =
            "the anchors and aliases up to here stand for more than 16 MiB; write out less by them";
        Err(SyntaxError::new("YAML", span, cause))
    }
}

/// The levels of lists and objects.
fn height(node: &Node) -> usize {
    let below = match &node.value {
        Value::Array(items) => items.iter().map(height).max(),
        Value::Object(members) => members.iter().map(|member| height(&member.node)).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// About the memory that a copy takes.
fn weight(node: &Node) -> usize {
    let content = match &node.value {
        Value::String(text) | Value::Number(text) | Value::Unknown(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members
            .iter()
            .map(|member| size_of::<Member>() + member.key.len() + weight(&member.node))
            .sum(),
        Value::Null | Value::Bool(_) => 0,
    };
    size_of::<Node>() + content
}

/// The values of the merge keys of one object, in the order of the source.
#[derive(Default)]
pub(super) struct Merges {
    /// Where the first one stands among the members.
    place: usize,
    values: Vec<Vec<Member>>,
}

impl Merges {
    /// Adds the value of a merge key that stands behind so many members.
    pub(super) fn add(&mut self, value: Node, place: usize) -> Result<(), SyntaxError> {
        if self.values.is_empty() {
            self.place = place;
        }
        let span = value.span;
        let maps = match value.value {
            Value::Array(items) => items,
            _ => vec![value],
        };
        // Of the maps in a list the first has precedence; of several merge keys, the last.
        for map in maps.into_iter().rev() {
            let Value::Object(members) = map.value else {
                return Err(no_mapping(span));
            };
            self.values.push(members);
        }
        Ok(())
    }

    /// The members with what is merged into them: keys that they do not have themselves.
    pub(super) fn into_members(self, mut members: Vec<Member>) -> Vec<Member> {
        if self.values.is_empty() {
            return members;
        }
        let mut taken: HashSet<String> = members.iter().map(|member| member.key.clone()).collect();
        let rest = members.split_off(self.place.min(members.len()));
        for merged in self.values.into_iter().rev().flatten() {
            if taken.insert(merged.key.clone()) {
                members.push(merged);
            }
        }
        members.extend(rest);
        members
    }
}

/// The error of a merge key whose value cannot be merged.
pub(super) fn no_mapping(span: Span) -> SyntaxError {
    let cause =
        "a merge key takes a mapping, or a list of them; write an alias of one (`<<: *name`)";
    SyntaxError::new("YAML", span, cause)
}
