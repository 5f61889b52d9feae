//! BACKUP_POLICY: plans, their rules and selections.
//!
//! Sources: "Backup policy syntax and examples" of the AWS Organizations user guide, the API
//! reference of AWS Backup, and what others saw CreatePolicy take and refuse (September 2026). Where
//! a guide and a capture differ, the capture is what the service did.

mod arns;
mod catalogue;
mod grammar;
pub(crate) mod limits;
mod plan;
mod rule;
mod rules;
mod schedule;
mod values;

use super::Family;
use super::grammar::{check as check_grammar, member};
use crate::tree::Node;

/// For effective policies, which have schedules too.
#[cfg(feature = "effective")]
pub(crate) use schedule::day_gaps;

pub(crate) const POLICY_TYPE: &str = "BACKUP_POLICY";

pub(super) static FAMILY: Family = Family {
    types: &[POLICY_TYPE],
    recognizes: |document: &Node| member(document, "plans").map(|_| POLICY_TYPE),
    check: |document, _, findings| check_grammar(document, &grammar::POLICY, findings),
    rules: rules::RULES,
};
