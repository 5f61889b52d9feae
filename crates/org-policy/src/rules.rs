//! All rules that `check` can find broken: the checker's, and the tool's own.

use policy_document::check::{self, Rule};

use crate::silence;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    check::rules().chain(silence::RULES.iter().copied())
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
