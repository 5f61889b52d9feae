//! Where a finding is shown.

use std::collections::HashMap;

use policy_document::check::Finding;
use policy_document::tree::{Node, Span, Value};

use crate::input::Source;

/// The places of a document's keys, by the places of their values.
#[derive(Debug)]
pub struct Places(HashMap<(usize, usize), Span>);

impl Places {
    /// Of this document.
    pub fn new(root: &Node) -> Self {
        let mut keys = HashMap::new();
        collect(root, &mut keys);
        Self(keys)
    }

    /// The part of the text to show for a finding. A value over several lines is shown by the key that names it, and a
    /// whole document by its first line.
    pub fn of(&self, finding: &Finding, source: &Source) -> Span {
        let span = finding.span;
        let first = source.line(source.line_of(span.start)).end;
        if span.end <= first {
            return span;
        }
        match self.0.get(&(span.start, span.end)) {
            Some(key) => *key,
            None if finding.pointer.is_empty() => Span { end: first, ..span },
            None => span,
        }
    }
}

fn collect(node: &Node, keys: &mut HashMap<(usize, usize), Span>) {
    match &node.value {
        Value::Object(members) => {
            for member in members {
                keys.insert((member.node.span.start, member.node.span.end), member.key_span);
                collect(&member.node, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}
