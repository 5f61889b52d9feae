//! What only a deployment knows is named, and hides nothing else.

use serde_json::{Value, json};
use test_world::fixtures::{policy_properties, with};
use test_world::world::{PRODUCTION, SANDBOX};

use crate::account::{Account, template};

/// A template with a resource whose attributes nobody knows before.
fn with_vault(policy: Value, parameters: Value) -> Value {
    let mut template = template(&[("Daily", policy)]);
    template["Resources"]["Vault"] =
        json!({"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "v"}});
    template["Parameters"] = parameters;
    template
}

fn arn() -> Value {
    json!({"Fn::GetAtt": ["Vault", "BackupVaultArn"]})
}

fn unknown_paths(resource: &Value) -> Vec<&str> {
    let unknown = resource["unknown"].as_array().expect("a list");
    unknown.iter().map(|unknown| unknown["path"].as_str().expect("a text")).collect()
}

#[test]
fn an_attribute_in_a_tag_hides_no_change_of_the_document() {
    let account = Account::new();
    account.deploy(&template(&[(
        "Daily",
        with(&policy_properties(), json!({"Tags": [{"Key": "vault", "Value": "arn:x"}]})),
    )]));
    let new = with(
        &policy_properties(),
        json!({"Tags": [{"Key": "vault", "Value": arn()}], "Content": {"plans": {}}}),
    );
    let run = account.plan(&with_vault(new, json!({})));
    assert_eq!(run.exit, 2, "{run:?}");
    let daily = run.resource("Daily", "Update");
    assert_eq!(unknown_paths(&daily), ["Tags[0].Value"]);
    assert_eq!(daily["unknown"][0]["reason"], "the attribute BackupVaultArn of Vault");
    assert_eq!(daily["steps"], 1);
    assert_eq!(daily["changes"][0]["path"], "Content.plans.daily");
}

#[test]
fn an_attribute_in_the_document_is_planned_as_it_is_now() {
    let account = Account::new();
    let content = |vault: Value, days: &str| {
        json!({"plans": {"daily": {"rules": {"r": {
            "target_backup_vault_name": {"@@assign": vault},
            "lifecycle": {"delete_after_days": {"@@assign": days}}}}}}})
    };
    let old = with(&policy_properties(), json!({"Content": content(json!("central"), "30")}));
    account.deploy(&template(&[("Daily", old)]));
    for new in [
        json!({"Content": content(arn(), "60")}),
        json!({"Content": content(json!("${vault}"), "60"), "Variables": {"vault": arn()}}),
    ] {
        let run = account.plan(&with_vault(with(&policy_properties(), new), json!({})));
        let daily = run.resource("Daily", "Update");
        assert_eq!(daily["error"], Value::Null);
        let changes = daily["changes"].as_array().expect("a list");
        assert_eq!(changes.len(), 1, "{daily:#}");
        assert!(changes[0]["path"].as_str().expect("a text").contains("delete_after_days"));
        assert_eq!(unknown_paths(&daily).len(), 1);
    }
}

#[test]
fn of_a_new_policy_it_is_left_out() {
    let account = Account::new();
    let new = with(
        &policy_properties(),
        json!({"Content": {"plans": arn()}, "Targets": [PRODUCTION, arn()]}),
    );
    let run = account.plan(&with_vault(new, json!({})));
    let daily = run.resource("Daily", "Create");
    assert_eq!(
        daily["lines"],
        json!([
            "create policy \"daily\" of type BACKUP_POLICY",
            format!("attach policy \"daily\" to {PRODUCTION}"),
        ])
    );
    assert_eq!(unknown_paths(&daily), ["Content.plans", "Targets[1]"]);
    let nameless = with(&policy_properties(), json!({"Name": arn()}));
    let run = account.plan(&with_vault(nameless, json!({})));
    assert_eq!(run.exit, 2, "{run:?}");
    let daily = run.resource("Daily", "Create");
    assert_eq!((&daily["lines"], &daily["steps"]), (&json!([]), &json!(0)));
}

/// A target that is not known may be where the policy is attached already.
#[test]
fn an_unknown_target_detaches_nothing() {
    let account = Account::new();
    account.deploy(&template(&[("Daily", policy_properties())]));
    let new = with(&policy_properties(), json!({"Targets": [SANDBOX, arn()]}));
    let run = account.plan(&with_vault(new, json!({})));
    let daily = run.resource("Daily", "Update");
    assert_eq!((&daily["steps"], &daily["targets"]), (&json!(0), &json!([])));
    assert_eq!(unknown_paths(&daily), ["Targets[1]"]);
    assert_eq!(run.exit, 2);
}

#[test]
fn parameters_are_those_given_then_those_of_the_stack_then_defaults() {
    let account = Account::new();
    let parameters = json!({"Name": {"Type": "String", "Default": "by-default"}, "Secret": {"Type": "String", "NoEcho": "true", "Default": "x"}});
    let new = with_vault(
        with(
            &policy_properties(),
            json!({"Name": {"Ref": "Name"}, "Description": {"Ref": "Secret"}}),
        ),
        parameters,
    );
    let name = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["--format", "json"].iter().chain(arguments).copied().collect();
        let run = account.plan_with(&new.to_string(), &arguments);
        let json = run.json();
        json["resources"][0]["policy"]["name"]
            .as_str()
            .unwrap_or_else(|| panic!("{run:?}"))
            .to_owned()
    };
    assert_eq!(name(&[]), "by-default");
    account.deploy(&template(&[("Daily", policy_properties())]));
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut("backup").expect("the stack");
        stack.parameters = vec![
            ("Name".to_owned(), "of-the-stack".to_owned()),
            ("Gone".to_owned(), "x".to_owned()),
        ];
    });
    assert_eq!(name(&[]), "of-the-stack");
    assert_eq!(name(&["--parameters", "Name=given"]), "given");
    let run = account.plan(&new);
    let daily = run.resource("Daily", "Update");
    assert_eq!(unknown_paths(&daily), ["Description"]);
    assert!(!run.stdout.contains("\"x\""));
}

#[test]
fn exports_of_other_stacks_are_read_where_they_are_imported() {
    let account = Account::new();
    account
        .cloudformation
        .change(|state| state.exports.insert("name".to_owned(), "exported".to_owned()));
    let new = with(&policy_properties(), json!({"Name": {"Fn::ImportValue": "name"}}));
    let run = account.plan(&template(&[("Daily", new)]));
    assert_eq!(run.resource("Daily", "Create")["policy"]["name"], "exported");
    assert_eq!(run.json()["summary"]["unknown"], 0);
    let calls = account.cloudformation.change(|state| state.calls.clone());
    assert!(calls.contains(&"ListExports".to_owned()));
    // The function's address is nothing that the plan depends on.
    let new = with(&policy_properties(), json!({"ServiceToken": arn()}));
    let run = account.plan(&with_vault(new, json!({})));
    assert_eq!(run.json()["summary"]["unknown"], 0);
}
