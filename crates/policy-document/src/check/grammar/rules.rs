//! The rules about the keys and operators of management policies.

use crate::check::rules::{Rule, Severity, source};

/// All of them.
pub const RULES: &[&Rule] = &[
    &NOT_AN_OBJECT,
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &KEY_CASE,
    &KEYS_ALIKE,
    &NOT_A_SINGLE_VALUE,
    &NOT_A_LIST,
    &EMPTY_LIST,
    &NULL,
    &NO_OPERATOR,
    &UNKNOWN_OPERATOR,
    &OPERATOR_CASE,
    &ON_CONTAINER,
    &ON_SINGLE,
    &WITHOUT_EFFECT,
    &CHILDREN_UNKNOWN,
    &CHILDREN_CONTRADICTORY,
    &CHILDREN_EMPTY,
    &LOCK_ON_CONTAINER,
];

pub static NOT_AN_OBJECT: Rule = Rule {
    code: "document-not-an-object",
    severity: Severity::Error,
    summary: "The document, and every group of settings in it, is an object.",
    explanation: "Management policies are merged key by key. So whatever holds settings is an object, and lists stand \
        only at the end, as the values of settings.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": []}}}"#,
    right: r#"{"plans": {"daily": {"rules": {}}}}"#,
    source: source::BACKUP_SYNTAX,
    date: "2026-09",
};

pub static UNKNOWN_KEY: Rule = Rule {
    code: "document-unknown-key",
    severity: Severity::Error,
    summary: "Every key is one that the policy type knows at this place.",
    explanation: "AWS Organizations refuses a management policy with a key that it does not know, at whatever level, and \
        does not say which key. Often the key is misspelt, or it stands one level too high or too low. Names that you \
        choose, such as those of plans and rules, stand one level below `plans` and `rules`.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"start_window_minutes": {"@@assign": 60}}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"start_backup_window_minutes": {"@@assign": 60}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static MISSING_KEY: Rule = Rule {
    code: "document-missing-key",
    severity: Severity::Error,
    summary: "What has to stand in one policy together stands there together.",
    explanation: "Most of a management policy may come from other policies of the same path. But some parts AWS \
        Organizations takes only whole: the document has its top-level key, a copy action its target, a tag its key and \
        value, a condition its key and value, a selection by tags its tag_key and tag_value, a selection by resources its \
        resource_types or conditions. Write them all, also where another policy has them too. Older samples of AWS have \
        copy actions without target_backup_vault_arn; those are refused today.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"selections": {"tags": {"ours": {"tag_key": {"@@assign": "backup"}}}}}}}"#,
    right: r#"{"plans": {"daily": {"selections": {"tags": {"ours": {"tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": ["daily"]}}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static KEY_CASE: Rule = Rule {
    code: "document-key-case",
    severity: Severity::Warning,
    summary: "Keys are written as in AWS's guide.",
    explanation: "AWS Organizations takes the keys of a backup policy in any case. Its guide has them in lower case, and \
        so has the effective policy. Two spellings are two keys to every other program that reads, compares or merges \
        policies.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"Regions": {"@@assign": ["eu-west-1"]}}}}"#,
    right: r#"{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static KEYS_ALIKE: Rule = Rule {
    code: "document-keys-alike",
    severity: Severity::Warning,
    summary: "No two keys of an object differ in their case only.",
    explanation: "AWS Organizations does not look at the case of keys, and the effective policy has them in lower case. So \
        two plans `Daily` and `daily` become one, or the policy is refused: for backup policies nobody has recorded which. \
        Give them names that differ in their letters.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {}, "Daily": {}}}"#,
    right: r#"{"plans": {"daily": {}, "daily-2": {}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static NOT_A_SINGLE_VALUE: Rule = Rule {
    code: "document-not-a-single-value",
    severity: Severity::Error,
    summary: "A setting that holds one value is given a text, a number or a boolean.",
    explanation: "AWS Organizations refuses a list, even of one value, or an object where a setting holds one value. The \
        tag_value of a selection is a list, that of a tag is one value.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": ["Default"]}}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": "Default"}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static NOT_A_LIST: Rule = Rule {
    code: "document-not-a-list",
    severity: Severity::Error,
    summary: "A setting that holds a list is given one.",
    explanation: "AWS Organizations refuses a single value where a setting holds a list. Put it into brackets.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"regions": {"@@assign": "eu-west-1"}}}}"#,
    right: r#"{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static EMPTY_LIST: Rule = Rule {
    code: "document-empty-list",
    severity: Severity::Error,
    summary: "A list that has to hold something is not empty.",
    explanation: "AWS Organizations refuses an empty list of tag values, of resource types and of what is indexed or \
        scanned. An empty list of Regions it takes. To leave the setting to other policies, leave out its key.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"selections": {"resources": {"all": {"resource_types": {"@@assign": []}}}}}}}"#,
    right: r#"{"plans": {"daily": {"selections": {"resources": {"all": {"resource_types": {"@@assign": ["*"]}}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static NULL: Rule = Rule {
    code: "document-null",
    severity: Severity::Warning,
    summary: "No value is null.",
    explanation: "Whether AWS Organizations refuses a null, or makes a text of it, nobody has recorded for every setting. \
        Neither is meant. In YAML, null is also what an empty value is.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": null}}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": "Default"}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static NO_OPERATOR: Rule = Rule {
    code: "operator-missing",
    severity: Severity::Error,
    summary: "Every value stands below an operator.",
    explanation: "In a policy, a value stands below the operator that says what becomes of the inherited one: @@assign \
        replaces it, @@append adds to a list, @@remove takes from it. Only an effective policy, which AWS Organizations \
        shows, has bare values. It cannot be used as a policy.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": "Default"}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": "Default"}}}}}}"#,
    source: source::OPERATORS,
    date: "2026-09",
};

