//! How many there may be of something, and how long a document may be.

#![cfg(test)]

use policy_document::check::{Finding, check};
use policy_document::tree::Node;
use serde_json::{Map, Value, json};

const TYPE: &str = "BACKUP_POLICY";

fn found(document: &Value, policy_type: &str) -> Vec<Finding> {
    check(&Node::from(document), policy_type)
}

/// The findings, each on a line.
fn lines(document: &Value, policy_type: &str) -> Vec<String> {
    let line = |found: Finding| {
        let Finding { rule, pointer, found, allowed, .. } = found;
        format!("{} {pointer}: {found}: {allowed}", rule.code)
    };
    found(document, policy_type).into_iter().map(line).collect()
}

/// So many members, each made of its number.
fn members(number: usize, of: impl Fn(usize) -> (String, Value)) -> Value {
    Value::Object((0..number).map(of).collect::<Map<String, Value>>())
}

fn plan(plan: Value) -> Value {
    json!({"plans": {"daily": plan}})
}

fn rules(number: usize) -> Value {
    plan(json!({"rules": members(number, |i| (format!("r{i}"), json!({})))}))
}

fn selection(values: usize) -> Value {
    let values: Vec<String> = (0..values).map(|i| i.to_string()).collect();
    json!({"tag_key": {"@@assign": "backup"}, "tag_value": {"@@assign": values}})
}

fn selections_by_tags(number: usize) -> Value {
    let tags = members(number, |i| (format!("s{i}"), selection(1)));
    plan(json!({"selections": {"tags": tags}}))
}

fn tag_values(number: usize) -> Value {
    plan(json!({"selections": {"tags": {"ours": selection(number)}}}))
}

/// Half of them are added to what is inherited.
fn values_in_both_operators(number: usize) -> Value {
    let mut selection = selection(number / 2);
    selection["tag_value"]["@@append"] = vec!["x"; number - number / 2].into();
    plan(json!({"selections": {"tags": {"ours": selection}}}))
}

fn selections_by_resources(number: usize) -> Value {
    let selection = json!({"resource_types": {"@@assign": ["*"]}});
    let resources = members(number, |i| (format!("s{i}"), selection.clone()));
    plan(json!({"selections": {"resources": resources}}))
}

fn copies(number: usize) -> Value {
    let copies = members(number, |i| {
        let vault = format!("arn:aws:backup:eu-west-1:$account:backup-vault:v{i}");
        (vault.clone(), json!({"target_backup_vault_arn": {"@@assign": vault}}))
    });
    plan(json!({"rules": {"r": {"copy_actions": copies}}}))
}

fn tags(number: usize) -> Value {
    members(number, |i| {
        let key = format!("t{i}");
        (key.clone(), json!({"tag_key": {"@@assign": key}, "tag_value": {"@@assign": "x"}}))
    })
}

fn recovery_point_tags(number: usize) -> Value {
    plan(json!({"rules": {"r": {"recovery_point_tags": tags(number)}}}))
}

/// Conditions in two blocks.
fn conditions(number: usize) -> Value {
    let condition = json!({
        "condition_key": {"@@assign": "aws:ResourceTag/backup"},
        "condition_value": {"@@assign": "yes"},
    });
    let block = |number| members(number, |i| (format!("c{i}"), condition.clone()));
    let conditions = json!({"string_equals": block(10), "string_like": block(number - 10)});
    plan(json!({"selections": {"resources": {"all": {"conditions": conditions}}}}))
}

