//! The rules of the merge, one by one.

use policy_document::effective::{Assumptions, Reason, of_account};

use crate::organizations::{Order, lines, name, names, three_levels};

/// A policy type of which nothing particular is known.
const TYPE: &str = "INSPECTOR_POLICY";

/// The policies of root, OU and account, in the order of their attachment, and what comes of it.
#[track_caller]
fn case(levels: [&[&str]; 3], expect: &[&str]) {
    let (organization, account) = three_levels(TYPE, Order::Known, levels);
    let effective = of_account(&organization, account, TYPE, Assumptions::default());
    assert_eq!(lines(&organization, &effective), expect);
}

#[test]
fn nothing_comes_of_nothing() {
    case([&[], &[], &[]], &[]);
    case([&["{}"], &[r#"{"a": {}}"#], &[r#"{"a": {"b": {}}}"#]], &[]);
}

#[test]
fn what_is_assigned_passes_down_with_its_policy() {
    case([&[r#"{"a": {"@@assign": 1}}"#], &[], &[]], &["/a = 1 <- r1"]);
    case([&[], &[r#"{"a": {"b": {"@@assign": ["x"]}}}"#], &[]], &["/a/b = [x <- o1]"]);
}

#[test]
fn assign_replaces_what_is_inherited() {
    case(
        [
            &[r#"{"a": {"@@assign": 1}}"#],
            &[r#"{"a": {"@@assign": 2}}"#],
            &[r#"{"a": {"@@assign": 3}}"#],
        ],
        &["/a = 3 <- a1"],
    );
    case(
        [&[r#"{"a": {"@@assign": ["x", "y"]}}"#], &[], &[r#"{"a": {"@@assign": ["z"]}}"#]],
        &["/a = [z <- a1]"],
    );
}

#[test]
fn of_several_at_one_place_the_first_attached_assigns() {
    case(
        [
            &[r#"{"a": {"@@assign": 1}}"#, r#"{"a": {"@@assign": 2}, "b": {"@@assign": 3}}"#],
            &[],
            &[],
        ],
        &["/a = 1 <- r1", "/b = 3 <- r2"],
    );
}

#[test]
fn append_adds_to_what_is_inherited_and_to_nothing() {
    case(
        [&[r#"{"a": {"@@assign": ["x"]}}"#], &[r#"{"a": {"@@append": ["y", "x"]}}"#], &[]],
        &["/a = [x <- r1 o1, y <- o1]"],
    );
    case([&[], &[], &[r#"{"a": {"@@append": ["y"]}}"#]], &["/a = [y <- a1]"]);
    case([&[], &[], &[r#"{"a": {"@@append": "y"}}"#]], &["/a = [y <- a1]"]);
}

#[test]
fn remove_takes_away_what_is_there() {
    case(
        [&[r#"{"a": {"@@assign": ["x", "y"]}}"#], &[], &[r#"{"a": {"@@remove": ["x", "z"]}}"#]],
        &["/a = [y <- r1]"],
    );
    case([&[], &[], &[r#"{"a": {"@@remove": ["x"]}}"#]], &[]);
}

#[test]
fn an_emptied_list_stays() {
    case(
        [&[r#"{"a": {"@@assign": ["x"]}}"#], &[], &[r#"{"a": {"@@remove": ["x"]}}"#]],
        &["/a = []"],
    );
    case([&[r#"{"a": {"@@assign": []}}"#], &[], &[]], &["/a = []"]);
}

#[test]
fn at_one_place_every_append_follows_the_assign_and_every_remove_both() {
    let (assign, append, remove) = (
        r#"{"a": {"@@assign": ["x", "y"]}}"#,
        r#"{"a": {"@@append": ["z"]}}"#,
        r#"{"a": {"@@remove": ["x", "z"]}}"#,
    );
    for level in [[assign, append, remove], [remove, append, assign], [append, remove, assign]] {
        let (organization, account) = three_levels(TYPE, Order::Known, [&level, &[], &[]]);
        let effective = of_account(&organization, account, TYPE, Assumptions::default());
        assert_eq!(effective.document().to_string(), r#"{"a":["y"]}"#);
    }
    let all = r#"{"a": {"@@remove": ["x"], "@@append": ["z"], "@@assign": ["x"]}}"#;
    case([&[r#"{"a": {"@@assign": ["w"]}}"#], &[all], &[]], &["/a = [z <- o1]"]);
}

#[test]
fn a_control_allows_policies_below_what_it_names() {
    let parent = |allowed: &str| {
        format!(
            r#"{{"a": {{"@@assign": ["x", "y"], "@@operators_allowed_for_child_policies": {allowed}}}}}"#
        )
    };
    let child = r#"{"a": {"@@assign": ["w"], "@@append": ["z"], "@@remove": ["x"]}}"#;
    for (allowed, expect) in [
        (r#"["@@all"]"#, "/a = [w <- o1, z <- o1]"),
        (r#"["@@none"]"#, "/a = [x <- r1, y <- r1]"),
        (r#"["@@assign"]"#, "/a = [w <- o1]"),
        (r#"["@@append"]"#, "/a = [x <- r1, y <- r1, z <- o1]"),
        (r#"["@@remove"]"#, "/a = [y <- r1]"),
        (r#"["@@append", "@@remove"]"#, "/a = [y <- r1, z <- o1]"),
        (r#""@@none""#, "/a = [x <- r1, y <- r1]"),
    ] {
        case([&[&parent(allowed)], &[child], &[]], &[expect]);
    }
}

#[test]
fn a_control_can_come_before_any_value() {
    case(
        [
            &[r#"{"a": {"@@operators_allowed_for_child_policies": ["@@append"]}}"#],
            &[r#"{"a": {"@@assign": ["x"], "@@append": ["y"]}}"#],
            &[],
        ],
        &["/a = [y <- o1]"],
    );
}

#[test]
fn a_control_binds_all_places_below_and_nobody_loosens_it() {
    let lock = r#"{"a": {"@@assign": 1, "@@operators_allowed_for_child_policies": ["@@none"]}}"#;
    let loosen = r#"{"a": {"@@assign": 2, "@@operators_allowed_for_child_policies": ["@@all"]}}"#;
    case([&[lock], &[loosen], &[r#"{"a": {"@@assign": 3}}"#]], &["/a = 1 <- r1"]);
    case([&[], &[loosen], &[lock]], &["/a = 1 <- a1"]);
}

#[test]
fn controls_of_one_place_intersect_and_do_not_bind_that_place() {
    let one = r#"{"a": {"@@assign": ["x"], "@@operators_allowed_for_child_policies": ["@@append", "@@assign"]}}"#;
    let other = r#"{"a": {"@@append": ["y"], "@@operators_allowed_for_child_policies": ["@@append", "@@remove"]}}"#;
    let child = r#"{"a": {"@@assign": ["w"], "@@append": ["z"], "@@remove": ["x"]}}"#;
    case([&[one, other], &[child], &[]], &["/a = [x <- r1, y <- r2, z <- o1]"]);
}

#[test]
fn what_has_another_form_does_not_change_what_is_there() {
    case(
        [&[r#"{"a": {"@@assign": 1}}"#], &[r#"{"a": {"b": {"@@assign": 2}}}"#], &[]],
        &["/a = 1 <- r1"],
    );
    case(
        [&[r#"{"a": {"b": {"@@assign": 2}}}"#], &[r#"{"a": {"@@assign": 1}}"#], &[]],
        &["/a/b = 2 <- r1"],
    );
    case(
        [&[r#"{"a": {"@@assign": 1}}"#], &[r#"{"a": {"@@append": [2]}}"#], &[]],
        &["/a = 1 <- r1"],
    );
}

#[test]
fn what_no_operator_says_sets_nothing() {
    case([&[r#"{"a": 1, "b": ["x"], "@@unknown": 2, "@@assign": null}"#], &[], &[]], &[]);
}

/// The second member of a pair is the policy, the third why it says something without effect.
#[test]
fn what_has_no_effect_is_named() {
    let lock = r#"{"a": {"@@assign": 1, "@@operators_allowed_for_child_policies": ["@@none"]},
        "k": {"b": {"@@assign": 1}, "@@operators_allowed_for_child_policies": ["@@remove"]}}"#;
    let (organization, account) = three_levels(
        TYPE,
        Order::Known,
        [
            &[lock, r#"{"a": {"@@assign": 2}}"#],
            &[r#"{"a": {"@@append": [3]}, "k": {"c": {"@@assign": 3}, "b": {"@@assign": 4}}}"#],
            &[r#"{"a": {"b": {"@@assign": 4}}, "k": {"@@assign": 1}}"#],
        ],
    );
    let effective = of_account(&organization, account, TYPE, Assumptions::default());
    let ignored: Vec<String> = effective
        .ignored
        .iter()
        .map(|ignored| {
            let why = match &ignored.reason {
                Reason::NotAllowed(by) => format!("not allowed by {}", names(&organization, by)),
                Reason::AttachedLater(than) => {
                    let than: Vec<&str> =
                        than.iter().map(|policy| name(&organization, *policy)).collect();
                    format!("attached later than {}", than.join(" "))
                }
                Reason::OtherForm => "of another form".to_owned(),
                Reason::Unknown(why) => why.clone(),
            };
            let policy = name(&organization, ignored.source.policy);
            format!("{policy} {}: {why}", ignored.source.pointer)
        })
        .collect();
    assert_eq!(
        ignored,
        [
            "r2 /a/@@assign: attached later than r1",
            "o1 /a/@@append: not allowed by r1",
            "o1 /k/c: not allowed by r1",
            "a1 /a/b: of another form",
            "a1 /k/@@assign: of another form",
        ]
    );
}
