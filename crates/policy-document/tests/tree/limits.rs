//! Texts that would take the stack or the memory.

use std::time::{Duration, Instant};

use policy_document::tree::{MAX_LENGTH, Node, SyntaxError, json, yaml};

const MANY: usize = 10_000;

type Parse = fn(&str) -> Result<Node, SyntaxError>;

/// A notation, its parser, and a text of so many levels or parts.
type Notation = (&'static str, Parse, fn(usize) -> String);

const NOTATIONS: [Notation; 9] = [
    ("JSON lists", json::parse, |n| format!("{}{}", "[".repeat(n), "]".repeat(n))),
    ("JSON objects", json::parse, |n| format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n))),
    ("lists in brackets", yaml::parse, |n| format!("{}{}", "[".repeat(n), "]".repeat(n))),
    ("mappings in braces", yaml::parse, |n| format!("{}1{}", "{a: ".repeat(n), "}".repeat(n))),
    ("lists on a line", yaml::parse, |n| "- ".repeat(n)),
    ("mappings on lines", yaml::parse, |n| {
        (0..n).map(|level| format!("{}a:\n", " ".repeat(level))).collect()
    }),
    ("short forms", yaml::parse, |n| format!("{}{}", "!Not [".repeat(n / 2), "]".repeat(n / 2))),
    ("aliases", yaml::parse, |n| {
        let deeper = (1..n).map(|level| format!("- &a{level} [*a{}]\n", level - 1));
        format!("- &a0 []\n{}", deeper.collect::<String>())
    }),
    ("pairs in brackets", yaml::parse, |n| {
        format!("{}{}", "[a: ".repeat(n / 2), "]".repeat(n / 2))
    }),
];

#[test]
fn nesting_ends_at_127_levels() {
    for (name, parse, text) in NOTATIONS {
        // Short forms and pairs have two levels each, and aliases a list around them.
        let (most, next) = match name {
            "short forms" | "pairs in brackets" => (126, 128),
            "aliases" => (126, 127),
            _ => (127, 128),
        };
        parse(&text(most)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for levels in [next, 300, 600, MANY] {
            let text = text(levels);
            let error = parse(&text).expect_err(name);
            // So many lines, each indented further, are longer than any text that is read.
            let cause = if text.len() > MAX_LENGTH {
                "are read"
            } else {
                "nested more than 127 levels deep"
            };
            assert!(error.message.contains(cause), "{name}: {error}");
        }
    }
}

#[test]
fn a_key_can_be_nested_no_deeper() {
    for text in ["? ".repeat(MANY), "? - ".repeat(MANY), "[? ".repeat(MANY), "- ? ".repeat(MANY)] {
        yaml::parse(&text).expect_err("a key of keys");
    }
}

#[test]
fn aliases_of_aliases_are_bounded() {
    let bomb: String = (1..40)
        .map(|level| format!("- &a{level} [{}]\n", format!("*a{},", level - 1).repeat(10)))
        .collect();
    let text = format!("- &a0 [lol, lol, lol, lol]\n{bomb}");
    let error = yaml::parse(&text).unwrap_err();
    assert!(error.message.contains("stand for more than 16 MiB"), "{error}");

    let long = format!("- &a {}\n{}", "x".repeat(1_000_000), "- *a\n".repeat(1_000));
    assert!(yaml::parse(&long).unwrap_err().message.contains("more than 16 MiB"));

    let merged = format!("- &a {{k: {}}}\n{}", "x".repeat(1_000_000), "- <<: *a\n".repeat(1_000));
    assert!(yaml::parse(&merged).unwrap_err().message.contains("more than 16 MiB"));

    let nested = format!("{}{}{}", "[&a ".repeat(100), "[x]", "]".repeat(100));
    yaml::parse(&format!("- {nested}\n- *a\n")).unwrap();
    let nested = format!("{}[{}]{}", "[&a ".repeat(100), "x,".repeat(10_000), "]".repeat(100));
    let error = yaml::parse(&format!("- {nested}\n- *a\n")).unwrap_err();
    assert!(error.message.contains("more than 16 MiB"), "anchors of anchors copy as well: {error}");
}

#[test]
fn many_plain_aliases_are_fine() {
    let text = format!("- &a {{k: v}}\n{}", "- *a\n".repeat(20_000));
    assert_eq!(yaml::parse(&text).unwrap().items().len(), 20_001);
}

#[test]
fn a_value_that_may_be_a_key_is_not_kept_without_end() {
    let text = format!("[{}]", "a,".repeat(1_000_000));
    let error = yaml::parse(&text).unwrap_err();
    assert!(error.message.contains("more than 500000 brackets, commas and colons"), "{error}");
    // Behind a key it cannot be one.
    let text = format!("k: [{}]", "a,".repeat(600_000));
    assert_eq!(yaml::parse(&text).unwrap().get("k").map(|k| k.items().len()), Some(600_000));
}

/// Indenting so many lines behind so long a one would take 10 GB.
#[test]
fn lines_in_brackets_are_not_indented_without_end() {
    let text = format!("k: '{}': [\n{}]", "x".repeat(100_000), "'y',\n".repeat(100_000));
    yaml::parse(&text).unwrap_err();
    let text = format!("? k{}\n: [\n{}]", "x".repeat(1_000), "'y',\n".repeat(100_000));
    yaml::parse(&text).unwrap();
}

#[test]
fn longer_texts_than_any_of_aws_are_not_read() {
    let text = " ".repeat(MAX_LENGTH + 1);
    for parse in [json::parse as Parse, yaml::parse] {
        assert!(parse(&text).unwrap_err().message.contains("at most 8388608 are read"));
    }
}

fn unreadable(text: &str) -> Result<Node, SyntaxError> {
    yaml::parse(text).expect_err("it cannot be read");
    json::parse("0")
}

/// Twenty times the text takes some twenty times as long, not four hundred.
#[test]
fn time_grows_with_the_text() {
    let texts: [Notation; 10] = [
        ("JSON", json::parse, |n| format!("[{}1]", "{\"ü\":\"\\ud83d\\ude00\"},".repeat(n))),
        ("lines", yaml::parse, |n| "- ü: é\n".repeat(n)),
        ("brackets", yaml::parse, |n| format!("k: [{}]", "ü, ".repeat(n))),
        ("escapes", yaml::parse, |n| "- \"\\ud83d\\ude00\"\n".repeat(n)),
        ("anchors", yaml::parse, |n| format!("{}- *a", "- &a b\n".repeat(n))),
        ("one long line", yaml::parse, |n| format!("k: {}", "ü ".repeat(n))),
        ("lines in brackets", yaml::parse, |n| "- k: [\n  'y'\n  ]\n".repeat(n)),
        // What cannot be read, and is tried twice.
        ("dashes", unreadable, |n| "- ".repeat(n)),
        ("colons", unreadable, |n| "a: ".repeat(n)),
        ("brackets on a line", unreadable, |n| format!("- {}", "[a] ".repeat(n))),
    ];
    for (name, parse, text) in texts {
        let time = |n: usize| {
            let text = text(n);
            let start = Instant::now();
            parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            start.elapsed()
        };
        let (short, long) = (time(4_000), time(80_000));
        let linear = short * 80 + Duration::from_secs(3);
        assert!(long < linear, "{name}: {short:?}, then {long:?}");
    }
}
