//! The rules about how many parts a plan has, and whether it can become whole.

use super::{in_plan, in_rule};
use crate::check::backup::POLICY_TYPE as TYPE;
use crate::check::rules::{Rule, Severity, source};

const DATE: &str = "2026-09";

pub static KINDS_OF_SELECTIONS: Rule = Rule {
    code: "backup-kinds-of-selections",
    severity: Severity::Error,
    summary: "A plan selects by tags or by resources, not by both.",
    explanation: "AWS's guide calls the two mutually exclusive. A selection by resources can have conditions on tags, so \
        it can say both.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""selections": {"tags": {"ours": {"tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": ["daily"]}}}, "#,
        r#""resources": {"volumes": {"resource_types": {"@@assign": ["arn:aws:ec2:*:*:volume/*"]}}}}"#
    ),
    right: in_plan!(
        r#""selections": {"resources": {"volumes": {"resource_types": {"@@assign": ["arn:aws:ec2:*:*:volume/*"]}, "#,
        r#""conditions": {"string_equals": {"ours": {"condition_key": {"@@assign": "aws:ResourceTag/backup"}, "#,
        r#""condition_value": {"@@assign": "daily"}}}}}}}"#
    ),
    source: source::BACKUP_SYNTAX,
    date: DATE,
};

/// Conditions on ten tags, whose keys begin alike.
macro_rules! ten_conditions {
    ($beginning:literal) => {
        concat!(
            condition!($beginning, "0"),
            ", ",
            condition!($beginning, "1"),
            ", ",
            condition!($beginning, "2"),
            ", ",
            condition!($beginning, "3"),
            ", ",
            condition!($beginning, "4"),
            ", ",
            condition!($beginning, "5"),
            ", ",
            condition!($beginning, "6"),
            ", ",
            condition!($beginning, "7"),
            ", ",
            condition!($beginning, "8"),
            ", ",
            condition!($beginning, "9")
        )
    };
}

macro_rules! condition {
    ($($name:literal),*) => {
        concat!('"', $($name),*, r#"": {"condition_key": {"@@assign": "aws:ResourceTag/"#, $($name),*,
            r#""}, "condition_value": {"@@assign": "yes"}}"#)
    };
}

macro_rules! conditions {
    ($($condition:expr),*) => {
        in_plan!(r#""selections": {"resources": {"all": {"conditions": {"string_equals": {"#, $($condition),*, "}}}}}")
    };
}

pub static TOO_MANY_CONDITIONS: Rule = Rule {
    code: "backup-too-many-conditions",
    severity: Severity::Error,
    summary: "A selection has at most 30 conditions.",
    explanation: "AWS's guide limits the conditions of a selection to 30, over all of string_equals, string_not_equals, \
        string_like and string_not_like. A tag that stands for several others makes them fewer.",
    policy_type: TYPE,
    wrong: conditions!(
        ten_conditions!("a"),
        ", ",
        ten_conditions!("b"),
        ", ",
        ten_conditions!("c"),
        ", ",
        condition!("d")
    ),
    right: conditions!(condition!("d")),
    source: source::BACKUP_SYNTAX,
    date: DATE,
};

pub static EFFECTIVE_LIMIT: Rule = Rule {
    code: "backup-effective-limit",
    severity: Severity::Warning,
    summary: "A plan has no more parts than an account's effective policy may have.",
    explanation: "An effective plan has at most 10 rules, 10 selections by tags and 100 selections in all, a selection at \
        most 30 tags, a rule at most 5 copy actions and 10 recovery point tags. AWS Organizations takes a policy with \
        more. But then the effective policy of every account that gets it is invalid: it is withheld as a whole, and the \
        account keeps the last valid one, silently.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""rules": {"r1": {}, "r2": {}, "r3": {}, "r4": {}, "r5": {}, "r6": {}, "r7": {}, "r8": {}, "r9": {}, "r10": {}, "r11": {}}"#
    ),
    right: in_plan!(
        r#""rules": {"r1": {}, "r2": {}, "r3": {}, "r4": {}, "r5": {}, "r6": {}, "r7": {}, "r8": {}, "r9": {}, "r10": {}}"#
    ),
    source: "AWS Backup developer guide, \"AWS Backup quotas\"; captured for rules",
    date: DATE,
};

pub static CLOSED_AND_INCOMPLETE: Rule = Rule {
    code: "backup-closed-and-incomplete",
    severity: Severity::Warning,
    summary: "What is closed to child policies is whole.",
    explanation: "An effective plan needs Regions, rules and selections, each rule a target_backup_vault_name, each \
        selection an iam_role_arn. A policy may leave them to others. But if it closes the same place with @@none, no \
        policy below can add them any more: only one above, or beside it, could.",
    policy_type: TYPE,
    wrong: in_rule!(r#""@@operators_allowed_for_child_policies": ["@@none"]"#),
    right: in_rule!(
        r#""@@operators_allowed_for_child_policies": ["@@none"], "#,
        r#""target_backup_vault_name": {"@@assign": "Default", "@@operators_allowed_for_child_policies": ["@@none"]}"#
    ),
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\"; captured (KEY_REQUIRED)",
    date: DATE,
};
