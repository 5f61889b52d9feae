//! Statements that are well formed and do nothing, or more than anybody means.

use super::super::place::Findings;
use super::super::rules::{Rule, Severity};
use super::action::Action;
use super::condition::{Comparison, comparisons};
use super::operator::Kind as Compares;
use super::statement::{Effect, Statement};
use super::{Kind, SCP, glob};
use crate::tree::{Node, Value};

pub(super) static EXCEPTS_EVERYTHING: Rule = Rule {
    code: "iam-excepts-everything",
    severity: Severity::Error,
    summary: "NotAction and NotResource leave something over.",
    explanation: "NotAction * means no action at all, and NotResource * no resource, so that the statement does \
                  nothing. For everything, write \"Action\": \"*\" or \"Resource\": \"*\".",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "NotResource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}}"#,
    source: "IAM user guide, \"IAM JSON policy elements: NotAction\" and \"NotResource\"",
    date: "2026-09",
};

pub(super) static CONTRADICTION: Rule = Rule {
    code: "iam-contradicting-conditions",
    severity: Severity::Error,
    summary: "The conditions of a statement can be true together.",
    explanation: "All conditions of a statement have to be true. A key cannot be absent (Null true) and equal a \
                  value, nor equal two different values at once. Values in one list are alternatives; conditions \
                  that are alternatives to each other belong to two statements.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"Null": {"aws:PrincipalTag/team": "true"}, "StringEquals": {"aws:PrincipalTag/team": "red"}}}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*", "Condition": {"Null": {"aws:PrincipalTag/team": "false"}, "StringNotEquals": {"aws:PrincipalTag/team": "red"}}}}"#,
    source: "IAM user guide, \"Conditions with multiple context keys or values\"",
    date: "2026-09",
};

pub(super) static DENY_EVERYTHING: Rule = Rule {
    code: "iam-deny-everything",
    severity: Severity::Warning,
    summary: "A Deny of everything has a condition.",
    explanation: "A Deny of every action on every resource without a condition locks everybody out of the account \
                  that it reaches: its users, roles and root user, and whoever deploys there. In a resource control \
                  policy, a Deny of all actions of a service closes the service's resources to everybody. If it is \
                  meant, for accounts that are suspended, say so where the warning is silenced.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
    right: r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/administrator"}}}}"#,
    source: "AWS Organizations user guide, \"SCP evaluation\"",
    date: "2026-09",
};

pub(super) static ALLOW_NOTHING: Rule = Rule {
    code: "scp-allow-gives-nothing",
    severity: Severity::Warning,
    summary: "An Allow permits something that the rest of the policy does not permit or deny anyway.",
    explanation: "A service control policy grants nothing; its Allow only says what other policies may grant. It \
                  has no effect beside another Allow that permits the same, such as that of FullAWSAccess, and none \
                  on what the same policy denies without a condition, since a Deny always wins.",
    policy_type: SCP,
    wrong: r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#,
    right: r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#,
    source: "AWS Organizations user guide, \"SCP evaluation\"",
    date: "2026-09",
};

