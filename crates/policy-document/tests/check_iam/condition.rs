//! Operators, keys and values.

use super::*;

#[test]
fn the_operators_of_conditions() {
    let bases = [
        ("StringEquals", "x"),
        ("StringNotEquals", "x"),
        ("StringEqualsIgnoreCase", "x"),
        ("StringNotEqualsIgnoreCase", "x"),
        ("StringLike", "x*"),
        ("StringNotLike", "x*"),
        ("NumericEquals", "5"),
        ("NumericNotEquals", "5"),
        ("NumericLessThan", "5"),
        ("NumericLessThanEquals", "5"),
        ("NumericGreaterThan", "5"),
        ("NumericGreaterThanEquals", "5"),
        ("DateEquals", "2026-11-01T00:00:00Z"),
        ("DateNotEquals", "2026-11-01"),
        ("DateLessThan", "1793491200"),
        ("DateLessThanEquals", "2026-11-01T00:00:00Z"),
        ("DateGreaterThan", "2026-11-01T00:00:00Z"),
        ("DateGreaterThanEquals", "2026-11-01T00:00:00Z"),
        ("Bool", "true"),
        ("BinaryEquals", "QUJD"),
        ("IpAddress", "203.0.113.0/24"),
        ("NotIpAddress", "2001:db8::/32"),
        ("ArnEquals", "arn:aws:iam::*:role/x"),
        ("ArnNotEquals", "arn:aws:iam::*:role/x"),
        ("ArnLike", "arn:aws:iam::*:role/x"),
        ("ArnNotLike", "arn:aws:iam::*:role/x"),
    ];
    for (base, value) in bases {
        for (before, after) in [("", ""), ("", "IfExists"), ("ForAnyValue:", ""), ("ForAllValues:", "IfExists")] {
            let operator = format!("{before}{base}{after}");
            assert_eq!(found(&when(&operator, "aws:key", json!([value])), SCP), Vec::<String>::new(), "{operator}");
        }
    }
    assert_eq!(found(&when("Null", "aws:key", json!("true")), SCP), Vec::<String>::new());
    assert_eq!(found(&when("stringequals", "aws:key", json!("x")), SCP), Vec::<String>::new());
    for (operator, meant) in [
        ("StringEqual", Some("StringEquals")),
        ("StringNotLikes", Some("StringNotLike")),
        ("ForAnyValues:StringLike", None),
        ("ForAnyValue:StringLikes", Some("ForAnyValue:StringLike")),
        ("StringLikesIfExists", Some("StringLikeIfExists")),
        ("NullIfExists", Some("Null")),
        ("Boolean", None),
        ("Equals", None),
    ] {
        let meant = meant.map(|meant| format!(" -> {meant:?}")).unwrap_or_default();
        let expected = format!("/Statement/Condition/{operator} iam-condition-operator {operator:?} is no operator: an operator of IAM, such as StringEquals{meant}");
        assert_eq!(found(&when(operator, "aws:key", json!("x")), SCP), [expected]);
    }
}

#[test]
fn the_form_of_conditions() {
    let condition = |condition: Value| scp(json!({"Condition": condition}));
    expect(&[
        ("empty", condition(json!({})), SCP, &[]),
        ("a list", condition(json!([])), SCP, &["/Statement/Condition iam-wrong-type this is a list: an object of operators"]),
        ("an operator with a text", condition(json!({"StringEquals": "x"})), SCP, &["/Statement/Condition/StringEquals iam-wrong-type this is a text: an object of condition keys"]),
        (
            "a key with an object",
            condition(json!({"StringEquals": {"aws:key": {"x": "y"}}})),
            SCP,
            &["/Statement/Condition/StringEquals/aws:key iam-wrong-type this is an object: a text or a list of texts"],
        ),
        (
            "a key with null",
            condition(json!({"StringEquals": {"aws:key": [null]}})),
            SCP,
            &["/Statement/Condition/StringEquals/aws:key/0 iam-wrong-type this is null: a text or a list of texts"],
        ),
        ("a number and a truth", condition(json!({"NumericLessThan": {"aws:key": 5}, "Bool": {"aws:other": false}})), SCP, &[]),
        (
            "a key without prefix",
            condition(json!({"StringEquals": {"RequestedRegion": "x"}})),
            SCP,
            &["/Statement/Condition/StringEquals/RequestedRegion iam-condition-key-syntax \"RequestedRegion\" has no prefix: aws:… or the prefix of a service"],
        ),
    ]);
}

#[test]
fn the_values_of_conditions() {
    for (operator, value, expected) in [
        ("Bool", "yes", "true or false"),
        ("Null", "aws:key", "true or false"),
        ("NumericLessThan", "five", "a number"),
        ("NumericLessThan", "inf", "a number"),
        ("DateLessThan", "tomorrow", "a date, such as 2026-11-01T00:00:00Z"),
        ("IpAddress", "203.0.113.0/33", "an address or a range, such as 203.0.113.0/24"),
        ("IpAddress", "203.0.113", "an address or a range, such as 203.0.113.0/24"),
        ("NotIpAddress", "2001:db8::/129", "an address or a range, such as 203.0.113.0/24"),
        ("ArnLike", "role/admin", "an ARN"),
    ] {
        let line = format!("/Statement/Condition/{operator}/aws:key iam-condition-value {operator} does not compare {value:?}: {expected}");
        assert_eq!(found(&when(operator, "aws:key", json!(value)), SCP), [line]);
    }
    for (operator, value) in [("Bool", "TRUE"), ("Bool", "${aws:SecureTransport}"), ("NumericEquals", "-0.5"), ("IpAddress", "10.0.0.1"), ("ArnLike", "*"), ("ArnLike", "${Role}")] {
        assert_eq!(found(&when(operator, "aws:key", json!(value)), SCP), Vec::<String>::new(), "{operator} {value}");
    }
}

