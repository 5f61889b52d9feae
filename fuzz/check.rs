//! What has to hold of every document that is checked. make fuzz invents texts; crates/policy-document/tests/fuzz.rs
//! replays those that are kept.

use std::collections::BTreeSet;

use policy_document::check::{Finding, check as findings_of, policy_type_of, policy_types, rules};
use policy_document::tree::{Node, parse, pointer};
use serde_json::Value as Json;

/// Whatever a text holds, and of whatever type it is said to be: each finding has a rule, a place, and one line.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(document) = parse(text) else { return };
    let types: BTreeSet<&str> = policy_types().collect();
    assert!(policy_type_of(&document).is_none_or(|policy_type| types.contains(policy_type)));
    let codes: BTreeSet<&str> = rules().map(|rule| rule.code).collect();
    let is_plain = !has_twice(&document);
    for policy_type in types.into_iter().chain(["ANOTHER_POLICY"]) {
        let findings = findings_of(&document, policy_type);
        assert!(findings.is_sorted_by_key(|finding| finding.span.start));
        for finding in findings {
            assert!(codes.contains(finding.rule.code), "{finding:?}");
            holds(text, &finding);
            assert!(
                !is_plain || pointer::find(&document, &finding.pointer).is_some(),
                "{finding:?}"
            );
        }
    }
}

/// A finding covers a part of the text, and tells in one line what a suggestion can replace.
fn holds(text: &str, finding: &Finding) {
    assert!(text.get(finding.span.start..finding.span.end).is_some(), "{finding:?}");
    for line in [&finding.found, &finding.allowed] {
        assert!(!line.is_empty() && !line.contains('\n'), "{finding:?}");
    }
    let suggestion = finding.suggestion.as_deref().map(serde_json::from_str::<Json>);
    assert!(suggestion.is_none_or(|json| json.is_ok()), "{finding:?}");
}

/// Whether a key stands somewhere twice: a pointer means the first.
fn has_twice(node: &Node) -> bool {
    let mut keys = BTreeSet::new();
    node.members().iter().any(|member| !keys.insert(&member.key) || has_twice(&member.node))
        || node.items().iter().any(has_twice)
}
