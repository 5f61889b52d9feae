//! The rules as data. `wrong` and `right` are backup policies, each the only one of an account.

use crate::check::backup::POLICY_TYPE;
use crate::check::{Rule, Severity};

const SEEN: &str = "captured: ListEffectivePolicyValidationErrors, as others recorded its answers";
const QUOTAS: &str = "AWS Backup developer guide, \"AWS Backup quotas\"";
const GUIDE: &str = "AWS Organizations user guide, \"Backup policy syntax and examples\"";

/// Every rule of effective policies.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        &KEY_MISSING,
        &LIST_EMPTY,
        &TOO_MANY_RULES,
        &OVER_QUOTA,
        &CONTINUOUS_RETENTION,
        &ARCHIVE_RETENTION,
        &ARCHIVE_SCHEDULE,
        &SCAN_SETTINGS_MISSING,
        &BOTH_SELECTIONS,
    ]
    .into_iter()
}

/// A policy with the plan `daily`, which has these members and Regions.
macro_rules! plan {
    ($($members:expr),*) => {
        concat!(
            r#"{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}"#,
            $(", ", $members,)*
            "}}}"
        )
    };
}

/// The member `rules`: the rule `nightly`, with these members beside its vault.
macro_rules! nightly {
    ($($members:expr),*) => {
        concat!(r#""rules": {"nightly": {"#, vault!(), $(", ", $members,)* "}}")
    };
}

macro_rules! vault {
    () => {
        r#""target_backup_vault_name": {"@@assign": "vault"}"#
    };
}

/// The member `selections`: one selection by a tag, and these members.
macro_rules! tagged {
    ($($members:expr),*) => {
        concat!(
            r#""selections": {"tags": {"tagged": {"#,
            role!(),
            r#", "tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": ["daily"]}}}"#,
            $(", ", $members,)*
            "}"
        )
    };
}

macro_rules! role {
    () => {
        r#""iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"}"#
    };
}

/// A whole policy whose rule runs so, archives after 30 days and deletes after so many.
macro_rules! archived {
    ($schedule:literal, $days:literal) => {
        plan!(
            nightly!(
                concat!(r#""schedule_expression": {"@@assign": ""#, $schedule, r#""}"#),
                concat!(
                    r#""lifecycle": {"opt_in_to_archive_for_supported_resources": {"@@assign": true}, "#,
                    r#""move_to_cold_storage_after_days": {"@@assign": 30}, "delete_after_days": {"@@assign": "#,
                    $days,
                    "}}"
                )
            ),
            tagged!()
        )
    };
}

/// The member `rules`: a rule of each name.
macro_rules! rules_named {
    ($first:literal $($name:literal)*) => {
        concat!(
            r#""rules": {""#, $first, r#"": {"#, vault!(), "}",
            $(r#", ""#, $name, r#"": {"#, vault!(), "}",)*
            "}"
        )
    };
}

/// The member `copy_actions`: a copy to a vault of each name.
macro_rules! copies {
    ($first:literal $($name:literal)*) => {
        concat!(r#""copy_actions": {"#, copy!($first), $(", ", copy!($name),)* "}")
    };
}

macro_rules! copy {
    ($name:literal) => {
        concat!(
            r#""arn:aws:backup:eu-west-1:111122223333:backup-vault:"#,
            $name,
            r#"": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:111122223333:backup-vault:"#,
            $name,
            r#""}}"#
        )
    };
}

pub(super) static KEY_MISSING: Rule = Rule {
    code: "effective-key-missing",
    severity: Severity::Error,
    summary: "An effective backup plan has regions, rules and selections, and each of them what it needs.",
    explanation: "A policy may hold a part of a plan only, as long as others hold the rest. What an account \
        gets in the end must be whole: a plan has regions, rules and selections; a rule has \
        target_backup_vault_name; a selection by tags has iam_role_arn, tag_key and tag_value; one by \
        resources has iam_role_arn, and resource_types or conditions. Else AWS reports KEY_REQUIRED and \
        withholds the whole effective policy from the account, which keeps the last valid one. Attach the \
        policy with the rest to the same place or above it, or complete this one.",
    policy_type: POLICY_TYPE,
    wrong: plan!(nightly!()),
    right: plan!(nightly!(), tagged!()),
    source: SEEN,
    date: "2026-09",
};

pub(super) static LIST_EMPTY: Rule = Rule {
    code: "effective-list-empty",
    severity: Severity::Error,
    summary: "No list that an effective backup plan needs is empty.",
    explanation: "A list that a policy assigns empty, or that @@remove has emptied, stays as an empty list. \
        regions, tag_value and resource_types must hold something: else AWS reports ELEMENTS_TOO_FEW and \
        withholds the whole effective policy from the account, which keeps the last valid one.",
    policy_type: POLICY_TYPE,
    wrong: r#"{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"], "@@remove": ["eu-west-1"]},
        "rules": {"nightly": {"target_backup_vault_name": {"@@assign": "vault"}}},
        "selections": {"tags": {"tagged": {
            "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
            "tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": ["daily"]}}}}}}}"#,
    right: plan!(nightly!(), tagged!()),
    source: SEEN,
    date: "2026-09",
};

pub(super) static TOO_MANY_RULES: Rule = Rule {
    code: "effective-too-many-rules",
    severity: Severity::Error,
    summary: "An effective backup plan has at most 10 rules.",
    explanation: "CreatePolicy takes a plan with more rules, and several policies may add rules to one plan. \
        What an account gets in the end may have 10: else AWS reports ELEMENTS_TOO_MANY and withholds the \
        whole effective policy from the account, which keeps the last valid one. Make two plans of it.",
    policy_type: POLICY_TYPE,
    wrong: plan!(rules_named!("1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11"), tagged!()),
    right: plan!(rules_named!("1" "2" "3" "4" "5" "6" "7" "8" "9" "10"), tagged!()),
    source: SEEN,
    date: "2026-09",
};

