//! Trees: JSON and YAML texts, places, pointers.

#![cfg(test)]

mod aliases;
mod errors;
mod fuzz;
mod json;
mod limits;
mod places;
mod pointers;
mod scalars;
mod tags;
mod yaml;

use policy_document::tree::{Node, parse};
use serde_json::Value;

/// What a text holds, as JSON.
fn read(text: &str) -> Value {
    tree(text).to_json().unwrap_or_else(|| panic!("{text}: no JSON"))
}

/// The line and the column of a byte offset, both from 1; columns count characters.
fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

fn tree(text: &str) -> Node {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
