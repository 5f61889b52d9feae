//! How long a document is as it is sent: minified, in characters.

use crate::tree::{Node, Value};

/// The characters of a document without white space between its parts. What only a deployment can
/// know counts as nothing, so that a document may turn out longer, but not shorter.
pub fn characters(node: &Node) -> usize {
    match &node.value {
        Value::Null => 4,
        Value::Bool(value) => {
            if *value {
                4
            } else {
                5
            }
        }
        Value::Number(text) => text.len(),
        Value::String(text) => characters_of_text(text),
        Value::Array(items) => enclosed(items.iter().map(characters)),
        Value::Object(members) => enclosed(
            members
                .iter()
                .map(|member| characters_of_text(&member.key) + 1 + characters(&member.node)),
        ),
        Value::Unknown(_) => 0,
    }
}

/// Parts between brackets, with commas.
fn enclosed(parts: impl ExactSizeIterator<Item = usize>) -> usize {
    let commas = parts.len().saturating_sub(1);
    2 + commas + parts.sum::<usize>()
}

/// A text with its quotes and escapes.
fn characters_of_text(text: &str) -> usize {
    2 + text.chars().map(characters_of_char).sum::<usize>()
}

fn characters_of_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\u{0}'..='\u{1f}' => 6,
        _ => 1,
    }
}
