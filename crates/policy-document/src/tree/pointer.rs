//! JSON pointers (RFC 6901): `/plans/daily/rules/0`.

use std::fmt::Display;

use super::{Node, Value};

/// The pointer to a child of what `parent` points to.
pub fn join(parent: &str, key: impl Display) -> String {
    format!("{parent}/{}", escape(&key.to_string()))
}

/// A key as a part of a pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that a part of a pointer stands for.
pub fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// The node that a pointer points to; of two equal keys the first. The empty pointer is the whole document's.
pub fn find<'a>(root: &'a Node, pointer: &str) -> Option<&'a Node> {
    if pointer.is_empty() {
        return Some(root);
    }
    pointer.strip_prefix('/')?.split('/').try_fold(root, child)
}

/// The node that one part of a pointer points to, from this one.
pub fn child<'a>(node: &'a Node, part: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Array(items) => items.get(index(part)?),
        _ => node.get(&unescape(part)),
    }
}

/// A position in a list: digits without a leading zero.
fn index(part: &str) -> Option<usize> {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = part == "0" || !part.starts_with('0');
    if digits && canonical { part.parse().ok() } else { None }
}
