//! How many of what AWS Organizations and AWS Backup take.
//!
//! Sources: "Backup policy syntax and examples" of the AWS Organizations user guide; "AWS Backup quotas" of the AWS
//! Backup developer guide; what ListEffectivePolicyValidationErrors was seen to report (September 2026).

/// The days that a backup stays in cold storage, and in the archive tier, at least.
pub const COLD_DAYS: u64 = 90;
/// The days that a continuous backup is kept at most.
pub const CONTINUOUS_DAYS: u64 = 35;
/// The days between two backups of the archive tier at least.
pub const ARCHIVE_DAYS: u32 = 28;

/// Rules of an effective plan.
pub const RULES: usize = 10;
/// Selections by tags of an effective plan.
pub const SELECTIONS_BY_TAGS: usize = 10;
/// Selections of an effective plan, of both kinds.
pub const SELECTIONS: usize = 100;
/// Values of the tag of one selection.
pub const TAG_VALUES: usize = 30;
/// Conditions of one selection.
pub const CONDITIONS: usize = 30;
/// Copy actions of one rule.
pub const COPIES: usize = 5;
/// Tags that one rule gives to recovery points.
pub const RECOVERY_POINT_TAGS: usize = 10;
