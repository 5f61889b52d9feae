//! What words without quotes are to CloudFormation.

use policy_document::tree::{Value, yaml};
use serde_json::json;

fn value(written: &str) -> Value {
    let text = format!("- {written}\n");
    let read = yaml::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    read.items()[0].value.clone()
}

#[test]
fn null_and_booleans() {
    for written in ["", "~", "null", "Null", "NULL"] {
        assert_eq!(value(written), Value::Null, "{written}");
    }
    for written in ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"] {
        assert_eq!(value(written), Value::Bool(true), "{written}");
    }
    for written in ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"] {
        assert_eq!(value(written), Value::Bool(false), "{written}");
    }
}

#[test]
fn numbers() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("+5", "5"),
        ("-17", "-17"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1_000", "1000"),
        ("0b101", "5"),
        ("0x1F", "31"),
        ("-0x1f", "-31"),
        ("0644", "420"),
        ("010", "8"),
        ("00", "0"),
        // An account's id is an octal number if it can be one; if not, it loses its zero all the same.
        ("012345670123", "1402433619"),
        ("012345678901", "12345678901"),
        ("1:30", "90"),
        ("12:30:45", "45045"),
        ("-1:30", "-90"),
        ("1:30.5", "90.5"),
        ("1.5", "1.5"),
        ("1.10", "1.10"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("-0.5", "-0.5"),
        ("09.5", "9.5"),
        ("1_0.2_5", "10.25"),
        ("1.5e+3", "1.5e+3"),
        ("1.e-3", "1.0e-3"),
        ("1.5E-3", "1.5E-3"),
    ];
    for (written, expected) in cases {
        assert_eq!(value(written), Value::Number(expected.to_owned()), "{written}");
        expected
            .parse::<serde_json::Number>()
            .unwrap_or_else(|error| panic!("{expected}: {error}"));
    }
}

#[test]
fn texts() {
    let texts = [
        "y",
        "n",
        "Y",
        "N",
        "yES",
        "nULL",
        "tRUE",
        "2012-10-17",
        "2010-09-09",
        "2001-12-14t21:59:43.10-05:00",
        "1e3",
        "1.5e3",
        "-.5",
        "+.5",
        "0o17",
        "0b",
        "0b2",
        "0x",
        "0xg",
        "1:60",
        "01:30",
        "1:30.5e+1",
        "_1",
        "1.2.3",
        "1.2-3",
        "0.5.",
        ".",
        "+",
        "..",
        "=",
        "1 2",
        "1,2",
        "--1",
        "+-1",
        "1e+",
        "1.e",
        "e+1",
        "1_a",
        "٣",
        "1٣",
        "-0x-1",
        "0b-1",
        ".e+1",
        "._5",
        "1:2:3.4.5",
        "1:-2",
        "1:+2",
        "1_:30x",
    ];
    for written in texts {
        assert_eq!(value(written), Value::String(written.to_owned()), "{written}");
    }
}

#[test]
fn quotes_make_texts() {
    for written in ["yes", "1", "null", "~", "", "<<", "2012-10-17"] {
        for quoted in [format!("'{written}'"), format!("\"{written}\""), format!("|-\n  {written}")]
        {
            assert_eq!(value(&quoted), Value::String(written.to_owned()), "{quoted}");
        }
    }
}

#[test]
fn what_json_does_not_have_only_a_deployment_can_tell() {
    for written in [".inf", "-.INF", "+.Inf", ".nan", ".NaN"] {
        assert_eq!(
            value(written),
            Value::Unknown(format!("what CloudFormation makes of {written}"))
        );
    }
}

#[test]
fn yamls_own_tags() {
    let cases = [
        ("!!str 1", json!("1")),
        ("!!str", json!("")),
        ("! 1", json!("1")),
        ("!<tag:yaml.org,2002:str> on", json!("on")),
        ("!!int '7'", json!(7)),
        ("!!int 0x1f", json!(31)),
        ("!!float 1.5", json!(1.5)),
        ("!!float 3", json!(3)),
        ("!!bool 'no'", json!(false)),
        ("!!null ''", json!(null)),
        ("!!seq [1]", json!([1])),
        ("!!map {a: 1}", json!({"a": 1})),
        ("! [1]", json!([1])),
    ];
    for (written, expected) in cases {
        let read =
            yaml::parse(&format!("- {written}\n")).unwrap_or_else(|e| panic!("{written}: {e}"));
        assert_eq!(read.to_json(), Some(json!([expected])), "{written}");
    }
    let refused = [
        "!!int x",
        "!!int 1.5",
        "!!bool 1",
        "!!null 0",
        "!!float x",
        "!!seq x",
        "!!map x",
        "!!str [1]",
        "!!seq {a: 1}",
        "!!map [1]",
        "!!binary aGk=",
        "!!timestamp 2001-01-01",
        "!!omap [a: 1]",
        "!!pairs [a: 1]",
        "!!set {a}",
        "!!x y",
        "!<x> y",
    ];
    for written in refused {
        let error = yaml::parse(&format!("- {written}\n")).expect_err(written);
        assert!(error.message.contains("tag"), "{error}");
    }
}
