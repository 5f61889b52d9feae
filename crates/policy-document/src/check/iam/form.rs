//! The form of a document: its elements, their types, and which of them a statement must have.

use super::super::near::nearest;
use super::super::place::{Findings, Place, Problem};
use super::super::rules::{Rule, Severity};
use super::statement::{each, is_open};
use super::{Kind, SCP, action, condition, forbidden, identifiers, resource};
use crate::tree::{Member, Node, Value};

pub(super) static WRONG_TYPE: Rule = Rule {
    code: "iam-wrong-type",
    severity: Severity::Error,
    summary: "Each element holds what the grammar of IAM has there: an object, a text, or a list of texts.",
    explanation: "A policy is an object. Statement is an object or a list of objects, Condition an object of \
                  objects. Sid, Effect and Version are texts. Action, Resource and the values of a condition \
                  key are one text or a list of texts; a value of a condition may also be a number or true or \
                  false.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": {"s3": "DeleteBucket"}, "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"Grammar of the IAM JSON policy language\"",
    date: "2026-09",
};

pub(super) static UNKNOWN_ELEMENT: Rule = Rule {
    code: "iam-unknown-element",
    severity: Severity::Error,
    summary: "A policy and its statements have no other elements than those of the IAM policy language.",
    explanation: "A policy has Version and Statement. A statement has Sid, Effect, Action or NotAction, \
                  Resource or NotResource, and Condition; in a resource control policy also Principal. Upper \
                  and lower case count. There are no comments: say in a Sid what a statement is for.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Conditions": {}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {}}}"#,
    source: "AWS Organizations user guide, \"SCP syntax\" and \"RCP syntax\"; IAM user guide, \"Grammar of the IAM \
             JSON policy language\"",
    date: "2026-09",
};

pub(super) static MISSING_ELEMENT: Rule = Rule {
    code: "iam-missing-element",
    severity: Severity::Error,
    summary: "A policy has a Statement; a statement has an Effect, actions and resources, and in an RCP a Principal.",
    explanation: "Actions stand under Action or NotAction, resources under Resource or NotResource. A statement \
                  that is meant for every resource says so: \"Resource\": \"*\". A statement of a resource control \
                  policy also needs \"Principal\": \"*\".",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"SCP syntax\" and \"RCP syntax\"; IAM user guide, \"Grammar of the IAM \
             JSON policy language\"",
    date: "2026-09",
};

pub(super) static CONFLICT: Rule = Rule {
    code: "iam-conflicting-elements",
    severity: Severity::Error,
    summary: "A statement has one of Action and NotAction, and one of Resource and NotResource.",
    explanation: "The two are alternatives: the one lists what the statement is about, the other what it is not \
                  about. Make two statements of it, or leave one of the elements out.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "NotAction": "s3:GetObject", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}}"#,
    source: "IAM user guide, \"Grammar of the IAM JSON policy language\"",
    date: "2026-09",
};

pub(super) static EMPTY_LIST: Rule = Rule {
    code: "iam-empty-list",
    severity: Severity::Error,
    summary: "A list of statements, actions or resources has at least one entry.",
    explanation: "A statement without an action or without a resource is about nothing and does nothing, and a \
                  policy without a statement protects nothing.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": [], "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": ["s3:DeleteBucket"], "Resource": "*"}}"#,
    source: "IAM user guide, \"Access Analyzer policy check reference\", Empty array action, Empty array resource",
    date: "2026-09",
};

pub(super) static EFFECT: Rule = Rule {
    code: "iam-effect",
    severity: Severity::Error,
    summary: "The Effect of a statement is Allow or Deny.",
    explanation: "Upper and lower case count. In a resource control policy only Deny is allowed.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: Effect\"",
    date: "2026-09",
};

const ELEMENTS_OF_A_POLICY: [&str; 3] = ["Version", "Statement", "Id"];

/// The elements that a statement may have.
const fn elements_of_a_statement(kind: Kind) -> [&'static str; 7] {
    match kind {
        Kind::Scp => {
            ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"]
        }
        Kind::Rcp => {
            ["Sid", "Effect", "Principal", "Action", "Resource", "NotResource", "Condition"]
        }
    }
}

pub(super) fn check(document: &Node, kind: Kind, findings: &mut Findings) {
    let place = Place::root();
    if !is_object(document, &place, "a policy is an object", findings) {
        return;
    }
    for member in document.members() {
        let here = place.member(member);
        match member.key.as_str() {
            "Version" => identifiers::version(&member.node, &here, findings),
            "Id" => identifiers::id(member, &here, findings),
            "Statement" => statements(&member.node, &here, kind, findings),
            _ => unknown(member, &here, &ELEMENTS_OF_A_POLICY, findings),
        }
    }
    if document.member("Statement").is_none() {
        missing(document, &place, "Statement", findings);
    }
    if document.member("Version").is_none() {
        identifiers::no_version(document, &place, findings);
    }
    identifiers::duplicate_sids(document, findings);
}

