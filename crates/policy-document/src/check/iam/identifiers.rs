//! Version, Id and Sid.

use std::collections::HashSet;

use super::super::place::{Findings, Place, Problem};
use super::super::rules::{Rule, Severity};
use super::statement::{self, is_open};
use super::{Kind, RCP, SCP, form};
use crate::tree::{Member, Node};

pub(super) static VERSION: Rule = Rule {
    code: "iam-version",
    severity: Severity::Error,
    summary: "The Version of a policy is 2012-10-17, or the older 2008-10-17.",
    explanation: "Version names the version of the policy language, not that of your policy, and there are only \
                  these two.",
    policy_type: SCP,
    wrong: r#"{"Version": "2026-11-01", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Version\"",
    date: "2026-09",
};

pub(super) static OLD_VERSION: Rule = Rule {
    code: "iam-old-version",
    severity: Severity::Warning,
    summary: "A policy names the version 2012-10-17 of the language.",
    explanation: "The guide says that every SCP and every RCP must include it. AWS takes an RCP without it or with \
                  2008-10-17, and stores 2008-10-17. In that older language there are no policy variables: \
                  ${aws:PrincipalTag/team} is compared as it is written.",
    policy_type: SCP,
    wrong: r#"{"Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"SCP syntax\" and \"RCP syntax\", Version element; captured from CreatePolicy",
    date: "2026-09",
};

pub(super) static ID: Rule = Rule {
    code: "iam-id",
    severity: Severity::Warning,
    summary: "A policy of an organization has no Id.",
    explanation: "The policy language has Id for policies of resources only, and the guide lists it neither for \
                  SCPs nor for RCPs. The policy's name in Organizations says what it is.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Id": "buckets", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"Grammar of the IAM JSON policy language\", notes",
    date: "2026-09",
};

pub(super) static SCP_SID: Rule = Rule {
    code: "scp-sid-characters",
    severity: Severity::Error,
    summary: "A Sid of a service control policy consists of letters and digits.",
    explanation: "A to Z, a to z and 0 to 9; no space, hyphen or underscore. Write words together: DenyLeaving.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Sid": "deny leaving", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Sid": "DenyLeaving", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Sid\"; issue 282 of awsdocs/iam-user-guide, where an SCP was refused",
    date: "2026-09",
};

pub(super) static RCP_SID: Rule = Rule {
    code: "rcp-sid-characters",
    severity: Severity::Warning,
    summary: "A Sid of a resource control policy consists of letters and digits.",
    explanation: "The guide has no other characters in a Sid. The policies of some resources take more of them \
                  nevertheless; whether an RCP does is not known.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Sid": "tls only", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Sid\"",
    date: "2026-09",
};

pub(super) static DUPLICATE_SID: Rule = Rule {
    code: "iam-duplicate-sid",
    severity: Severity::Warning,
    summary: "No two statements have the same Sid.",
    explanation: "IAM refuses a policy in which two statements have the same Sid; whether Organizations does is not \
                  known. Whoever reads a denial in CloudTrail or an evaluation cannot tell the two apart.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Buckets", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}, {"Sid": "Buckets", "Effect": "Deny", "Action": "s3:PutBucketAcl", "Resource": "*"}]}"#,
    right: r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Buckets", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}, {"Sid": "Acls", "Effect": "Deny", "Action": "s3:PutBucketAcl", "Resource": "*"}]}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Sid\"",
    date: "2026-09",
};

const CURRENT: &str = "2012-10-17";
const OLD: &str = "2008-10-17";

pub(super) fn version(node: &Node, place: &Place<'_>, findings: &mut Findings) {
    let Some(text) = form::text(node, place, "a text", findings) else { return };
    if text == CURRENT || is_open(text) {
        return;
    }
    let (rule, found) = match text {
        OLD => (&OLD_VERSION, format!("the language of {OLD} has no variables")),
        _ => (&VERSION, format!("there is no version {text:?}")),
    };
    let problem = Problem::new(rule, found, CURRENT);
    findings.of_value(place, node, problem.suggesting(Some(CURRENT)));
}

pub(super) fn no_version(document: &Node, place: &Place<'_>, findings: &mut Findings) {
    let allowed = format!("\"Version\": \"{CURRENT}\"");
    findings.of_whole(place, document, Problem::new(&OLD_VERSION, "no Version", allowed));
}

pub(super) fn id(member: &Member, place: &Place<'_>, findings: &mut Findings) {
    findings.key(
        &ID,
        place,
        member,
        "no policy of an organization has an Id",
        "Version and Statement",
    );
}

pub(super) fn sid(node: &Node, place: &Place<'_>, kind: Kind, findings: &mut Findings) {
    let Some(text) = form::text(node, place, "a text", findings) else { return };
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) || is_open(text) {
        return;
    }
    let rule = if kind == Kind::Scp { &SCP_SID } else { &RCP_SID };
    let problem =
        Problem::new(rule, format!("{text:?} has other characters"), "letters and digits");
    let sid = joined(text);
    findings.of_value(
        place,
        node,
        problem.suggesting(Some(sid.as_str()).filter(|sid| !sid.is_empty())),
    );
}

/// The words of a text as one word: `deny-leaving` becomes `DenyLeaving`.
fn joined(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter_map(|word| word.split_at_checked(1))
        .fold(String::new(), |sid, (first, rest)| sid + &first.to_ascii_uppercase() + rest)
}

pub(super) fn duplicate_sids(document: &Node, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for statement in statement::all(document) {
        let Some(node) = statement.node.get("Sid") else { continue };
        let Some(text) = node.as_str().filter(|text| !text.is_empty() && !is_open(text)) else {
            continue;
        };
        if !seen.insert(text) {
            statement.locate_element("Sid", |place| {
                let found = format!("another statement has the Sid {text:?} too");
                findings.value(&DUPLICATE_SID, place, node, found, "a Sid of its own");
            });
        }
    }
}