#[test]
fn wildcards_that_are_none() {
    let line = |operator: &str, value: &str, like: &str| {
        format!("/Statement/Condition/{operator}/aws:key/1 iam-wildcard-without-like {value:?} has a wildcard, which {operator} takes literally: {like} for a pattern")
    };
    for (operator, value, like) in [
        ("StringEquals", "arn:aws:iam::*:role/x", "StringLike"),
        ("StringNotEquals", "a?b", "StringNotLike"),
        ("StringEqualsIgnoreCase", "*", "StringLike"),
        ("StringNotEqualsIgnoreCase", "${aws:username}*", "StringNotLike"),
    ] {
        assert_eq!(found(&when(operator, "aws:key", json!(["x", value])), SCP), [line(operator, value, like)]);
    }
    for (operator, value) in [("StringEquals", "${*}"), ("StringLike", "*"), ("ArnEquals", "arn:aws:iam::*:role/x"), ("StringEquals", "a${?}b")] {
        assert_eq!(found(&when(operator, "aws:key", json!([value])), SCP), Vec::<String>::new(), "{operator} {value}");
    }
}

/// Who opens a function to everybody names the principal `*`, and it is this star that is compared.
#[test]
fn a_star_that_is_meant() {
    let case = |operator: &str, key: &str, value: &str| found(&scp(json!({"Action": "lambda:AddPermission", "Condition": {operator: {key: value}}})), SCP);
    for (operator, key) in [("StringEquals", "lambda:Principal"), ("StringNotEquals", "Lambda:principal"), ("StringEqualsIgnoreCase", "lambda:Principal")] {
        assert_eq!(case(operator, key, "*"), Vec::<String>::new(), "{operator} {key}");
    }
    for (key, value) in [("lambda:Principal", "*.amazonaws.com"), ("lambda:FunctionArn", "*")] {
        assert!(case("StringEquals", key, value)[0].contains("iam-wildcard-without-like"), "{key} {value}");
    }
}

#[test]
fn conditions_that_exclude_each_other() {
    let both = |one: Value, other: Value| {
        let mut condition = one.as_object().unwrap().clone();
        condition.extend(other.as_object().unwrap().clone());
        scp(json!({"Condition": condition}))
    };
    let absent = json!({"Null": {"aws:key": "true"}});
    let equals = json!({"StringEquals": {"aws:key": ["a", "b"]}});
    let line = |operator: &str, why: &str| format!("/Statement/Condition/{operator}/aws:key iam-contradicting-conditions aws:key {why}: conditions that can be true together");
    for (one, other, operator, why) in [
        (&absent, json!({"StringLike": {"aws:key": "*"}}), "StringLike", "cannot be absent and have a value"),
        (&absent, json!({"ForAnyValue:StringLike": {"aws:key": "a"}}), "ForAnyValue:StringLike", "cannot be absent and have a value"),
        (&json!({"Null": {"aws:key": "True"}}), json!({"StringLike": {"aws:key": "*"}}), "StringLike", "cannot be absent and have a value"),
        (&json!({"Null": {"aws:key": ["TRUE"]}}), json!({"StringLike": {"aws:key": "*"}}), "StringLike", "cannot be absent and have a value"),
        (&json!({"Null": {"aws:key": true}}), json!({"StringLike": {"aws:key": "*"}}), "StringLike", "cannot be absent and have a value"),
        (&equals, json!({"StringLike": {"aws:key": "c*"}}), "StringLike", "has to equal other values as well"),
    ] {
        assert_eq!(found(&both(one.clone(), other), SCP), [line(operator, why)]);
    }
    for (one, other) in [
        (&absent, json!({"StringNotEquals": {"aws:key": "a"}})),
        (&absent, json!({"StringEqualsIfExists": {"aws:key": "a"}})),
        (&absent, json!({"ForAllValues:StringEquals": {"aws:key": "a"}})),
        (&absent, json!({"StringEquals": {"aws:other": "a"}})),
        (&json!({"Null": {"aws:key": "false"}}), equals.clone()),
        (&json!({"Null": {"aws:key": ["true", "False"]}}), equals.clone()),
        (&json!({"Null": {"aws:key": []}}), equals.clone()),
        (&json!({"Null": {"aws:key": "${Absent}"}}), equals.clone()),
        (&equals, json!({"StringLike": {"aws:key": "b*"}})),
        (&equals, json!({"StringLike": {"aws:key": "${aws:username}"}})),
        (&equals, json!({"StringNotEquals": {"aws:key": "a"}})),
    ] {
        assert_eq!(found(&both(one.clone(), other.clone()), SCP), Vec::<String>::new(), "{one} {other}");
    }
}
