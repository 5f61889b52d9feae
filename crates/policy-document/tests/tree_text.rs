//! Trees of JSON and YAML texts.

#![cfg(test)]

use policy_document::tree::parse;
use serde_json::{Value, json};

fn read(text: &str) -> Value {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_json().unwrap()
}

#[test]
fn json_and_yaml_are_read() {
    let expected = json!({"plans": {"daily": [1, true, null, "x"]}});
    assert_eq!(read(r#"{"plans": {"daily": [1, true, null, "x"]}}"#), expected);
    assert_eq!(read("plans:\n  daily:\n    - 1\n    - true\n    -\n    - x\n"), expected);
    assert_eq!(
        read("a: !Ref x\nb: !GetAtt v.Arn\n"),
        json!({"a": {"Ref": "x"}, "b": {"Fn::GetAtt": ["v", "Arn"]}})
    );
}
