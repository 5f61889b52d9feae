//! What is said of texts that cannot be read: where, why, and what helps.

use policy_document::tree::{SyntaxError, parse};

use super::line_column;

/// Text, line and column of the error, the part of the text, and what is said of it.
type Case = (&'static str, (usize, usize), &'static str, &'static str);

fn check(cases: &[Case]) {
    for (text, place, part, message) in cases {
        let Err(error) = parse(text) else { panic!("{text:?} is taken") };
        let SyntaxError { span, .. } = error;
        let found = (line_column(text, span.start), &text[span.start..span.end]);
        assert_eq!(found, (*place, *part), "{text:?}: {error}");
        assert!(error.message.contains(message), "{text:?}: {error}");
        assert!(error.message.contains("; "), "it has a remedy: {error}");
    }
}

#[test]
fn of_json() {
    check(&[
        ("{\"a\": 1,}", (1, 8), ",", "read JSON: a comma follows the last value; remove it"),
        ("[1, 2,]", (1, 6), ",", "a comma follows the last value; remove it"),
        ("[,]", (1, 2), ",", "a comma stands where a value has to be; remove it"),
        (
            "{\"a\": 1\n \"b\": 2}",
            (1, 8),
            "",
            "no comma separates this from what follows; write one",
        ),
        ("{\"a\": {\"b\": 1}", (1, 1), "{", "`{` is not closed"),
        ("{\"a\": [1", (1, 7), "[", "`[` is not closed"),
        ("{\"a\": \"x", (1, 7), "\"", "the text that begins here is not closed"),
        ("{\"a\": \"x\n, \"b\": 1}", (1, 9), "\n", "the line ends within a text; close the text"),
        ("[\"a\tb\"]", (1, 4), "\t", "a tab stands in a text; write `\\t`"),
        ("[\"\u{1}\"]", (1, 3), "\u{1}", "the control character U+0001"),
        ("{\"a\": 1}}", (1, 9), "}", "something follows the end of the document"),
        ("{\"a\": [1}", (1, 9), "}", "`}` stands where a value or `]` has to be"),
        ("{\"a\": ]", (1, 7), "]", "`]` stands where a value or `}` has to be"),
        ("{\"a\": }", (1, 7), "}", "`}` stands where a value or `]` has to be"),
        ("{\"a\": 1]", (1, 8), "]", "this stands where a key or `}` has to be"),
        ("{\"a\" 1}", (1, 6), "1", "no colon follows the key"),
        ("[\"a\": 1]", (1, 5), ":", "a colon stands where a value has to be"),
        ("{a: 1}", (1, 2), "a", "a key stands without quotes"),
        ("{'a': 1}", (1, 2), "'", "a text stands in single quotes"),
        ("{“a”: 1}", (1, 2), "“", "a curly quotation mark stands here"),
        ("{\"a\": True}", (1, 7), "True", "the words are true, false and null"),
        ("{\n  // x\n}", (2, 3), "// x", "JSON has no comments; remove it"),
        ("[1] # x", (1, 5), "#", "JSON has no comments; remove it"),
        ("[1 /* x", (1, 4), "/", "JSON has no comments; remove it"),
        ("[0123]", (1, 2), "0", "a number begins with a zero"),
        ("[1.]", (1, 2), "1.", "a number begins or ends with its point"),
        ("[-x]", (1, 3), "x", "this number ends too soon"),
        ("[+1]", (1, 2), "+", "a number begins with `+`"),
        ("[0x1]", (1, 2), "0", "JSON has no hexadecimal numbers"),
        (r#"["\d"]"#, (1, 3), r"\d", "JSON does not know this escape"),
        (r#"["\u12"]"#, (1, 3), r"\u12", "`\\u` has four hexadecimal digits"),
        (r#"["\ud83d"]"#, (1, 3), r"\ud83d", "this escape is half of a character"),
        ("{\"a\":\u{a0}1}", (1, 6), "\u{a0}", "the blank here is U+00A0"),
        ("[\u{feff}1]", (1, 2), "\u{feff}", "a byte order mark stands within the text"),
    ]);
}

#[test]
fn of_yaml() {
    check(&[
        ("", (1, 1), "", "read YAML: the text is empty"),
        ("# x\n", (1, 1), "# x\n", "the text is empty"),
        (
            "@@assign: x",
            (1, 1),
            "@@assign",
            "no text begins like this without quotes; write '@@assign'",
        ),
        ("a: @@none\nb: 1", (1, 4), "@@none", "write '@@none'"),
        ("a: `x`", (1, 4), "`x`", "write '`x`'"),
        ("a: *", (1, 4), "*", "`*` begins an alias"),
        ("a: *all", (1, 4), "*all", "*all stands for a value that no anchor before it names"),
        ("- *x\n- &x 1", (1, 3), "*x", "no anchor before it names"),
        ("a: &x [*x]", (1, 8), "*x", "this alias stands for what it is a part of"),
        ("a: \"x", (1, 4), "\"", "the text that begins here is not closed"),
        ("a: \"x\nb: 1\"", (1, 4), "\"", "the text that begins here is not closed"),
        ("a: \"\\d\"", (1, 4), "\"", "has an escape that YAML does not know"),
        ("a: \"x\\ud83d\"", (1, 6), "\\ud83d", "this escape is no character, or half of one"),
        (r#"a: "\\ud83d\ude00""#, (1, 12), r"\ude00", "half of one"),
        (r#"a: "\ud83d\ude00\ud83d""#, (1, 17), r"\ud83d", "half of one"),
        ("a: \"x\" y", (1, 8), "y", "something follows the closing quotation mark"),
        ("a: 'it's'", (1, 8), "s", "something follows the closing quotation mark"),
        ("a: b: c", (1, 5), ":", "this colon makes no key of what stands before it"),
        ("a: 1\n  b: 2", (2, 4), ":", "this colon makes no key"),
        ("a:\n\tb: 1", (2, 2), "b", "a tab stands where the line is indented"),
        ("a:\n  - x\n y: 2", (3, 2), "y", "this is no `key: value` as the lines before it"),
        ("a: - b", (1, 4), "-", "no list can begin here"),
        ("a: [1, 2", (1, 9), "", "or is not closed; write `,` or `]`"),
        ("a: {b: 1", (1, 9), "", "or is not closed; write `,` or `}`"),
        ("a: ]", (1, 4), "]", "this bracket closes nothing"),
        ("a: |x\n  b", (1, 4), "|", "something follows `|` or `>`"),
        ("a: b # x\n  c", (1, 6), "#", "a comment stands in a text of several lines"),
        ("a: !Base64 !Sub x", (1, 12), "!Sub", "a second tag follows the first"),
        ("a: 1\n---\nb: 2", (2, 1), "---", "a second document begins here"),
        ("? [a]\n: b", (1, 3), "[a]", "a key has to be a text"),
        ("~: x", (1, 1), "~", "this key is empty or null"),
        (": x", (1, 2), "", "this key is empty or null"),
        ("üü: \"\\ud83d\\ude00\"\nb: !Foo", (2, 4), "!Foo", "CloudFormation has no tag !Foo"),
        ("a: 1\n\u{feff}b: 2", (2, 1), "\u{feff}", "a byte order mark stands within the text"),
        ("a: \u{0}", (1, 4), "\u{0}", "a control character stands here"),
    ]);
}
