//! The actions that a statement names: `service:action`, with wildcards.

use super::super::place::{Findings, Place, Problem};
use super::super::rules::{Rule, Severity};
use super::statement::is_open;
use super::{Kind, RCP, SCP};
use crate::tree::Node;

/// An action, or a pattern of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action<'a> {
    /// `*`, or the same in more words: `*:*`.
    Everything,
    /// What a service's prefix and an action's name have to match.
    Of { service: &'a str, name: &'a str },
}

pub(super) static SYNTAX: Rule = Rule {
    code: "iam-action-syntax",
    severity: Severity::Error,
    summary: "An action is * or service:action, and both parts are letters, digits and wildcards.",
    explanation: "An action is the prefix of a service, one colon and the name of an action of that \
                  service: ec2:RunInstances. In the name, * stands for any characters and ? for one. The \
                  prefix is what the Service Authorization Reference names at the head of the service's \
                  page, which is not always the service's name: elasticloadbalancing, states, es.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "LeaveOrganization", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}}"#,
    source: "AWS Organizations user guide, \"SCP syntax\", Action and NotAction elements; IAM user guide, \
             \"IAM JSON policy elements: Action\"",
    date: "2026-09",
};

pub(super) static RCP_SERVICE: Rule = Rule {
    code: "rcp-action-without-service",
    severity: Severity::Error,
    summary: "Every action of a resource control policy names its service.",
    explanation: "AWS refuses an RCP of yours with the action *, since an RCP has to say which service it \
                  restricts: s3:*. The RCP that allows everything, RCPFullAWSAccess, is AWS's own and always \
                  attached. To restrict several services, list each of them.",
    policy_type: RCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::ledger/*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::ledger/*"}}"#,
    source: "AWS Organizations user guide, \"RCP syntax\", Action element; captured from CreatePolicy",
    date: "2026-09",
};

impl<'a> Action<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        let of = |(service, name)| Self::Of { service, name };
        match text.split_once(':') {
            None if is_any(text) => Some(Self::Everything),
            None => None,
            Some((service, name)) if is_any(service) && is_any(name) => Some(Self::Everything),
            Some((service, name)) => {
                let is_service = |c: char| c.is_ascii_alphanumeric() || "-*?".contains(c);
                let is_name = |c: char| c.is_ascii_alphanumeric() || "-_*?".contains(c);
                let is_read = !service.is_empty()
                    && !name.is_empty()
                    && service.chars().all(is_service)
                    && name.chars().all(is_name);
                is_read.then(|| of((service, name)))
            }
        }
    }
}

fn is_any(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'*')
}

/// One value of Action or NotAction.
pub(super) fn check(
    text: &str,
    node: &Node,
    place: &Place<'_>,
    kind: Kind,
    findings: &mut Findings,
) {
    if is_open(text) {
        return;
    }
    match Action::read(text) {
        None => {
            let trimmed = text.trim();
            let repaired = (trimmed != text && Action::read(trimmed).is_some()).then_some(trimmed);
            let problem =
                Problem::new(&SYNTAX, fault(text), "service:action, such as s3:GetObject");
            findings.of_value(place, node, problem.suggesting(repaired));
        }
        Some(action) if kind == Kind::Rcp && !names_service(action) => {
            let found = format!("{text:?} names no service");
            findings.value(
                &RCP_SERVICE,
                place,
                node,
                found,
                "the prefix of a service, such as s3:*",
            );
        }
        Some(_) => {}
    }
}

fn names_service(action: Action<'_>) -> bool {
    match action {
        Action::Everything => false,
        Action::Of { service, .. } => !service.contains(['*', '?']),
    }
}

fn fault(text: &str) -> String {
    match text.matches(':').count() {
        0 => format!("{text:?} names no service"),
        1 if text.contains(char::is_whitespace) => format!("{text:?} contains a space"),
        1 => format!("{text:?} is no action"),
        _ => format!("{text:?} has more than one colon"),
    }
}
