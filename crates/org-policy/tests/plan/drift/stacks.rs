//! Stacks in every state: what is left for later, nested ones, and those that are not ours.

use std::collections::BTreeMap;

use serde_json::json;
use test_world::cloudformation::{Resource, Stack};
use test_world::world::PRODUCTION;

use super::{each, found, physical_id, stack, text};
use crate::account::{Account, STACK};

#[test]
fn a_deployment_that_is_under_way_is_left_for_later() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let set = |status: &str, since: &str| {
        account.cloudformation.change(|state| {
            let stack = state.stacks.get_mut(STACK).expect("the stack");
            stack.status = status.to_owned();
            stack.since = since.to_owned();
        });
    };
    set("UPDATE_IN_PROGRESS", "2126-01-01T00:00:00Z");
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 3), "{}", run.stdout);
    assert_eq!(run.json()["stacks"][0]["state"], "in progress");
    // For hours: it hangs.
    set("UPDATE_IN_PROGRESS", "2026-01-01T00:00:00Z");
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 2), "{}", run.stdout);
    assert_eq!(run.json()["stacks"][0]["state"], "stuck");
}

#[test]
fn a_deployment_during_the_look_is_left_for_later() {
    for status in ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"] {
        let account = Account::new();
        account.deploy(&stack("1"));
        let id = physical_id(&account, "Guard");
        account.world.change(|state| state.detach(&id, PRODUCTION));
        account.cloudformation.change(|state| {
            state.stacks.get_mut(STACK).expect("the stack").status = "UPDATE_COMPLETE".to_owned();
            let mut later = state.stacks.clone();
            let stack = later.get_mut(STACK).expect("the stack");
            stack.status = status.to_owned();
            stack.since = "2126-01-01T00:00:00Z".to_owned();
            state.next_stacks.push(later);
        });
        let run = account.drift(&[]);
        assert_eq!((found(&run), run.exit), (BTreeMap::new(), 3), "{status}: {}", run.stdout);
    }
}

#[test]
fn nested_stacks_are_looked_at_with_their_root() {
    let account = Account::new();
    account.deploy(&stack("1"));
    account.cloudformation.change(|state| {
        let nested = state.stacks.remove(STACK).expect("the stack");
        let resource = test_world::cloudformation::Resource {
            status: "CREATE_COMPLETE".to_owned(),
            logical_id: "Policies".to_owned(),
            resource_type: "AWS::CloudFormation::Stack".to_owned(),
            physical_id: nested.id.clone(),
        };
        let template = json!({"Resources": {"Policies": {
            "Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/y"}}}});
        let root = Stack {
            id: "arn:aws:cloudformation:us-east-1:111111111111:stack/root/1".to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            template: template.to_string(),
            resources: vec![resource],
            ..Stack::default()
        };
        state.stacks.insert("root".to_owned(), root);
        state.stacks.insert("nested".to_owned(), nested);
    });
    account.world.change(|state| state.policy("p-0000000002").description = "x".to_owned());
    let run = account.drift(&[]);
    let report = run.json();
    assert_eq!(each(&report["stacks"]).count(), 1, "{report:#}");
    assert_eq!(report["stacks"][0]["name"], "root");
    assert_eq!(report["stacks"][0]["resources"][1]["nested_in"], "Policies");
    assert_eq!(found(&run).len(), 1);
}

/// The parent still lists it.
#[test]
fn a_nested_stack_that_is_gone_is_found() {
    let account = Account::new();
    account.deploy(&stack("1"));
    account.cloudformation.change(|state| {
        let nested = state.stacks.remove(STACK).expect("the stack");
        let resource = |logical_id: &str, resource_type: &str, physical_id: &str| Resource {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            physical_id: physical_id.to_owned(),
            status: "UPDATE_COMPLETE".to_owned(),
        };
        let nesting = |logical_id: &str| json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": logical_id}});
        let mut template = stack("1");
        template["Resources"]["Gone"] = nesting("gone");
        let mut resources = nested.resources.clone();
        resources.push(resource("Gone", "AWS::CloudFormation::Stack", "arn:aws:cloudformation:us-east-1:111111111111:stack/gone/1"));
        let root = Stack { template: template.to_string(), resources, ..nested };
        state.stacks.insert(STACK.to_owned(), root);
    });
    let run = account.drift(&[]);
    assert_eq!(run.exit, 2, "{run:?}");
    let gone = "the stack that it nests is gone, and so is what that had";
    assert_eq!(found(&run), [("Gone".to_owned(), [gone.to_owned()].into())].into());
}

/// Any stack may have a plain custom resource.
#[test]
fn stacks_that_have_nothing_of_ours_are_left_alone() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let other = |template: &str, status: &str| Stack {
        id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{status}/1"),
        status: status.to_owned(),
        template: template.to_owned(),
        resources: vec![Resource {
            logical_id: "Seed".to_owned(),
            resource_type: "AWS::CloudFormation::CustomResource".to_owned(),
            physical_id: "seed".to_owned(),
            status: "UPDATE_COMPLETE".to_owned(),
        }],
        ..Stack::default()
    };
    let seed = json!({"Resources": {"Seed": {
        "Type": "AWS::CloudFormation::CustomResource", "Properties": {"ServiceToken": "arn"}}}});
    account.cloudformation.change(|state| {
        state.stacks.insert("shop".to_owned(), other(&seed.to_string(), "UPDATE_ROLLBACK_FAILED"));
    });
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{run:?}");
    // A template that cannot be read hides nothing else.
    account.cloudformation.change(|state| {
        state.stacks.insert("odd".to_owned(), other("{", "UPDATE_COMPLETE"));
    });
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let run = account.drift(&[]);
    assert_eq!(run.exit, 1, "{run:?}");
    assert!(found(&run).contains_key("Guard"), "{run:?}");
    assert!(
        text(&run.json()["problems"][0]).starts_with("read the template of stack odd"),
        "{run:?}"
    );
}

#[test]
fn after_a_failed_creation_nothing_of_it_has_drifted() {
    let account = Account::new();
    account.deploy(&stack("1"));
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        stack.status = "ROLLBACK_COMPLETE".to_owned();
        stack.resources.iter_mut().for_each(|one| one.status = "DELETE_COMPLETE".to_owned());
    });
    let run = account.run(&["drift", "--once", "--stack", STACK]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.stdout.contains("delete the stack, then deploy it"), "{run:?}");
    assert!(!run.stdout.contains("heal"), "{run:?}");
}

#[test]
fn a_stack_that_is_not_there_is_said() {
    let account = Account::new();
    let run = account.run(&["drift", "--stack", "nobody"]);
    assert_eq!(run.exit, 1);
    assert_eq!(
        run.stderr.trim(),
        "error: read stack nobody: there is none of this name in this account and Region; name one that is there, \
         or another --region"
    );
}
