//! What can never be right in a backup policy, each with its path; and that nothing else is refused.

#![cfg(test)]

use policy_document::backup_policy::{faults, is_region};
use serde_json::{Value, json};

fn lines(document: &Value) -> Vec<String> {
    faults(document, "Content").iter().map(ToString::to_string).collect()
}

/// A policy with one rule, which has this beside its name.
fn with_rule(rule: Value) -> Value {
    json!({"plans": {"p": {"rules": {"r": rule}}}})
}

fn with_schedule(schedule: &str) -> Value {
    with_rule(json!({"schedule_expression": {"@@assign": schedule}}))
}

fn with_vault(arn: &str) -> Value {
    with_rule(json!({"copy_actions": {arn: {"target_backup_vault_arn": {"@@assign": arn}}}}))
}

fn with_role(arn: &str) -> Value {
    json!({"plans": {"p": {"selections": {"tags": {"s": {"iam_role_arn": {"@@assign": arn}}}}}}})
}

/// The examples of the user guide, in short.
#[test]
fn what_aws_takes_passes() {
    let document = json!({"plans": {
        "@@operators_allowed_for_child_policies": ["@@none"],
        "PII_Backup_Plan": {
            "regions": {"@@assign": ["ap-northeast-2", "us-gov-west-1"], "@@append": [], "@@remove": ["all"]},
            "rules": {
                "@@operators_allowed_for_child_policies": ["@@all"],
                "Hourly": {
                    "schedule_expression": {"@@assign": "cron(0 5/1 ? * * *)"},
                    "target_backup_vault_name": {"@@assign": "FortKnox"},
                    "target_logically_air_gapped_backup_vault_arn":
                        {"@@assign": "arn:aws:backup:$region:$account:backup-vault:AirGappedVault"},
                    "copy_actions": {
                        "arn:aws:backup:us-east-1:$account:backup-vault:secondary_vault": {
                            "target_backup_vault_arn": {
                                "@@assign": "arn:aws:backup:us-east-1:$account:backup-vault:secondary_vault",
                            },
                        },
                        "arn:aws-cn:backup:$region:111111111111:backup-vault:tertiary_vault": {
                            "target_backup_vault_arn": {
                                "@@assign": "arn:aws-cn:backup:$region:111111111111:backup-vault:tertiary_vault",
                            },
                        },
                    },
                },
            },
            "selections": {
                "tags": {"t": {"iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/MyIamRole"}}},
                "resources": {"r": {"iam_role_arn": {"@@assign": "arn:aws-us-gov:iam::$account:role/a/b+c"}}},
            },
        },
    }});
    assert_eq!(lines(&document), Vec::<String>::new());
}

/// Nothing that has another form than expected is looked into: AWS has the last word on it.
#[test]
fn other_forms_are_left_to_aws() {
    for document in [
        json!({}),
        json!([]),
        json!({"plans": []}),
        json!({"plans": {"p": null, "q": {"regions": "eu", "rules": 1, "selections": []}}}),
        json!({"plans": {"p": {"regions": {"@@assign": "eu"}, "rules": {"r": []}}}}),
        with_rule(json!({"schedule_expression": "rate(1 day)"})),
        with_rule(json!({"schedule_expression": {"@@assign": ["rate(1 day)"]}})),
        with_rule(json!({"copy_actions": {"x": {"target_backup_vault_arn": "x"}}})),
    ] {
        assert_eq!(lines(&document), Vec::<String>::new(), "{document}");
    }
}

#[test]
fn every_fault_has_its_path() {
    let document = json!({"plans": {"p q": {
        "regions": {"@@assign": ["eu-west-1", "*"], "@@append": ["eu-west-1a"]},
        "rules": {"r": {
            "schedule_expression": {"@@assign": "rate(1 day)"},
            "target_logically_air_gapped_backup_vault_arn":
                {"@@assign": "arn:aws:backup:eu-west-1:$account:backup-vault:a"},
            "copy_actions": {"v": {"target_backup_vault_arn": {"@@assign": "central"}}},
        }},
        "selections": {
            "tags": {"t": {"iam_role_arn": {"@@assign": "arn:aws:iam::111122223333:role/backup"}}},
            "resources": {"r": {"iam_role_arn": {"@@assign": "backup"}}},
        },
    }}});
    let plan = "Content.plans.\"p q\"";
    assert_eq!(
        lines(&document),
        [
            format!("{plan}.regions.@@assign[1]: \"*\" is no Region such as eu-west-1"),
            format!("{plan}.regions.@@append[0]: \"eu-west-1a\" is no Region such as eu-west-1"),
            format!(
                "{plan}.rules.r.schedule_expression.@@assign: \"rate(1 day)\" is no schedule such as \
                 cron(0 5 ? * * *)"
            ),
            format!(
                "{plan}.rules.r.target_logically_air_gapped_backup_vault_arn.@@assign: \
                 \"arn:aws:backup:eu-west-1:$account:backup-vault:a\" must name a vault of the account \
                 itself, such as arn:aws:backup:$region:$account:backup-vault:air-gapped"
            ),
            format!(
                "{plan}.rules.r.copy_actions.v.target_backup_vault_arn.@@assign: \"central\" is no ARN of \
                 a backup vault such as arn:aws:backup:eu-west-1:111122223333:backup-vault:central"
            ),
            format!(
                "{plan}.selections.tags.t.iam_role_arn.@@assign: \"arn:aws:iam::111122223333:role/backup\" \
                 names an account: write $account, for which AWS puts the account that the policy \
                 applies to"
            ),
            format!(
                "{plan}.selections.resources.r.iam_role_arn.@@assign: \"backup\" is no ARN of a role such as \
                 arn:aws:iam::$account:role/backup"
            ),
        ]
    );
}

