//! CloudFormation that does not take the change set, or does not end it well: its words, and what helps.

use super::{assert_refused, carry_out, drifted, end, event, never};
use crate::account::{Account, Run};
use test_world::cloudformation::change_sets::{ROOT, failed};

/// Each class of refusal has a message of its own.
#[test]
fn a_change_set_that_is_not_made_says_why() {
    for (code, words, says) in [
        (
            "AlreadyExistsException",
            "ChangeSet org-policy-heal-1 already exists",
            "is there already: run heal again, or delete it (aws cloudformation delete-change-set)",
        ),
        (
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
            "so it is not what was deployed: look at it, and deploy it with them",
        ),
        (
            "LimitExceededException",
            "ChangeSet limit exceeded",
            "delete some (aws cloudformation list-change-sets)",
        ),
        (
            "ValidationError",
            "Stack:arn:aws:… is in UPDATE_IN_PROGRESS state and can not be updated.",
            "somebody is deploying it",
        ),
        (
            "ValidationError",
            "S3 error: Access Denied",
            "or may not be read with these credentials (s3:GetObject): package and deploy it again",
        ),
        (
            "ValidationError",
            "TemplateURL must reference a valid S3 object to which you have access.",
            "is gone from its bucket",
        ),
        (
            "ValidationError",
            "Parameter Revision failed to satisfy constraint: x",
            "name another one with --revision",
        ),
        ("ValidationError", "Something else.", "Something else (ValidationError)"),
    ] {
        let account = drifted();
        account.cloudformation.change(|state| {
            state.refused = Some(("CreateChangeSet".to_owned(), code.to_owned()));
            state.words = words.to_owned();
        });
        account.world.reset_calls();
        let run = account.heal(&["backup", "--yes"], never);
        assert_refused(&account, &run, says);
        assert!(run.stderr.contains("make change set org-policy-heal-"), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        let calls = account.cloudformation.change(|state| state.calls.clone());
        assert!(
            !calls.contains(&"DeleteChangeSet".to_owned()),
            "it may be somebody else's: {calls:?}"
        );
    }
}

#[test]
fn a_change_set_that_fails_says_why_and_is_deleted() {
    for (reason, says) in [
        (
            "The submitted information didn't contain changes. Submit different information to create a change set.",
            "so Revision reaches no resource",
        ),
        ("No updates are to be performed.", "so Revision reaches no resource"),
        (
            "S3 error: The specified key does not exist.",
            "package and deploy it again, with another Revision",
        ),
        (
            "User: arn:aws:iam::1:user/x is not authorized to perform: ssm:GetParameters on resource: y",
            "an SSM parameter that the stack uses",
        ),
        (
            "User: arn:aws:iam::1:user/x is not authorized to perform: lambda:GetFunction on resource: y",
            "docs/HEALING.md has what heal takes",
        ),
        ("No export named cfn-org-policy:ServiceToken found.", "deploy that one first"),
        ("", "CloudFormation does not say why"),
        (
            "Something else",
            "heal stack backup: Something else; see its events and change sets in CloudFormation",
        ),
    ] {
        let account = drifted();
        account.cloudformation.change(|state| {
            state.change_sets.answers.insert(ROOT.to_owned(), vec![failed(reason)]);
        });
        account.world.reset_calls();
        let run = account.heal(&["backup", "--yes"], never);
        assert_refused(&account, &run, says);
    }
}

/// The reason stands at the change set of the nested stack.
#[test]
fn the_reason_of_a_nested_change_set_is_found() {
    let account = drifted();
    let nested = "arn:aws:cloudformation:us-east-1:111111111111:changeSet/nested/2";
    account.cloudformation.change(|state| {
        let sets = &mut state.change_sets.answers;
        sets.insert(
            ROOT.to_owned(),
            vec![failed(&format!(
                "Nested change set {nested} was not successfully created: Currently in FAILED."
            ))],
        );
        sets.insert(nested.to_owned(), vec![failed("S3 error: Access Denied")]);
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "S3 error: Access Denied; a template that it nests");
}

#[test]
fn what_was_changed_meanwhile_is_said() {
    let account = drifted();
    account.cloudformation.change(|state| {
        state.refused = Some(("ExecuteChangeSet".to_owned(), "InvalidChangeSetStatus".to_owned()));
        state.words =
            "ChangeSet [x] cannot be executed in its current execution status of [OBSOLETE]"
                .to_owned();
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "the stack has been changed meanwhile: run heal again");
}

fn ended(status: &'static str, events: &[(&str, &str, &str)]) -> (Account, Run) {
    let account = drifted();
    let events: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(number, (id, status, reason))| event(id, status, reason, number + 10))
        .collect();
    let run = account.heal(&["backup", "--yes"], |account, _| end(account, status, &events));
    assert_eq!(run.exit, 1, "{run:?}");
    (account, run)
}

/// The first failure, not its consequences, and not one from before.
#[test]
fn an_update_that_fails_says_the_first_reason() {
    let reason = "Received response status [FAILED] from custom resource. Message returned: attach policy: x; do y (RequestId: 1)";
    let (_, run) = ended(
        "UPDATE_ROLLBACK_COMPLETE",
        &[
            ("Daily", "UPDATE_IN_PROGRESS", ""),
            ("Other", "UPDATE_FAILED", "Resource update cancelled"),
            ("Guard", "UPDATE_FAILED", reason),
            ("Daily", "UPDATE_FAILED", "a later one"),
        ],
    );
    let says = format!(
        "error: heal stack backup: the update ended with UPDATE_ROLLBACK_COMPLETE: Guard: {reason}\n"
    );
    assert_eq!(run.stderr, says);
    let (_, run) = ended(
        "UPDATE_ROLLBACK_COMPLETE",
        &[(
            "Guard",
            "UPDATE_FAILED",
            "Action denied by stack policy: Statement [#1] does not allow [Update:*] for resource [LogicalResourceId/Guard]",
        )],
    );
    assert!(run.stderr.contains("the stack policy forbids it: allow Update:Modify of these resources (aws cloudformation set-stack-policy), then run heal again"), "{run:?}");
    let (account, run) = ended("UPDATE_ROLLBACK_FAILED", &[]);
    assert!(
        run.stderr.contains("ended with UPDATE_ROLLBACK_FAILED: see its events for the reason; remove the cause, then: aws cloudformation continue-update-rollback --stack-name backup"),
        "{run:?}"
    );
    // It was executed, so there is nothing to delete.
    assert!(account.cloudformation.change(|state| state.change_sets.deleted.is_empty()));
    assert_eq!(account.heal(&["backup", "--yes"], never).exit, 1);
}

/// An answer that gets lost: CloudFormation has begun, and the second call is refused for that.
#[test]
fn an_execution_that_was_sent_twice_is_waited_for() {
    let account = drifted();
    account.cloudformation.change(|state| {
        state.refused = Some(("ExecuteChangeSet".to_owned(), "InvalidChangeSetStatus".to_owned()));
        let answer = &mut state.change_sets.answers.get_mut(ROOT).expect("it")[0];
        answer["ExecutionStatus"] = "AVAILABLE".into();
        state.change_sets.turns_to_executing = true;
    });
    let run = account.heal(&["backup", "--yes"], carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
}
