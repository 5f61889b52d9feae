//! The walk over a document, along its grammar.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::operators::{self, Operator};
use super::rules::{KEY_CASE, KEYS_ALIKE, MISSING_KEY, NO_OPERATOR, NOT_AN_OBJECT, UNKNOWN_KEY};
use super::{Map, Object, Shape, Whole, locks, values};
use crate::check::near::{nearest, with_more_words};
use crate::check::place::{Findings, Place, Problem, quoted};
use crate::check::rules::{Rule, Severity};
use crate::tree::{Member, Node, Value};

/// Adds what is wrong with a management policy that has this grammar.
pub(in crate::check) fn check(document: &Node, grammar: &'static Object, findings: &mut Findings) {
    object(document, &Place::root(), grammar, &UNKNOWN_KEY, findings);
    locks::check(document, findings);
}

fn walk(node: &Node, place: &Place<'_>, shape: &'static Shape, findings: &mut Findings) {
    match shape {
        Shape::Object(shape) => object(node, place, shape, &UNKNOWN_KEY, findings),
        Shape::Open(shape) => object(node, place, &shape.known, shape.rule, findings),
        Shape::Map(shape) => map(node, place, shape, findings),
        Shape::Single(kind) => {
            setting(node, place, false, findings, &mut |operator, here, node, findings| {
                values::single(operator, kind, here, node, findings);
            })
        }
        Shape::List(list) => {
            setting(node, place, true, findings, &mut |operator, here, node, findings| {
                values::list(operator, list, here, node, findings);
            })
        }
    }
}

fn object(
    node: &Node,
    place: &Place<'_>,
    shape: &'static Object,
    unknown: &'static Rule,
    findings: &mut Findings,
) {
    let Some(members) = container(node, place, findings) else { return };
    for member in settings_of(members, place, findings) {
        let here = place.member(member);
        let known = shape.keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(&member.key));
        match known {
            Some((key, shape)) => {
                in_lower_case(key, &here, member, findings);
                walk(&member.node, &here, shape, findings);
            }
            None => {
                unknown_key(unknown, (member, &here), members, shape, findings);
                // What AWS may know has to have its operators right as well.
                if unknown.severity == Severity::Warning {
                    anything(&member.node, &here, findings);
                }
            }
        }
    }
    for keys in shape.required {
        let is_there =
            |member: &Member| keys.iter().any(|key| key.eq_ignore_ascii_case(&member.key));
        if !members.iter().any(is_there) {
            let found = format!("{} is missing here", keys.join(" or "));
            let allowed = match keys {
                [key] => format!("an object with {key}"),
                _ => format!("an object with one of {}", keys.join(", ")),
            };
            findings.of_whole(place, node, Problem::new(&MISSING_KEY, found, allowed));
        }
    }
    whole(shape.whole, node, place, findings);
}

fn map(node: &Node, place: &Place<'_>, shape: &'static Map, findings: &mut Findings) {
    let Some(members) = container(node, place, findings) else { return };
    for member in settings_of(members, place, findings) {
        let here = place.member(member);
        if let Err(problem) = (shape.name)(&member.key) {
            findings.of_key(&here, member, problem);
        }
        walk(&member.node, &here, &shape.of, findings);
    }
    whole(shape.whole, node, place, findings);
}

fn whole(checks: &[Whole], node: &Node, place: &Place<'_>, findings: &mut Findings) {
    for check in checks {
        check(node, place, findings);
    }
}

/// The members of an object; none, with a finding, if something else stands where one has to.
fn container<'a>(
    node: &'a Node,
    place: &Place<'_>,
    findings: &mut Findings,
) -> Option<&'a [Member]> {
    match &node.value {
        Value::Object(members) => Some(members),
        Value::Unknown(_) => None,
        _ => {
            let found = format!("{} stands where an object has to", values::described(node));
            let whole = if place.is_root() { "a document" } else { "a group of settings" };
            findings.value(&NOT_AN_OBJECT, place, node, found, format!("{whole} in braces"));
            None
        }
    }
}

/// The members of a container but its operators, which are checked on the way.
fn settings_of<'a>(
    members: &'a [Member],
    place: &Place<'_>,
    findings: &mut Findings,
) -> impl Iterator<Item = &'a Member> + use<'a> {
    for member in members.iter().filter(|member| operators::is_operator(&member.key)) {
        operators::on_container(&place.member(member), member, place.is_root(), findings);
    }
    alike(members, place, findings);
    members.iter().filter(|member| !operators::is_operator(&member.key))
}

