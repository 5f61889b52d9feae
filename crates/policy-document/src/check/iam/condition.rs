//! The Condition of a statement: operators, keys and values.

use std::net::IpAddr;

use super::super::place::{Findings, Place, Problem};
use super::super::rules::{Rule, Severity};
use super::SCP;
use super::form::{is_object, wrong_type};
use super::operator::{self, Kind, Operator};
use super::statement::{each, is_open, with_variables_as, without_variables};
use crate::tree::{Member, Node};

pub(super) static OPERATOR: Rule = Rule {
    code: "iam-condition-operator",
    severity: Severity::Error,
    summary: "A condition compares with one of IAM's operators.",
    explanation: "The operators are those of texts (StringEquals, StringLike), numbers (NumericLessThan), dates \
                  (DateGreaterThan), truth (Bool), addresses (IpAddress), ARNs (ArnLike), and Null for whether a \
                  key is there. Most have a negation with Not inside (StringNotLike). IfExists at the end makes \
                  one true where the key is absent; Null has no such form. ForAnyValue: or ForAllValues: at the \
                  beginning is for keys with several values.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotLikes": {"aws:PrincipalAccount": "1111*"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotLike": {"aws:PrincipalAccount": "1111*"}}}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Condition operators\"",
    date: "2026-09",
};

pub(super) static KEY_SYNTAX: Rule = Rule {
    code: "iam-condition-key-syntax",
    severity: Severity::Error,
    summary: "A condition key has a prefix: aws: for the global ones, or that of a service.",
    explanation: "aws:PrincipalArn and ec2:InstanceType are condition keys; PrincipalArn and InstanceType are not.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"RequestedRegion": "eu-west-1"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}"#,
    source: "IAM user guide, \"Access Analyzer policy check reference\", Invalid condition key format",
    date: "2026-09",
};

pub(super) static VALUE: Rule = Rule {
    code: "iam-condition-value",
    severity: Severity::Warning,
    summary: "A value of a condition is what its operator compares.",
    explanation: "Bool and Null compare with true or false, numeric operators with numbers, date operators with \
                  dates (2026-11-01T00:00:00Z, or seconds since 1970), IpAddress with addresses and ranges \
                  (203.0.113.0/24), ARN operators with ARNs. Nothing in a request equals another value.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/240"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Condition operators\"",
    date: "2026-09",
};

pub(super) static WILDCARD: Rule = Rule {
    code: "iam-wildcard-without-like",
    severity: Severity::Warning,
    summary: "Wildcards are wildcards in StringLike and in ARN operators only.",
    explanation: "StringEquals and StringNotEquals compare * and ? as the characters that they are. A Deny with \
                  StringNotEquals on \"arn:aws:iam::*:role/admin\" exempts nobody, one with StringEquals denies \
                  nobody. Use StringLike or StringNotLike, or ArnLike and ArnNotLike for an ARN.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}}}"#,
    source: "IAM user guide, \"Access Analyzer policy check reference\", Wildcard without like operator",
    date: "2026-09",
};

pub(super) fn check(condition: &Node, place: &Place<'_>, findings: &mut Findings) {
    if !is_object(condition, place, "an object of operators", findings) {
        return;
    }
    for member in condition.members() {
        let here = place.member(member);
        let operator = Operator::read(&member.key);
        if operator.is_none() && !is_open(&member.key) {
            let found = format!("{:?} is no operator", member.key);
            let problem =
                Problem::new(&OPERATOR, found, "an operator of IAM, such as StringEquals");
            let meant = operator::nearest(&member.key);
            findings.of_key(&here, member, problem.suggesting(meant.as_deref()));
        }
        if is_object(&member.node, &here, "an object of condition keys", findings) {
            for key in member.node.members() {
                check_key(key, operator, &here.member(key), findings);
            }
        }
    }
}

fn check_key(
    member: &Member,
    operator: Option<Operator>,
    place: &Place<'_>,
    findings: &mut Findings,
) {
    if !member.key.contains(':') && !is_open(&member.key) {
        let found = format!("{:?} has no prefix", member.key);
        findings.key(&KEY_SYNTAX, place, member, found, "aws:… or the prefix of a service");
    }
    each(&member.node, place, |node, place| {
        check_value(node, (&member.key, operator), place, findings);
    });
}

fn check_value(
    node: &Node,
    (key, operator): (&str, Option<Operator>),
    place: &Place<'_>,
    findings: &mut Findings,
) {
    let Some(text) = node.scalar() else {
        return wrong_type(node, place, "a text or a list of texts", findings);
    };
    let text = text.as_ref();
    let Some(operator) = operator.filter(|_| !is_open(text)) else { return };
    if operator.kind == Kind::Text {
        // What a variable stands for is compared as it is: `${*}` is a star.
        let is_pattern = with_variables_as(text, "").contains(['*', '?']);
        if is_pattern && !operator.takes_wildcards && !is_meant(key, text) {
            let found = format!("{text:?} has a wildcard, which {} takes literally", operator.base);
            let like = if operator.is_negated { "StringNotLike" } else { "StringLike" };
            findings.value(&WILDCARD, place, node, found, format!("{like} for a pattern"));
        }
    } else if let Some(allowed) = expected(operator.kind, text) {
        let found = format!("{} does not compare {text:?}", operator.base);
        findings.value(&VALUE, place, node, found, allowed);
    }
}

/// Whether a request can have this very value. Who opens a Lambda function to everybody (lambda:AddPermission) names
/// `*` as the principal.
fn is_meant(key: &str, text: &str) -> bool {
    key.eq_ignore_ascii_case("lambda:Principal") && text == "*"
}

/// What an operator of this kind compares with, if the text is none of it.
fn expected(kind: Kind, text: &str) -> Option<&'static str> {
    // A variable may become anything.
    if text.contains("${") {
        return None;
    }
    let (is_right, expected) = match kind {
        Kind::Text | Kind::Binary => return None,
        Kind::Bool | Kind::Null => {
            (["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)), "true or false")
        }
        Kind::Number => (text.parse::<f64>().is_ok_and(f64::is_finite), "a number"),
        Kind::Date => (is_date(text), "a date, such as 2026-11-01T00:00:00Z"),
        Kind::Address => (is_address(text), "an address or a range, such as 203.0.113.0/24"),
        Kind::Arn => (is_arn(text), "an ARN"),
    };
    (!is_right).then_some(expected)
}

/// A date as ISO 8601 has it, or seconds.
fn is_date(text: &str) -> bool {
    let (digits, others): (Vec<char>, Vec<char>) = text.chars().partition(char::is_ascii_digit);
    digits.len() >= 4
        && text.starts_with(|c: char| c.is_ascii_digit())
        && others.iter().all(|c| "-:.TZ+".contains(*c))
}

fn is_address(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok()),
        None => (text, Some(0)),
    };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.is_some_and(|bits| bits <= most)
}

fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") || text.starts_with(['*', '?'])
}

/// The pairs of operator and key of a condition, with their values as far as they are known.
pub(super) fn comparisons(condition: Option<&Node>) -> impl Iterator<Item = Comparison<'_>> {
    let operators = condition.map(Node::members).unwrap_or_default();
    operators.iter().flat_map(|member| {
        let operator = Operator::read(&member.key);
        let keys = member.node.members().iter();
        keys.filter_map(move |key| {
            Some(Comparison { operator: operator?, written: &member.key, key })
        })
    })
}

/// One operator with one key and its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison<'a> {
    pub operator: Operator,
    /// The operator as it is written.
    pub written: &'a str,
    pub key: &'a Member,
}

impl Comparison<'_> {
    /// The values as patterns that match at least what they match, if all are known.
    pub fn patterns(&self) -> Option<Vec<String>> {
        let nodes = self.key.node.one_or_more();
        nodes.iter().map(|node| node.as_str().map(without_variables)).collect()
    }
}
