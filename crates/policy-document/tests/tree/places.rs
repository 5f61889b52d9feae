//! Where nodes stand, and how people say it.

use policy_document::tree::{parse, pointer};

#[test]
fn the_place_of_a_value_is_all_of_it_and_nothing_else() {
    let cases = [
        ("{\"a\": [ 1 , {} ] }", "/a", "[ 1 , {} ]"),
        ("{\"a\": [ 1 , {} ] }", "/a/1", "{}"),
        ("{\"ü\": \"é\\\"\"}", "/ü", "\"é\\\"\""),
        ("ü: é # ö", "/ü", "é"),
        ("ü: [é, 'ö' ]  # ö", "/ü", "[é, 'ö' ]"),
        ("ü: [é, 'ö' ]  # ö", "/ü/1", "'ö'"),
        ("a: \"x # \\\" y\"  # ö", "/a", "\"x # \\\" y\""),
        ("a: 'it''s'   ", "/a", "'it''s'"),
        ("a: one\n  two\nb: 1", "/a", "one\n  two"),
        ("a:\n  b: 1\n  c:\n    - x\n\n# ö\nd: 1", "/a", "b: 1\n  c:\n    - x"),
        ("a:\n- x\n- y: 1\n  z: 2\n\nd: 1", "/a", "- x\n- y: 1\n  z: 2"),
        ("a:\n- x\n- y: 1\n  z: 2\n\nd: 1", "/a/1", "y: 1\n  z: 2"),
        ("a: |  # ö\n\n  one\n\n  two\n\nb: 1", "/a", "one\n\n  two"),
        ("a: &n |\n  one\nb: 1", "/a", "one"),
        ("a: >-\n  one\n", "/a", "one"),
        ("a: [b: c, d]", "/a/0", "b: c"),
        ("a: {b: c , }", "/a", "{b: c , }"),
        ("a: &n {b: c}", "/a", "{b: c}"),
        ("a: &n\n  b: c\n", "/a", "b: c"),
        ("a: !!map # x\n  b: c\n", "/a", "b: c"),
    ];
    for (text, pointer, expected) in cases {
        let read = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let node = pointer::find(&read, pointer).unwrap_or_else(|| panic!("{pointer} in {text}"));
        assert_eq!(&text[node.span.start..node.span.end], expected, "{pointer} in {text}");
    }
}

/// A value that is not written stands where it would be.
#[test]
fn the_place_of_nothing() {
    let cases = [
        ("a:\nb: 1", "/a", 2),
        ("a: # x\nb: 1", "/a", 2),
        ("a: !!null\nb: 1", "/a", 9),
        ("a: &x\nb: 1", "/a", 5),
        ("a:\n  -\n  - 1", "/a/0", 6),
        ("a: {b, c: 1}", "/a/b", 5),
        ("a: {b: , c: 1}", "/a/b", 6),
        ("a: [b: ]", "/a/0/b", 6),
        ("? a\n? b", "/a", 3),
        ("a: |\nb: 1", "/a", 4),
        ("a: |\n\n", "/a", 4),
    ];
    for (text, pointer, expected) in cases {
        let read = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let node = pointer::find(&read, pointer).unwrap_or_else(|| panic!("{pointer} in {text}"));
        assert_eq!((node.span.start, node.span.end), (expected, expected), "{pointer} in {text}");
    }
}

#[test]
fn the_place_of_a_key_has_its_quotes() {
    for (text, expected) in [
        ("{\"a\" : 1}", "\"a\""),
        ("a : 1", "a"),
        ("'a'  : 1", "'a'"),
        ("? \"a\"  # x\n: 1", "\"a\""),
        ("&x a: 1", "a"),
        ("!!str a: 1", "a"),
    ] {
        let read = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let span = read.members()[0].key_span;
        assert_eq!(&text[span.start..span.end], expected, "{text}");
    }
}
