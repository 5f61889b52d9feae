//! CloudFormation's short forms.

use policy_document::tree::{Node, Value};
use serde_json::json;

use crate::{read, tree};

#[test]
fn short_forms_become_long_ones() {
    let cases = [
        ("!Ref x", json!({"Ref": "x"})),
        ("!Ref AWS::Region", json!({"Ref": "AWS::Region"})),
        ("!Condition IsProd", json!({"Condition": "IsProd"})),
        ("!Base64 x", json!({"Fn::Base64": "x"})),
        ("!Cidr [a, 6, 5]", json!({"Fn::Cidr": ["a", 6, 5]})),
        ("!FindInMap [a, b, c]", json!({"Fn::FindInMap": ["a", "b", "c"]})),
        ("!GetAZs ''", json!({"Fn::GetAZs": ""})),
        ("!ImportValue x", json!({"Fn::ImportValue": "x"})),
        ("!Join [',', [a, b]]", json!({"Fn::Join": [",", ["a", "b"]]})),
        ("!Select [0, !GetAZs '']", json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]})),
        ("!Split [',', x]", json!({"Fn::Split": [",", "x"]})),
        ("!Sub '${x}'", json!({"Fn::Sub": "${x}"})),
        ("!Sub\n  - '${x}'\n  - x: !Ref y", json!({"Fn::Sub": ["${x}", {"x": {"Ref": "y"}}]})),
        (
            "!Transform {Name: x, Parameters: {}}",
            json!({"Fn::Transform": {"Name": "x", "Parameters": {}}}),
        ),
        ("!If [a, !Ref b, 1]", json!({"Fn::If": ["a", {"Ref": "b"}, 1]})),
        ("!Equals [!Ref a, yes]", json!({"Fn::Equals": [{"Ref": "a"}, true]})),
        (
            "!And [!Not [!Condition a], !Or [!Condition b, !Condition c]]",
            json!({"Fn::And": [
                {"Fn::Not": [{"Condition": "a"}]},
                {"Fn::Or": [{"Condition": "b"}, {"Condition": "c"}]},
            ]}),
        ),
        ("!Length [1]", json!({"Fn::Length": [1]})),
        ("!ToJsonString {a: 1}", json!({"Fn::ToJsonString": {"a": 1}})),
        ("!Contains [[a], b]", json!({"Fn::Contains": [["a"], "b"]})),
        ("!ValueOf [a, b]", json!({"Fn::ValueOf": ["a", "b"]})),
        // What a short form is applied to is a text, as `aws cloudformation package` has it.
        ("!Ref 012", json!({"Ref": "012"})),
        ("!Sub yes", json!({"Fn::Sub": "yes"})),
        ("!Sub", json!({"Fn::Sub": ""})),
        ("!Sub |\n  a\n  b", json!({"Fn::Sub": "a\nb\n"})),
        ("Fn::Base64: !Sub x", json!({"Fn::Base64": {"Fn::Sub": "x"}})),
        ("!Base64\n  Fn::Sub: x", json!({"Fn::Base64": {"Fn::Sub": "x"}})),
        ("!<!Ref> x", json!({"Ref": "x"})),
    ];
    for (written, expected) in cases {
        let text = format!("k:\n  {}\n", written.replace('\n', "\n  "));
        assert_eq!(read(&text), json!({"k": expected}), "{written}");
    }
}

#[test]
fn attributes() {
    let cases = [
        ("!GetAtt Vault.Arn", json!(["Vault", "Arn"])),
        ("!GetAtt 'Vault.Arn'", json!(["Vault", "Arn"])),
        ("!GetAtt Stack.Outputs.Arn", json!(["Stack", "Outputs.Arn"])),
        ("!GetAtt [Vault, Arn]", json!(["Vault", "Arn"])),
        ("!GetAtt [Vault, !Ref Name]", json!(["Vault", {"Ref": "Name"}])),
        ("!GetAtt Vault", json!("Vault")),
    ];
    for (written, expected) in cases {
        assert_eq!(
            read(&format!("k: {written}")),
            json!({"k": {"Fn::GetAtt": expected}}),
            "{written}"
        );
    }
}

/// Text and place of each node of a tree, in order.
fn places<'a>(text: &'a str, node: &Node, found: &mut Vec<&'a str>) {
    found.push(&text[node.span.start..node.span.end]);
    node.items().iter().for_each(|item| places(text, item, found));
    for member in node.members() {
        found.push(&text[member.key_span.start..member.key_span.end]);
        places(text, &member.node, found);
    }
}

#[test]
fn a_long_form_is_where_the_short_one_stands() {
    let cases: [(&str, &[&str]); 6] = [
        ("!Ref x # y", &["!Ref x", "!Ref", "x"]),
        ("!GetAtt  a.b", &["!GetAtt  a.b", "!GetAtt", "a.b", "a", "b"]),
        ("!GetAtt 'a.b'", &["!GetAtt 'a.b'", "!GetAtt", "'a.b'", "a", "b"]),
        ("&n !Sub \"x\"", &["!Sub \"x\"", "!Sub", "\"x\""]),
        ("!Sub &n [x ]", &["!Sub &n [x ]", "!Sub", "[x ]", "x"]),
        (
            "!Not\n  # why\n  - !Sub |\n    x\n",
            &[
                "!Not\n  # why\n  - !Sub |\n    x",
                "!Not",
                "- !Sub |\n    x",
                "!Sub |\n    x",
                "!Sub",
                "x",
            ],
        ),
    ];
    for (written, expected) in cases {
        let text = format!("k: {written}");
        let mut found = Vec::new();
        places(&text, &tree(&text).members()[0].node, &mut found);
        assert_eq!(found, expected, "{written}");
    }
}

#[test]
fn tags_nobody_knows_are_refused() {
    let cases = [
        ("!Foo x", "CloudFormation has no tag !Foo; write one"),
        ("!ref x", "CloudFormation has no tag !ref; write !Ref"),
        ("!Fn::Sub x", "CloudFormation has no tag !Fn::Sub; write !Sub"),
        ("!getatt a.b", "CloudFormation has no tag !getatt; write !GetAtt"),
        ("!!python/object:x y", "CloudFormation has no tag !!python/object:x; write one"),
        ("!e!x y", "CloudFormation has no such tag"),
        ("!Base64 !Sub x", "a second tag follows the first; write one of the two in its long form"),
    ];
    for (written, expected) in cases {
        let error = policy_document::tree::parse(&format!("k: {written}")).expect_err(written);
        assert!(error.message.contains(expected), "{written}: {error}");
    }
}

#[test]
fn a_short_form_is_no_key() {
    let error = policy_document::tree::parse("!Ref x: y").unwrap_err();
    assert!(error.message.contains("a key has to be a text"), "{error}");
    assert!(matches!(tree("k: !Ref x").get("k").map(|k| &k.value), Some(Value::Object(_))));
}
