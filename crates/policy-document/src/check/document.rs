//! What holds for documents of every type: their size, and that no key stands in an object twice.

use std::collections::HashSet;

use super::Family;
use super::place::{Findings, Place};
use super::rules::{Rule, Severity};
use crate::tree::{Node, Value};

pub(super) static FAMILY: Family =
    Family { types: &[], recognizes: |_| None, check, rules: &[&DUPLICATE_KEY] };

static DUPLICATE_KEY: Rule = Rule {
    code: "document-duplicate-key",
    severity: Severity::Error,
    summary: "A key stands in one object once.",
    explanation: "AWS Organizations refuses a document that names a key of one object twice. Readers \
                  of JSON disagree about which of the two counts, so nobody could tell what was meant. \
                  Keep one of them, or give the other the name that it should have.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {}, "daily": {}}}"#,
    right: r#"{"plans": {"daily": {}, "monthly": {}}}"#,
    source: "AWS Organizations user guide, \"Backup policy syntax and examples\", considerations",
    date: "2026-09",
};

fn check(document: &Node, _policy_type: &str, findings: &mut Findings) {
    duplicates(document, &Place::root(), findings);
}

fn duplicates(node: &Node, place: &Place<'_>, findings: &mut Findings) {
    match &node.value {
        Value::Object(members) => {
            let mut seen = HashSet::with_capacity(members.len());
            for member in members {
                let here = place.key(&member.key);
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
