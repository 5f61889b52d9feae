//! JSON texts.

use policy_document::tree::{Node, Value, json, parse};
use serde_json::json;

use crate::{read, tree};

#[test]
fn every_kind_of_value() {
    let text = r#" {"null": null, "yes": true, "no": false, "list": [1, -2.5e3, []], "text": "ü\n\"", "": {}} "#;
    assert_eq!(
        read(text),
        json!({"null": null, "yes": true, "no": false, "list": [1, -2.5e3, []], "text": "ü\n\"", "": {}})
    );
}

#[test]
fn numbers_stay_as_they_are_written() {
    for number in ["0", "-0", "1E400", "0.10", "123456789012345678901234567890"] {
        assert_eq!(tree(&format!("[{number}]")).items()[0].value, Value::Number(number.to_owned()));
    }
    assert_eq!(tree("[1E400]").to_json(), None, "serde_json cannot hold it");
}

#[test]
fn characters_beyond_the_first_plane() {
    for text in [r#"["\ud83d\ude00"]"#, r#"["\uD83D\uDE00"]"#, r#"["😀"]"#] {
        assert_eq!(read(text), json!(["😀"]));
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns() {
    let read = tree("\u{feff}{\r\n\"a\":\r\n1}\r\n");
    assert_eq!(read.to_json(), Some(json!({"a": 1})));
    let key = read.members()[0].key_span;
    assert_eq!((key.start, key.end), (6, 9));
}

/// Which of two equal keys is meant nobody knows: the checker names both.
#[test]
fn a_key_that_stands_twice_stays_twice() {
    let read = tree(r#"{"a": 1, "b": 2, "\u0061": 3}"#);
    let keys: Vec<&str> = read.members().iter().map(|member| member.key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "a"]);
    assert_eq!(read.get("a").map(|node| &node.value), Some(&Value::Number("1".to_owned())));
    assert_eq!(read.to_json(), None);
}

#[test]
fn what_only_a_deployment_knows_is_no_json() {
    let unknown = Node::new(Value::Array(vec![Node::new(Value::Unknown("the Region".to_owned()))]));
    assert_eq!(unknown.to_json(), None);
}

/// serde_json takes none of these, and neither does AWS.
#[test]
fn what_others_add_to_json_is_refused() {
    let texts = [
        "[1,]",
        "{\"a\":1,}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "[01]",
        "[-01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[0x1]",
        "[1e]",
        "[-]",
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "['a']",
        "{a: 1}",
        "{1: 1}",
        "{true: 1}",
        "[True]",
        "[nul]",
        "[truefalse]",
        "// x\n[]",
        "[] // x",
        "[/* x */]",
        "[] []",
        "{} x",
        "[,]",
        "[1,,2]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1:2}",
        "[1:2]",
        "[",
        "{",
        "[}",
        "{]",
        "{\"a\":[}",
        "[\"a]",
        r#"["\x41"]"#,
        r#"["\'"]"#,
        r#"["\u12"]"#,
        r#"["\ud83d"]"#,
        r#"["\ude00"]"#,
        r#"["\ud83d\u0041"]"#,
        "[\"a\nb\"]",
        "[\"a\tb\"]",
        "[\"\u{1}\"]",
        "[\"\\\n\"]",
        "[\u{a0}1]",
        "[\u{b}1]",
        "[\u{c}1]",
        "[\u{2028}1]",
        "[1\u{feff}]",
        "",
        " ",
        "\u{feff}",
    ];
    for text in texts {
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        let Err(error) = json::parse(text) else { panic!("{text:?} is taken") };
        assert!(error.message.starts_with("read JSON: "), "{error}");
    }
}

/// A comma too many is one in YAML, but who begins with a brace means JSON.
#[test]
fn a_text_that_begins_with_a_bracket_is_json() {
    for text in ["{a: 1}", "[a]", "\u{feff} {a: 1}", "\n[a]", "{\"a\": 1,}"] {
        assert!(parse(text).unwrap_err().message.starts_with("read JSON: "), "{text}");
    }
    for text in ["a: {b: 1,}", "- [a]", "# x\n{a: 1}", "--- {a: 1}", "\"a\"", "1"] {
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}
