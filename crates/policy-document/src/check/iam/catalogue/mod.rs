//! Whether the actions, resources and condition keys that statements name exist, and go together.

mod actions;
mod data;
mod keys;
pub(super) mod rules;
mod spelling;

use super::super::place::Findings;
use super::Kind;
use super::statement::Statement;

pub(super) fn check(statements: &[Statement<'_>], kind: Kind, findings: &mut Findings) {
    for statement in statements {
        actions::check(statement, kind, findings);
        keys::check(statement, findings);
    }
}
