//! Formats, exit statuses, stacks that cannot be planned for, nested stacks, and what AWS refuses.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::{Fault, PRODUCTION};

use crate::account::{Account, template};
use test_world::cloudformation::{Resource, Stack};

fn deployed() -> Account {
    let account = Account::new();
    account.deploy(&template(&[("Guard", guard_properties())]));
    account
}

fn changed() -> Value {
    let content = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "a:B", "Resource": "*"}});
    template(&[(
        "Guard",
        with(&guard_properties(), json!({"Content": content, "Targets": [PRODUCTION]})),
    )])
}

#[test]
fn a_plan_reads_as_the_log() {
    let run = deployed().plan_with(&changed().to_string(), &[]);
    assert_eq!((run.exit, run.stderr.as_str()), (2, ""));
    let expected = r#"Plan for stack backup (CREATE_COMPLETE): template.json

~ Guard (Custom::OrgPolicy), Update: policy "guard" (p-0000000001) of type SERVICE_CONTROL_POLICY, its own
    update policy "guard" (p-0000000001): content of 84 characters
    detach policy "guard" (p-0000000001) from ou-ab12-44444444
    tag policy "guard" (p-0000000001) with its digest
      - Content.Statement[0].Action: "a:C"
      - target /Sandbox (ou-ab12-44444444): 0 accounts
    ! statement 0: Action "a:C" is no longer denied
    ! it no longer holds at /Sandbox (ou-ab12-44444444): 0 accounts

0 to create, 1 to change, 0 to remove, 0 unchanged: 3 writing calls
"#;
    assert_eq!(run.stdout, expected);
    assert!(page().contains(expected), "docs/PLAN.md shows another plan");
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/PLAN.md");
    std::fs::read_to_string(path).expect("the page")
}

