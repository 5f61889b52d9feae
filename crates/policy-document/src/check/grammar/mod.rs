//! The grammar of management policies as data, and the one walker that follows it.
//!
//! A family describes its documents as a table of [`Shape`]s: objects with fixed keys, maps whose
//! keys the author chooses, and settings, which hold one value or a list. At every setting stand
//! operators, so the walker knows what all management policies have in common: `@@assign`,
//! `@@append`, `@@remove`, and what child policies may use. A family adds its values' checks, and
//! what no table can say: functions that look at an object as a whole.

mod lookup;
mod locks;
mod operators;
mod rules;
mod values;
mod walk;

pub(super) use self::locks::lock;
pub(super) use self::lookup::{Assigned, Setting, children, member};
pub(crate) use self::operators::Operator;
pub(super) use self::rules::RULES;
pub(super) use self::walk::check;

use super::place::{Checked, Findings, Place};
use super::rules::Rule;
use crate::tree::Node;

/// What may stand somewhere in a document.
pub(super) enum Shape {
    /// An object whose keys the policy type knows.
    Object(&'static Object),
    /// An object with keys that the policy type knows, to which AWS adds others.
    Open(&'static Open),
    /// An object whose keys the author chooses.
    Map(&'static Map),
    /// A setting that holds one value.
    Single(Kind),
    /// A setting that holds a list.
    List(List),
}

/// An object whose keys the policy type knows.
pub(super) struct Object {
    pub keys: &'static [(&'static str, Shape)],
    /// Of each of these groups, one key has to be there.
    pub required: &'static [&'static [&'static str]],
    /// What its parts have to do with each other.
    pub whole: &'static [Whole],
}

/// An object of which more keys may be known to AWS than here.
pub(super) struct Open {
    pub known: Object,
    /// The rule, a warning, that a key breaks which is not known here.
    pub rule: &'static Rule,
}

/// An object whose keys the author chooses.
pub(super) struct Map {
    /// What is wrong with a key, if anything is.
    pub name: fn(&str) -> Checked,
    pub of: Shape,
    /// What its parts have to do with each other.
    pub whole: &'static [Whole],
}

/// Adds what is wrong with an object, which stands here, as a whole.
pub(super) type Whole = fn(&Node, &Place<'_>, &mut Findings);

/// The values that a setting may have. AWS makes texts of numbers and booleans, so a kind sees texts only.
pub(super) enum Kind {
    /// One of these words.
    Word { rule: &'static Rule, words: &'static [&'static str] },
    /// What this function does not object to.
    Text(fn(&str) -> Checked),
}

/// A setting that holds a list.
pub(super) struct List {
    pub item: Kind,
    /// Whether `@@assign` may be given a list without items.
    pub may_be_empty: bool,
}

/// A name or a value that may be any text.
pub(super) fn any_text(_: &str) -> Checked {
    Ok(())
}
