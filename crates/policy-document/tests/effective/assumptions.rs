//! Where AWS may behave in two ways.

use policy_document::effective::{
    Assumption, Assumptions, ContainerControls, Names, differing, of_account,
};

use crate::organizations::{BACKUP, Order, lines, three_levels};

/// What comes of the same policies under each assumption about controls on containers: that they
/// keep out new keys, that they lock everything beneath, that they do nothing.
#[track_caller]
fn controls(parent: &str, child: &str, expect: [&[&str]; 3]) {
    let (organization, account) = three_levels(BACKUP, Order::Known, [&[parent], &[], &[child]]);
    let all =
        [ContainerControls::AddedKeys, ContainerControls::Everything, ContainerControls::Nothing];
    for (container_controls, expect) in all.into_iter().zip(expect) {
        let assumptions = Assumptions { container_controls, ..Assumptions::default() };
        let effective = of_account(&organization, account, BACKUP, assumptions);
        assert_eq!(lines(&organization, &effective), expect, "{container_controls:?}");
    }
}

#[test]
fn a_lock_on_a_container() {
    let lock = r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@none"],
        "p": {"regions": {"@@assign": ["eu-west-1"]}}}}"#;
    let another = r#"{"plans": {"q": {"regions": {"@@assign": ["eu-north-1"]}}}}"#;
    let (p, q) = ("/plans/p/regions = [eu-west-1 <- r1]", "/plans/q/regions = [eu-north-1 <- a1]");
    controls(lock, another, [&[p], &[p], &[p, q]]);
    let change = r#"{"plans": {"p": {"regions": {"@@assign": ["eu-north-1"]}}}}"#;
    let changed = "/plans/p/regions = [eu-north-1 <- a1]";
    controls(lock, change, [&[changed], &[p], &[changed]]);
}

#[test]
fn append_or_assign_on_a_container_lets_keys_be_added() {
    for (allowed, added) in [("@@append", true), ("@@assign", true), ("@@remove", false)] {
        let parent = format!(
            r#"{{"plans": {{"@@operators_allowed_for_child_policies": ["{allowed}"],
            "p": {{"regions": {{"@@assign": ["eu-west-1"]}}}}}}}}"#
        );
        let another = r#"{"plans": {"q": {"regions": {"@@assign": ["eu-north-1"]}}}}"#;
        let (p, q) =
            ("/plans/p/regions = [eu-west-1 <- r1]", "/plans/q/regions = [eu-north-1 <- a1]");
        let both: &[&str] = if added { &[p, q] } else { &[p] };
        controls(&parent, another, [both, both, &[p, q]]);
    }
}

#[test]
fn names_that_differ_in_case() {
    let (organization, account) = three_levels(
        BACKUP,
        Order::Known,
        [
            &[r#"{"plans": {"Daily": {"regions": {"@@assign": ["eu-west-1"]}}}}"#],
            &[],
            &[r#"{"plans": {"daily": {"regions": {"@@append": ["eu-north-1"]}}}}"#],
        ],
    );
    let of = |names| {
        let assumptions = Assumptions { names, ..Assumptions::default() };
        lines(&organization, &of_account(&organization, account, BACKUP, assumptions))
    };
    assert_eq!(of(Names::Folded), ["/plans/Daily/regions = [eu-west-1 <- r1, eu-north-1 <- a1]"]);
    assert_eq!(
        of(Names::Exact),
        ["/plans/Daily/regions = [eu-west-1 <- r1]", "/plans/daily/regions = [eu-north-1 <- a1]"]
    );
}

/// What one policy writes under two such names is taken together; of two values the first counts.
#[test]
fn names_that_differ_in_case_in_one_policy() {
    let root = r#"{"plans": {"Daily": {"a": {"@@assign": 1}, "b": {"@@assign": 1}},
        "daily": {"b": {"@@assign": 2}, "c": {"@@assign": 3, "@@operators_allowed_for_child_policies": ["@@none"]}}}}"#;
    let account = r#"{"plans": {"DAILY": {"c": {"@@assign": 4}}}}"#;
    let (organization, account) = three_levels(BACKUP, Order::Known, [&[root], &[], &[account]]);
    let effective = of_account(&organization, account, BACKUP, Assumptions::default());
    assert_eq!(
        lines(&organization, &effective),
        ["/plans/Daily/a = 1 <- r1", "/plans/Daily/b = 1 <- r1", "/plans/Daily/c = 3 <- r1"]
    );
}

/// Both results are reported, and only where they differ.
#[test]
fn what_another_assumption_would_change() {
    let of = |levels: [&[&str]; 3]| {
        let (organization, account) = three_levels(BACKUP, Order::Known, levels);
        let assumptions = Assumptions::default();
        let effective = of_account(&organization, account, BACKUP, assumptions);
        let differing = differing(&organization, account, BACKUP, assumptions, &effective);
        let named = differing.into_iter().map(|differing| {
            let paths = differing.changes.iter().map(|change| change.path.pointer());
            (differing.assumption, paths.collect::<Vec<_>>())
        });
        named.collect::<Vec<_>>()
    };
    let value = r#"{"plans": {"p": {"a": {"@@assign": 1}}}}"#;
    assert_eq!(of([&[value], &[], &[value]]), []);
    let lock = r#"{"plans": {"@@operators_allowed_for_child_policies": ["@@none"], "p": {"a": {"@@assign": 1}}}}"#;
    assert_eq!(
        of([
            &[lock],
            &[],
            &[r#"{"plans": {"P": {"a": {"@@assign": 2}}, "q": {"a": {"@@assign": 1}}}}"#]
        ]),
        [
            (
                Assumption::ContainerControls(ContainerControls::Everything),
                vec!["/plans/p/a".to_owned()]
            ),
            (
                Assumption::ContainerControls(ContainerControls::Nothing),
                vec!["/plans/q/a".to_owned()]
            ),
            (Assumption::Names(Names::Exact), vec!["/plans/p/a".to_owned()]),
        ]
    );
}
