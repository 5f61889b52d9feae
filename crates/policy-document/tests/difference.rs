//! The difference of two documents by their meaning.

#![cfg(test)]

use policy_document::difference::{Difference, Part, differences};
use policy_document::document::same_meaning;
use proptest::prelude::*;
use serde_json::{Value, json};

const SCP: &str = "SERVICE_CONTROL_POLICY";
const BACKUP: &str = "BACKUP_POLICY";

/// Each difference as a line: `path: old -> new`, a Statement or an order by that word.
fn lines(policy_type: &str, old: &Value, new: &Value) -> Vec<String> {
    let shown = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let line = |difference: &Difference| {
        let Difference { path, part, old, new } = difference;
        let part = match part {
            Part::Value => "",
            Part::Item => "item ",
            Part::Statement => "statement ",
            Part::Order => "order ",
        };
        format!("{part}{path}: {} -> {}", shown(old), shown(new))
    };
    differences(policy_type, "Content", old, new).iter().map(line).collect()
}

fn deny(sid: &str, action: Value) -> Value {
    json!({"Sid": sid, "Effect": "Deny", "Action": action, "Resource": "*"})
}

fn scp(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[test]
fn statements_are_matched_by_their_sid() {
    let (leave, stop) = (deny("Leave", json!("a:Leave")), deny("Stop", json!(["a:Stop", "a:Off"])));
    let both = scp(json!([leave, stop]));
    for (new, expected) in [
        // Another form of the same.
        (
            scp(json!([
                deny("Leave", json!(["a:Leave"])),
                deny("Stop", json!(["a:Off", "a:Stop"]))
            ])),
            vec![],
        ),
        (
            scp(stop.clone()),
            vec![format!(
                "statement Content.Statement[Leave]: {} -> -",
                json!({"Sid": "Leave", "Effect": "Deny", "Action": ["a:Leave"], "Resource": ["*"]})
            )],
        ),
        (
            scp(json!([leave, deny("Stop", json!(["a:Stop", "a:New"]))])),
            vec![
                r#"item Content.Statement[Stop].Action: "a:Off" -> -"#.to_owned(),
                r#"item Content.Statement[Stop].Action: - -> "a:New""#.to_owned(),
            ],
        ),
        // Which statement stands first is not certain to mean nothing.
        (
            scp(json!([stop, leave])),
            vec![r#"order Content.Statement: ["Leave","Stop"] -> ["Stop","Leave"]"#.to_owned()],
        ),
        (
            json!({"Statement": [leave, stop]}),
            vec![r#"Content.Version: "2012-10-17" -> "2008-10-17""#.to_owned()],
        ),
    ] {
        assert_eq!(lines(SCP, &both, &new), expected, "{new}");
    }
}

#[test]
fn statements_without_a_sid_are_matched_by_what_they_say() {
    let plain = |action: &str| json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    let old = scp(json!([plain("a:A"), plain("a:B"), plain("a:C")]));
    let new = scp(json!([plain("a:A"), plain("a:X"), plain("a:C")]));
    assert_eq!(
        lines(SCP, &old, &new),
        [
            r#"item Content.Statement[1].Action: "a:B" -> -"#,
            r#"item Content.Statement[1].Action: - -> "a:X""#
        ]
    );
    let new = scp(json!([plain("a:A"), plain("a:C")]));
    assert_eq!(lines(SCP, &old, &new).len(), 1);
    assert!(lines(SCP, &old, &new)[0].starts_with("statement Content.Statement[1]: "));
    // A renamed statement is another one.
    let (old, new) = (scp(deny("A", json!("a:A"))), scp(deny("B", json!("a:A"))));
    let found = lines(SCP, &old, &new);
    assert!(found[0].starts_with("statement Content.Statement[A]: "), "{found:?}");
    assert!(found[1].starts_with("statement Content.Statement[B]: - -> "), "{found:?}");
}

#[test]
fn outside_iam_lists_have_an_order() {
    let plan = |regions: Value, days: Value| {
        json!({"plans": {"daily": {"regions": {"@@assign": regions},
            "rules": {"r 1": {"lifecycle": {"delete_after_days": {"@@assign": days}}}}}}})
    };
    let old = plan(json!(["eu-west-1", "eu-west-2"]), json!("35"));
    for (new, expected) in [
        (old.clone(), vec![]),
        (
            plan(json!(["eu-west-2"]), json!("90")),
            vec![
                r#"item Content.plans.daily.regions.@@assign: "eu-west-1" -> -"#,
                r#"Content.plans.daily.rules."r 1".lifecycle.delete_after_days.@@assign: "35" -> "90""#,
            ],
        ),
        (
            plan(json!(["eu-west-2", "eu-west-1"]), json!("35")),
            vec![
                r#"order Content.plans.daily.regions.@@assign: ["eu-west-1","eu-west-2"] -> ["eu-west-2","eu-west-1"]"#,
            ],
        ),
        (
            plan(json!(["eu-west-2", "x", "eu-west-1"]), json!("35")),
            vec![
                r#"Content.plans.daily.regions.@@assign: ["eu-west-1","eu-west-2"] -> ["eu-west-2","x","eu-west-1"]"#,
            ],
        ),
        (json!({"plans": {}}), vec![]),
    ] {
        let found = lines(BACKUP, &old, &new);
        if new == json!({"plans": {}}) {
            assert!(found[0].starts_with("Content.plans.daily: {"), "{found:?}");
        } else {
            assert_eq!(found, expected, "{new}");
        }
    }
}

#[test]
fn any_two_values_have_a_difference() {
    for (old, new, expected) in [
        (json!(1), json!("1"), r#"Content: 1 -> "1""#),
        (json!({"a": null}), json!({}), "Content.a: null -> -"),
        (json!({}), json!({"a b": []}), r#"Content."a b": - -> []"#),
        (json!([{"a": 1}]), json!([{"a": 2}]), "Content[0].a: 1 -> 2"),
        (json!([1]), json!({"0": 1}), r#"Content: [1] -> {"0":1}"#),
    ] {
        assert_eq!(lines(BACKUP, &old, &new), [expected]);
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        (0..3).prop_map(|n| json!(n)),
        "[ab]{0,1}".prop_map(|s| json!(s)),
    ]
}

/// Few keys and few values, so that two of them have much in common.
fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn actions() -> impl Strategy<Value = Value> {
    prop_oneof![
        "a:[AB]".prop_map(|s| json!(s)),
        prop::collection::vec("a:[ABC]", 0..3).prop_map(|list| json!(list)),
        value(),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let sid = prop_oneof![Just(None), "[AB]".prop_map(Some)];
    (sid, actions(), prop::option::of(value())).prop_map(|(sid, action, condition)| {
        let mut statement = json!({"Effect": "Deny", "Action": action});
        if let Some(sid) = sid {
            statement["Sid"] = json!(sid);
        }
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

fn document() -> impl Strategy<Value = Value> {
    let statements = prop_oneof![
        4 => prop::collection::vec(statement(), 0..4).prop_map(Value::Array),
        1 => statement(),
        1 => value(),
    ];
    let version = prop_oneof![Just(None), Just(Some("2008-10-17")), Just(Some("2012-10-17"))];
    prop_oneof![
        6 => (version, statements).prop_map(|(version, statements)| {
            let mut document = json!({"Statement": statements});
            if let Some(version) = version {
                document["Version"] = json!(version);
            }
            document
        }),
        1 => value(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Another order of the statements is one difference at most, and its two sides differ.
    #[test]
    fn another_order_is_said_as_one(
        (old, new) in prop::collection::vec(statement(), 0..5)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let (old, new) = (scp(Value::Array(old)), scp(Value::Array(new)));
        let found = differences(SCP, "Content", &old, &new);
        prop_assert_eq!(found.is_empty(), same_meaning(SCP, &old, &new));
        prop_assert!(found.len() <= 1, "{:?}", found);
        prop_assert!(found.iter().all(|d| d.part == Part::Order && d.old != d.new), "{:?}", found);
    }

    #[test]
    fn there_is_no_difference_exactly_between_those_that_mean_the_same(
        old in document(), new in document(), other in document(), same in any::<bool>(),
    ) {
        let new = if same { old.clone() } else { new };
        for policy_type in [SCP, "RESOURCE_CONTROL_POLICY", BACKUP] {
            let found = differences(policy_type, "Content", &old, &new);
            prop_assert_eq!(found.is_empty(), same_meaning(policy_type, &old, &new), "{:?}", found);
            let back = differences(policy_type, "Content", &new, &old);
            prop_assert_eq!(found.is_empty(), back.is_empty());
            for difference in &found {
                prop_assert!(difference.old != difference.new, "{:?}", difference);
            }
            prop_assert!(differences(policy_type, "Content", &other, &other).is_empty());
        }
    }

    #[test]
    fn plain_values_differ_where_they_are_not_equal(old in value(), new in value()) {
        prop_assert_eq!(differences(BACKUP, "", &old, &new).is_empty(), old == new);
    }
}
