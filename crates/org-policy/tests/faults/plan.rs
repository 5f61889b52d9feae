//! `org-policy plan` under every fault.

use std::collections::BTreeMap;

use org_policy::Answer;
use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, settings_properties, with};
use test_world::world::{PRODUCTION, SANDBOX};

use crate::matrix::{Change, Form, Hand, Scene};
use crate::scene::{Deployed, file, resource, template};

/// A plan has a part for each event.
pub const FORM: Form = Form { parts, error, status: 1 };

fn parts(answer: &Answer) -> BTreeMap<String, Value> {
    let plan: Value = serde_json::from_str(&answer.output).unwrap_or_default();
    let resources = plan["resources"].as_array().cloned().unwrap_or_default().into_iter();
    let text = |part: &Value, field: &str| part[field].as_str().unwrap_or_default().to_owned();
    resources.map(|part| (text(&part, "logical_id") + &text(&part, "event"), part)).collect()
}

fn error(part: &Value) -> Option<&str> {
    part["error"].as_str()
}

fn named(name: &str, changes: Value) -> Value {
    with(&with(&policy_properties(), json!({"Name": name})), changes)
}

/// Every kind of event, with all that a plan asks for.
pub fn every_event() -> Scene {
    events("every-event", true)
}

/// The same without backup settings.
pub fn without_settings() -> Scene {
    events("without-settings", false)
}

fn events(test: &str, with_settings: bool) -> Scene {
    let deployed = Deployed::new();
    let elsewhere = deployed.deploy(
        "elsewhere",
        &[("Former", named("former", json!({}))), ("Taken", named("taken", json!({})))],
    );
    let given = named("former", json!({"AdoptExisting": elsewhere["Former"]}));
    deployed.deploy(
        "backup",
        &[
            ("Guard", guard_properties()),
            ("Daily", named("daily", json!({"Tags": [{"Key": "vault", "Value": "arn:x"}]}))),
            ("Typed", named("typed", json!({}))),
            ("Gone", named("gone", json!({}))),
            ("Given", given),
        ],
    );
    deployed.cloudformation.change(|state| {
        for number in 0..3 {
            state.exports.insert(format!("export-{number}"), format!("exported-{number}"));
        }
    });
    let arn = json!({"Fn::GetAtt": ["Vault", "BackupVaultArn"]});
    let mut new = template(&[
        ("Guard", with(&guard_properties(), json!({"Targets": [PRODUCTION]}))),
        (
            "Daily",
            named("daily", json!({"Tags": [{"Key": "vault", "Value": arn}], "Targets": [SANDBOX]})),
        ),
        ("Typed", with(&guard_properties(), json!({"Name": "typed"}))),
        ("Taken", named("taken", json!({"AdoptExisting": elsewhere["Taken"]}))),
        ("Path", named("path", json!({"Targets": ["/Production"], "EnablePolicyType": "true"}))),
        ("Imports", named("x", json!({"Name": {"Fn::ImportValue": "export-2"}}))),
    ]);
    new["Resources"]["Vault"] =
        json!({"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "v"}});
    if with_settings {
        new["Resources"]["Settings"] =
            json!({"Type": "Custom::OrgBackupSettings", "Properties": settings_properties()});
    }
    scene(deployed, &file(test, "template.json", &new), "backup")
}

/// A stack that is not there yet.
pub fn new_stack() -> Scene {
    let new = template(&[("Daily", policy_properties())]);
    scene(Deployed::new(), &file("new-stack", "template.json", &new), "fresh")
}

/// A stack in a stack.
pub fn nested() -> Scene {
    let deployed = Deployed::new();
    deployed
        .deploy("backup-Inner", &[("Daily", policy_properties()), ("Guard", guard_properties())]);
    let outer = |url: &str| json!({"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}});
    deployed.deploy("backup", &[]);
    deployed.cloudformation.change(|state| {
        let inner = state.stacks["backup-Inner"].id.clone();
        let stack = state.stacks.get_mut("backup").expect("the stack");
        stack.template = outer("https://example.com/inner.json").to_string();
        stack.resources = vec![resource("Inner", "AWS::CloudFormation::Stack", &inner)];
    });
    let inner = template(&[("Daily", with(&policy_properties(), json!({"Targets": [SANDBOX]})))]);
    file("nested", "inner.json", &inner);
    scene(deployed, &file("nested", "template.json", &outer("inner.json")), "backup")
}

fn scene(deployed: Deployed, template: &str, stack: &str) -> Scene {
    let Deployed { world, cloudformation, .. } = deployed;
    let arguments = ["plan", template, "--stack-name", stack, "--format", "json"];
    Scene { world, cloudformation, arguments: arguments.map(str::to_owned).into() }
}

#[test]
fn a_plan_of_every_event_is_the_same_or_says_what_is_missing() {
    println!("{} cases", every_event().disturb(&FORM));
}

#[test]
fn a_plan_of_a_new_stack_is_the_same_or_says_what_is_missing() {
    println!("{} cases", new_stack().disturb(&FORM));
}

#[test]
fn a_plan_of_a_nested_stack_is_the_same_or_says_what_is_missing() {
    println!("{} cases", nested().disturb(&FORM));
}

/// What somebody else does between two calls.
#[test]
fn what_vanishes_meanwhile_is_as_before_or_as_after_or_said() {
    // What is lost is looked at when all is planned, so it may be of another moment than the steps.
    let parts = |answer: &Answer| {
        let mut parts = parts(answer);
        for part in parts.values_mut() {
            part["losses"] = Value::Null;
            part["targets"] = Value::Null;
        }
        parts
    };
    let form = Form { parts, ..FORM };
    let changes: [(&str, Hand); 4] = [
        ("a policy is removed", &|_| {
            Box::new(|state| {
                if state.policies.contains_key("p-0000000004") {
                    state.remove_policy("p-0000000004");
                }
            })
        }),
        ("a policy is detached", &|_| {
            Box::new(|state| {
                if state.policies.contains_key("p-0000000003") {
                    state.detach("p-0000000003", SANDBOX);
                }
            })
        }),
        ("a stack is deleted", &|scene| deletion(scene, "backup")),
        ("a nested stack is deleted", &|scene| deletion(scene, "backup-Inner")),
    ];
    let mut cases = 0;
    for (what, change) in changes {
        for scene in [every_event(), nested()] {
            println!("{what}");
            cases += scene.change_between_calls(&form, change);
        }
    }
    println!("{cases} cases");
}

fn deletion(scene: &Scene, stack: &'static str) -> Change {
    let cloudformation = scene.cloudformation.clone();
    Box::new(move |_| drop(cloudformation.change(|state| state.stacks.remove(stack))))
}
