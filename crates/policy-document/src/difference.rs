//! The difference of two documents by their meaning: what is gone, what is new, what has another value.
//!
//! There is none exactly where [`same_meaning`](crate::document::same_meaning) holds.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::normalized;
use crate::fault::path;

/// One difference between two documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: keys joined by dots, list positions or statement names in brackets
    /// (`Content.Statement[DenyLeave].Action`).
    pub path: String,
    /// What differs there.
    pub part: Part,
    /// What stood there; none where nothing did.
    pub old: Option<Value>,
    /// What stands there; none where nothing does.
    pub new: Option<Value>,
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The value at the path.
    Value,
    /// One value of the list at the path.
    Item,
    /// A whole statement of an IAM document.
    Statement,
    /// The order of what the list at the path holds; old and new are the whole lists, of statements
    /// their names.
    Order,
}

/// What differs between two documents of a type, in the order of keys and lists. `root` is the path of
/// the whole.
///
/// Statements of SCPs and RCPs are matched by their Sid, those without one by equality and then in
/// their order.
pub fn differences(policy_type: &str, root: &str, old: &Value, new: &Value) -> Vec<Difference> {
    let (old, new) = (normalized(policy_type, old), normalized(policy_type, new));
    let mut found = Vec::new();
    match (statements(policy_type, &old), statements(policy_type, &new)) {
        (Some((old_rest, old_list)), Some((new_rest, new_list))) => {
            compare(root, &Value::Object(old_rest), &Value::Object(new_rest), &mut found);
            compare_statements(&path(root, STATEMENT), &old_list, &new_list, &mut found);
        }
        _ => compare(root, &old, &new, &mut found),
    }
    found
}

const STATEMENT: &str = "Statement";

/// The statements of an IAM document, and the rest of it; none if it is no such document.
fn statements(policy_type: &str, document: &Value) -> Option<(Map<String, Value>, Vec<Value>)> {
    if !crate::document::is_iam(policy_type) {
        return None;
    }
    let mut rest = document.as_object()?.clone();
    match rest.shift_remove(STATEMENT)? {
        Value::Array(list) => Some((rest, list)),
        _ => None,
    }
}

fn compare(at: &str, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Object(old), Value::Object(new)) => compare_objects(at, old, new, found),
        (Value::Array(old), Value::Array(new)) => compare_lists(at, old, new, found),
        _ => found.push(changed(at, Part::Value, Some(old), Some(new))),
    }
}

fn changed(at: &str, part: Part, old: Option<&Value>, new: Option<&Value>) -> Difference {
    Difference { path: at.to_owned(), part, old: old.cloned(), new: new.cloned() }
}

fn compare_objects(
    at: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    for (key, value) in old {
        let here = path(at, key);
        match new.get(key) {
            Some(other) => compare(&here, value, other, found),
            None => found.push(changed(&here, Part::Value, Some(value), None)),
        }
    }
    for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        found.push(changed(&path(at, key), Part::Value, None, Some(value)));
    }
}

/// Lists of objects that are as long as each other go position by position. Of others it is said
/// which items are gone and which are new, or, where the rest has another order, the whole.
fn compare_lists(at: &str, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let nested = |value: &Value| value.is_object() || value.is_array();
    if old.len() == new.len() && old.iter().chain(new).all(nested) {
        for (position, (old, new)) in old.iter().zip(new).enumerate() {
            compare(&format!("{at}[{position}]"), old, new, found);
        }
        return;
    }
    let pairs = equal_pairs(old, new, |_| true, |_| true);
    if !in_order(&pairs) {
        let whole = |list: &[Value]| Value::Array(list.to_vec());
        let part = if pairs.len() == old.len() && old.len() == new.len() {
            Part::Order
        } else {
            Part::Value
        };
        found.push(changed(at, part, Some(&whole(old)), Some(&whole(new))));
        return;
    }
    let (left, right) = unpaired(&pairs, old.len(), new.len());
    for item in left.iter().filter_map(|index| old.get(*index)) {
        found.push(changed(at, Part::Item, Some(item), None));
    }
    for item in right.iter().filter_map(|index| new.get(*index)) {
        found.push(changed(at, Part::Item, None, Some(item)));
    }
}

/// Positions in the old and in the new list that belong together.
type Pairs = Vec<(usize, usize)>;

