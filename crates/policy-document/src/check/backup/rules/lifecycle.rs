//! The rules about lifecycles, continuous backup, the archive tier and copies.

use super::in_rule;
use crate::check::backup::POLICY_TYPE as TYPE;
use crate::check::rules::{Rule, Severity, source};

const DATE: &str = "2026-09";

pub static CONTINUOUS_RETENTION: Rule = Rule {
    code: "backup-continuous-retention",
    severity: Severity::Error,
    summary: "A rule with continuous backup deletes after 35 days at the latest, and says so.",
    explanation: "AWS keeps continuous backups for 35 days at most. AWS Organizations refuses a rule that switches them on \
        without a delete_after_days of 1 to 35 in the same rule of the same policy, also where another policy has it.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""enable_continuous_backup": {"@@assign": true}, "lifecycle": {"delete_after_days": {"@@assign": 365}}"#
    ),
    right: in_rule!(
        r#""enable_continuous_backup": {"@@assign": true}, "lifecycle": {"delete_after_days": {"@@assign": 35}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static CONTINUOUS_COLD: Rule = Rule {
    code: "backup-continuous-cold-storage",
    severity: Severity::Error,
    summary: "A rule with continuous backup does not move to cold storage.",
    explanation: "AWS Organizations refuses a rule that has both. If the move is inherited from another policy it passes, \
        and then AWS Backup has to cope with it.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""enable_continuous_backup": {"@@assign": true}, "lifecycle": {"move_to_cold_storage_after_days": {"@@assign": 7}, "delete_after_days": {"@@assign": 35}}"#
    ),
    right: in_rule!(
        r#""enable_continuous_backup": {"@@assign": true}, "lifecycle": {"delete_after_days": {"@@assign": 35}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static COLD_STORAGE_TOO_SHORT: Rule = Rule {
    code: "backup-cold-storage-too-short",
    severity: Severity::Warning,
    summary: "Between the move to cold storage and the deletion lie at least 90 days.",
    explanation: "AWS Organizations takes less, at CreatePolicy and in the effective policy. But AWS Backup keeps what is \
        in cold storage for 90 days, and its backups fail.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""lifecycle": {"move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 60}}"#
    ),
    right: in_rule!(
        r#""lifecycle": {"move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\"; captured",
    date: DATE,
};

pub static ARCHIVE_RETENTION: Rule = Rule {
    code: "backup-archive-retention",
    severity: Severity::Error,
    summary: "A lifecycle with the archive tier has both days, at least 90 apart.",
    explanation: "With opt_in_to_archive_for_supported_resources, AWS Organizations refuses a lifecycle without \
        move_to_cold_storage_after_days and delete_after_days, or with less than 90 days between them. This holds for the \
        lifecycles of copy actions too.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 119}}"#
    ),
    right: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static ARCHIVE_SCHEDULE: Rule = Rule {
    code: "backup-archive-schedule",
    severity: Severity::Error,
    summary: "A rule with the archive tier runs every 28 days at most, and says so.",
    explanation: "AWS Organizations refuses opt_in_to_archive_for_supported_resources, of the rule or of a copy action, if \
        the same rule has no schedule_expression, or one whose next two runs lie less than 28 days apart.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 ? * SUN *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    right: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static ARCHIVE_SCHEDULE_VARIES: Rule = Rule {
    code: "backup-archive-schedule-varies",
    severity: Severity::Warning,
    summary: "A rule with the archive tier has at least 28 days between any two runs.",
    explanation: "AWS Organizations looks at the next two runs only. A schedule with longer and shorter gaps is taken on \
        some days and refused on others, also when only the policy's description changes.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 1,29 * ? *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    right: in_rule!(
        r#""schedule_expression": {"@@assign": "cron(0 5 1 * ? *)"}, "lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": 120}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static COPY_KEY: Rule = Rule {
    code: "backup-copy-key",
    severity: Severity::Warning,
    summary: "The key of a copy action is its target.",
    explanation: "Policies are merged by the key, and AWS copies to the target. If they differ, a reader is misled, and \
        another policy that means the same copy makes a second one. AWS Organizations takes it: an older example of the \
        guide has $account in the key and an account's id in the target.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""copy_actions": {"arn:aws:backup:eu-west-1:$account:backup-vault:copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:111122223333:backup-vault:copies"}}}"#
    ),
    right: in_rule!(
        r#""copy_actions": {"arn:aws:backup:eu-west-1:111122223333:backup-vault:copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:111122223333:backup-vault:copies"}}}"#
    ),
    source: source::BACKUP_SYNTAX,
    date: DATE,
};
