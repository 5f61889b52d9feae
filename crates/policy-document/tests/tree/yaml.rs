//! YAML texts: documents, texts, keys.

use policy_document::tree::{Value, parse, pointer, yaml};
use serde_json::json;

use crate::{line_column, read, tree};

#[test]
fn a_policy() {
    let text = "
# Comments and blank lines mean nothing.
plans:
  daily:
    regions: {'@@assign': [eu-west-1, 'eu-central-1']}

    rules:
      nightly:
        lifecycle:
          delete_after_days: { \"@@assign\": 35 }
        tags: []
        copy: {}
        note:
    selections:
    - a
    - - b
      - c: 1
";
    assert_eq!(
        read(text),
        json!({"plans": {"daily": {
            "regions": {"@@assign": ["eu-west-1", "eu-central-1"]},
            "rules": {"nightly": {
                "lifecycle": {"delete_after_days": {"@@assign": 35}},
                "tags": [],
                "copy": {},
                "note": null,
            }},
            "selections": ["a", ["b", {"c": 1}]],
        }}})
    );
}

#[test]
fn texts() {
    let cases = [
        ("a b", "a b"),
        ("a\n b\n\n c", "a b\nc"),
        ("'it''s'", "it's"),
        (r#""\x41\u00fc\U0001f600\n\/""#, "Aü😀\n/"),
        ("\"a\n  b\"", "a b"),
        ("\"a\\\n  b\"", "ab"),
        ("|\n  a\n   b\n\n", "a\n b\n"),
        ("|-\n  a\n  b\n", "a\nb"),
        ("|+\n  a\n\n", "a\n\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("|2\n   a\n", " a\n"),
        ("|\n", ""),
        (">-\n\n  a\n", "\na"),
        ("a:b#c", "a:b#c"),
        ("https://example.com/x?y=z", "https://example.com/x?y=z"),
    ];
    for (written, expected) in cases {
        assert_eq!(read(&format!("k: {written}")), json!({"k": expected}), "{written}");
    }
}

#[test]
fn a_block_text_ends_as_the_file_does() {
    let cases = [
        ("k: |\n  a", "a"),
        ("k: |\n  a\n", "a\n"),
        ("k: |\n  a\n  ", "a\n"),
        ("k: |-\n  a", "a"),
        ("k: |+\n  a", "a"),
        ("k: >\n  a\n  b", "a b"),
        ("k: !Sub |\n  a", "a"),
    ];
    for (text, expected) in cases {
        let read = tree(text);
        let node = read.get("k").and_then(|k| k.get("Fn::Sub").or(Some(k)));
        assert_eq!(node.and_then(|node| node.as_str()), Some(expected), "{text:?}");
    }
}

/// Within brackets a line may be indented less than its key, as JSON is that was pasted.
#[test]
fn lines_in_brackets_are_indented_as_one_likes() {
    let cases = [
        ("k:\n  a: [\n    'x'\n  ]\n  b: 1", json!({"k": {"a": ["x"], "b": 1}})),
        ("k:\n  a: {\n\"x\": [\n\"y\"\n]\n}\n  b: 1", json!({"k": {"a": {"x": ["y"]}, "b": 1}})),
        ("- [\n'x'\n]\n- y", json!([["x"], "y"])),
        ("k:\n  - {\n  \"x\": \"]}\", # ]}\n  'y': 'it''s ]', !Sub ']' : z\n  }", json!(null)),
        (
            "k:\n  - {\n  \"x\": \"]}\", # ]}\n  'y': !Sub ']'\n  }",
            json!({"k": [{"x": "]}", "y": {"Fn::Sub": "]"}}]}),
        ),
        ("k: &n [\n'x'\n]\nl: *n", json!({"k": ["x"], "l": ["x"]})),
        ("k: |\n  [\n 'x'\nl: [\n'x'\n]", json!(null)),
        ("k: |\n  [ {\nl: [\n'x'\n]", json!({"k": "[ {\n", "l": ["x"]})),
        ("k: it's [ {\nl: [\n'x'\n]", json!({"k": "it's [ {", "l": ["x"]})),
        ("k: \"[ {\"\n# [ {\n'l': [\n'x'\n]", json!({"k": "[ {", "l": ["x"]})),
        ("k: [\n\"\\ud83d\\ude00\"\n]", json!({"k": ["😀"]})),
        ("--- [\n'x'\n]", json!(["x"])),
    ];
    for (text, expected) in cases {
        let read = parse(text).ok().and_then(|node| node.to_json());
        assert_eq!(read.unwrap_or_default(), expected, "{text}");
    }
}

#[test]
fn lines_in_brackets_keep_their_places() {
    let text = "ü:\n  a: {\n\"ü\": [\n\"\\ud83d\\ude00\", 'y'\n]\n}\n  b: *x\n";
    let text = format!("x: &x ü\n{text}");
    let read = tree(&text);
    let place = |pointer| {
        let node = pointer::find(&read, pointer).expect(pointer);
        &text[node.span.start..node.span.end]
    };
    assert_eq!(place("/ü/a"), "{\n\"ü\": [\n\"\\ud83d\\ude00\", 'y'\n]\n}");
    assert_eq!(place("/ü/a/ü/0"), "\"\\ud83d\\ude00\"");
    assert_eq!(place("/ü/a/ü/1"), "'y'");
    assert_eq!(place("/ü/b"), "*x");
    let aliases = yaml::aliases(&text);
    assert_eq!(aliases.iter().map(|span| &text[span.start..span.end]).collect::<Vec<_>>(), ["*x"]);

    let text = text.replace("'y'", "!Foo");
    let error = parse(&text).unwrap_err();
    assert_eq!(&text[error.span.start..error.span.end], "!Foo", "{error}");
    let error = parse("a:\n  b: {\n'x': 'y'\n  c: }").unwrap_err();
    assert_eq!(line_column("a:\n  b: {\n'x': 'y'\n  c: }", error.span.start), (4, 3), "{error}");
}

/// As tools write a character beyond U+FFFF who escape everything, JSON's way.
#[test]
fn characters_beyond_the_first_plane() {
    let cases = [
        (r#""\ud83d\ude00""#, "😀"),
        (r#""a\uD83D\uDE00b\ud83d\ude01""#, "a😀b😁"),
        (r#"!Sub "\ud83d\ude00""#, "😀"),
        // A backslash that stands for itself, and texts without escapes.
        (r#""\\ud83d\\ude00""#, r"\ud83d\ude00"),
        (r#""\\\ud83d\ude00""#, r"\😀"),
        (r"\ud83d\ude00", r"\ud83d\ude00"),
        (r"'\uD83d\uDe00'", r"\uD83d\uDe00"),
        ("|-\n  \\ud83d\\ude00\n  \"\\ud83d\\ude00\"", "\\ud83d\\ude00\n\"\\ud83d\\ude00\""),
        (r#"it's "\ud83d\ude00""#, r#"it's "\ud83d\ude00""#),
    ];
    for (written, expected) in cases {
        let text = format!("k: {written}\nend: x # \"\\ud83d\\ude00\"");
        let read = tree(&text);
        let node = read.get("k").and_then(|k| k.get("Fn::Sub").or(Some(k)));
        assert_eq!(node.and_then(|node| node.as_str()), Some(expected), "{written}");
        let end = read.get("end").map(|node| &text[node.span.start..node.span.end]);
        assert_eq!(end, Some("x"), "places after {written}");
    }
    let key = tree("\"\\ud83d\\ude00\": !Ref x");
    assert_eq!(key.members()[0].key, "😀");
}

#[test]
fn keys() {
    let cases = [
        ("a b: 1", "a b"),
        ("'@@assign': 1", "@@assign"),
        ("? a\n: 1", "a"),
        ("222222222222: 1", "222222222222"),
        ("2012-10-17: 1", "2012-10-17"),
        // Read as values are, and written as JSON writes those.
        ("on: 1", "true"),
        ("012: 1", "10"),
        ("'on': 1", "on"),
        ("!!str on: 1", "on"),
        ("&a x: 1", "x"),
        ("<: 1", "<"),
        ("'<<': 1", "<<"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), json!({expected: 1}), "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_stays_twice() {
    let read = tree("a: 1\nb: 2\n'a': 3\n");
    assert_eq!(read.members().len(), 3);
    assert_eq!(read.to_json(), None);
}

#[test]
fn lists_in_brackets_can_hold_pairs() {
    assert_eq!(read("a: [b: 1, c, {d}]"), json!({"a": [{"b": 1}, "c", {"d": null}]}));
}

#[test]
fn a_document_can_have_its_marks() {
    let texts = [
        "--- {a: 1}",
        "---\na: 1\n...\n",
        "%YAML 1.1\n---\na: 1",
        "\u{feff}a: 1",
        "a: 1\r\n",
        "--- # x\na: 1",
    ];
    for text in texts {
        assert_eq!(read(text), json!({"a": 1}), "{text:?}");
    }
    assert_eq!(read("---\n"), json!(null));
}

/// Whoever knows that a text is YAML can have it read so.
#[test]
fn yaml_in_braces() {
    let read = yaml::parse("{a: 1, b: [yes], }").unwrap();
    assert_eq!(read.to_json(), Some(json!({"a": 1, "b": [true]})));
    assert!(matches!(read.value, Value::Object(_)));
}
