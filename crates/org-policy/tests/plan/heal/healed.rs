//! What is healed, and what is shown before.

use std::collections::BTreeMap;

use serde_json::json;
use test_world::world::State;

use super::{assert_refused, carry_out, deployed, drifted, end, never, page, stack};
use crate::account::{Account, STACK};
use crate::drift::{EDITS, physical_id};

type Snapshot = BTreeMap<String, String>;

/// All that there is, without the ids of events: tags that are set again name the event that has set them.
fn snapshot(account: &Account) -> Snapshot {
    let mut all = account.world.change(|state| state.snapshot());
    for text in all.values_mut() {
        let (before, after) = text.split_once("\"request-").unwrap_or((text, ""));
        *text = before.to_owned() + after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    all
}

/// Each change by hand is put back, and nothing else is touched; what is deleted is there again, with another id.
#[test]
fn each_change_by_hand_is_put_back() {
    for edit in EDITS {
        let account = deployed();
        let before = snapshot(&account);
        let guard = physical_id(&account, "Guard");
        account.world.change(|state| (edit.make)(state, &guard));
        account.world.change(State::show_all);
        assert_ne!(snapshot(&account), before, "{}", edit.name);
        let run = account.heal(&["backup", "--yes"], carry_out);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{}: {run:?}", edit.name);
        assert!(run.stdout.ends_with("Stack backup is healed: UPDATE_COMPLETE\n"), "{run:?}");
        assert!(run.stdout.contains("Guard (Custom::OrgPolicy), Update"), "{run:?}");
        let shown = match edit.name {
            "it is deleted" => "create policy \"guard\" of type SERVICE_CONTROL_POLICY",
            "the tags that name the owner are gone" => "cfn-org-policy:logical-id=Guard",
            _ => "policy \"guard\"",
        };
        assert!(run.stdout.contains(shown), "{}: {run:?}", edit.name);
        let after = physical_id(&account, "Guard");
        assert_eq!(after != guard, edit.name == "it is deleted", "{}", edit.name);
        if after == guard {
            assert_eq!(snapshot(&account), before, "{}", edit.name);
        }
        // Once more: nothing to do, and no change set.
        let made = account.cloudformation.change(|state| state.change_sets.made.len());
        let run = account.heal(&["backup", "--yes"], never);
        assert_eq!(
            (run.exit, run.stdout.as_str()),
            (0, "Stack backup: 2 resources as declared, nothing to do\n")
        );
        assert_eq!(account.cloudformation.change(|state| state.change_sets.made.len()), made);
    }
}

/// What CloudFormation is asked for: everything stays as it is, but for Revision.
#[test]
fn the_change_set_keeps_all_that_the_stack_has() {
    let account = drifted();
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        stack.more = json!({
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "NotificationARNs": ["arn:aws:sns:us-east-1:111111111111:t"],
            "RoleARN": "arn:aws:iam::111111111111:role/deploy",
            "Tags": [{"Key": "team", "Value": "a b"}, {"Key": "aws:x", "Value": "1"}],
            "RollbackConfiguration": {"RollbackTriggers": [{"Arn": "arn:a", "Type": "AWS::CloudWatch::Alarm"}]},
        });
    });
    let run = account.heal(&["backup", "--yes"], carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
    let (made, executed) = account
        .cloudformation
        .change(|state| (state.change_sets.made[0].clone(), state.change_sets.executed[0].clone()));
    let form = |name: &str| made.get(name).map(String::as_str);
    for (name, value) in [
        ("UsePreviousTemplate", "true"),
        ("IncludeNestedStacks", "true"),
        ("ChangeSetType", "UPDATE"),
        ("Parameters.member.1.ParameterKey", "Other"),
        ("Parameters.member.1.UsePreviousValue", "true"),
        ("Parameters.member.2.ParameterKey", "Revision"),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ("NotificationARNs.member.1", "arn:aws:sns:us-east-1:111111111111:t"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a b"),
        ("RollbackConfiguration.RollbackTriggers.member.1.Arn", "arn:a"),
    ] {
        assert_eq!(form(name), Some(value), "{name} in {made:?}");
    }
    // Without it, CloudFormation goes on with the role that it has.
    for absent in [
        "RoleARN",
        "TemplateBody",
        "TemplateURL",
        "Tags.member.2.Key",
        "Parameters.member.1.ParameterValue",
    ] {
        assert_eq!(form(absent), None, "{absent}");
    }
    let revision = form("Parameters.member.2.ParameterValue").expect("a value");
    assert!(
        revision.starts_with("20") && revision.ends_with('Z') && revision.len() == 20,
        "{revision}"
    );
    // What fails has to be rolled back: with rollback disabled, a policy that had vanished could not come back.
    assert_eq!(executed["DisableRollback"], "false");
}

#[test]
fn a_dry_run_shows_all_and_leaves_nothing() {
    let account = drifted();
    let before = snapshot(&account);
    let run = account.heal(&["backup", "--dry-run"], never);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(run.stdout.contains("attach policy \"guard\""), "{run:?}");
    assert!(
        run.stdout.contains("which sends an Update to 2 resources, and change nothing else.\n"),
        "{run:?}"
    );
    assert_eq!(run.stderr, "a dry run: the change set is deleted, nothing is applied\n");
    assert_eq!(snapshot(&account), before);
    account.cloudformation.change(|state| {
        assert_eq!(state.change_sets.deleted.len(), 1);
        // By its name, so that one is found whose making was not answered.
        assert_eq!(state.change_sets.deleted[0], state.change_sets.made[0]["ChangeSetName"]);
    });
}

#[test]
fn the_page_shows_what_is_printed() {
    let run = drifted().heal(&["backup", "--dry-run"], never);
    let (before, after) = run.stdout.split_once("set Revision to \"").expect("the last lines");
    let (_, after) = after.split_once('"').expect("a value");
    let shown = format!("{before}set Revision to \"2026-11-28T09:15:00Z\"{after}Apply? [y/N]\n");
    assert!(page("HEALING.md").contains(&shown), "docs/HEALING.md lacks this:\n{shown}");
}

#[test]
fn with_force_it_is_applied_though_nothing_differs() {
    let account = deployed();
    let run = account.heal(&["backup", "--yes", "--force"], carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(run.stdout.contains("it is as declared"), "{run:?}");
}

/// With LanguageExtensions the previous template has its loops written out: the original one is sent again.
#[test]
fn a_template_with_language_extensions_is_sent_again() {
    let account = drifted();
    let mut original = stack();
    original["Transform"] = json!("AWS::LanguageExtensions");
    let original = original.to_string();
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").original.clone_from(&original);
    });
    let run = account.heal(&["backup", "--yes"], carry_out);
    assert_eq!(run.exit, 0, "{run:?}");
    let made = account.cloudformation.change(|state| state.change_sets.made[0].clone());
    assert_eq!(made.get("TemplateBody"), Some(&original));
    assert_eq!(made.get("UsePreviousTemplate"), None);
}

