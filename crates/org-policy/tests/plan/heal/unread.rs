//! Outputs that nobody reads, signals, and two healings at once: no change set is left behind, and none is executed unseen.

use std::io::pipe;
use std::process::Stdio;

use super::drifted;
use crate::account::{Account, Run};

/// An output whose reader is gone.
fn closed() -> Stdio {
    let (_, write) = pipe().expect("a pipe");
    write.into()
}

#[track_caller]
fn assert_nothing_left(account: &Account, run: &Run) {
    account.cloudformation.change(|state| {
        assert_eq!(state.change_sets.made.len(), 1, "{run:?}");
        assert_eq!(state.change_sets.deleted.len(), 1, "{run:?}");
        assert!(state.change_sets.executed.is_empty(), "{run:?}");
    });
}

#[test]
fn a_plan_that_nobody_reads_is_not_applied() {
    let account = drifted();
    let run = account.heal_into(&["backup", "--yes"], closed(), Stdio::piped());
    assert_eq!(run.exit, 1, "{run:?}");
    assert!(run.stderr.contains("nobody could read the plan; nothing is applied"), "{run:?}");
    assert_nothing_left(&account, &run);
}

#[test]
fn where_nobody_reads_the_errors_the_change_set_is_deleted() {
    for (mode, exit) in [(&["backup"][..], 1), (&["backup", "--dry-run"], 0)] {
        let account = drifted();
        let run = account.heal_into(mode, Stdio::piped(), closed());
        assert_eq!(run.exit, exit, "{run:?}");
        assert_nothing_left(&account, &run);
    }
}

/// The name is the token of the calls as well.
#[test]
fn each_healing_has_a_name_of_its_own() {
    let account = drifted();
    account.heal(&["backup", "--dry-run"], super::never);
    let made = account.cloudformation.change(|state| state.change_sets.made[0].clone());
    let parts: Vec<&str> = made["ChangeSetName"].split('-').collect();
    assert_eq!(parts.len(), 6, "{made:?}");
}

#[test]
fn what_turns_the_text_is_not_written_to_a_terminal() {
    let account = drifted();
    let run = account.heal(&["a\u{202e}b\u{2066}c\u{200f}", "--dry-run"], super::never);
    assert!(run.stderr.contains("a\u{fffd}b\u{fffd}c\u{fffd}"), "{run:?}");
}
