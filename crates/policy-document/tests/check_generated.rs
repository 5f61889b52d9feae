//! Generated backup policies: none that AWS takes is an error, and each mutation that it refuses is one, at its place.

#![cfg(test)]

#[path = "generated/backup.rs"]
mod backup;
#[path = "generated/mutations.rs"]
mod mutations;

use policy_document::check::{Finding, Severity, check};
use policy_document::tree::{Node, Value as Part};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use self::mutations::{MUTATIONS, Mutation};

const TYPE: &str = "BACKUP_POLICY";

fn errors(document: &Node) -> Vec<Finding> {
    let findings = check(document, TYPE).into_iter();
    findings.filter(|found| found.rule.severity == Severity::Error).collect()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(512) })]

    #[test]
    fn what_aws_takes_is_no_error(document in backup::policy()) {
        let errors = errors(&Node::from(&document));
        prop_assert!(errors.is_empty(), "{document}\n{errors:#?}");
    }

    /// Whatever is left to a deployment passes: no finding that was not there before.
    #[test]
    fn what_is_unknown_is_no_fault(document in backup::policy(), seed in any::<u64>()) {
        let mut tree = Node::from(&document);
        let before = codes(&tree);
        forget(&mut tree, &mut seed.clone());
        for code in codes(&tree) {
            prop_assert!(before.contains(&code), "{code}: {tree:?}");
        }
    }

    /// The checker ends, and does not panic, whatever the document is.
    #[test]
    fn any_document_is_checked(document in backup::anything()) {
        check(&Node::from(&document), TYPE);
    }
}

fn codes(document: &Node) -> Vec<&'static str> {
    check(document, TYPE).into_iter().map(|found| found.rule.code).collect()
}

/// Makes about every eighth node unknown.
fn forget(node: &mut Node, seed: &mut u64) {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    if (*seed >> 33).is_multiple_of(8) {
        node.value = Part::Unknown("the attribute Arn of Vault".to_owned());
        return;
    }
    match &mut node.value {
        Part::Array(items) => items.iter_mut().for_each(|item| forget(item, seed)),
        Part::Object(members) => {
            members.iter_mut().for_each(|member| forget(&mut member.node, seed))
        }
        _ => {}
    }
}

/// Each mutation, wherever it is possible, in many documents.
#[test]
fn what_aws_refuses_is_an_error_at_its_place() {
    let mut runner = TestRunner::deterministic();
    let mut done = vec![0; MUTATIONS.len()];
    for _ in 0..300 {
        let document = backup::policy().new_tree(&mut runner).unwrap().current();
        for (mutation, done) in MUTATIONS.iter().zip(&mut done) {
            for place in mutation.places(&document) {
                mutated(&document, mutation, &place);
                *done += 1;
            }
        }
    }
    for (mutation, done) in MUTATIONS.iter().zip(done) {
        assert!(done > 0, "no generated document has {}", mutation.pattern);
    }
}

fn mutated(document: &Value, mutation: &Mutation, place: &str) {
    let (wrong, expected) = mutation.apply(document, place);
    let errors = errors(&Node::from(&wrong));
    let is: Vec<_> = errors.iter().map(|error| (error.rule.code, error.pointer.as_str())).collect();
    assert_eq!(is, [(mutation.code, expected.as_str())], "{mutation:?} at {place}\n{wrong}");
}
