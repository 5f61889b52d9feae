//! No template makes the evaluation endless, or fill the memory.

use super::{evaluated, problems, properties};

/// Every level of Fn::Sub doubles the text.
#[test]
fn a_text_that_doubles_ends() {
    let mut value = "\"x\"".to_owned();
    for _ in 0..40 {
        value = format!(r#"{{"Fn::Sub": ["${{A}}${{A}}", {{"A": {value}}}]}}"#);
    }
    let template = evaluated(&format!(
        r#"{{"Resources": {{"It": {{"Type": "A::B", "Properties": {{"V": {value}}}}}}}}}"#
    ));
    assert_eq!(problems(&template), ["makes a text of more than 1000000 bytes"]);
}

/// Six loops within each other, of a hundred turns each.
#[test]
fn loops_within_loops_end() {
    let items: Vec<String> = (0..100).map(|i| format!("\"{i}\"")).collect();
    let items = items.join(",");
    let mut body = r#"{"R${V0}": {"Type": "A::B"}}"#.to_owned();
    for i in 0..6 {
        body = format!(r#"{{"Fn::ForEach::L{i}": ["V{i}", [{items}], {body}]}}"#);
    }
    let template =
        evaluated(&format!(r#"{{"Transform": "AWS::LanguageExtensions", "Resources": {body}}}"#));
    assert_eq!(template.unresolved[0].reason, "what loops and includes make beyond 1000000 values");
}

/// A chain of conditions is followed as far as it can be without exhausting the stack.
#[test]
fn a_chain_of_conditions_ends() {
    let chain: Vec<String> = (0..10_000)
        .map(|i| format!(r#""C{i}": {{"Fn::Not": [{{"Condition": "C{}"}}]}}"#, i + 1))
        .collect();
    let template = evaluated(&format!(
        r#"{{"Conditions": {{{}}}, "Resources": {{"It": {{"Type": "A::B", "Condition": "C0", "Properties": {{}}}}}}}}"#,
        chain.join(",")
    ));
    let condition = &template.resources[0].condition;
    assert_eq!(condition.as_ref().unwrap_err(), "what stands more than 300 levels deep");
    assert_eq!(properties(&template, "It"), serde_json::json!({}));
}
