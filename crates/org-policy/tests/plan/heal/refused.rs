//! What is refused before a change set is made, or because nobody says yes.

use serde_json::json;
use test_world::fixtures::{guard_properties, with};
use test_world::world::{Fault, SCP};

use super::{assert_refused, carry_out, deployed, drifted, never, stack};
use crate::account::{Account, STACK, template};
use test_world::cloudformation::Stack;

#[test]
fn a_stack_that_takes_no_update_is_refused_with_what_helps() {
    for (status, says) in [
        (
            "UPDATE_IN_PROGRESS",
            "heal stack backup: it is in progress (UPDATE_IN_PROGRESS); try again when it has ended",
        ),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "it is in progress"),
        (
            "REVIEW_IN_PROGRESS",
            "it cannot be updated (REVIEW_IN_PROGRESS); it has never been deployed: deploy it",
        ),
        ("CREATE_FAILED", "deploy it again, or delete it"),
        ("ROLLBACK_COMPLETE", "delete the stack, then deploy it"),
        ("UPDATE_FAILED", "or roll it back (aws cloudformation rollback-stack)"),
        (
            "UPDATE_ROLLBACK_FAILED",
            "continue the rollback (aws cloudformation continue-update-rollback)",
        ),
        ("DELETE_FAILED", "delete it again"),
    ] {
        let account = drifted();
        account.cloudformation.change(|state| {
            state.stacks.get_mut(STACK).expect("the stack").status = status.to_owned();
        });
        account.world.reset_calls();
        let run = account.heal(&["backup", "--yes"], never);
        assert_refused(&account, &run, says);
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    }
    let account = deployed();
    account.world.reset_calls();
    let run = account.heal(&["nobody", "--yes"], never);
    assert_refused(
        &account,
        &run,
        "heal stack nobody: there is none of this name in this account and Region",
    );
}

/// UPDATE_ROLLBACK_COMPLETE is a good state: the template is the previous one.
#[test]
fn a_stack_that_was_rolled_back_is_healed() {
    let account = drifted();
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").status =
            "UPDATE_ROLLBACK_COMPLETE".to_owned();
    });
    let run = account.heal(&["backup", "--yes"], carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
}

#[test]
fn without_somebody_to_ask_nothing_is_applied() {
    let account = drifted();
    account.world.reset_calls();
    let run = account.heal(&["backup"], never);
    assert_refused(
        &account,
        &run,
        "standard input is no terminal, so nobody can be asked; nothing is applied: run it with --yes",
    );
    assert!(
        run.stdout.contains("attach policy \"guard\""),
        "the plan is shown all the same: {run:?}"
    );
}

/// Somebody deploys the stack while the plan is being read.
#[test]
fn the_status_is_looked_at_again_before_it_is_applied() {
    let account = drifted();
    account.cloudformation.change(|state| {
        let mut later = state.stacks.clone();
        later.get_mut(STACK).expect("the stack").status = "UPDATE_IN_PROGRESS".to_owned();
        // The name, the whole stack, and then before the execution.
        let now = state.stacks.clone();
        state.next_stacks = vec![later, now];
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "it is in progress (UPDATE_IN_PROGRESS)");
}

#[test]
fn a_stack_without_anything_of_ours_is_refused() {
    let account = Account::new();
    let topic = json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Parameters": {"Revision": {"Type": "String"}}});
    account.cloudformation.change(|state| {
        let stack = Stack {
            id: "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1".to_owned(),
            status: "UPDATE_COMPLETE".to_owned(),
            template: topic.to_string(),
            ..Stack::default()
        };
        state.stacks.insert(STACK.to_owned(), stack);
    });
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(
        &account,
        &run,
        "there is nothing to heal; name the stack that declares the policy",
    );
}

/// What the function would refuse is said before, and nothing is begun.
#[test]
fn an_update_that_would_fail_is_not_begun() {
    let account = deployed();
    let mut broken = template(&[(
        "Guard",
        with(
            &guard_properties(),
            json!({"Targets": ["/Nowhere"], "Revision": {"Ref": "Revision"}}),
        ),
    )]);
    broken["Parameters"] = json!({"Revision": {"Type": "String"}});
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").template = broken.to_string();
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(
        &account,
        &run,
        "the update would fail or cannot be planned, as the plan says above; mend that first",
    );
    assert!(run.stdout.contains("Nowhere"), "{run:?}");
}

/// A template that is too long to be sent is not healed by heal.
#[test]
fn a_long_template_with_language_extensions_is_refused() {
    let account = drifted();
    let mut original = stack();
    original["Transform"] = json!(["AWS::LanguageExtensions"]);
    original["Description"] = json!("x".repeat(51_200));
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").original = original.to_string();
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(
        &account,
        &run,
        "it is too long for that (51200); deploy it again with another Revision",
    );
}

/// Every call that is refused is named, leaves nothing behind, and the next try heals.
#[test]
fn after_each_call_that_fails_the_next_try_heals() {
    let reads = [
        "DescribeStacks",
        "GetTemplate",
        "ListStackResources",
        "DescribeChangeSet",
        "DescribeStackEvents",
    ];
    let writes = ["CreateChangeSet", "ExecuteChangeSet"];
    for operation in reads.into_iter().chain(writes) {
        let account = drifted();
        let refusal = (operation.to_owned(), "AccessDenied".to_owned());
        account.cloudformation.change(|state| state.refused = Some(refusal));
        account.world.reset_calls();
        let run = account.heal(&["backup", "--yes"], never);
        let says = format!("may call cloudformation:{operation}");
        assert_refused(&account, &run, &says);
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        account.cloudformation.change(|state| state.refused = None);
        let run = account.heal(&["backup", "--yes"], carry_out);
        assert_eq!(run.exit, 0, "{operation}: {run:?}");
    }
    for operation in ["DescribePolicy", "ListTargetsForPolicy", "ListTagsForResource"] {
        let account = drifted();
        account.world.reset_calls();
        account.world.fail_always(operation, Fault::Error("AccessDeniedException"));
        let run = account.heal(&["backup", "--yes"], never);
        assert_refused(&account, &run, "the update would fail or cannot be planned");
        account.world.clear_faults();
        assert_eq!(account.heal(&["backup", "--yes"], carry_out).exit, 0, "{operation}");
    }
}

/// What cannot be deleted is said, with the command that does it.
#[test]
fn a_change_set_that_stays_is_said() {
    let account = drifted();
    account.cloudformation.change(|state| {
        state.refused = Some(("DeleteChangeSet".to_owned(), "AccessDenied".to_owned()));
    });
    let run = account.heal(&["backup", "--dry-run"], never);
    assert!(run.stderr.contains("delete it: aws cloudformation delete-change-set --stack-name backup --change-set-name org-policy-heal-"), "{run:?}");
    // One that is still being made is tried again.
    let account = drifted();
    account.cloudformation.change(|state| state.change_sets.undeletable = 1);
    let run = account.heal(&["backup", "--dry-run"], never);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(account.cloudformation.change(|state| state.change_sets.deleted.len()), 1);
}

/// The update would fail at the first attachment, and so would its rollback.
#[test]
fn what_cannot_be_attached_is_said_before() {
    let account = drifted();
    account.world.change(|state| state.disable_type(SCP));
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    let says = "policy type SERVICE_CONTROL_POLICY is not enabled on the root, so nothing can be attached; enable it (aws organizations enable-policy-type), then run heal again";
    assert_refused(&account, &run, says);
    account.world.change(|state| state.enable_type(SCP));
    assert_eq!(account.heal(&["backup", "--yes"], carry_out).exit, 0);
}
