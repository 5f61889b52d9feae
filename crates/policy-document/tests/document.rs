//! Policy documents: variables, equality by meaning, minifying.

#![cfg(test)]

use std::collections::BTreeMap;

use policy_document::document::{Substitution, minify, normal_form, parse, same_meaning};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

fn substitute(document: Value, variables: &[(&str, &str)]) -> Value {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let mut substitution = Substitution::new(&variables);
    let document = substitution.apply(&document, "Content");
    assert_eq!(substitution.faults, []);
    document
}

#[test]
fn variables_stand_in_keys_and_values() {
    let vault = "arn:aws:backup:eu-west-1:222222222222:backup-vault:central";
    assert_eq!(
        substitute(
            json!({"copy_actions": {"${Vault}": {"arn": ["x-${Vault}-${N}", 1, true, null]}}}),
            &[("Vault", vault), ("N", "7")],
        ),
        json!({"copy_actions": {vault: {"arn": [format!("x-{vault}-7"), 1, true, null]}}}),
    );
}

/// Replacing raw text, as others do, lets a quotation mark end the string it stands in.
#[test]
fn no_value_can_break_the_document() {
    let value = "\"}, \\ \n ü ${Other}";
    let document = substitute(json!({"k": "${V}"}), &[("V", value)]);
    assert_eq!(document["k"], value);
    assert_eq!(parse(&minify(&document), "Content").unwrap(), document);
}

#[test]
fn variables_of_iam_and_aws_backup_stay() {
    let text = "${aws:PrincipalTag/x} ${saml:aud, 'd'} ${*} ${?} ${$} $account $ ${ ${} {V} ${V";
    assert_eq!(substitute(json!(text), &[("V", "x")]), json!(text));
    assert_eq!(substitute(json!("${ ${V}"), &[("V", "x")]), json!("${ x"));
}

#[test]
fn keys_keep_their_order_and_strings_their_characters() {
    let text = "{\n  \"z\" : [ 1 , 2.5 ],\t\"a\" : \"  two  \\\"blanks\\\" ü \" }";
    let document = parse(text, "Content").unwrap();
    assert_eq!(minify(&document), "{\"z\":[1,2.5],\"a\":\"  two  \\\"blanks\\\" ü \"}");
}

#[test]
fn numbers_and_words_are_read_as_serde_json_reads_them() {
    let text = r#"{"a":[-1,18446744073709551615,1e3,true,false,null,"",[],{}]}"#;
    assert_eq!(parse(text, "Content").unwrap(), serde_json::from_str::<Value>(text).unwrap());
}

/// Read roughly, this number would be another one when it comes back, and be written at every Update.
#[test]
fn a_number_of_any_length_comes_back_as_it_was_sent() {
    let document = parse("[1844674407344073709551615]", "Content").unwrap();
    assert_eq!(parse(&minify(&document), "Content").unwrap(), document);
}

fn scp(statement: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statement})
}

fn deny(action: Value) -> Value {
    json!({"Effect": "Deny", "Action": action, "Resource": "*"})
}

#[test]
fn iam_documents_are_compared_as_iam_reads_them() {
    let same = [
        (scp(deny(json!("a:B"))), scp(json!([deny(json!(["a:B"]))]))),
        (scp(deny(json!(["a:B", "a:C"]))), scp(deny(json!(["a:C", "a:B"])))),
        (
            scp(
                json!({"NotAction": "a:B", "NotResource": ["r"], "Condition": {"StringEquals": {"k": "v"}}}),
            ),
            scp(
                json!({"Condition": {"StringEquals": {"k": ["v"]}}, "NotResource": "r", "NotAction": ["a:B"]}),
            ),
        ),
        (
            scp(json!({"Principal": {"AWS": "p"}, "Condition": {"B": {"k": ["v", "w"]}}})),
            scp(json!({"Principal": {"AWS": ["p"]}, "Condition": {"B": {"k": ["w", "v"]}}})),
        ),
        (scp(json!({"NotPrincipal": {"AWS": "p"}})), scp(json!({"NotPrincipal": {"AWS": ["p"]}}))),
    ];
    for (a, b) in &same {
        assert!(same_meaning("SERVICE_CONTROL_POLICY", a, b), "{a} {b}");
        assert!(same_meaning("RESOURCE_CONTROL_POLICY", a, b), "{a} {b}");
        assert!(!same_meaning("BACKUP_POLICY", a, b), "{a} {b}");
    }
}

#[test]
fn what_iam_reads_differently_is_different() {
    let different = [
        (scp(deny(json!("a:B"))), scp(deny(json!("a:C")))),
        (scp(deny(json!(["a:B"]))), scp(deny(json!(["a:B", "a:C"])))),
        (scp(json!({"Sid": "a"})), scp(json!({"Sid": ["a"]}))),
        (scp(json!([deny(json!("a:B"))])), scp(json!([]))),
        (
            scp(json!({"Condition": {"B": {"k": "v"}}})),
            scp(json!({"Condition": {"B": {"k": "w"}}})),
        ),
        (
            scp(json!({"Condition": {"B": {"k": "v"}}})),
            scp(json!({"Condition": {"C": {"k": "v"}}})),
        ),
    ];
    for (a, b) in &different {
        assert!(!same_meaning("SERVICE_CONTROL_POLICY", a, b), "{a} {b}");
    }
}

