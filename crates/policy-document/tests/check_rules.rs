//! Every rule by itself: its two examples, and what --explain and docs/CHECKS.md say of it.

#![cfg(test)]

use std::collections::BTreeSet;

use policy_document::check::{Rule, check, policy_type_of, rules};
use policy_document::tree::parse;

/// The rules about documents; those about templates are tested with them (`template/findings.rs`).
fn rules_of_documents() -> impl Iterator<Item = &'static Rule> {
    rules().filter(|rule| rule.policy_type != "TEMPLATE")
}

/// What is found in a document, rule by rule, each once.
fn found(text: &str, policy_type: &str) -> BTreeSet<&'static str> {
    let document = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    check(&document, policy_type).into_iter().map(|finding| finding.rule.code).collect()
}

#[test]
fn the_wrong_example_breaks_its_rule_and_no_other() {
    for rule in rules_of_documents() {
        let wrong = found(rule.wrong, rule.policy_type);
        assert_eq!(wrong, [rule.code].into(), "{}: {}", rule.code, rule.wrong);
    }
}

#[test]
fn the_right_example_breaks_none() {
    for rule in rules_of_documents() {
        assert_eq!(found(rule.right, rule.policy_type), [].into(), "{}: {}", rule.code, rule.right);
    }
}

/// No two rules share a code, and what a code begins with says what the rule is about.
#[test]
fn codes_are_names() {
    let mut codes = BTreeSet::new();
    for Rule { code, .. } in rules() {
        let is_kebab = code.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(is_kebab && code.contains('-'), "{code}");
        assert!(codes.insert(code), "{code} stands here twice");
    }
}

#[test]
fn texts_are_sentences() {
    for rule in rules() {
        let Rule { code, summary, explanation, source, date, .. } = *rule;
        assert!(!summary.contains('\n') && !explanation.contains('\n'), "{code}");
        assert!(!explanation.contains("  "), "{code}: two blanks in its explanation");
        assert!(explanation.ends_with('.'), "{code}: {explanation}");
        assert!(!source.is_empty(), "{code} has no source");
        let is_month = date.len() == 7 && date.starts_with("20") && date.as_bytes()[4] == b'-';
        assert!(is_month, "{code}: {date} is no month such as 2026-09");
    }
}

/// Who runs the check without saying the type gets the same.
#[test]
fn the_type_of_an_example_is_recognized() {
    for rule in rules_of_documents() {
        let document = parse(rule.right).unwrap();
        assert_eq!(policy_type_of(&document), Some(rule.policy_type), "{}", rule.code);
    }
}
