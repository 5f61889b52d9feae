//! `org-policy heal`: the deployed template applied again, and everything that keeps it from being applied.

mod changes;
mod failures;
mod healed;
mod nested;
mod permissions;
mod references;
mod refused;
mod revision;
mod unread;

use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::PRODUCTION;

use crate::account::{Account, Run, STACK, template};
use crate::drift::physical_id;
use test_world::cloudformation::change_sets::revised;

/// A backup policy and a guard, which `Revision` reaches.
pub fn stack() -> Value {
    let own = json!({"Revision": {"Ref": "Revision"}, "Tags": [{"Key": "team", "Value": "a"}]});
    let mut template = template(&[
        ("Daily", with(&policy_properties(), own.clone())),
        ("Guard", with(&guard_properties(), own)),
    ]);
    template["Parameters"] = json!({
        "Revision": {"Type": "String", "Default": ""},
        "Other": {"Type": "String", "NoEcho": true},
    });
    template
}

/// The stack, deployed, and a change set that reaches both resources.
pub fn deployed() -> Account {
    let account = Account::new();
    account.deploy_with(&stack(), &[("Other", "****"), ("Revision", "")]);
    account.cloudformation.change(|state| {
        state.change_sets.show(&[revised("Daily"), revised("Guard")]);
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        stack.events = vec![event("backup", "CREATE_COMPLETE", "", 1)];
    });
    account
}

/// The same, and the guard is detached by hand.
pub fn drifted() -> Account {
    let account = deployed();
    let guard = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&guard, PRODUCTION));
    account
}

/// What CloudFormation does with the change set.
pub fn carry_out(account: &Account, revision: &str) {
    account.deploy_with(&stack(), &[("Other", "****"), ("Revision", revision)]);
    end(account, "UPDATE_COMPLETE", &[]);
}

/// The update ends like this, with these events.
pub fn end(account: &Account, status: &str, events: &[Value]) {
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        stack.status = status.to_owned();
        stack.events.extend(events.iter().cloned());
    });
}

/// A page of the docs.
pub fn page(name: &str) -> String {
    let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("the page")
}

/// CloudFormation is not to be told to do anything.
pub fn never(_: &Account, _: &str) {
    panic!("the change set was executed");
}

pub fn event(logical_id: &str, status: &str, reason: &str, number: usize) -> Value {
    json!({
        "StackId": "s", "StackName": "backup", "EventId": format!("event-{number}"),
        "Timestamp": "2026-11-28T10:00:00Z",
        "LogicalResourceId": logical_id, "ResourceType": "Custom::OrgPolicy",
        "ResourceStatus": status, "ResourceStatusReason": reason,
    })
}

/// Nothing was executed, nothing is left behind, and no policy was touched: `heal` says this, in one line.
#[track_caller]
pub fn assert_refused(account: &Account, run: &Run, says: &str) {
    assert_eq!(run.exit, 1, "{run:?}");
    assert!(run.stderr.contains(says), "{says}\n{run:?}");
    assert!(run.stderr.starts_with("error: "), "{run:?}");
    account.cloudformation.change(|state| {
        assert!(state.change_sets.executed.is_empty());
        let (made, deleted) = (&state.change_sets.made, &state.change_sets.deleted);
        let names: Vec<&String> = made.iter().map(|form| &form["ChangeSetName"]).collect();
        let deleted: Vec<&String> = deleted.iter().collect();
        assert!(names == deleted, "{names:?} {deleted:?}");
    });
    let writes = ["Create", "Update", "Attach", "Detach", "Delete", "Tag", "Untag"];
    let mut calls = account.world.calls();
    calls.retain(|call| !call.ends_with("ChangeSet"));
    assert!(
        !calls.iter().any(|call| writes.iter().any(|verb| call.starts_with(verb))),
        "{calls:?}"
    );
}

/// `heal` of the drifted stack, whose change set has these changes.
#[track_caller]
pub fn refused_for(changes: &[Value], says: &str) {
    let account = drifted();
    account.cloudformation.change(|state| state.change_sets.show(changes));
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, says);
    assert!(run.stderr.contains("more than Revision"), "{run:?}");
    assert_eq!(run.stdout, "", "nothing is shown that is not applied");
}