pub(super) static OVER_QUOTA: Rule = Rule {
    code: "effective-over-quota",
    severity: Severity::Warning,
    summary: "An effective backup plan stays within the quotas of AWS Backup.",
    explanation: "A plan may have 10 selections by tags and 100 selections altogether, a selection 30 tag \
        values and 30 conditions, a rule 5 copies and 10 tags for its recovery points. Whether AWS \
        Organizations withholds an effective policy that exceeds one of them, or AWS Backup fails to make \
        the plan, nobody documents: the account has no such backups in either case. Some quotas can be \
        raised.",
    policy_type: POLICY_TYPE,
    wrong: plan!(nightly!(copies!("a" "b" "c" "d" "e" "f")), tagged!()),
    right: plan!(nightly!(copies!("a" "b" "c" "d" "e")), tagged!()),
    source: QUOTAS,
    date: "2026-11",
};

pub(super) static CONTINUOUS_RETENTION: Rule = Rule {
    code: "effective-continuous-retention",
    severity: Severity::Error,
    summary: "A rule with continuous backup keeps backups for at most 35 days.",
    explanation: "One policy may switch on enable_continuous_backup, and another may set delete_after_days. \
        Where both come together in one rule with more than 35 days, AWS reports CROSS_ATTRIBUTE_VALIDATION \
        and withholds the whole effective policy from the account, which keeps the last valid one. Make a \
        rule of its own for the longer retention.",
    policy_type: POLICY_TYPE,
    wrong: plan!(
        nightly!(
            r#""enable_continuous_backup": {"@@assign": true}"#,
            r#""lifecycle": {"delete_after_days": {"@@assign": 36}}"#
        ),
        tagged!()
    ),
    right: plan!(
        nightly!(
            r#""enable_continuous_backup": {"@@assign": true}"#,
            r#""lifecycle": {"delete_after_days": {"@@assign": 35}}"#
        ),
        tagged!()
    ),
    source: SEEN,
    date: "2026-09",
};

pub(super) static ARCHIVE_RETENTION: Rule = Rule {
    code: "effective-archive-retention",
    severity: Severity::Error,
    summary: "What opts in to the archive is kept there for at least 90 days.",
    explanation: "Where opt_in_to_archive_for_supported_resources is true, delete_after_days must be at least \
        90 more than move_to_cold_storage_after_days, whichever policies set them. Else AWS reports \
        CROSS_ATTRIBUTE_VALIDATION and withholds the whole effective policy from the account, which keeps \
        the last valid one.",
    policy_type: POLICY_TYPE,
    wrong: archived!("cron(0 5 1 * ? *)", "119"),
    right: archived!("cron(0 5 1 * ? *)", "120"),
    source: SEEN,
    date: "2026-09",
};

pub(super) static ARCHIVE_SCHEDULE: Rule = Rule {
    code: "effective-archive-schedule",
    severity: Severity::Error,
    summary: "A rule that opts in to the archive runs every 28 days at most.",
    explanation: "Where opt_in_to_archive_for_supported_resources is true, in the lifecycle of a rule or of one of its \
        copies, the schedule_expression of the rule must leave at least 28 days between two runs, whichever policies set \
        them. Else AWS reports CROSS_ATTRIBUTE_VALIDATION and withholds the whole effective policy from the \
        account, which keeps the last valid one. A schedule that leaves now more and now fewer days is not reported here.",
    policy_type: POLICY_TYPE,
    wrong: archived!("cron(0 5 ? * SUN *)", "120"),
    right: archived!("cron(0 5 1 * ? *)", "120"),
    source: SEEN,
    date: "2026-09",
};

pub(super) static SCAN_SETTINGS_MISSING: Rule = Rule {
    code: "effective-scan-settings-missing",
    severity: Severity::Error,
    summary: "A plan whose rules scan backups has scan_settings.",
    explanation: "A rule with scan_actions needs the scan_settings of its plan, whichever policy holds them. \
        Else AWS reports CROSS_ATTRIBUTE_VALIDATION and withholds the whole effective policy from the \
        account, which keeps the last valid one.",
    policy_type: POLICY_TYPE,
    wrong: plan!(
        nightly!(r#""scan_actions": {"GUARDDUTY": {"scan_mode": {"@@assign": "FULL_SCAN"}}}"#),
        tagged!()
    ),
    right: plan!(
        nightly!(r#""scan_actions": {"GUARDDUTY": {"scan_mode": {"@@assign": "FULL_SCAN"}}}"#),
        tagged!(),
        r#""scan_settings": {"GUARDDUTY": {"resource_types": {"@@assign": ["ALL"]},
            "scanner_role_arn": {"@@assign": "arn:aws:iam::$account:role/scan"}}}"#
    ),
    source: SEEN,
    date: "2026-09",
};

pub(super) static BOTH_SELECTIONS: Rule = Rule {
    code: "effective-selections-of-both-kinds",
    severity: Severity::Warning,
    summary: "A plan selects by tags or by resources, not by both.",
    explanation: "The user guide calls selections.tags and selections.resources mutually exclusive in a plan. \
        Two policies that add one kind each to the same plan make a plan with both. What AWS does with it \
        nobody has seen. Give one of them a plan of its own.",
    policy_type: POLICY_TYPE,
    wrong: plan!(
        nightly!(),
        tagged!(concat!(
            r#""resources": {"all": {"#,
            role!(),
            r#", "resource_types": {"@@assign": ["arn:aws:s3:::*"]}}}"#
        ))
    ),
    right: plan!(nightly!(), tagged!()),
    source: GUIDE,
    date: "2026-11",
};
