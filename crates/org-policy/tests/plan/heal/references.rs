//! Dynamic references without a version: the update would read them anew, unseen.

use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, with};

use super::{assert_refused, end, event, never};
use crate::account::{Account, STACK, template};
use test_world::cloudformation::change_sets::revised;

/// A deployed guard whose Description is this.
fn guard(description: &Value, parameters: &[(&str, &str)]) -> Account {
    let own = json!({"Revision": {"Ref": "Revision"}});
    let mut template = template(&[("Guard", with(&guard_properties(), own))]);
    template["Parameters"] = json!({
        "Revision": {"Type": "String", "Default": ""},
        "Text": {"Type": "String", "Default": "x"},
    });
    template["Mappings"] = json!({"Texts": {"a": {"b": "{{resolve:ssm:/mapped}}"}}});
    let account = Account::new();
    account.deploy_with(&template, parameters);
    template["Resources"]["Guard"]["Properties"]["Description"] = description.clone();
    account.cloudformation.change(|state| {
        state.change_sets.show(&[revised("Guard")]);
        state.stacks.get_mut(STACK).expect("the stack").template = template.to_string();
    });
    account.world.reset_calls();
    account
}

#[test]
fn a_reference_without_a_version_is_refused() {
    let arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:a";
    for (description, says) in [
        (json!("{{resolve:ssm:/text}}"), "Guard: {{resolve:ssm:/text}};".to_owned()),
        (
            json!("a {{resolve:ssm:/a:1}} b {{resolve:ssm:/b}}"),
            "anew, and no change set shows what has become of them: Guard: {{resolve:ssm:/b}};"
                .to_owned(),
        ),
        (json!("{{resolve:secretsmanager:a}}"), "Guard: {{resolve:secretsmanager:a}};".to_owned()),
        (
            json!("{{resolve:secretsmanager:a:SecretString:b:AWSCURRENT}}"),
            ":AWSCURRENT}};".to_owned(),
        ),
        (
            json!(format!("{{{{resolve:secretsmanager:{arn}:SecretString:b}}}}")),
            ":secret:a:SecretString:b}};".to_owned(),
        ),
        (
            json!({"Fn::Sub": "{{resolve:ssm:/x/${AWS::Region}}}"}),
            "Guard: {{resolve:ssm:/x/${AWS::Region}}};".to_owned(),
        ),
        (
            json!({"Fn::Join": ["", ["{{resolve:ssm:/x/", {"Ref": "AWS::Region"}, "}}"]]}),
            "Guard: {{resolve:ssm:/x/;".to_owned(),
        ),
        (
            json!({"Fn::FindInMap": ["Texts", "a", "b"]}),
            "Guard: {{resolve:ssm:/mapped}};".to_owned(),
        ),
        (json!({"Ref": "Text"}), "Guard: {{resolve:ssm:/given}};".to_owned()),
        (json!({"Fn::Sub": "a ${Text}"}), "Guard: {{resolve:ssm:/given}};".to_owned()),
    ] {
        let account = guard(&description, &[("Revision", ""), ("Text", "{{resolve:ssm:/given}}")]);
        let run = account.heal(&["backup", "--yes", "--force"], never);
        assert_refused(&account, &run, &says);
        assert!(
            run.stderr.ends_with("; give each a version, or deploy the stack in your own way\n"),
            "{run:?}"
        );
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    }
}

#[test]
fn a_reference_with_a_version_is_none_to_refuse() {
    let arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:a";
    for description in [
        json!("{{resolve:ssm:/text:3}}"),
        json!({"Fn::Sub": "{{resolve:ssm:/x/${AWS::Region}:3}}"}),
        json!(format!("{{{{resolve:secretsmanager:{arn}:SecretString:b::12345678}}}}")),
        json!("text"),
    ] {
        let account = guard(&description, &[("Revision", ""), ("Text", "{{resolve:ssm:/given}}")]);
        let run = account.heal(&["backup", "--yes", "--force"], |account, _| {
            end(account, "UPDATE_COMPLETE", &[event("backup", "UPDATE_COMPLETE", "", 2)]);
        });
        assert_eq!(run.exit, 0, "{description} {run:?}");
    }
}