/// The status just before the update is not taken for its end.
#[test]
fn an_update_that_begins_late_is_waited_for() {
    let account = drifted();
    let run = account.heal(&["backup", "--yes"], |account, revision| {
        let since = |text: &str| {
            account.cloudformation.change(|state| {
                let stack = state.stacks.get_mut(STACK).expect("the stack");
                stack.since = text.to_owned();
                stack.status = "CREATE_COMPLETE".to_owned();
            });
        };
        since("");
        std::thread::sleep(std::time::Duration::from_millis(900));
        since("2026-11-28T11:00:00Z");
        carry_out(account, revision);
    });
    assert_eq!(run.exit, 0, "{run:?}");
}

/// Where the template adopts, a policy whose tags are gone is adopted: a later Delete leaves it in place. The plan says so.
#[test]
fn a_policy_without_tags_is_adopted_where_the_template_adopts() {
    let mut adopting = stack();
    adopting["Resources"]["Guard"]["Properties"]["AdoptExisting"] = json!("true");
    let account = deployed();
    let deploy = |account: &Account, revision: &str| {
        account.deploy_with(&adopting, &[("Other", "****"), ("Revision", revision)]);
    };
    deploy(&account, "1");
    let guard = physical_id(&account, "Guard");
    let adopted = |account: &Account| {
        account.world.change(|state| state.tags[&guard].contains_key("cfn-org-policy:adopted"))
    };
    assert!(!adopted(&account));
    account.world.change(|state| {
        let tags = state.tags.get_mut(&guard).expect("tags");
        tags.retain(|key, _| !key.starts_with("cfn-org-policy:"));
        state.show_all();
    });
    let run = account.heal(&["backup", "--yes"], |account, revision| {
        deploy(account, revision);
        end(account, "UPDATE_COMPLETE", &[]);
    });
    assert_eq!(run.exit, 0, "{run:?}");
    assert!(run.stdout.contains("cfn-org-policy:adopted=true"), "{run:?}");
    assert!(adopted(&account));
}

/// Another's policy is left alone, and with it the whole stack: the update would fail.
#[test]
fn a_policy_of_another_owner_is_said() {
    let account = deployed();
    let guard = physical_id(&account, "Guard");
    account.world.change(|state| {
        state.tag(&guard, "cfn-org-policy:logical-id", "Another");
        state.show_all();
    });
    account.world.reset_calls();
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "the update would fail or cannot be planned");
    assert!(run.stdout.contains("it belongs to resource Another of stack"), "{run:?}");
}