/// Pairs of equal items, each item in one of them at most, among those that are looked at.
fn equal_pairs(
    old: &[Value],
    new: &[Value],
    of_old: impl Fn(usize) -> bool,
    of_new: impl Fn(usize) -> bool,
) -> Pairs {
    let mut free: Vec<usize> = (0..new.len()).filter(|index| of_new(*index)).collect();
    let mut pairs = Pairs::new();
    for (index, item) in old.iter().enumerate().filter(|(index, _)| of_old(*index)) {
        if let Some(place) = free.iter().position(|other| new.get(*other) == Some(item)) {
            pairs.push((index, free.remove(place)));
        }
    }
    pairs
}

/// Whether what belongs together has the same order in both lists.
fn in_order(pairs: &Pairs) -> bool {
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    sorted.is_sorted_by_key(|(_, new)| new)
}

/// The positions in no pair.
fn unpaired(pairs: &Pairs, old: usize, new: usize) -> (Vec<usize>, Vec<usize>) {
    let left = (0..old).filter(|index| !pairs.iter().any(|(old, _)| old == index)).collect();
    let right = (0..new).filter(|index| !pairs.iter().any(|(_, new)| new == index)).collect();
    (left, right)
}

fn compare_statements(at: &str, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let pairs = statement_pairs(old, new);
    let here = |list: &[Value], index: usize| format!("{at}[{}]", name(list, index));
    let (left, right) = unpaired(&pairs, old.len(), new.len());
    for index in left {
        found.push(changed(&here(old, index), Part::Statement, old.get(index), None));
    }
    for (before, after) in &pairs {
        if let (Some(before), Some(statement)) = (old.get(*before), new.get(*after)) {
            compare(&here(new, *after), before, statement, found);
        }
    }
    for index in right {
        found.push(changed(&here(new, index), Part::Statement, None, new.get(index)));
    }
    if !in_order(&pairs) {
        // Both by the old names, since a position is no name in another order.
        let before = |index: usize| pairs.iter().find(|(_, new)| *new == index);
        let names = (0..new.len()).map(|index| match before(index) {
            Some((index, _)) => Value::from(name(old, *index)),
            None => Value::from(name(new, index)),
        });
        let new = names.collect();
        let old = (0..old.len()).map(|index| Value::from(name(old, index))).collect();
        found.push(changed(at, Part::Order, Some(&old), Some(&new)));
    }
}

/// What a statement is called: by its Sid, where no other has it, or by its position.
fn name(list: &[Value], index: usize) -> String {
    match list.get(index).and_then(sid) {
        Some(sid) if only_once(list).contains(sid) => sid.to_owned(),
        Some(sid) => format!("{sid} {index}"),
        None => index.to_string(),
    }
}

/// Statements of the same Sid belong together, where each list has it once; then those that are
/// equal; then the others, in their order.
fn statement_pairs(old: &[Value], new: &[Value]) -> Pairs {
    let shared: BTreeSet<&str> = only_once(old).intersection(&only_once(new)).copied().collect();
    let has_shared = |list: &[Value], index: usize| {
        list.get(index).and_then(sid).is_some_and(|sid| shared.contains(sid))
    };
    let place = |list: &[Value], name: &str| list.iter().position(|s| sid(s) == Some(name));
    let mut pairs: Pairs =
        shared.iter().filter_map(|sid| Some((place(old, sid)?, place(new, sid)?))).collect();
    pairs.extend(equal_pairs(old, new, |i| !has_shared(old, i), |i| !has_shared(new, i)));
    let (left, right) = unpaired(&pairs, old.len(), new.len());
    // A statement that has a name of its own is gone if nobody else has that name.
    let nameless = |list: &[Value], index: &usize| list.get(*index).and_then(sid).is_none();
    let left = left.into_iter().filter(|index| nameless(old, index));
    let right = right.into_iter().filter(|index| nameless(new, index));
    pairs.extend(left.zip(right));
    pairs.sort_unstable();
    pairs
}

fn sid(statement: &Value) -> Option<&str> {
    statement.get("Sid")?.as_str()
}

/// The Sids that stand there once.
fn only_once(list: &[Value]) -> BTreeSet<&str> {
    let (mut once, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for sid in list.iter().filter_map(sid) {
        if seen.insert(sid) {
            once.insert(sid);
        } else {
            once.remove(sid);
        }
    }
    once
}
