//! What hangs on the order of attachment, where it is not known.

use std::collections::BTreeSet;

use policy_document::effective::{Assumptions, Effective, of_account};
use serde_json::{Value as Json, json};

use crate::organizations::{Order, lines, name, three_levels};

const TYPE: &str = "INSPECTOR_POLICY";

#[track_caller]
fn case(root: &[&str], account: &[&str], expect: &[&str]) {
    let (organization, id) = three_levels(TYPE, Order::Unknown, [root, &[], account]);
    let effective = of_account(&organization, id, TYPE, Assumptions::default());
    assert_eq!(lines(&organization, &effective), expect);
}

/// The whole effective policies that may come out.
fn results(effective: &Effective) -> BTreeSet<String> {
    let (combinations, complete) = effective.combinations(1000);
    assert!(complete);
    combinations.iter().map(|one| effective.document_of(one).to_string()).collect()
}

#[track_caller]
fn results_of(root: &[&str], expect: &[Json]) {
    let (organization, id) = three_levels(TYPE, Order::Unknown, [root, &[], &[]]);
    let effective = of_account(&organization, id, TYPE, Assumptions::default());
    assert_eq!(results(&effective), expect.iter().map(Json::to_string).collect());
}

#[test]
fn two_values_of_one_setting() {
    case(
        &[r#"{"a": {"@@assign": 1}, "b": {"@@assign": 3}}"#, r#"{"a": {"@@assign": 2}}"#],
        &[],
        &["/a = 1 <- r1 if first r1 | 2 <- r2 if first r2", "/b = 3 <- r1"],
    );
}

#[test]
fn the_same_value_twice_is_decided_and_has_both_policies() {
    case(&[r#"{"a": {"@@assign": 1}}"#, r#"{"a": {"@@assign": 1}}"#], &[], &["/a = 1 <- r1 r2"]);
    case(
        &[r#"{"a": {"@@assign": ["x", "y"]}}"#, r#"{"a": {"@@assign": ["y", "x"]}}"#],
        &[],
        &["/a = [x <- r1 r2, y <- r1 r2]"],
    );
}

#[test]
fn appends_and_removes_do_not_hang_on_the_order() {
    case(
        &[r#"{"a": {"@@append": ["x"]}}"#, r#"{"a": {"@@append": ["y"], "@@remove": ["x"]}}"#],
        &[],
        &["/a = [y <- r2]"],
    );
}

#[test]
fn what_is_below_adds_to_each_value_or_decides() {
    let root = [r#"{"a": {"@@assign": ["x"]}}"#, r#"{"a": {"@@assign": ["y"]}}"#];
    case(
        &root,
        &[r#"{"a": {"@@append": ["z"]}}"#],
        &["/a = [x <- r1, z <- a1] if first r1 | [y <- r2, z <- a1] if first r2"],
    );
    case(&root, &[r#"{"a": {"@@remove": ["x", "y"]}}"#], &["/a = []"]);
    case(&root, &[r#"{"a": {"@@assign": ["z"]}}"#], &["/a = [z <- a1]"]);
}

#[test]
fn of_three_two_may_agree() {
    case(
        &[r#"{"a": {"@@assign": 1}}"#, r#"{"a": {"@@assign": 2}}"#, r#"{"a": {"@@assign": 1}}"#],
        &[],
        &["/a = 1 <- r1 r3 if first r1 or r3 | 2 <- r2 if first r2"],
    );
}

/// Settings of the same two policies go together; whichever was first sets both.
#[test]
fn settings_that_go_together() {
    results_of(
        &[
            r#"{"a": {"@@assign": 1}, "b": {"@@assign": 1}}"#,
            r#"{"a": {"@@assign": 2}, "b": {"@@assign": 2}}"#,
        ],
        &[json!({"a": 1, "b": 1}), json!({"a": 2, "b": 2})],
    );
}

#[test]
fn settings_that_do_not_go_together() {
    results_of(
        &[
            r#"{"a": {"@@assign": 1}}"#,
            r#"{"a": {"@@assign": 2}}"#,
            r#"{"b": {"@@assign": 1}}"#,
            r#"{"b": {"@@assign": 2}}"#,
        ],
        &[
            json!({"a": 1, "b": 1}),
            json!({"a": 1, "b": 2}),
            json!({"a": 2, "b": 1}),
            json!({"a": 2, "b": 2}),
        ],
    );
}

/// Three policies, each pair with a setting of its own: no order gives each the first place once.
#[test]
fn settings_in_a_ring() {
    results_of(
        &[
            r#"{"a": {"@@assign": 1}, "c": {"@@assign": 1}}"#,
            r#"{"a": {"@@assign": 2}, "b": {"@@assign": 2}}"#,
            r#"{"b": {"@@assign": 3}, "c": {"@@assign": 3}}"#,
        ],
        &[
            json!({"a": 1, "b": 2, "c": 1}),
            json!({"a": 1, "b": 3, "c": 1}),
            json!({"a": 1, "b": 3, "c": 3}),
            json!({"a": 2, "b": 2, "c": 1}),
            json!({"a": 2, "b": 2, "c": 3}),
            json!({"a": 2, "b": 3, "c": 3}),
        ],
    );
}

#[test]
fn each_decision_names_its_place_its_policies_and_an_order() {
    let (organization, id) = three_levels(
        TYPE,
        Order::Unknown,
        [
            &[
                r#"{"a": {"@@assign": 1}}"#,
                r#"{"a": {"@@assign": 2}}"#,
                r#"{"b": {"@@assign": 3}}"#,
            ],
            &[],
            &[r#"{"c": {"@@assign": 1}}"#, r#"{"c": {"@@assign": 2}}"#],
        ],
    );
    let effective = of_account(&organization, id, TYPE, Assumptions::default());
    let decisions: Vec<String> = effective
        .decisions()
        .iter()
        .map(|decision| {
            let place = &organization.place(decision.place).unwrap().name;
            let paths: Vec<String> = decision
                .settings
                .iter()
                .map(|setting| effective.settings[*setting].path.pointer())
                .collect();
            let first: Vec<&str> = decision
                .outcomes
                .iter()
                .flat_map(|outcome| &outcome.first)
                .map(|policy| name(&organization, *policy))
                .collect();
            format!("{place}: {} hangs on {}", paths.join(" "), first.join(" or "))
        })
        .collect();
    assert_eq!(decisions, ["root: /a hangs on r1 or r2", "account: /c hangs on a1 or a2"]);
}

/// A policy that was attached later for certain cannot win against one that was attached earlier,
/// even if nothing else is known.
#[test]
fn a_policy_that_is_attached_now_is_the_last() {
    let (mut organization, id) = three_levels(
        TYPE,
        Order::Unknown,
        [&[r#"{"a": {"@@assign": 1}}"#, r#"{"a": {"@@assign": 2}}"#], &[], &[]],
    );
    let root = organization.root();
    let new = crate::organizations::add(
        &mut organization,
        "new",
        TYPE,
        r#"{"a": {"@@assign": 3}, "b": {"@@assign": 3}}"#,
    );
    organization.attach(root, &[new]);
    let effective = of_account(&organization, id, TYPE, Assumptions::default());
    assert_eq!(
        lines(&organization, &effective),
        ["/a = 1 <- r1 if first r1 | 2 <- r2 if first r2", "/b = 3 <- new"]
    );
    assert_eq!(effective.ignored.len(), 1);
}

/// Ten policies, as many as AWS lets be attached to one place, that contend in many ways.
#[test]
fn many_contenders_are_bounded() {
    let documents: Vec<String> = (0..10)
        .map(|policy| {
            let settings: Vec<String> = (0..10)
                .filter(|other| *other != policy)
                .map(|other| {
                    let key = format!("k{}{}", policy.min(other), policy.max(other));
                    format!(r#""{key}": {{"@@assign": {policy}}}"#)
                })
                .collect();
            format!("{{{}}}", settings.join(", "))
        })
        .collect();
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let (organization, id) = three_levels(TYPE, Order::Unknown, [&documents, &[], &[]]);
    let effective = of_account(&organization, id, TYPE, Assumptions::default());
    let started = std::time::Instant::now();
    let decisions = effective.decisions();
    assert!(started.elapsed().as_secs() < 5);
    assert_eq!((decisions.len(), decisions[0].complete), (1, false));
    let (combinations, complete) = effective.combinations(64);
    assert_eq!((combinations.len(), complete), (64, false));
}
