//! Changes by hand: each alone, in pairs, found and put back.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use test_world::world::PRODUCTION;

use super::{EDITS, Edit, found, physical_id, stack};
use crate::account::Account;

/// Makes these changes, looks, puts back, and looks again.
#[track_caller]
fn find_and_put_back(edits: &[(&str, &Edit)]) {
    let account = Account::new();
    account.deploy(&stack("1"));
    let before = account.world.change(|state| state.snapshot_of_any_event());
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let names: Vec<&str> = edits.iter().map(|(_, edit)| edit.name).collect();
    for (resource, edit) in edits {
        let id = physical_id(&account, resource);
        account.world.change(|state| (edit.make)(state, &id));
        let found = edit.found.iter().map(|text| (*text).to_owned());
        expected.entry((*resource).to_owned()).or_default().extend(found);
    }
    let run = account.drift(&[]);
    assert_eq!(found(&run), expected, "{names:?}");
    assert_eq!(run.exit, 2, "{names:?}");
    let sent = account.deploy(&stack("2"));
    assert!(sent.iter().all(|event| event.reason.is_empty()), "{names:?}: {sent:#?}");
    let after = account.drift(&[]);
    assert_eq!((found(&after), after.exit), (BTreeMap::new(), 0), "{names:?}: {}", after.stdout);
    assert_eq!(account.world.change(|state| state.snapshot_of_any_event()), before, "{names:?}");
}

/// A look waits for its turns most of the time, so several go on beside each other.
fn find_and_put_back_each(cases: &[Vec<(&str, &Edit)>]) {
    for some in cases.chunks(10) {
        thread::scope(|scope| {
            some.iter().for_each(|edits| drop(scope.spawn(|| find_and_put_back(edits))));
        });
    }
}

#[test]
fn nothing_has_drifted_after_a_deployment() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{}", run.stdout);
    assert_eq!(run.json()["summary"]["resources"], 2);
    assert_eq!(run.json()["summary"]["proven"], 2);
}

#[test]
fn each_edit_alone_is_found_and_put_back() {
    let alone = |edit| [vec![("Daily", edit)], vec![("Guard", edit)]];
    find_and_put_back_each(&EDITS.iter().flat_map(alone).collect::<Vec<_>>());
}

#[test]
fn edits_of_two_policies_are_found_and_put_back() {
    let pairs = EDITS.iter().zip(EDITS.iter().cycle().skip(1));
    let cases = pairs.map(|(one, other)| vec![("Daily", one), ("Guard", other)]);
    find_and_put_back_each(&cases.collect::<Vec<_>>());
}

#[test]
fn two_edits_of_one_policy_are_found_and_put_back() {
    let edits = &EDITS[..EDITS.len() - 1];
    let mut cases = Vec::new();
    for (number, one) in edits.iter().enumerate() {
        let later = edits[number + 1..].iter();
        cases.extend(later.map(|other| vec![("Guard", one), ("Guard", other)]));
    }
    find_and_put_back_each(&cases);
}

/// AWS may show what was before for a while.
#[test]
fn what_has_drifted_is_looked_at_twice() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let (world, guard) = (account.world.clone(), id.clone());
    let shown = thread::spawn(move || {
        thread::sleep(Duration::from_secs(5));
        world.change(|state| state.attach(&guard, PRODUCTION));
    });
    let run = account.run(&["drift", "--format", "json"]);
    shown.join().expect("it is shown");
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{}", run.stdout);
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let run = account.run(&["drift", "--format", "json"]);
    assert_eq!(run.exit, 2, "{}", run.stdout);
    assert!(found(&run)["Guard"].contains("detached /Production"));
}

#[test]
fn what_a_guard_has_lost_is_said() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| {
        let policy = state.policy(&id);
        policy.content = policy.content.replace("\"a:C\"", "\"a:D\"");
        state.detach(&id, PRODUCTION);
    });
    let run = account.run(&["drift", "--once"]);
    for line in [
        "Stack backup (CREATE_COMPLETE): 1 of 2 resources drifted",
        "! Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000002) of type SERVICE_CONTROL_POLICY",
        "- detached from /Production (ou-ab12-33333333): 1 account",
        "! it no longer holds at /Production (ou-ab12-33333333): 1 account",
        "! statement 0: Action \"a:C\" is no longer denied",
        "1 of 2 resources drifted",
        "Put back what has drifted: org-policy heal backup",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
}
