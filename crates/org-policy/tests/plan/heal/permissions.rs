//! The actions of docs/HEALING.md are those that are called.

use std::collections::BTreeSet;

use super::{carry_out, drifted, never, page};

#[test]
fn the_page_lists_the_actions_that_are_called() {
    let page = page("HEALING.md") + &page("PLAN.md");
    let listed: BTreeSet<&str> =
        page.lines().filter_map(|line| line.trim().strip_prefix("- cloudformation:")).collect();
    let mut called = BTreeSet::new();
    for arguments in [["backup", "--yes"], ["backup", "--dry-run"]] {
        let account = drifted();
        let run = match arguments[1] {
            "--yes" => account.heal(&arguments, carry_out),
            _ => account.heal(&arguments, never),
        };
        assert_eq!(run.exit, 0, "{run:?}");
        called.extend(account.cloudformation.change(|state| state.calls.clone()));
    }
    let called: BTreeSet<&str> = called.iter().map(String::as_str).collect();
    assert_eq!(called.difference(&listed).count(), 0, "{called:?} {listed:?}");
    let of_heal = page.split("`heal` takes what").nth(1).expect("the section");
    let of_heal: BTreeSet<&str> = of_heal
        .lines()
        .take_while(|line| !line.starts_with('#'))
        .filter_map(|line| line.trim().strip_prefix("- cloudformation:"))
        .collect();
    assert_eq!(of_heal.len(), 5, "{of_heal:?}");
    assert!(of_heal.is_subset(&called), "{of_heal:?} {called:?}");
}
