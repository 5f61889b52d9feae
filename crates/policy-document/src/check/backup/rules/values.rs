//! The rules about single values.

use super::{in_plan, in_rule};
use crate::check::backup::POLICY_TYPE as TYPE;
use crate::check::rules::{Rule, Severity, source};

const API: &str = "AWS Backup API reference, BackupRuleInput";
const DATE: &str = "2026-09";

pub static NAME: Rule = Rule {
    code: "backup-name",
    severity: Severity::Error,
    summary: "The name of a plan, rule or selection has 1 to 50 of the characters A-Z a-z 0-9 - _ .",
    explanation: "AWS Organizations refuses a plan with another name: spaces, letters with accents and more than 50 \
        characters were seen refused. For rules and selections the API reference of AWS Backup says the same.",
    policy_type: TYPE,
    wrong: r#"{"plans": {"every day": {}}}"#,
    right: r#"{"plans": {"every-day": {}}}"#,
    source: "captured for plans; AWS Backup API reference, BackupRuleInput and BackupSelection",
    date: DATE,
};

pub static VAULT_NAME: Rule = Rule {
    code: "backup-vault-name",
    severity: Severity::Error,
    summary: "The name of a vault has 1 to 50 of the characters A-Z a-z 0-9 - _",
    explanation: "AWS Organizations refuses a target_backup_vault_name with a space, a dot or more than 50 characters. It \
        is a name and no ARN: the vault of this name in the account and Region of each resource.",
    policy_type: TYPE,
    wrong: in_rule!(r#""target_backup_vault_name": {"@@assign": "central.vault"}"#),
    right: in_rule!(r#""target_backup_vault_name": {"@@assign": "central-vault"}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static NOT_A_NUMBER: Rule = Rule {
    code: "backup-not-a-number",
    severity: Severity::Error,
    summary: "Minutes and days are whole numbers, or texts of digits.",
    explanation: "AWS Organizations takes 60 and \"60\", and refuses 60.0, \"60.5\", \"+60\", \" 60\" and \"1e2\", \
        booleans, and numbers of more than sixteen digits.",
    policy_type: TYPE,
    wrong: in_rule!(r#""start_backup_window_minutes": {"@@assign": "60 minutes"}"#),
    right: in_rule!(r#""start_backup_window_minutes": {"@@assign": "60"}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static NOT_A_BOOLEAN: Rule = Rule {
    code: "backup-not-a-boolean",
    severity: Severity::Error,
    summary: "A switch is true or false, also as a text, in lower case.",
    explanation: "AWS Organizations refuses \"TRUE\", \"yes\" and 1. The settings below advanced_backup_settings are no \
        such switches: they are \"enabled\" or \"disabled\".",
    policy_type: TYPE,
    wrong: in_rule!(r#""enable_continuous_backup": {"@@assign": "No"}"#),
    right: in_rule!(r#""enable_continuous_backup": {"@@assign": false}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static NOT_A_CHOICE: Rule = Rule {
    code: "backup-not-a-choice",
    severity: Severity::Error,
    summary: "A setting with a few possible values has one of them.",
    explanation: "AWS Organizations knows enabled and disabled for advanced settings, INCREMENTAL_SCAN and FULL_SCAN for \
        scans, EBS and S3 for indexes, and EBS, EC2, S3 and ALL for what is scanned. It refuses anything else, and other \
        spellings.",
    policy_type: TYPE,
    wrong: in_plan!(r#""advanced_backup_settings": {"ec2": {"windows_vss": {"@@assign": true}}}"#),
    right: in_plan!(
        r#""advanced_backup_settings": {"ec2": {"windows_vss": {"@@assign": "enabled"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static REGION: Rule = Rule {
    code: "backup-region",
    severity: Severity::Error,
    summary: "Regions are named one by one, by their codes.",
    explanation: "AWS Organizations refuses `*`, names such as Ireland, and Availability Zones. An empty list it takes, \
        and the same Region twice.",
    policy_type: TYPE,
    wrong: in_plan!(r#""regions": {"@@assign": ["*"]}"#),
    right: in_plan!(r#""regions": {"@@assign": ["eu-west-1", "eu-central-1"]}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static REGION_UNKNOWN: Rule = Rule {
    code: "backup-region-unknown",
    severity: Severity::Warning,
    summary: "A Region is one that AWS has.",
    explanation: "AWS Organizations refuses a Region that it does not know. The list that is compared here is that of \
        AWS's SDKs in November 2026: a younger Region is right all the same.",
    policy_type: TYPE,
    wrong: in_plan!(r#""regions": {"@@assign": ["eu-wset-1"]}"#),
    right: in_plan!(r#""regions": {"@@assign": ["eu-west-1"]}"#),
    source: "captured; the Regions from AWS's SDKs (partitions.json)",
    date: "2026-11",
};

pub static ROLE: Rule = Rule {
    code: "backup-role",
    severity: Severity::Error,
    summary: "A role is named by an ARN of the form arn:aws:iam::$account:role/name.",
    explanation: "AWS Organizations refuses anything else, a role's bare name too. In other partitions the ARN begins \
        with arn:aws-us-gov or arn:aws-cn. To leave the role to another policy, leave out the key.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""scan_settings": {"GUARDDUTY": {"scanner_role_arn": {"@@assign": "scanner"}}}"#
    ),
    right: in_plan!(
        r#""scan_settings": {"GUARDDUTY": {"scanner_role_arn": {"@@assign": "arn:aws:iam::$account:role/scanner"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static ROLE_ACCOUNT: Rule = Rule {
    code: "backup-role-account",
    severity: Severity::Error,
    summary: "A role is that of the account that the policy applies to.",
    explanation: "AWS Organizations refuses a role with an account's id. It puts each account's own id where $account \
        stands, so the role has to exist in each of them under the same name.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""scan_settings": {"GUARDDUTY": {"scanner_role_arn": {"@@assign": "arn:aws:iam::111122223333:role/scanner"}}}"#
    ),
    right: in_plan!(
        r#""scan_settings": {"GUARDDUTY": {"scanner_role_arn": {"@@assign": "arn:aws:iam::$account:role/scanner"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static VAULT: Rule = Rule {
    code: "backup-vault-arn",
    severity: Severity::Error,
    summary: "The key and the target of a copy action are ARNs of backup vaults.",
    explanation: "A copy action is named after its vault: its key is the ARN, and target_backup_vault_arn is the same ARN. \
        In place of the account stands $account for a vault in the account itself, or the id of the account that keeps \
        the copies of all.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""copy_actions": {"copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:$account:backup-vault:copies"}}}"#
    ),
    right: in_rule!(
        r#""copy_actions": {"arn:aws:backup:eu-west-1:$account:backup-vault:copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:$account:backup-vault:copies"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static COPY_REGION: Rule = Rule {
    code: "backup-copy-region",
    severity: Severity::Error,
    summary: "A copy action names the Region of its vault.",
    explanation: "$region stands for the Region of the resource only in target_logically_air_gapped_backup_vault_arn. In \
        a copy action AWS Organizations refuses it: write one copy action for each Region.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""copy_actions": {"arn:aws:backup:$region:$account:backup-vault:copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:$region:$account:backup-vault:copies"}}}"#
    ),
    right: in_rule!(
        r#""copy_actions": {"arn:aws:backup:eu-west-1:$account:backup-vault:copies": {"target_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:$account:backup-vault:copies"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static AIR_GAPPED_VAULT: Rule = Rule {
    code: "backup-air-gapped-vault",
    severity: Severity::Error,
    summary: "The air-gapped vault of a rule is that of the resource's account and Region.",
    explanation: "target_logically_air_gapped_backup_vault_arn has to have $region and $account in their places. AWS \
        Organizations refuses it with a Region or an account's id: what is backed up there directly never leaves either.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""target_logically_air_gapped_backup_vault_arn": {"@@assign": "arn:aws:backup:eu-west-1:$account:backup-vault:air-gapped"}"#
    ),
    right: in_rule!(
        r#""target_logically_air_gapped_backup_vault_arn": {"@@assign": "arn:aws:backup:$region:$account:backup-vault:air-gapped"}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static VARIABLE_IN_NAME: Rule = Rule {
    code: "backup-variable-in-vault-name",
    severity: Severity::Warning,
    summary: "The name of a vault has no $account or $region in it.",
    explanation: "AWS documents the two variables in the places of an ARN that have the account and the Region. Whether \
        it fills them in within a name, and takes such a name at all, nobody has recorded.",
    policy_type: TYPE,
    wrong: in_rule!(
        r#""target_logically_air_gapped_backup_vault_arn": {"@@assign": "arn:aws:backup:$region:$account:backup-vault:air-gapped-$account"}"#
    ),
    right: in_rule!(
        r#""target_logically_air_gapped_backup_vault_arn": {"@@assign": "arn:aws:backup:$region:$account:backup-vault:air-gapped"}"#
    ),
    source: source::BACKUP_SYNTAX,
    date: DATE,
};

pub static RESOURCE_TYPE: Rule = Rule {
    code: "backup-resource-type",
    severity: Severity::Error,
    summary: "A selection names resource types that backup policies know, or `*`.",
    explanation: "resource_types and not_resource_types take the types that the guide lists, as ARNs with wildcards, and \
        nothing else: no ARN of a single resource, no type such as EBS. In other partitions the ARN begins with \
        arn:aws-us-gov or arn:aws-cn. To select fewer resources, add conditions on their tags.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""selections": {"resources": {"all": {"resource_types": {"@@assign": ["arn:aws:sqs:*:*:*"]}}}}"#
    ),
    right: in_plan!(
        r#""selections": {"resources": {"all": {"resource_types": {"@@assign": ["arn:aws:ec2:*:*:volume/*"]}}}}"#
    ),
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\"; captured",
    date: DATE,
};

pub static TAG_LENGTH: Rule = Rule {
    code: "backup-tag-length",
    severity: Severity::Error,
    summary: "A tag's key has 1 to 128 characters, its value 0 to 256.",
    explanation: "No tag of AWS can have another length, and AWS Organizations was seen to refuse a tag_key without \
        characters, and one with 129.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""selections": {"tags": {"ours": {"tag_key": {"@@assign": ""}, "tag_value": {"@@assign": ["daily"]}}}}"#
    ),
    right: in_plan!(
        r#""selections": {"tags": {"ours": {"tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": ["daily"]}}}}"#
    ),
    source: "captured for keys; AWS General Reference, \"Tag naming limits and requirements\"",
    date: DATE,
};

pub static TAG_BLOCK: Rule = Rule {
    code: "backup-tag-block",
    severity: Severity::Error,
    summary: "A block of backup_plan_tags or recovery_point_tags is named after its tag_key.",
    explanation: "The block's key is what policies are merged by, and tag_key is the tag as it is written. AWS \
        Organizations refuses them if they differ in more than their case. Selections by tags may have any name.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""backup_plan_tags": {"owner": {"tag_key": {"@@assign": "Team"}, "tag_value": {"@@assign": "storage"}}}"#
    ),
    right: in_plan!(
        r#""backup_plan_tags": {"team": {"tag_key": {"@@assign": "Team"}, "tag_value": {"@@assign": "storage"}}}"#
    ),
    source: source::CAPTURED,
    date: DATE,
};

pub static CONDITION_KEY: Rule = Rule {
    code: "backup-condition-key",
    severity: Severity::Warning,
    summary: "A condition_key is aws:ResourceTag/ and the key of a tag.",
    explanation: "Conditions look at the tags of resources only. Another key matches no resource, or with a negated \
        condition every one.",
    policy_type: TYPE,
    wrong: in_plan!(
        r#""selections": {"resources": {"all": {"conditions": {"string_equals": {"only": {"condition_key": {"@@assign": "backup"}, "condition_value": {"@@assign": "daily"}}}}}}}"#
    ),
    right: in_plan!(
        r#""selections": {"resources": {"all": {"conditions": {"string_equals": {"only": {"condition_key": {"@@assign": "aws:ResourceTag/backup"}, "condition_value": {"@@assign": "daily"}}}}}}}"#
    ),
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\"; AWS Backup API reference, BackupSelection",
    date: DATE,
};

pub static WINDOW_TOO_SHORT: Rule = Rule {
    code: "backup-window-too-short",
    severity: Severity::Error,
    summary: "A window has at least 60 minutes.",
    explanation: "start_backup_window_minutes is the time that a backup may take to begin, \
        complete_backup_window_minutes the time that it may take to end. AWS Organizations refuses less than 60 minutes \
        for either. Without the key, AWS Backup uses its own windows.",
    policy_type: TYPE,
    wrong: in_rule!(r#""start_backup_window_minutes": {"@@assign": 30}"#),
    right: in_rule!(r#""start_backup_window_minutes": {"@@assign": 60}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static WINDOW_TOO_LONG: Rule = Rule {
    code: "backup-window-too-long",
    severity: Severity::Warning,
    summary: "A window has at most 100 years.",
    explanation: "AWS Organizations takes more, but AWS Backup names 52,560,000 minutes as its maximum. Often the number \
        is one of seconds.",
    policy_type: TYPE,
    wrong: in_rule!(r#""complete_backup_window_minutes": {"@@assign": 60000000}"#),
    right: in_rule!(r#""complete_backup_window_minutes": {"@@assign": 10080}"#),
    source: API,
    date: DATE,
};

pub static DAYS_TOO_FEW: Rule = Rule {
    code: "backup-days-too-few",
    severity: Severity::Error,
    summary: "A lifecycle counts at least one day.",
    explanation: "AWS Organizations refuses 0 and -1. To keep backups for ever, leave out delete_after_days; to leave them \
        in warm storage, leave out move_to_cold_storage_after_days.",
    policy_type: TYPE,
    wrong: in_rule!(r#""lifecycle": {"delete_after_days": {"@@assign": 0}}"#),
    right: in_rule!(r#""lifecycle": {"delete_after_days": {"@@assign": 35}}"#),
    source: source::CAPTURED,
    date: DATE,
};

pub static DAYS_TOO_MANY: Rule = Rule {
    code: "backup-days-too-many",
    severity: Severity::Warning,
    summary: "A lifecycle counts at most 100 years.",
    explanation: "AWS Organizations takes more, but AWS Backup names 36,500 days as its maximum.",
    policy_type: TYPE,
    wrong: in_rule!(r#""lifecycle": {"delete_after_days": {"@@assign": 99999}}"#),
    right: in_rule!(r#""lifecycle": {"delete_after_days": {"@@assign": 3650}}"#),
    source: API,
    date: DATE,
};
