//! What has to hold of every JSON and YAML text. make fuzz invents texts; crates/policy-document/tests/tree replays those
//! that are kept.

use policy_document::tree::{Node, Span, SyntaxError, Value, json, parse, yaml};
use serde_json::Value as Json;

/// A text becomes a tree whose places are true, or an error with a place; JSON is read as serde_json reads it, and YAML
/// reads JSON alike.
pub fn tree(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let as_json = json::parse(text);
    let as_yaml = yaml::parse(text);
    has_places(text, &as_json, "read JSON: ");
    has_places(text, &as_yaml, "read YAML: ");
    has_places(text, &parse(text), "read ");
    for alias in yaml::aliases(text) {
        assert!(part(text, alias).starts_with('*'));
    }
    agrees_with_serde_json(text, &as_json);
    let Ok(as_json) = as_json else { return };
    read_back(text, &as_json);
    agree(text, &as_json, &as_yaml);
    let within = format!("- a: !Sub x\n- {text}\n");
    if !text.contains(['\n', '\r', '\u{feff}']) {
        let within = yaml::parse(&within).map(|mut list| match &mut list.value {
            Value::Array(items) => items.swap_remove(1),
            other => panic!("{other:?}"),
        });
        agree(text, &as_json, &within);
    }
}

fn has_places(text: &str, read: &Result<Node, SyntaxError>, beginning: &str) {
    match read {
        Ok(node) => {
            let inside = Span { start: 0, end: text.len() };
            // What aliases stand for has its places elsewhere.
            contains(text, inside, node, !text.contains('*'));
        }
        Err(SyntaxError { span, message }) => {
            part(text, *span);
            assert!(message.starts_with(beginning), "{message}");
        }
    }
}

/// A place is one of the text, on the bounds of characters.
fn part(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or_else(|| panic!("{span:?} of {} bytes", text.len()))
}

fn contains(text: &str, outer: Span, node: &Node, nested: bool) {
    let within = |span: Span| {
        part(text, span);
        assert!(
            !nested || outer.start <= span.start && span.end <= outer.end,
            "{span:?} in {outer:?}"
        );
    };
    within(node.span);
    let written = part(text, node.span);
    for (open, close) in [('{', '}'), ('[', ']')] {
        let closed = written.starts_with(open) && written.ends_with(close);
        let begins_with_another = written.starts_with(open) && written.contains(": ");
        let collection = matches!(&node.value, Value::Array(_) | Value::Object(_));
        assert!(
            !collection || closed || begins_with_another || !written.starts_with(open),
            "{written:?}"
        );
    }
    for item in node.items() {
        contains(text, node.span, item, nested);
    }
    for member in node.members() {
        if nested {
            let key = member.key_span;
            part(text, key);
            assert!(node.span.start <= key.start && key.end <= node.span.end, "{key:?}");
        }
        contains(text, node.span, &member.node, nested);
    }
}

/// Every part of a JSON text is the text of that part.
fn read_back(text: &str, node: &Node) {
    let again = json::parse(part(text, node.span)).expect("a part of JSON is JSON");
    assert!(same(&again, node), "{:?}", part(text, node.span));
    node.items().iter().for_each(|item| read_back(text, item));
    for member in node.members() {
        let key: String = serde_json::from_str(part(text, member.key_span)).expect("a key");
        assert_eq!(key, member.key);
        read_back(text, &member.node);
    }
}

fn agrees_with_serde_json(text: &str, read: &Result<Node, SyntaxError>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match (read, serde_json::from_str::<Json>(text)) {
        (Ok(node), Ok(expected)) => {
            let twice = has_twice(node);
            assert_eq!(node.to_json(), (!twice).then_some(expected));
        }
        // Numbers beyond what serde_json holds are numbers all the same.
        (Ok(node), Err(error)) => {
            assert!(error.to_string().contains("number out of range"), "{error}");
            assert_eq!(node.to_json(), None);
        }
        (Err(error), Ok(_)) => panic!("{error}"),
        (Err(_), Err(_)) => {}
    }
}

fn has_twice(node: &Node) -> bool {
    let members = node.members();
    let twice = members
        .iter()
        .enumerate()
        .any(|(at, member)| members.iter().take(at).any(|before| before.key == member.key));
    twice
        || members.iter().any(|member| has_twice(&member.node))
        || node.items().iter().any(has_twice)
}

/// JSON in YAML is the same; but YAML has rules of its own for tabs, some characters, and places of colons.
fn agree(text: &str, as_json: &Node, as_yaml: &Result<Node, SyntaxError>) {
    match as_yaml {
        Ok(as_yaml) => assert!(same(as_json, as_yaml), "{as_json:?} {as_yaml:?}"),
        Err(error) => {
            let usual = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
            assert!(!usual, "{error}");
        }
    }
}

/// Whether two trees hold the same. YAML has numbers in other forms, and fewer of them.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Number(a), Value::String(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => a.parse::<f64>() == b.parse::<f64>(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let pairs = a.iter().zip(b);
            a.len() == b.len()
                && pairs.into_iter().all(|(a, b)| a.key == b.key && same(&a.node, &b.node))
        }
        (a, b) => a == b,
    }
}