#[test]
fn schedules() {
    for schedule in [
        "cron(0 5 ? * * *)",
        "cron(0 5 1 * ? *)",
        "cron(15 0/6 ? JAN-MAR,dec MON-FRI 2026-2030)",
        "cron(0 12 L * ? *)",
        "cron(0 12 LW * ? *)",
        "cron(0 12 3W * ? *)",
        "cron(0 8-17/2 ? * 2#1 *)",
        "cron(0 8 ? * 6L *)",
        "cron(59 23 31 12 ? 2199)",
        "cron(0  5 ? * *  *)",
        // AWS's page wants a question mark; whether AWS Backup takes this nobody says.
        "cron(0 5 * * * *)",
    ] {
        assert_eq!(lines(&with_schedule(schedule)), Vec::<String>::new());
    }
    for (schedule, problem) in [
        ("", "is no schedule such as"),
        ("rate(1 day)", "is no schedule such as"),
        ("0 5 ? * * *", "is no schedule such as"),
        ("cron(0 5 ? * * *", "is no schedule such as"),
        ("cron(0 5 * * *)", "must have six fields"),
        ("cron(0 5 ? * * * *)", "must have six fields"),
        ("cron(60 5 ? * * *)", "has no minutes"),
        ("cron(? 5 ? * * *)", "has no minutes"),
        ("cron(0 24 ? * * *)", "has no hours"),
        ("cron(0 5pm ? * * *)", "has no hours"),
        ("cron(0 5 0 * ? *)", "has no day of the month"),
        ("cron(0 5 32 * ? *)", "has no day of the month"),
        ("cron(0 5 1 13 ? *)", "has no month"),
        ("cron(0 5 ? * 0 *)", "has no day of the week"),
        ("cron(0 5 ? * 1-8 *)", "has no day of the week"),
        ("cron(0 5 ? * * 1969)", "has no year"),
    ] {
        let lines = lines(&with_schedule(schedule));
        assert!(lines.len() == 1 && lines[0].contains(problem), "{schedule}: {lines:?}");
    }
}

#[test]
fn vaults_and_roles() {
    let name = "x".repeat(50);
    for arn in [
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:central",
        "arn:aws-us-gov:backup:$region:$account:backup-vault:C-e_1",
        "arn:aws:backup:eusc-de-east-1:111122223333:backup-vault:v-$account",
        &format!("arn:aws:backup:eu-west-1:111122223333:backup-vault:{name}"),
    ] {
        assert_eq!(lines(&with_vault(arn)), Vec::<String>::new());
    }
    for arn in [
        "central",
        "arn:aws:backup:eu-west-1:11112222333:backup-vault:central",
        "arn:aws:backup:eu-west:111122223333:backup-vault:central",
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:",
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:a.b",
        "arn:aws:backup:eu-west-1:111122223333:recovery-point:central",
        "arn:gcp:backup:eu-west-1:111122223333:backup-vault:central",
        &format!("arn:aws:backup:eu-west-1:111122223333:backup-vault:{name}x"),
    ] {
        assert_eq!(lines(&with_vault(arn)).len(), 1, "{arn}");
    }
    assert_eq!(lines(&with_role("arn:aws:iam::$account:role/x")), Vec::<String>::new());
    for arn in ["role/x", "arn:aws:iam::$account:user/x", "arn:aws:iam::$account:role/", "$account"]
    {
        assert_eq!(lines(&with_role(arn)).len(), 1, "{arn}");
    }
}

#[test]
fn regions() {
    for region in
        ["eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-17"]
    {
        assert!(is_region(region), "{region}");
    }
    for region in [
        "",
        "eu",
        "eu-west",
        "eu-west-",
        "eu-1",
        "-1",
        "eu--1",
        "eu-west-1a",
        "EU-west-1",
        "eu west-1",
    ] {
        assert!(!is_region(region), "{region}");
    }
}
