//! JSON pointers.

use policy_document::tree::{Node, pointer};
use serde_json::{Value, json};

/// The example of RFC 6901, section 5.
#[test]
fn the_pointers_of_the_rfc() {
    let document = json!({
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
    });
    let cases = [
        ("", document.clone()),
        ("/foo", json!(["bar", "baz"])),
        ("/foo/0", json!("bar")),
        ("/", json!(0)),
        ("/a~1b", json!(1)),
        ("/c%d", json!(2)),
        ("/e^f", json!(3)),
        ("/g|h", json!(4)),
        ("/i\\j", json!(5)),
        ("/k\"l", json!(6)),
        ("/ ", json!(7)),
        ("/m~0n", json!(8)),
    ];
    let tree = Node::from(&document);
    for (pointer, expected) in cases {
        assert_eq!(
            pointer::find(&tree, pointer).and_then(Node::to_json),
            Some(expected),
            "{pointer}"
        );
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let tree = Node::from(&json!({"a": [1], "0": "x"}));
    for pointer in ["a", "/b", "/a/1", "/a/00", "/a/+0", "/a/-", "/a/", "/a/0/b", "//", "/0/0"] {
        assert_eq!(pointer::find(&tree, pointer), None, "{pointer}");
    }
    assert!(pointer::find(&tree, "/0").is_some());
}

#[test]
fn pointers_are_joined_and_escaped() {
    assert_eq!(pointer::join("", "plans"), "/plans");
    assert_eq!(pointer::join("/plans", "a/b~c"), "/plans/a~1b~0c");
    assert_eq!(pointer::join("/rules", 3), "/rules/3");
    for key in ["", "a", "~", "/", "~1", "~01", "a~/b", "~~//"] {
        assert_eq!(pointer::unescape(&pointer::escape(key)), key);
        let document = Value::Object([(key.to_owned(), json!(7))].into_iter().collect());
        let found = pointer::find(&Node::from(&document), &pointer::join("", key)).cloned();
        assert_eq!(found.and_then(|node| node.to_json()), Some(json!(7)), "{key}");
    }
}
