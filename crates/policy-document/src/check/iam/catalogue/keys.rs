//! The condition keys of a statement: whether they exist, are those of its actions, and suit the operators.

use super::super::super::place::{Findings, Place, Problem};
use super::super::action::Action;
use super::super::condition::{Comparison, comparisons};
use super::super::operator::{Kind, Set};
use super::super::statement::{Statement, is_open};
use super::data::{self, Key};
use super::{actions, rules, spelling};

pub(super) fn check(statement: &Statement<'_>, findings: &mut Findings) {
    for comparison in comparisons(statement.node.get("Condition")) {
        let name = &comparison.key.key;
        let Some((prefix, _)) = name.split_once(':').filter(|_| !is_open(name)) else { continue };
        // A web identity provider is named by its host, and anybody can have one.
        if prefix.contains('.') {
            continue;
        }
        statement.locate_element("Condition", |place| {
            let operator = place.key(comparison.written);
            let here = operator.member(comparison.key);
            if let Some(key) = data::global_key(name) {
                suits(&comparison, key, &here, findings);
            } else if let Some(key) = data::section(prefix).and_then(|section| section.key(name)) {
                suits(&comparison, key, &here, findings);
                is_of_action(statement, &comparison, &here, findings);
            } else {
                unknown(&comparison, &here, findings);
            }
        });
    }
}

fn unknown(comparison: &Comparison<'_>, place: &Place<'_>, findings: &mut Findings) {
    let name = &comparison.key.key;
    let found = format!("there is no condition key {name:?}");
    if spelling::is_without_tag(name) {
        let allowed = format!("{name}/ and the key of a tag");
        findings.key(&rules::UNKNOWN_KEY, place, comparison.key, found, allowed);
        return;
    }
    let allowed = format!("a key that AWS had on {}", data::date());
    let problem = Problem::new(&rules::UNKNOWN_KEY, found, allowed);
    let meant = spelling::nearest_key(name);
    findings.of_key(place, comparison.key, problem.suggesting(meant.as_deref()));
}

/// Whether the operator is one for keys of this type and number of values.
fn suits(comparison: &Comparison<'_>, key: Key, place: &Place<'_>, findings: &mut Findings) {
    let operator = comparison.operator;
    let is_of_type = match operator.kind {
        Kind::Null | Kind::Text | Kind::Binary => true,
        // ARNs are compared in keys that the catalogue calls texts, too.
        Kind::Arn => matches!(key.kind, Kind::Arn | Kind::Text),
        // Seconds since 1970 are numbers.
        Kind::Number => matches!(key.kind, Kind::Number | Kind::Date),
        other => key.kind == other,
    };
    if !is_of_type {
        let found = format!("{} does not compare {}", operator.base, described(key.kind));
        let allowed = format!("{} for {}", suited(key.kind), key.name);
        findings.key(&rules::OPERATOR_TYPE, place, comparison.key, found, allowed);
        return;
    }
    let (found, allowed) = match (operator.set, key.has_several_values) {
        (None, true) if operator.kind != Kind::Null => (
            "this key has several values",
            format!("ForAnyValue:{0} or ForAllValues:{0}", operator.base),
        ),
        (Some(Set::AllValues), false) => (
            "this key has one value, and ForAllValues is also true without it",
            operator.base.to_owned(),
        ),
        _ => return,
    };
    findings.key(&rules::SET_OPERATOR, place, comparison.key, found, allowed);
}

fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "numbers",
        Kind::Date => "dates",
        Kind::Bool => "true and false",
        Kind::Address => "addresses",
        Kind::Arn => "ARNs",
        Kind::Text | Kind::Binary | Kind::Null => "texts",
    }
}

fn suited(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "a numeric operator",
        Kind::Date => "a date operator",
        Kind::Bool => "Bool",
        Kind::Address => "IpAddress or NotIpAddress",
        Kind::Arn => "ArnLike or ArnNotLike",
        Kind::Text | Kind::Binary | Kind::Null => "a string operator",
    }
}

/// Whether one of the statement's actions has the key in its requests; said only if all of them are known.
fn is_of_action(
    statement: &Statement<'_>,
    comparison: &Comparison<'_>,
    place: &Place<'_>,
    findings: &mut Findings,
) {
    let name = &comparison.key.key;
    let named = statement.actions().unwrap_or_default();
    let knowledge = named.iter().map(|action| knows(*action, name));
    let is_foreign = !named.is_empty() && knowledge.into_iter().all(|knows| knows == Some(false));
    if is_foreign && is_of_any_action(name) {
        let found = format!("no request of these actions has {name}");
        let allowed = "a key of the actions, or a global one";
        findings.key(&rules::KEY_NOT_OF_ACTION, place, comparison.key, found, allowed);
    }
}

/// Whether requests of an action have the key; none if the catalogue does not know the action, or it is of any service.
fn knows(action: Action<'_>, key: &str) -> Option<bool> {
    let Action::Of { service, name } = action else { return None };
    if service.contains(['*', '?']) {
        return None;
    }
    let mut answer = None;
    for section in actions::services(service) {
        let key = section.key(key);
        let mut has_key =
            section.matching(name).map(|entry| key.is_some_and(|key| entry.has_key(key)));
        let Some(first) = has_key.next() else { continue };
        answer = Some(answer == Some(true) || first || has_key.any(|has_key| has_key));
    }
    answer
}

/// Of some keys the catalogue knows no action at all; then it is the catalogue that lacks something.
fn is_of_any_action(key: &str) -> bool {
    let section = key.split_once(':').and_then(|(prefix, _)| data::section(prefix));
    section.is_some_and(|section| {
        let key = section.key(key);
        section.actions().any(|entry| key.is_some_and(|key| entry.has_key(key)))
    })
}
