//! All rules that the tool can find broken: the checker's, its own, and those of effective policies.

use policy_document::check::{self, Rule};
use policy_document::effective;

use crate::silence;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    check::rules().chain(silence::RULES.iter().copied()).chain(effective::rules())
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}