#[test]
fn a_comment_is_markdown_that_no_name_can_break() {
    let account = deployed();
    let run = account.plan_with(&changed().to_string(), &["--format", "markdown"]);
    assert_eq!(run.exit, 2);
    assert!(
        run.stdout.starts_with("### Plan for stack `backup`\n\n0 to create, 1 to change"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("\n- **Guard**: ` statement 0: Action \"a:C\" is no longer denied `\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("```diff\n  update policy"), "{}", run.stdout);
    let name = "x ```\n</details> @team <b>";
    let run = account.plan_with(
        &template(&[("Guard", with(&guard_properties(), json!({"Name": name})))]).to_string(),
        &["--format", "markdown"],
    );
    assert!(run.stdout.contains("````diff\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("\n</details> @team"), "{}", run.stdout);
}

#[test]
fn a_stack_in_progress_is_left_for_later() {
    let account = deployed();
    for (status, why) in [
        (
            "UPDATE_IN_PROGRESS",
            "plan for stack backup: it is in progress (UPDATE_IN_PROGRESS); try again when it has ended",
        ),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "it is in progress"),
        (
            "ROLLBACK_COMPLETE",
            "it cannot be updated (ROLLBACK_COMPLETE); its creation has failed: delete the stack, then deploy it",
        ),
        ("UPDATE_ROLLBACK_FAILED", "continue the rollback"),
    ] {
        account
            .cloudformation
            .change(|state| state.stacks.get_mut("backup").expect("it").status = status.to_owned());
        let run = account.plan(&changed());
        assert_eq!((run.exit, run.stdout.as_str()), (1, ""), "{status}");
        assert!(run.stderr.contains(why), "{run:?}");
    }
}

#[test]
fn a_command_line_that_is_wrong_is_no_change() {
    let account = Account::new();
    let run = account.plan_with("{}", &["--format", "yaml"]);
    assert_eq!(run.exit, 1, "{run:?}");
    let run = account.plan_with("{", &[]);
    assert_eq!(run.exit, 1, "{run:?}");
    let run = account.plan_with(r#"{"Resources": {}}"#, &["--parameters", "Typo=1"]);
    assert_eq!(run.exit, 1);
    assert!(run.stderr.contains("the template does not declare Typo"), "{run:?}");
}

/// A native policy is named, and left alone.
#[test]
fn what_is_not_ours_is_said() {
    let template = json!({"Resources": {"Native": {"Type": "AWS::Organizations::Policy", "Properties": {
        "Name": "n", "Type": "BACKUP_POLICY", "Content": {"plans": {}}}}}});
    let run = Account::new().plan(&template);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(
        run.json()["resources"][0]["lines"],
        json!(["CloudFormation's own resource: not planned here"])
    );
}

/// Nothing is switched off, and what is on is said.
#[test]
fn backup_settings_are_planned() {
    let account = Account::new();
    account.world.change(|state| state.disable_type("BACKUP_POLICY"));
    let settings = json!({"Resources": {"Settings": {"Type": "Custom::OrgBackupSettings", "Properties": {
        "PolicyTypes": ["BACKUP_POLICY", "SERVICE_CONTROL_POLICY"]}}}});
    let run = account.plan(&settings);
    assert_eq!(run.exit, 2, "{run:?}");
    let lines = run.resource("Settings", "Create")["lines"].clone();
    assert_eq!(lines[0], "enable policy type BACKUP_POLICY on root r-ab12");
    assert!(lines[1].as_str().expect("a text").contains("SERVICE_CONTROL_POLICY"), "{lines}");
}

/// A nested stack is followed by the id that the list of resources has.
#[test]
fn nested_stacks_are_planned_with_their_own_template_and_parameters() {
    let account = Account::new();
    let nested = |name: Value, days: &str| {
        let policy =
            with(&policy_properties(), json!({"Name": name, "Content": {"plans": {"days": days}}}));
        let mut template = template(&[("Daily", policy)]);
        template["Parameters"] = json!({"PolicyName": {"Type": "String"}});
        template
    };
    let id = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup-Guards-1/2";
    let outer = |url: &str| {
        json!({"Resources": {"Guards": {"Type": "AWS::CloudFormation::Stack", "Properties": {
        "TemplateURL": url, "Parameters": {"PolicyName": "daily"}}}}})
    };
    let policy = account
        .world
        .change(|state| state.add_policy("BACKUP_POLICY", "daily", r#"{"plans":{"days":"30"}}"#));
    account.world.change(|state| {
        state.tag(&policy, "cfn-org-policy:stack-id", id);
        state.tag(&policy, "cfn-org-policy:logical-id", "Daily");
        state.policy(&policy).description = "Managed by cfn-org-policy".to_owned();
        for target in policy_properties()["Targets"].as_array().expect("a list") {
            state.attach(&policy, target.as_str().expect("an id"));
        }
    });
    account.cloudformation.change(|state| {
        let resource = |logical_id: &str, resource_type: &str, physical_id: &str| Resource {
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            physical_id: physical_id.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
        };
        state.stacks.insert(
            "backup".to_owned(),
            Stack {
                id: "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1".to_owned(),
                status: "UPDATE_COMPLETE".to_owned(),
                template: outer("https://example.com/nested.yaml").to_string(),
                resources: vec![resource("Guards", "AWS::CloudFormation::Stack", id)],
                ..Stack::default()
            },
        );
        state.stacks.insert(
            "backup-Guards-1".to_owned(),
            Stack {
                id: id.to_owned(),
                status: "UPDATE_COMPLETE".to_owned(),
                template: nested(json!({"Ref": "PolicyName"}), "30").to_string(),
                parameters: vec![("PolicyName".to_owned(), "daily".to_owned())],
                resources: vec![resource("Daily", "Custom::OrgPolicy", &policy)],
                ..Stack::default()
            },
        );
    });
    account.write("nested.json", &nested(json!({"Ref": "PolicyName"}), "30").to_string());
    let run = account.plan(&outer("nested.json"));
    assert_eq!(run.exit, 0, "{run:?}");
    account.write("nested.json", &nested(json!({"Ref": "PolicyName"}), "60").to_string());
    let run = account.plan(&outer("nested.json"));
    assert_eq!(run.exit, 2, "{run:?}");
    let daily = run.resource("Daily", "Update");
    assert_eq!(daily["nested_in"], "Guards");
    assert_eq!(
        daily["changes"],
        json!([{"path": "Content.plans.days", "part": "value", "old": "30", "new": "60"}])
    );
    // Without the nested stack, all that it has goes.
    let run = account.plan(&json!({"Resources": {}}));
    assert_eq!(run.resource("Daily", "Delete")["steps"], 3);
    // A template elsewhere is not read, and said.
    let run = account.plan(&outer("https://example.com/nested.yaml"));
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.stdout.contains("the file at https://example.com/nested.yaml"), "{run:?}");
}

/// Each call that AWS refuses is named with its operation, its object and what helps.
#[test]
fn what_may_not_be_read_is_said() {
    let account = deployed();
    let mut seen = BTreeSet::new();
    for operation in ["DescribeStacks", "ListStackResources", "GetTemplate"] {
        let refusal = (operation.to_owned(), "AccessDenied".to_owned());
        account.cloudformation.change(|state| state.refused = Some(refusal));
        let run = account.plan(&changed());
        account.cloudformation.change(|state| state.refused = None);
        assert_eq!((run.exit, run.stdout.as_str()), (1, ""), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert!(run.stderr.contains(&format!("may call cloudformation:{operation}")), "{run:?}");
        assert!(seen.insert(run.stderr));
    }
    account.plan(&changed());
    let calls: BTreeSet<String> = account.world.calls().into_iter().collect();
    assert!(calls.len() >= 5, "{calls:?}");
    for operation in calls {
        account.world.fail_always(&operation, Fault::Error("AccessDeniedException"));
        let run = account.plan(&changed());
        account.world.clear_faults();
        assert_eq!(run.exit, 1, "{operation} {run:?}");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("AccessDeniedException"), "{operation} {run:?}");
        assert!(said.contains("use credentials of"), "{operation} {run:?}");
    }
}

/// The actions of docs/PLAN.md are those that are called.
#[test]
fn the_page_lists_the_actions_that_are_called() {
    let page = page();
    let listed: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").split_once(':'))
        .filter(|(service, _)| {
            ["cloudformation", "organizations", "sts", "backup"].contains(service)
        })
        .map(|(_, action)| action.trim_end_matches(','))
        .collect();
    let account = deployed();
    let detached = with(&policy_properties(), json!({"Targets": [PRODUCTION]}));
    account.deploy(&template(&[("Guard", guard_properties()), ("Daily", policy_properties())]));
    account.cloudformation.change(|state| state.calls.clear());
    let imports = json!({"Fn::ImportValue": "x"});
    let enabled = with(
        &guard_properties(),
        json!({"Name": "another", "EnablePolicyType": "true", "Targets": ["/Production"]}),
    );
    account.plan(&template(&[
        ("Daily", detached),
        ("Other", enabled),
        ("Imports", with(&policy_properties(), json!({"Name": imports}))),
    ]));
    let mut called: BTreeSet<String> = account.world.calls().into_iter().collect();
    called.extend(account.cloudformation.change(|state| state.calls.clone()));
    for call in &called {
        assert!(listed.contains(call.as_str()), "{call} is not in {listed:?}");
    }
    // What only backup settings read is listed, too.
    let of_settings = [
        "ListAWSServiceAccessForOrganization",
        "DescribeOrganizationsAccess",
        "DescribeGlobalSettings",
        "DescribeRegionSettings",
        "GetCallerIdentity",
    ];
    for action in listed {
        assert!(called.contains(action) || of_settings.contains(&action), "{action} is not called");
    }
}
