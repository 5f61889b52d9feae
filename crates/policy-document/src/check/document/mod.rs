//! What holds for documents of every type: their size, and that no key stands in an object twice.

mod rules;
mod size;

use std::collections::HashSet;

pub(super) use self::rules::RULES;
use self::rules::{DUPLICATE_KEY, NEARLY_TOO_LARGE, TOO_LARGE};
pub(super) use self::size::characters;
use super::place::{Findings, Place, Problem};
use crate::tree::{Node, Value};

/// From this part of what a type allows, its size gets a warning.
const NEARLY_FULL_PERCENT: usize = 90;

/// Adds what is wrong with a document of any type.
pub(super) fn check(
    document: &Node,
    policy_type: &str,
    largest: Option<usize>,
    findings: &mut Findings,
) {
    if let Some(largest) = largest {
        size(document, policy_type, largest, findings);
    }
    duplicates(document, &Place::root(), findings);
}

fn size(document: &Node, policy_type: &str, largest: usize, findings: &mut Findings) {
    let characters = characters(document);
    let problem = if characters > largest {
        Problem::new(
            &TOO_LARGE,
            format!("{characters} characters without white space are too many"),
            format!("{largest} characters for {policy_type}"),
        )
    } else if characters * 100 >= largest * NEARLY_FULL_PERCENT {
        let percent = characters * 100 / largest;
        Problem::new(
            &NEARLY_TOO_LARGE,
            format!(
                "{characters} characters without white space are {percent} % of what is allowed"
            ),
            format!("{largest} characters for {policy_type}"),
        )
    } else {
        return;
    };
    findings.of_whole(&Place::root(), document, problem);
}

fn duplicates(node: &Node, place: &Place<'_>, findings: &mut Findings) {
    match &node.value {
        Value::Object(members) => {
            let mut seen = HashSet::with_capacity(members.len());
            for member in members {
                let here = place.member(member);
                if !seen.insert(member.key.as_str()) {
                    let found = format!("{:?} stands here a second time", member.key);
                    findings.key(&DUPLICATE_KEY, &here, member, found, "each key once");
                }
                duplicates(&member.node, &here, findings);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                duplicates(item, &place.index(i), findings);
            }
        }
        _ => {}
    }
}