pub static UNKNOWN_OPERATOR: Rule = Rule {
    code: "operator-unknown",
    severity: Severity::Error,
    summary: "What stands at a setting is an operator, and one that exists.",
    explanation: "There are @@assign, @@append and @@remove, which set values, and \
        @@operators_allowed_for_child_policies, which says which of them the policies below may use. A setting holds \
        nothing else.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"regions": {"@@add": ["eu-west-1"]}}}}"#,
    right: r#"{"plans": {"daily": {"regions": {"@@append": ["eu-west-1"]}}}}"#,
    source: source::OPERATORS,
    date: "2026-09",
};

pub static OPERATOR_CASE: Rule = Rule {
    code: "operator-case",
    severity: Severity::Warning,
    summary: "Operators are written in lower case.",
    explanation: "AWS Organizations takes the operators of a backup policy in any case. Its guide has them in lower case, \
        and other programs that read policies may know nothing else.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"regions": {"@@Assign": ["eu-west-1"]}}}}"#,
    right: r#"{"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static ON_CONTAINER: Rule = Rule {
    code: "operator-on-container",
    severity: Severity::Error,
    summary: "Values are set at settings, not at groups of settings.",
    explanation: "@@assign, @@append and @@remove stand at a setting. A group of settings, such as a plan or a rule, has \
        no value that could be assigned: its keys are merged one by one. There is no way to remove a plan or a rule that \
        is inherited.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"@@remove": ["nightly"]}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static ON_SINGLE: Rule = Rule {
    code: "operator-on-single-value",
    severity: Severity::Error,
    summary: "@@append and @@remove stand at lists only.",
    explanation: "A setting that holds one value can only be assigned another one.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@append": ["Default"]}}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"target_backup_vault_name": {"@@assign": "Default"}}}}}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static WITHOUT_EFFECT: Rule = Rule {
    code: "operator-without-effect",
    severity: Severity::Warning,
    summary: "No value is set at the top of a document.",
    explanation: "AWS Organizations takes @@assign, @@append and @@remove beside the top-level key, and makes nothing of \
        them.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {}, "@@assign": "x"}"#,
    right: r#"{"plans": {}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static CHILDREN_UNKNOWN: Rule = Rule {
    code: "operator-children-unknown",
    severity: Severity::Error,
    summary: "What child policies may use is a list of operators.",
    explanation: "@@operators_allowed_for_child_policies takes a list of @@assign, @@append and @@remove, or @@all, or \
        @@none.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@nothing"]}}"#,
    right: r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@none"]}}"#,
    source: source::OPERATORS,
    date: "2026-09",
};

pub static CHILDREN_CONTRADICTORY: Rule = Rule {
    code: "operator-children-contradictory",
    severity: Severity::Error,
    summary: "@@none stands alone, and no operator is allowed twice.",
    explanation: "AWS Organizations refuses a list of allowed operators that has @@none beside another one, or the same \
        one twice. @@all beside others it takes.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@none", "@@append"]}}"#,
    right: r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@append"]}}"#,
    source: source::CAPTURED,
    date: "2026-09",
};

pub static CHILDREN_EMPTY: Rule = Rule {
    code: "operator-children-empty",
    severity: Severity::Warning,
    summary: "The list of what child policies may use is not empty.",
    explanation: "Whether AWS Organizations refuses an empty list, or what it makes of it, nobody has recorded. Write \
        @@none or @@all, whichever is meant.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"@@operators_allowed_for_child_policies": []}}"#,
    right: r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@none"]}}"#,
    source: source::OPERATORS,
    date: "2026-09",
};

pub static LOCK_ON_CONTAINER: Rule = Rule {
    code: "operator-lock-on-container",
    severity: Severity::Warning,
    summary: "A lock that is meant for settings stands at each of them.",
    explanation: "@@none at a group of settings keeps child policies from adding to the group. It does not reach the \
        settings below: as recorded of tag policies, a child policy may still assign them. AWS's own example of a locked \
        backup policy repeats @@none at every node. A setting belongs to the nearest @@none above it, and is reported \
        there.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {"rules": {"nightly": {"lifecycle": {"@@operators_allowed_for_child_policies": ["@@none"], "delete_after_days": {"@@assign": 35}}}}}}}"#,
    right: r#"{"plans": {"daily": {"rules": {"nightly": {"lifecycle": {"delete_after_days": {"@@assign": 35, "@@operators_allowed_for_child_policies": ["@@none"]}}}}}}}"#,
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\", example 3; captured for tag policies",
    date: "2026-09",
};