#[test]
fn numbers_of_parts() {
    type Case = (fn(usize) -> Value, usize, &'static str);
    let cases: [Case; 8] = [
        (
            rules,
            10,
            "backup-effective-limit /plans/daily/rules: 11 rules in a plan make every effective policy invalid: at \
             most 10",
        ),
        (
            selections_by_tags,
            10,
            "backup-effective-limit /plans/daily/selections/tags: 11 selections by tags in a plan make every \
             effective policy invalid: at most 10",
        ),
        (
            selections_by_resources,
            100,
            "backup-effective-limit /plans/daily/selections: 101 selections in a plan make every effective policy \
             invalid: at most 100",
        ),
        (
            tag_values,
            30,
            "backup-effective-limit /plans/daily/selections/tags/ours/tag_value: 31 tags in a selection make every \
             effective policy invalid: at most 30",
        ),
        (
            values_in_both_operators,
            30,
            "backup-effective-limit /plans/daily/selections/tags/ours/tag_value: 31 tags in a selection make every \
             effective policy invalid: at most 30",
        ),
        (
            copies,
            5,
            "backup-effective-limit /plans/daily/rules/r/copy_actions: 6 copy actions in a rule make every effective \
             policy invalid: at most 5",
        ),
        (
            recovery_point_tags,
            10,
            "backup-effective-limit /plans/daily/rules/r/recovery_point_tags: 11 recovery point tags in a rule make \
             every effective policy invalid: at most 10",
        ),
        (
            conditions,
            30,
            "backup-too-many-conditions /plans/daily/selections/resources/all/conditions: 31 conditions are too \
             many: 30 in a selection",
        ),
    ];
    for (document, most, expected) in cases {
        assert_eq!(lines(&document(most), TYPE), [""; 0], "{expected}");
        assert_eq!(lines(&document(most + 1), TYPE), [expected]);
    }
}

/// A plan may have more tags than a recovery point.
#[test]
fn tags_of_a_plan_have_no_limit_of_their_own() {
    assert_eq!(lines(&plan(json!({"backup_plan_tags": tags(40)})), TYPE), [""; 0]);
}

#[test]
fn lengths_of_tags() {
    let found = |key: usize, value: usize| {
        let (key, value) = ("x".repeat(key), "é".repeat(value));
        let tag = json!({"tag_key": {"@@assign": key}, "tag_value": {"@@assign": value}});
        lines(&plan(json!({"backup_plan_tags": {key: tag}})), TYPE)
    };
    assert_eq!(found(128, 256), [""; 0]);
    assert!(
        found(129, 1)[0]
            .ends_with("129 characters are no length of a tag's key: 1 to 128 characters")
    );
    assert!(
        found(1, 257)[0]
            .ends_with("257 characters are no length of a tag's value: 0 to 256 characters")
    );
}

/// A document of so many characters, which no grammar objects to.
fn of_size(policy_type: &str, characters: usize) -> Value {
    let document = |filling: usize| match policy_type {
        TYPE => {
            let value = "x".repeat(filling);
            plan(
                json!({"backup_plan_tags": {"x": {"tag_key": {"@@assign": "x"}, "tag_value": {"@@assign": value}}}}),
            )
        }
        _ => json!({"x": "x".repeat(filling)}),
    };
    document(characters - document(0).to_string().len())
}

#[test]
fn sizes() {
    let cases = [
        ("SERVICE_CONTROL_POLICY", 10_240),
        ("RESOURCE_CONTROL_POLICY", 5_120),
        ("AISERVICES_OPT_OUT_POLICY", 2_500),
        ("BACKUP_POLICY", 10_000),
        ("TAG_POLICY", 10_000),
        ("CHATBOT_POLICY", 10_000),
        ("DECLARATIVE_POLICY_EC2", 10_000),
        ("SECURITYHUB_POLICY", 10_000),
        ("INSPECTOR_POLICY", 10_000),
        ("BEDROCK_POLICY", 10_000),
        ("UPGRADE_ROLLOUT_POLICY", 10_000),
    ];
    for (policy_type, most) in cases {
        let sizes = |characters: usize| -> Vec<&str> {
            let document = of_size(policy_type, characters);
            let codes = found(&document, policy_type).into_iter().map(|found| found.rule.code);
            codes.filter(|code| code.contains("too-large")).collect()
        };
        assert_eq!(sizes(most * 9 / 10 - 1), [""; 0], "{policy_type}");
        assert_eq!(sizes(most * 9 / 10), ["document-nearly-too-large"], "{policy_type}");
        assert_eq!(sizes(most), ["document-nearly-too-large"], "{policy_type}");
        assert_eq!(sizes(most + 1), ["document-too-large"], "{policy_type}");
    }
    // Nobody has said how long these may be.
    let long = lines(&of_size("S3_POLICY", 100_000), "S3_POLICY");
    assert!(!long.iter().any(|line| line.contains("too-large")), "{long:?}");
}

#[test]
fn the_text_of_a_size() {
    let is = |characters| lines(&of_size("TAG_POLICY", characters), "TAG_POLICY").remove(0);
    assert_eq!(
        is(9_500),
        "document-nearly-too-large : 9500 characters without white space are 95 % of what is allowed: 10000 \
         characters for TAG_POLICY"
    );
    assert_eq!(
        is(10_001),
        "document-too-large : 10001 characters without white space are too many: 10000 characters for TAG_POLICY"
    );
}

/// White space does not count, escapes do, and a character is one however many bytes it has.
#[test]
fn characters_are_those_of_the_minified_document() {
    let at_the_limit = json!({"x": format!("\"\\\n\u{1}ü€😀{}", "x".repeat(2_500 - 24))});
    assert_eq!(at_the_limit.to_string().chars().count(), 2_499);
    let policy_type = "AISERVICES_OPT_OUT_POLICY";
    let codes = |document: &Value| -> Vec<&str> {
        let findings = found(document, policy_type).into_iter();
        findings.map(|found| found.rule.code).filter(|code| code.contains("too-large")).collect()
    };
    assert_eq!(codes(&at_the_limit), ["document-nearly-too-large"]);
    assert_eq!(codes(&json!([at_the_limit])), ["document-too-large"]);
}