/// AWS stores a resource control policy without Version with this one, which is IAM's default.
#[test]
fn a_missing_version_is_iams_oldest() {
    let versions = |version: Value| json!({"Version": version, "Statement": []});
    let without = json!({"Statement": []});
    for policy_type in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
        assert!(same_meaning(policy_type, &without, &versions(json!("2008-10-17"))));
        assert!(same_meaning(policy_type, &versions(json!("2008-10-17")), &without));
        assert!(!same_meaning(policy_type, &without, &versions(json!("2012-10-17"))));
        assert!(!same_meaning(policy_type, &without, &versions(json!(null))));
    }
    assert!(!same_meaning("BACKUP_POLICY", &without, &versions(json!("2008-10-17"))));
}

#[test]
fn the_order_of_keys_means_nothing_and_that_of_lists_does_outside_iam() {
    let same = |a: Value, b: Value| same_meaning("BACKUP_POLICY", &a, &b);
    assert!(same(json!({"a": 1, "b": {"c": 2, "d": 3}}), json!({"b": {"d": 3, "c": 2}, "a": 1})));
    assert!(!same(json!({"a": [1, 2]}), json!({"a": [2, 1]})));
    assert!(!same(json!({"a": "1"}), json!({"a": 1})));
}

/// Documents of any shape: no panic, and each equals itself.
#[test]
fn odd_iam_documents_are_no_trouble() {
    for odd in [
        json!(null),
        json!([]),
        json!({"Statement": 7}),
        scp(json!([7, "x", null])),
        scp(json!({"Condition": [1], "Principal": "*", "Action": {"x": 1}})),
    ] {
        assert!(same_meaning("SERVICE_CONTROL_POLICY", &odd, &odd));
    }
}

/// JSON of a few words and numbers, so that two of them are often nearly the same.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(0.0),
        json!(-0.0),
        json!("0"),
        json!("a"),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let key = select(vec!["a", "b", "Version"]).prop_map(str::to_owned);
        let object = prop::collection::vec((key, inner.clone()), 0..3);
        let object = object.prop_map(|members| Value::Object(members.into_iter().collect()));
        prop_oneof![prop::collection::vec(inner, 0..3).prop_map(Value::Array), object]
    })
}

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::vec(select(words).prop_map(Value::from), 1..4).prop_map(Value::Array)
}

fn iam_document() -> impl Strategy<Value = Value> {
    let condition = some_of(&["v", "w"]).prop_map(|values| json!({"StringEquals": {"k": values}}));
    let statement = (some_of(&["a:B", "a:C"]), some_of(&["r", "s"]), condition).prop_map(
        |(action, resource, condition)| {
            json!({"Effect": "Deny", "Action": action, "Resource": resource, "Condition": condition,
                   "Principal": {"AWS": resource}})
        },
    );
    let version = select(vec!["2008-10-17", "2012-10-17"]);
    (version, prop::collection::vec(statement, 1..3))
        .prop_map(|(version, statements)| json!({"Version": version, "Statement": statements}))
}

/// The document as somebody else would write it: keys and values the other way round, a list of one
/// value as that value, and IAM's oldest version left out.
fn written_otherwise(value: &Value) -> Value {
    match value {
        Value::Array(list) => match list.as_slice() {
            [one] => written_otherwise(one),
            _ if list.iter().all(Value::is_string) => list.iter().rev().cloned().collect(),
            _ => list.iter().map(written_otherwise).collect(),
        },
        Value::Object(object) => {
            let written = object.iter().rev().filter(|(_, value)| *value != "2008-10-17");
            let written: Map<String, Value> =
                written.map(|(key, value)| (key.clone(), written_otherwise(value))).collect();
            Value::Object(written)
        }
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(2_000) })]

    /// Two documents have the same normal form if they are the same JSON, and only then.
    #[test]
    fn the_normal_form_tells_what_equality_tells(a in any_json(), b in any_json()) {
        let same_form = normal_form("BACKUP_POLICY", &a) == normal_form("BACKUP_POLICY", &b);
        prop_assert_eq!(same_form, a == b);
    }

    /// The normal form is a document of the same meaning.
    #[test]
    fn the_normal_form_means_the_same(document in any_json(), iam in iam_document()) {
        for (policy_type, document) in [("BACKUP_POLICY", &document), ("SERVICE_CONTROL_POLICY", &iam)] {
            let form = normal_form(policy_type, document);
            let read = parse(&form, "Content").expect("it is JSON");
            prop_assert!(same_meaning(policy_type, document, &read), "{}", form);
        }
    }

    #[test]
    fn however_an_iam_document_is_written_it_has_one_normal_form(document in iam_document()) {
        for policy_type in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
            let other = written_otherwise(&document);
            prop_assert_eq!(normal_form(policy_type, &document), normal_form(policy_type, &other));
        }
    }

    #[test]
    fn an_iam_document_that_lacks_a_value_has_another_normal_form(
        document in iam_document(), element in select(vec!["Action", "Resource"]),
    ) {
        let mut changed = document.clone();
        changed["Statement"][0][element].as_array_mut().expect("a list").pop();
        let form = |document| normal_form("SERVICE_CONTROL_POLICY", document);
        prop_assert_ne!(form(&document), form(&changed));
    }
}