pub(super) fn check(statements: &[Statement<'_>], kind: Kind, findings: &mut Findings) {
    for statement in statements {
        excepts_everything(statement, findings);
        contradictions(statement, findings);
        deny_everything(statement, kind, findings);
    }
    if kind == Kind::Scp {
        useless_allows(statements, findings);
    }
}

fn excepts_everything(statement: &Statement<'_>, findings: &mut Findings) {
    for element in ["NotAction", "NotResource"] {
        let (Some(texts), Some(node)) = (statement.texts(element), statement.node.get(element))
        else {
            continue;
        };
        let is_all = |text: &&str| match element {
            "NotAction" => Action::read(text) == Some(Action::Everything),
            _ => *text == "*",
        };
        if texts.iter().any(is_all) {
            statement.locate_element(element, |place| {
                let found = format!("{element} * leaves nothing over");
                findings.value(&EXCEPTS_EVERYTHING, place, node, found, "what is to be excepted");
            });
        }
    }
}

fn contradictions(statement: &Statement<'_>, findings: &mut Findings) {
    let all: Vec<Comparison<'_>> = comparisons(statement.node.get("Condition")).collect();
    for (i, one) in all.iter().enumerate() {
        let earlier = all.iter().take(i);
        let Some(problem) = earlier.filter_map(|other| contradiction(other, one)).next() else {
            continue;
        };
        statement.locate_element("Condition", |place| {
            let operator = place.key(one.written);
            let here = operator.key(&one.key.key);
            findings.key(
                &CONTRADICTION,
                &here,
                one.key,
                problem,
                "conditions that can be true together",
            );
        });
    }
}

/// Why two comparisons are never true together.
fn contradiction(one: &Comparison<'_>, other: &Comparison<'_>) -> Option<String> {
    if !one.key.key.eq_ignore_ascii_case(&other.key.key) {
        return None;
    }
    let key = &one.key.key;
    if (is_absent(one) && other.operator.needs_key())
        || (is_absent(other) && one.operator.needs_key())
    {
        return Some(format!("{key} cannot be absent and have a value"));
    }
    let (a, b) = (values_to_equal(one)?, values_to_equal(other)?);
    let together = a.iter().any(|a| b.iter().any(|b| glob::overlap(a, b)));
    (!together).then(|| format!("{key} has to equal other values as well"))
}

/// Whether the comparison demands that the key is not there.
fn is_absent(comparison: &Comparison<'_>) -> bool {
    let values = comparison.key.node.one_or_more();
    let is_true = |node: &Node| node.scalar().is_some_and(|text| text.eq_ignore_ascii_case("true"));
    comparison.operator.kind == Compares::Null && !values.is_empty() && values.iter().all(is_true)
}

/// What the one value of a key has to match, if the comparison is such a demand.
fn values_to_equal(comparison: &Comparison<'_>) -> Option<Vec<String>> {
    let operator = comparison.operator;
    let is_exact = matches!(operator.base, "StringEquals" | "StringLike");
    if !is_exact || operator.if_exists || operator.set.is_some() {
        return None;
    }
    comparison.patterns()
}

fn deny_everything(statement: &Statement<'_>, kind: Kind, findings: &mut Findings) {
    if statement.effect() != Some(Effect::Deny) || statement.is_conditional() {
        return;
    }
    let is_everywhere = statement.texts("Resource").is_some_and(|texts| texts.contains(&"*"));
    let Some(member) = statement.member("Action").or(statement.member("NotAction")) else { return };
    if !is_everywhere {
        return;
    }
    let is_whole = |action: &Action<'_>| match (kind, action) {
        (_, Action::Everything) => true,
        (Kind::Rcp, Action::Of { name, .. }) => *name == "*",
        _ => false,
    };
    let denied = match member.key.as_str() {
        "Action" => statement.actions().unwrap_or_default().into_iter().find(is_whole).is_some(),
        _ => matches!(&member.node.value, Value::Array(items) if items.is_empty()),
    };
    if denied {
        statement.locate_element(&member.key, |place| {
            let found = "everything is denied to everybody";
            findings.value(
                &DENY_EVERYTHING,
                place,
                &member.node,
                found,
                "a Condition, or fewer actions",
            );
        });
    }
}

/// What a statement is about, if that can be told without its condition.
struct Reach<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
}

impl<'a> Reach<'a> {
    fn of(statement: &Statement<'a>) -> Option<Self> {
        let (actions, resources) = (statement.texts("Action")?, statement.texts("Resource")?);
        (!actions.is_empty() && !resources.is_empty()).then_some(Self { actions, resources })
    }

    fn covers(&self, other: &Reach<'_>) -> bool {
        let all = |wide: &[&str], narrow: &[&str]| {
            narrow.iter().all(|narrow| wide.iter().any(|wide| glob::covers(wide, narrow)))
        };
        all(&self.actions, &other.actions) && all(&self.resources, &other.resources)
    }
}

fn useless_allows(statements: &[Statement<'_>], findings: &mut Findings) {
    let reaching: Vec<(usize, &Statement<'_>, Reach<'_>)> = statements
        .iter()
        .enumerate()
        .filter_map(|(i, statement)| Some((i, statement, Reach::of(statement)?)))
        .collect();
    for (i, statement, reach) in &reaching {
        if statement.effect() != Some(Effect::Allow) {
            continue;
        }
        let over = reaching.iter().filter(|(j, other, _)| j != i && !other.is_conditional());
        let covering = over.filter_map(|(j, other, wide)| {
            if !wide.covers(reach) {
                return None;
            }
            match other.effect()? {
                Effect::Deny => Some("another statement denies all of it"),
                // Of two that permit the same, the second one is too many.
                Effect::Allow if j < i || !reach.covers(wide) => {
                    Some("another statement permits all of it")
                }
                Effect::Allow => None,
            }
        });
        if let Some(why) = covering.min() {
            report_useless(statement, why, findings);
        }
    }
}

fn report_useless(statement: &Statement<'_>, why: &str, findings: &mut Findings) {
    let Some(effect) = statement.node.get("Effect") else { return };
    statement.locate_element("Effect", |place| {
        let found = format!("this Allow has no effect, since {why}");
        findings.value(&ALLOW_NOTHING, place, effect, found, "an Allow of something more, or none");
    });
}
