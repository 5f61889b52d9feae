//! What was computed, beside what AWS shows.

use policy_document::effective::{
    Assumptions, Comparison, Setting, Value, compare, explanation, of_account,
};
use serde_json::{Value as Json, json};

use crate::organizations::{BACKUP, Order, name, three_levels};

/// The differences as lines, and for each decision the policies that may have been the first.
#[track_caller]
fn case(policy_type: &str, root: &[&str], account: &[&str], shown: Json, expect: &[&str]) {
    let (organization, id) = three_levels(policy_type, Order::Unknown, [root, &[], account]);
    let effective = of_account(&organization, id, policy_type, Assumptions::default());
    let comparison = compare(&effective, &shown);
    let mut lines = differences(&comparison);
    for decided in &comparison.decided {
        let outcome = |index: &usize| {
            let first = &decided.decision.outcomes[*index].first;
            let names: Vec<&str> =
                first.iter().map(|policy| name(&organization, *policy)).collect();
            names.join(" ")
        };
        let outcomes: Vec<String> = decided.outcomes.iter().map(outcome).collect();
        lines.push(format!("first: {}", outcomes.join(" | ")));
    }
    assert_eq!(lines, expect, "{shown}");
    let differs = |line: &&&str| line.contains("shown") || line.ends_with("first: ");
    assert_eq!(comparison.agrees(), !expect.iter().any(|line| differs(&line)));
}

fn differences(comparison: &Comparison) -> Vec<String> {
    let computed = |setting: &Setting| -> Vec<Json> {
        setting.candidates.iter().map(|candidate| candidate.value.to_json()).collect()
    };
    let line = |difference: &policy_document::effective::Difference| {
        let computed = difference.computed.as_ref().map(computed).unwrap_or_default();
        let shown = difference.shown.as_ref().map(Value::to_json);
        let shown = shown.map_or("nothing".to_owned(), |value| value.to_string());
        format!("{}: computed {}, shown {shown}", difference.path.pointer(), json!(computed))
    };
    comparison.differences.iter().map(line).collect()
}

const ONE: &str =
    r#"{"plans": {"P": {"regions": {"@@assign": ["a", "b"]}, "days": {"@@assign": 35}}}}"#;

#[test]
fn what_says_the_same() {
    for shown in [
        json!({"plans": {"P": {"regions": ["b", "a"], "days": "35"}}}),
        json!({"plans": {"p": {"regions": ["a", "b"], "days": 35}}, "empty": {"more": {}}}),
    ] {
        case(BACKUP, &[ONE], &[], shown, &[]);
    }
    let yes = r#"{"a": {"@@assign": true}}"#;
    case("INSPECTOR_POLICY", &[yes], &[], json!({"a": "true"}), &[]);
    case(BACKUP, &[], &[], json!({}), &[]);
}

#[test]
fn what_differs() {
    case(
        BACKUP,
        &[ONE],
        &[],
        json!({"plans": {"P": {"regions": ["a"], "more": "x"}}}),
        &[
            r#"/plans/P/days: computed ["35"], shown nothing"#,
            r#"/plans/P/more: computed [], shown "x""#,
            r#"/plans/P/regions: computed [["a","b"]], shown ["a"]"#,
        ],
    );
    case(
        BACKUP,
        &[ONE],
        &[],
        json!({"plans": {"P": {"regions": "a", "days": {"more": 35}}}}),
        &[
            r#"/plans/P/days: computed ["35"], shown nothing"#,
            r#"/plans/P/days/more: computed [], shown 35"#,
            r#"/plans/P/regions: computed [["a","b"]], shown "a""#,
        ],
    );
}

#[test]
fn the_order_that_aws_shows() {
    let (one, other) = (
        r#"{"a": {"@@assign": 1}, "b": {"@@assign": 1}}"#,
        r#"{"a": {"@@assign": 2}, "b": {"@@assign": 2}}"#,
    );
    case(BACKUP, &[one, other], &[], json!({"a": "2", "b": "2"}), &["first: r2"]);
    // Each may be so, and both together cannot.
    case(BACKUP, &[one, other], &[], json!({"a": "2", "b": "1"}), &["first: "]);
    case(
        BACKUP,
        &[one, other],
        &[],
        json!({"a": "3", "b": "1"}),
        &[r#"/a: computed ["1","2"], shown "3""#, "first: "],
    );
    // Below, the account decides one of the two, so that nothing hangs on the order but the other.
    case(
        BACKUP,
        &[one, other],
        &[r#"{"a": {"@@assign": 4}}"#],
        json!({"a": 4, "b": 1}),
        &["first: r1"],
    );
}

#[test]
fn another_assumption_may_explain_it() {
    let lock = r#"{"plans": {"p": {"@@operators_allowed_for_child_policies": ["@@none"],
        "days": {"@@assign": 1}}}}"#;
    let change = r#"{"plans": {"p": {"days": {"@@assign": 2}}}}"#;
    let (organization, id) = three_levels(BACKUP, Order::Known, [&[lock], &[], &[change]]);
    let explained = |days: u32| {
        let shown = json!({"plans": {"p": {"days": days}}});
        explanation(&organization, id, BACKUP, Assumptions::default(), &shown)
            .map(|assumption| assumption.sentence())
    };
    assert_eq!(explained(1), Some("a lock on an object locks every value beneath it"));
    assert_eq!(explained(3), None);
}