fn statements(node: &Node, place: &Place<'_>, kind: Kind, findings: &mut Findings) {
    let is_list = matches!(node.value, Value::Array(_));
    if is_list && node.items().is_empty() {
        findings.value(&EMPTY_LIST, place, node, "no statement", "at least one statement");
    }
    each(node, place, |node, place| {
        if is_object(node, place, "a statement is an object", findings) {
            statement(node, place, kind, findings);
        }
    });
}

fn statement(node: &Node, place: &Place<'_>, kind: Kind, findings: &mut Findings) {
    for member in node.members() {
        let here = place.member(member);
        let value = &member.node;
        match member.key.as_str() {
            "Sid" => identifiers::sid(value, &here, kind, findings),
            "Effect" => effect(value, &here, kind, findings),
            "NotAction" if kind == Kind::Rcp => forbidden::not_action(member, &here, findings),
            "Action" | "NotAction" => {
                list(member, &here, findings, |text, node, place, findings| {
                    action::check(text, node, place, kind, findings);
                })
            }
            "Resource" | "NotResource" => list(member, &here, findings, resource::check),
            "Principal" | "NotPrincipal" => forbidden::principal(member, &here, kind, findings),
            "Condition" => condition::check(value, &here, findings),
            _ => unknown(member, &here, &elements_of_a_statement(kind), findings),
        }
    }
    let lacks = |element: &str| node.member(element).is_none();
    if lacks("Effect") {
        missing(node, place, "Effect", findings);
    }
    for (element, other) in [("Action", "NotAction"), ("Resource", "NotResource")] {
        match (node.member(element), node.member(other)) {
            (None, None) => missing(node, place, &format!("{element} or {other}"), findings),
            (Some(_), Some(member)) => {
                let found = format!("{element} stands here too");
                findings.key(&CONFLICT, &place.member(member), member, found, "one of the two");
            }
            _ => {}
        }
    }
    if kind == Kind::Rcp && lacks("Principal") && lacks("NotPrincipal") {
        missing(node, place, "Principal", findings);
    }
}

fn effect(node: &Node, place: &Place<'_>, kind: Kind, findings: &mut Findings) {
    let Some(text) = text(node, place, "a text", findings).filter(|text| !is_open(text)) else {
        return;
    };
    match text {
        "Deny" => {}
        "Allow" if kind == Kind::Rcp => forbidden::allow(node, place, findings),
        "Allow" => {}
        other => {
            let problem = Problem::new(&EFFECT, format!("{other:?} is no effect"), "Allow or Deny");
            findings.of_value(place, node, problem.suggesting(nearest(other, ["Allow", "Deny"])));
        }
    }
}

/// The values of Action, Resource and their opposites.
fn list(
    member: &Member,
    place: &Place<'_>,
    findings: &mut Findings,
    check: impl Fn(&str, &Node, &Place<'_>, &mut Findings),
) {
    let is_list = matches!(member.node.value, Value::Array(_));
    // Nothing excepted is something: everything.
    let is_exception = member.key.starts_with("Not");
    if is_list && member.node.items().is_empty() && !is_exception {
        let what = member.key.to_lowercase();
        let allowed = format!("at least one {what}");
        findings.value(&EMPTY_LIST, place, &member.node, format!("no {what}"), allowed);
    }
    each(&member.node, place, |node, place| {
        if let Some(text) = text(node, place, "a text or a list of texts", findings) {
            check(text, node, place, findings);
        }
    });
}

fn unknown(member: &Member, place: &Place<'_>, known: &[&'static str], findings: &mut Findings) {
    let found = format!("there is no element {:?}", member.key);
    let problem = Problem::new(&UNKNOWN_ELEMENT, found, known.join(", "));
    findings.of_key(place, member, problem.suggesting(nearest(&member.key, known.iter().copied())));
}

fn missing(node: &Node, place: &Place<'_>, element: &str, findings: &mut Findings) {
    let problem = Problem::new(&MISSING_ELEMENT, "an element is missing", element);
    findings.of_whole(place, node, problem);
}

/// Whether a node is an object; if it is something else that is known, that is a fault.
pub(super) fn is_object(
    node: &Node,
    place: &Place<'_>,
    allowed: &str,
    findings: &mut Findings,
) -> bool {
    let is_object = matches!(node.value, Value::Object(_));
    if !is_object {
        wrong_type(node, place, allowed, findings);
    }
    is_object
}

/// The text of a node; if it is something else that is known, that is a fault.
pub(super) fn text<'a>(
    node: &'a Node,
    place: &Place<'_>,
    allowed: &str,
    findings: &mut Findings,
) -> Option<&'a str> {
    let text = node.as_str();
    if text.is_none() {
        wrong_type(node, place, allowed, findings);
    }
    text
}

/// The fault of a node that is not what has to be there, unless it is not known.
pub(super) fn wrong_type(node: &Node, place: &Place<'_>, allowed: &str, findings: &mut Findings) {
    let kind = match &node.value {
        Value::Unknown(_) => return,
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    findings.value(&WRONG_TYPE, place, node, format!("this is {kind}"), allowed);
}
