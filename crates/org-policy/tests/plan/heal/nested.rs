//! Nested stacks: healed through the outermost one, with change sets of their own.

use serde_json::{Value, json};
use test_world::fixtures::{policy_properties, with};
use test_world::world::PRODUCTION;

use super::{assert_refused, end, event, never};
use crate::account::{Account, STACK, template};
use test_world::cloudformation::change_sets::{
    ROOT, available, by_parameter, change, failed, modify, of_a_nested_stack, revised,
};
use test_world::cloudformation::{Resource, Stack};

const OUTER: &str = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1";
const INNER: &str = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup-Guards-1X/2";
const INNER_SET: &str = "arn:aws:cloudformation:us-east-1:111111111111:changeSet/inner/2";
const NESTED: &str = "AWS::CloudFormation::Stack";

/// A stack that nests the policy `Daily`, detached by hand; `passed` are the parameters that it hands on.
fn account(passed: Value, parameters: Value) -> Account {
    let account = Account::new();
    let policy = account.world.change(|state| {
        let id = state.add_policy(
            "BACKUP_POLICY",
            "daily",
            r#"{"plans":{"daily":{"regions":{"@@assign":["eu-west-1"]}}}}"#,
        );
        state.tag(&id, "cfn-org-policy:stack-id", INNER);
        state.tag(&id, "cfn-org-policy:logical-id", "Daily");
        state.policy(&id).description = "Managed by cfn-org-policy".to_owned();
        state.attach(&id, PRODUCTION);
        id
    });
    let resource = |logical_id: &str, resource_type: &str, physical_id: &str| Resource {
        status: "CREATE_COMPLETE".to_owned(),
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        physical_id: physical_id.to_owned(),
    };
    let carrier = parameters.as_object().and_then(|all| all.keys().next().cloned());
    let revision =
        json!({"Revision": {"Ref": carrier.clone().unwrap_or_else(|| "Revision".to_owned())}});
    let mut inner = match &carrier {
        Some(_) => template(&[("Daily", with(&policy_properties(), revision))]),
        None => template(&[("Daily", policy_properties())]),
    };
    inner["Parameters"] = parameters;
    let outer = json!({
        "Parameters": {"Revision": {"Type": "String"}},
        "Resources": {
            "Guards": {"Type": NESTED, "Properties": {"TemplateURL": "https://b.s3.amazonaws.com/x", "Parameters": passed}},
        },
    });
    account.cloudformation.change(|state| {
        let stack = |id: &str, template: &Value, resources: Vec<Resource>| Stack {
            id: id.to_owned(),
            status: "UPDATE_COMPLETE".to_owned(),
            template: template.to_string(),
            resources,
            ..Stack::default()
        };
        let mut one = stack(OUTER, &outer, vec![resource("Guards", NESTED, INNER)]);
        one.parameters = vec![("Revision".to_owned(), "1".to_owned())];
        state.stacks.insert(STACK.to_owned(), one);
        let mut other = stack(INNER, &inner, vec![resource("Daily", "Custom::OrgPolicy", &policy)]);
        other.parameters = carrier.map(|name| (name, "1".to_owned())).into_iter().collect();
        other.root = OUTER.to_owned();
        state.stacks.insert("backup-Guards-1X".to_owned(), other);
    });
    account.world.reset_calls();
    account
}

/// The nested stack as AWS shows it: perhaps another template, and another parameter.
fn parent() -> Value {
    let automatic = json!({"Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
                           "Evaluation": "Dynamic", "ChangeSource": "Automatic"});
    let details = [vec![automatic], by_parameter("Parameters", "Revision", "Never")].concat();
    let mut parent = modify("Guards", NESTED, "False", &details);
    parent["ResourceChange"]["ChangeSetId"] = json!(INNER_SET);
    parent
}

fn inner_change(parameter: &str) -> Value {
    let details = by_parameter("Revision", parameter, "Conditionally");
    modify("Daily", "Custom::OrgPolicy", "Conditional", &details)
}

fn show(account: &Account, root: &[Value], inner: Value) {
    account.cloudformation.change(|state| {
        let sets = &mut state.change_sets.answers;
        sets.insert(ROOT.to_owned(), vec![available(root)]);
        sets.insert(INNER_SET.to_owned(), vec![inner]);
    });
}

fn passed() -> Account {
    account(json!({"Rev": {"Ref": "Revision"}}), json!({"Rev": {"Type": "String"}}))
}

/// By its own name, by its ARN, or by that of the outermost stack: the outermost stack is updated.
#[test]
fn a_nested_stack_is_healed_through_its_outermost_stack() {
    for (name, has_root) in
        [("backup", true), ("backup-Guards-1X", true), (INNER, true), ("backup-Guards-1X", false)]
    {
        let account = passed();
        if !has_root {
            // Where DescribeStacks lacks RootId, the stack is found that lists this one.
            account.cloudformation.change(|state| {
                state.stacks.get_mut("backup-Guards-1X").expect("it").root.clear();
            });
        }
        show(&account, &[parent()], of_a_nested_stack(&[inner_change("Rev")]));
        let run = account.heal(&[name, "--yes"], |account, _| end(account, "UPDATE_COMPLETE", &[]));
        assert_eq!(run.exit, 0, "{name} {run:?}");
        assert!(run.stdout.contains("~ Guards/Daily (Custom::OrgPolicy), Update"), "{run:?}");
        assert!(run.stdout.ends_with("Stack backup is healed: UPDATE_COMPLETE\n"), "{run:?}");
        let note = format!("{name} is nested in stack backup, which is healed as a whole\n");
        assert_eq!(run.stderr, if name == "backup" { String::new() } else { note });
        let made = account.cloudformation.change(|state| state.change_sets.made[0].clone());
        assert_eq!(made["StackName"], OUTER);
    }
}

