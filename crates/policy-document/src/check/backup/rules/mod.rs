//! The rules about backup policies.

pub mod lifecycle;
pub mod plan;
pub mod schedule;
pub mod values;

use crate::check::rules::Rule;

/// All of them.
pub const RULES: &[&Rule] = &[
    &values::NAME,
    &values::VAULT_NAME,
    &values::NOT_A_NUMBER,
    &values::NOT_A_BOOLEAN,
    &values::NOT_A_CHOICE,
    &values::REGION,
    &values::REGION_UNKNOWN,
    &values::ROLE,
    &values::ROLE_ACCOUNT,
    &values::VAULT,
    &values::COPY_REGION,
    &values::AIR_GAPPED_VAULT,
    &values::VARIABLE_IN_NAME,
    &values::RESOURCE_TYPE,
    &values::TAG_LENGTH,
    &values::TAG_BLOCK,
    &values::CONDITION_KEY,
    &values::WINDOW_TOO_SHORT,
    &values::WINDOW_TOO_LONG,
    &values::DAYS_TOO_FEW,
    &values::DAYS_TOO_MANY,
    &schedule::SYNTAX,
    &schedule::FIELD,
    &schedule::QUESTION_MARK,
    &schedule::TOO_OFTEN,
    &schedule::NEVER,
    &schedule::EXTRA_FIELDS,
    &lifecycle::CONTINUOUS_RETENTION,
    &lifecycle::CONTINUOUS_COLD,
    &lifecycle::COLD_STORAGE_TOO_SHORT,
    &lifecycle::ARCHIVE_RETENTION,
    &lifecycle::ARCHIVE_SCHEDULE,
    &lifecycle::ARCHIVE_SCHEDULE_VARIES,
    &lifecycle::COPY_KEY,
    &plan::KINDS_OF_SELECTIONS,
    &plan::TOO_MANY_CONDITIONS,
    &plan::EFFECTIVE_LIMIT,
    &plan::CLOSED_AND_INCOMPLETE,
];

/// A backup policy whose only plan has these parts.
macro_rules! in_plan {
    ($($part:expr),*) => {
        concat!(r#"{"plans": {"daily": {"#, $($part),*, "}}}")
    };
}
pub(super) use in_plan;

/// A backup policy whose only rule has these settings.
macro_rules! in_rule {
    ($($setting:expr),*) => {
        concat!(r#"{"plans": {"daily": {"rules": {"nightly": {"#, $($setting),*, "}}}}}")
    };
}
pub(super) use in_rule;
