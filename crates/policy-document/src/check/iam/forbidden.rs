//! What the language of IAM has, and an SCP or an RCP has not.

use super::super::place::{Findings, Place};
use super::super::rules::{Rule, Severity};
use super::statement::{is_open, with_variables_as};
use super::{Kind, RCP, SCP};
use crate::tree::{Member, Node, Value};

pub(super) static SCP_PRINCIPAL: Rule = Rule {
    code: "scp-principal",
    severity: Severity::Error,
    summary: "A service control policy has no Principal and no NotPrincipal.",
    explanation: "An SCP binds every user and role of the accounts that it is attached to. To except some, \
                  compare aws:PrincipalArn in a Condition. A policy that is meant for the principals that use \
                  a resource, whoever they are, is a resource control policy.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"SCP syntax\", Unsupported elements",
    date: "2026-09",
};

pub(super) static RCP_PRINCIPAL: Rule = Rule {
    code: "rcp-principal",
    severity: Severity::Error,
    summary: "The Principal of a resource control policy is *.",
    explanation: "AWS takes \"Principal\": \"*\" and \"Principal\": {\"AWS\": \"*\"}. It refuses a list, even of * \
                  alone, and every principal by name. To restrict or to except principals, compare \
                  aws:PrincipalArn, aws:PrincipalOrgID or aws:PrincipalIsAWSService in a Condition.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": {"AWS": "111111111111"}, "Action": "s3:PutObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"RCP syntax\", Principal element; captured from CreatePolicy",
    date: "2026-09",
};

pub(super) static RCP_NOT_PRINCIPAL: Rule = Rule {
    code: "rcp-not-principal",
    severity: Severity::Error,
    summary: "A resource control policy has no NotPrincipal.",
    explanation: "Write \"Principal\": \"*\", and compare aws:PrincipalArn with ArnNotLike in a Condition to except \
                  principals.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:role/auditor"}, "Action": "s3:PutObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/auditor"}}}}"#,
    source: "AWS Organizations user guide, \"RCP syntax\", Unsupported elements; captured from CreatePolicy",
    date: "2026-09",
};

pub(super) static RCP_NOT_ACTION: Rule = Rule {
    code: "rcp-not-action",
    severity: Severity::Error,
    summary: "A resource control policy has no NotAction.",
    explanation: "List under Action what is restricted. Patterns shorten the list: s3:Put*.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"RCP syntax\", Unsupported elements; captured from CreatePolicy",
    date: "2026-09",
};

pub(super) static RCP_ALLOW: Rule = Rule {
    code: "rcp-allow",
    severity: Severity::Error,
    summary: "A resource control policy only denies.",
    explanation: "The one RCP that allows is RCPFullAWSAccess, which AWS attaches everywhere and which cannot be \
                  detached. What no RCP denies is left to the other policies, so nothing needs to be allowed here.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"RCP syntax\", Effect element; captured from CreatePolicy",
    date: "2026-09",
};

pub(super) fn allow(node: &Node, place: &Place<'_>, findings: &mut Findings) {
    findings.value(&RCP_ALLOW, place, node, "a resource control policy allows nothing", "Deny");
}

pub(super) fn not_action(member: &Member, place: &Place<'_>, findings: &mut Findings) {
    findings.key(
        &RCP_NOT_ACTION,
        place,
        member,
        "a resource control policy has no NotAction",
        "Action",
    );
}

pub(super) fn principal(member: &Member, place: &Place<'_>, kind: Kind, findings: &mut Findings) {
    match (kind, member.key.as_str()) {
        (Kind::Scp, key) => {
            let found = format!("a service control policy has no {key}");
            findings.key(&SCP_PRINCIPAL, place, member, found, "a Condition on aws:PrincipalArn");
        }
        (Kind::Rcp, "NotPrincipal") => {
            let allowed = "Principal * and a Condition on aws:PrincipalArn";
            let found = "a resource control policy has no NotPrincipal";
            findings.key(&RCP_NOT_PRINCIPAL, place, member, found, allowed);
        }
        (Kind::Rcp, _) if is_everybody(&member.node) => {}
        (Kind::Rcp, _) => {
            let allowed = r#""*", and a Condition for whom it is about"#;
            let found = "this is not everybody";
            findings.value(&RCP_PRINCIPAL, place, &member.node, found, allowed);
        }
    }
}

/// `"*"` or `{"AWS": "*"}`, or what may become one of them.
fn is_everybody(node: &Node) -> bool {
    match &node.value {
        Value::Unknown(_) => true,
        Value::String(text) => may_be("*", text),
        Value::Object(members) => match members.as_slice() {
            [only] if may_be("AWS", &only.key) => match &only.node.value {
                Value::Unknown(_) => true,
                Value::String(text) => may_be("*", text),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// Whether a text is this word, or becomes it with the right value of its variables.
fn may_be(word: &str, text: &str) -> bool {
    let around = with_variables_as(text, "");
    text == word || (is_open(text) && (around.is_empty() || around == word))
}