/// What a nested change set would change besides is found there.
#[test]
fn what_else_a_nested_stack_would_change_is_refused() {
    let add = change(
        json!({"Action": "Add", "LogicalResourceId": "New", "ResourceType": "AWS::S3::Bucket"}),
    );
    let mut unseen = parent();
    unseen["ResourceChange"]["ChangeSetId"] = Value::Null;
    let other =
        modify("Guards", NESTED, "False", &by_parameter("TemplateURL", "Revision", "Never"));
    let mut path = parent();
    path["ResourceChange"]["Details"][1]["Target"]["Path"] = json!("/Properties/Parameters/Days");
    let ok = || of_a_nested_stack(&[inner_change("Rev")]);
    for (root, inner, says) in [
        (
            parent(),
            of_a_nested_stack(&[inner_change("Rev"), add]),
            "Guards/New (AWS::S3::Bucket): it would be created",
        ),
        // A parameter of the nested stack that is called the same as ours, and is another one.
        (
            parent(),
            of_a_nested_stack(&[revised("Daily")]),
            "Guards/Daily (Custom::OrgPolicy): its property Revision would change, because parameter Revision has another value",
        ),
        (parent(), of_a_nested_stack(&[]), "Guards/Daily: it would get no update"),
        (
            parent(),
            failed("The submitted information didn't contain changes."),
            "Guards/Daily: it would get no update",
        ),
        (
            unseen,
            ok(),
            "Guards (AWS::CloudFormation::Stack): CloudFormation does not show what would change in it",
        ),
        (other, ok(), "its property TemplateURL would change"),
        (path, ok(), "its property Parameters/Days would change"),
    ] {
        let account = passed();
        show(&account, &[root], inner);
        let run = account.heal(&["backup", "--yes"], never);
        assert_refused(&account, &run, says);
    }
    let account = passed();
    show(&account, &[parent()], failed("S3 error: Access Denied"));
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(
        &account,
        &run,
        "S3 error: Access Denied; a template that it nests is gone from its bucket",
    );
}

/// The lines for each template, and only what is missing.
#[test]
fn a_nested_stack_that_revision_does_not_reach_gets_the_lines() {
    let account = account(json!({}), json!({}));
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "add the lines above and deploy it");
    let expected = r#"# In the template of the stack:
Resources:
  Guards:
    Properties:
      Parameters:
        Revision: !Ref Revision

# In the template of its nested stack Guards:
Parameters:
  Revision:
    Type: String
    Default: ""
Resources:
  Daily:
    Properties:
      Revision: !Ref Revision
"#;
    assert_eq!(run.stdout, expected);
}

/// A nested stack that is in progress keeps the whole from being healed.
#[test]
fn a_nested_stack_in_progress_is_left_for_later() {
    let account = passed();
    account.cloudformation.change(|state| {
        state.stacks.get_mut("backup-Guards-1X").expect("it").status =
            "UPDATE_IN_PROGRESS".to_owned();
    });
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "heal stack backup-Guards-1X: it is in progress");
}

/// The failure stands in the events of the nested stack; its parent's say only that it has failed.
#[test]
fn the_failure_of_a_nested_resource_is_found() {
    let account = passed();
    show(&account, &[parent()], of_a_nested_stack(&[inner_change("Rev")]));
    let run = account.heal(&["backup", "--yes"], |account, _| {
        let mut embedded =
            event("Guards", "UPDATE_FAILED", "Embedded stack was not successfully updated", 20);
        embedded["ResourceType"] = json!(NESTED);
        account.cloudformation.change(|state| {
            let inner = state.stacks.get_mut("backup-Guards-1X").expect("it");
            inner.events.push(event("Daily", "UPDATE_FAILED", "attach policy: x; do y", 21));
        });
        end(account, "UPDATE_ROLLBACK_COMPLETE", &[embedded]);
    });
    assert_eq!(run.exit, 1, "{run:?}");
    let says = "error: heal stack backup: the update ended with UPDATE_ROLLBACK_COMPLETE: Guards/Daily: attach policy: x; do y\n";
    assert_eq!(run.stderr, says);
}

/// What is handed to a nested stack is read anew as well.
#[test]
fn what_a_nested_stack_gets_has_to_have_a_version() {
    let passed = json!({"Rev": {"Ref": "Revision"}, "Text": "{{resolve:ssm:/text}}"});
    let account = account(passed, json!({"Rev": {"Type": "String"}}));
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(&account, &run, "Guards: {{resolve:ssm:/text}}; give each a version");
}