/// Two keys that AWS cannot tell apart, because it does not look at their case.
fn alike(members: &[Member], place: &Place<'_>, findings: &mut Findings) {
    let mut seen: HashMap<String, &str> = HashMap::with_capacity(members.len());
    for member in members {
        let former = *seen.entry(member.key.to_ascii_lowercase()).or_insert(&member.key);
        if former != member.key {
            let found = format!("{:?} differs from {former:?} in case only", member.key);
            let here = place.member(member);
            findings.key(&KEYS_ALIKE, &here, member, found, "keys that differ in their letters");
        }
    }
}

/// AWS takes keys in any case; the guide, and tools that compare, have them in lower case.
fn in_lower_case(key: &str, place: &Place<'_>, member: &Member, findings: &mut Findings) {
    if member.key != key {
        let found = format!("{:?} is written in another case than in AWS's guide", member.key);
        findings.of_key(place, member, Problem::new(&KEY_CASE, found, key).suggesting(Some(key)));
    }
}

fn unknown_key(
    rule: &'static Rule,
    (member, place): (&Member, &Place<'_>),
    beside: &[Member],
    shape: &Object,
    findings: &mut Findings,
) {
    let known: Vec<&str> = shape.keys.iter().map(|(key, _)| *key).collect();
    let found = format!("{:?} is no key that is known here", member.key);
    let problem = Problem::new(rule, found, known.join(", "));
    // What is there already was not meant a second time. Of many keys, most are near to none at all.
    let is_missing = |key: &&str| !beside.iter().any(|other| other.key.eq_ignore_ascii_case(key));
    let near = nearest(&member.key, known.iter().copied())
        .and_then(|_| nearest(&member.key, known.iter().copied().filter(is_missing)))
        .or_else(|| with_more_words(&member.key, known.iter().copied(), 2).filter(is_missing));
    findings.of_key(place, member, problem.suggesting(near));
}

/// What is done with the value of each value-setting operator at a setting.
type Valued<'a> = &'a mut dyn FnMut(Operator, &Place<'_>, &Node, &mut Findings);

/// A setting: an object with nothing but operators.
fn setting(
    node: &Node,
    place: &Place<'_>,
    is_list: bool,
    findings: &mut Findings,
    valued: Valued<'_>,
) {
    match &node.value {
        Value::Unknown(_) => {}
        Value::Object(members) => {
            for member in members {
                let here = place.member(member);
                match operators::at_setting(&here, member, findings) {
                    Some(Operator::Children) | None => {}
                    Some(operator) => valued(operator, &here, &member.node, findings),
                }
            }
            alike(members, place, findings);
        }
        _ => without_operator(node, place, is_list, findings),
    }
}

fn without_operator(node: &Node, place: &Place<'_>, is_list: bool, findings: &mut Findings) {
    let value = node.to_json().filter(|value| !value.is_null());
    let value = value.map(|value| match value {
        single if is_list && !single.is_array() => Json::Array(vec![single]),
        value => value,
    });
    let found = format!("{} stands here without an operator", values::described(node));
    let allowed = match &value {
        Some(value) => format!("{{{}: {value}}}", quoted(Operator::Assign.name())),
        None => format!("an object with {}", Operator::Assign.name()),
    };
    let suggestion = value.is_some().then(|| allowed.clone());
    findings.of_value(
        place,
        node,
        Problem::new(&NO_OPERATOR, found, allowed).suggesting_json(suggestion),
    );
}

/// A part that is not known here: settings and groups of settings, which the operators tell apart.
fn anything(node: &Node, place: &Place<'_>, findings: &mut Findings) {
    let members = match &node.value {
        Value::Unknown(_) => return,
        Value::Object(members) => members,
        _ => return without_operator(node, place, false, findings),
    };
    let is_group = members.iter().any(|member| !operators::is_operator(&member.key));
    alike(members, place, findings);
    for member in members {
        let here = place.member(member);
        if !operators::is_operator(&member.key) {
            anything(&member.node, &here, findings);
        } else if is_group {
            operators::on_container(&here, member, false, findings);
        } else {
            operators::at_setting(&here, member, findings);
        }
    }
}
