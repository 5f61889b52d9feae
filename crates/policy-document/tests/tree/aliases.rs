//! Anchors, aliases and merge keys.

use policy_document::tree::{parse, yaml};
use serde_json::json;

use crate::{read, tree};

#[test]
fn aliases_are_written_out() {
    let cases = [
        ("a: &x 1\nb: *x", json!({"a": 1, "b": 1})),
        ("a: &x [1, {c: 2}]\nb: *x", json!({"a": [1, {"c": 2}], "b": [1, {"c": 2}]})),
        ("- &x a\n- &x b\n- *x", json!(["a", "b", "b"])),
        ("- &x [&y b]\n- *y\n- *x", json!([["b"], "b", ["b"]])),
        ("- &x !Ref a\n- *x", json!([{"Ref": "a"}, {"Ref": "a"}])),
        ("- !Sub &x a\n- *x", json!([{"Fn::Sub": "a"}, {"Fn::Sub": "a"}])),
        ("- &x\n- *x", json!([null, null])),
        ("&x a: *x", json!({"a": "a"})),
        ("- &x a\n- *x : 1", json!(["a", {"a": 1}])),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn merge_keys() {
    let cases = [
        ("<<: *x", json!({"a": 1, "b": 2})),
        ("<<: *x\na: 3", json!({"b": 2, "a": 3})),
        ("a: 3\n<<: *x", json!({"a": 3, "b": 2})),
        ("<<: [*x, *y]", json!({"a": 1, "b": 2, "c": 4})),
        ("<<: [*y, *x]", json!({"a": 5, "c": 4, "b": 2})),
        ("<<: {z: 1}\nw: 2", json!({"z": 1, "w": 2})),
        ("<<: []", json!({})),
        ("'<<': *x", json!({"<<": {"a": 1, "b": 2}})),
        ("- <<", json!(["<<"])),
    ];
    for (written, expected) in cases {
        let text = format!(
            "x: &x {{a: 1, b: 2}}\ny: &y {{a: 5, c: 4}}\nk:\n  {}",
            written.replace('\n', "\n  ")
        );
        assert_eq!(tree(&text).get("k").and_then(|k| k.to_json()), Some(expected), "{written}");
    }
    // Of two merge keys the last has precedence, as with PyYAML.
    let twice = "x: &x {a: 1}\ny: &y {a: 2}\nk:\n  <<: *x\n  <<: *y";
    assert_eq!(tree(twice).get("k").and_then(|k| k.to_json()), Some(json!({"a": 2})));
}

#[test]
fn what_cannot_be_merged_is_refused() {
    for written in ["1", "[1]", "[[]]", "x", "", "!Sub x", "!Transform {a: 1}"] {
        let error = parse(&format!("<<: {written}")).expect_err(written);
        assert!(error.message.contains("a merge key takes a mapping"), "{error}");
    }
}

/// The alias itself is where it stands; its parts are where they can be corrected.
#[test]
fn places() {
    let text = "a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n";
    let read = tree(text);
    let place = |pointer| {
        let node = policy_document::tree::pointer::find(&read, pointer).expect(pointer);
        (&text[node.span.start..node.span.end], node.span.start)
    };
    assert_eq!(place("/a"), ("{b: 1}", 6));
    assert_eq!(place("/c"), ("*x", 16));
    assert_eq!(place("/c/b"), ("1", 10));
    assert_eq!(place("/d"), ("<<: *x", 24));
    assert_eq!(place("/d/b"), ("1", 10));
}

#[test]
fn all_aliases_can_be_found() {
    let text = "a: &x '*y'\nb: [*x, \"\\ud83d\\ude00\", *x]\nc:\n  <<: *x\n# *x\n";
    let found: Vec<(usize, &str)> =
        yaml::aliases(text).iter().map(|span| (span.start, &text[span.start..span.end])).collect();
    assert_eq!(found, [(15, "*x"), (35, "*x"), (48, "*x")]);
    assert!(yaml::aliases("a: [").is_empty());
}
