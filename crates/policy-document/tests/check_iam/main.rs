//! Service and resource control policies: what is found, where, and what is suggested. A line of a table is a document, or
//! what makes it differ from one that is right, and what has to be found.

#![cfg(test)]

#[rustfmt::skip] // a case a line
mod condition;
#[rustfmt::skip]
mod form;
#[rustfmt::skip]
mod meaning;
#[cfg(feature = "catalogue")]
#[rustfmt::skip]
mod catalogue;
mod rules;

use policy_document::check::{Finding, check, policy_type_of, rules as all_rules};
use policy_document::tree::Node;
use serde_json::{Value, json};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

fn node(document: &Value) -> Node {
    Node::from(document)
}

/// What is found in a document, each finding in one line: `pointer code found: allowed -> suggestion`.
fn lines(document: &Value, policy_type: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let findings = check(&node(document), policy_type);
    let wanted = findings.iter().filter(|finding| is_wanted(finding.rule.code));
    let line = |finding: &Finding| {
        let Finding { pointer, rule, found, allowed, suggestion, .. } = finding;
        let suggestion = suggestion.as_ref().map(|text| format!(" -> {text}")).unwrap_or_default();
        format!("{pointer} {} {found}: {allowed}{suggestion}", rule.code)
    };
    wanted.map(line).collect()
}

fn found(document: &Value, policy_type: &str) -> Vec<String> {
    lines(document, policy_type, |code| !OF_THE_CATALOGUE.contains(&code))
}

/// What only the catalogue finds. The tests of the others ignore it, since they may be compiled with it or without it.
const OF_THE_CATALOGUE: [&str; 8] = [
    "iam-unknown-service",
    "iam-unknown-action",
    "iam-unknown-condition-key",
    "iam-key-not-of-action",
    "iam-operator-type",
    "iam-set-operator",
    "iam-never-matches",
    "rcp-unsupported-service",
];

/// A statement of an SCP that is right, with some elements replaced; null takes one out.
fn scp(changes: Value) -> Value {
    policy(json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}), changes)
}

/// The same of an RCP.
fn rcp(changes: Value) -> Value {
    policy(
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}),
        changes,
    )
}

fn policy(mut statement: Value, changes: Value) -> Value {
    let elements = statement.as_object_mut().unwrap();
    for (element, value) in changes.as_object().unwrap() {
        if value.is_null() {
            elements.remove(element);
        } else {
            elements.insert(element.clone(), value.clone());
        }
    }
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn when(operator: &str, key: &str, values: Value) -> Value {
    scp(json!({"Condition": {operator: {key: values}}}))
}

fn expect(cases: &[(&str, Value, &str, &[&str])]) {
    for (name, document, policy_type, expected) in cases {
        assert_eq!(&found(document, policy_type), expected, "{name}: {document}");
    }
}
