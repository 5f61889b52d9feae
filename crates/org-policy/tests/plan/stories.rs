//! What a plan says is what the deployment then does.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::{BACKUP_POLICY, PRODUCTION, SANDBOX, SCP};

use crate::account::{Account, template};

fn daily(changes: Value) -> Value {
    template(&[("Daily", with(&policy_properties(), changes))])
}

#[test]
fn a_new_stack_creates() {
    let account = Account::new();
    let (run, _) = account.plan_and_deploy(&daily(json!({"Targets": ["/Production", SANDBOX]})));
    let daily = run.resource("Daily", "Create");
    assert_eq!(daily["policy"], json!({"id": null, "name": "daily", "type": BACKUP_POLICY}));
    assert_eq!(
        daily["targets"],
        json!([
            {"id": PRODUCTION, "path": "/Production", "accounts": 1, "change": "attach"},
            {"id": SANDBOX, "path": "/Sandbox", "accounts": 0, "change": "attach"},
        ])
    );
    assert_eq!(run.json()["stack"]["status"], Value::Null);
    assert_eq!(run.json()["summary"]["created"], 1);
}

#[test]
fn what_has_not_changed_is_no_event() {
    let account = Account::new();
    account.deploy(&daily(json!({})));
    let (run, sent) = account.plan_and_deploy(&daily(json!({})));
    assert!(sent.is_empty());
    assert_eq!(run.exit, 0);
    assert_eq!(run.resource("Daily", "no event")["lines"], json!(["its properties do not change"]));
    // An Update that finds all as declared.
    let (run, _) = account.plan_and_deploy(&daily(json!({"Revision": "2"})));
    assert_eq!(run.exit, 0);
    assert_eq!(run.resource("Daily", "Update")["lines"], json!(["it is as declared"]));
}

#[test]
fn an_update_changes_document_name_tags_and_targets() {
    let account = Account::new();
    account.deploy(&daily(
        json!({"Tags": [{"Key": "team", "Value": "a"}, {"Key": "old", "Value": "x"}]}),
    ));
    let content =
        json!({"plans": {"daily": {"regions": {"@@assign": ["eu-west-1", "eu-west-2"]}}}});
    let (run, _) = account.plan_and_deploy(&daily(json!({
        "Name": "nightly",
        "Content": content,
        "Targets": [PRODUCTION],
        "Tags": [{"Key": "team", "Value": "b"}],
    })));
    let planned = run.resource("Daily", "Update");
    assert_eq!(planned["owner"], "its own");
    let change = |path: &str, part: &str, old: Value, new: Value| json!({"path": path, "part": part, "old": old, "new": new});
    assert_eq!(
        planned["changes"],
        json!([
            change("Name", "value", json!("daily"), json!("nightly")),
            change("Content.plans.daily.regions.@@assign", "item", json!(null), json!("eu-west-2")),
            change("Tags.old", "value", json!("x"), json!(null)),
            change("Tags.team", "value", json!("a"), json!("b")),
        ])
    );
    assert_eq!(
        planned["targets"],
        json!([{"id": SANDBOX, "path": "/Sandbox", "accounts": 0, "change": "detach"}])
    );
    // What somebody has done by hand meanwhile is seen, too.
    account.world.change(|state| state.detach("p-0000000001", PRODUCTION));
    let (run, _) = account.plan_and_deploy(&daily(
        json!({"Name": "nightly", "Content": content, "Targets": [PRODUCTION]}),
    ));
    assert_eq!(run.resource("Daily", "Update")["targets"][0]["change"], "attach");
}

#[test]
fn another_type_is_another_policy() {
    let account = Account::new();
    account.deploy(&daily(json!({})));
    let (run, sent) = account.plan_and_deploy(&template(&[("Daily", guard_properties())]));
    assert_eq!(sent.len(), 2);
    let clean_up = run.resource("Daily", "Delete (clean-up)");
    assert_eq!(clean_up["policy"]["id"], "p-0000000001");
    let losses = clean_up["losses"].as_array().expect("a list");
    assert_eq!(
        losses,
        &[json!(
            "no backup policy reaches 1 account any more: /Production/Web Shop (333333333333)"
        )]
    );
}

#[test]
fn a_resource_that_leaves_the_template_takes_its_policy_along() {
    let account = Account::new();
    let guard = ("Guard", guard_properties());
    account.deploy(&template(&[("Daily", policy_properties()), guard.clone()]));
    let (run, _) = account.plan_and_deploy(&template(&[("Daily", policy_properties())]));
    let removed = run.resource("Guard", "Delete");
    assert_eq!(removed["steps"], 3);
    let losses = removed["losses"].as_array().expect("a list");
    assert_eq!(losses[0], format!("it no longer holds at /Production ({PRODUCTION}): 1 account"));
    // It stays if its DeletionPolicy says so.
    account.deploy(&template(&[("Daily", policy_properties()), guard]));
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut("backup").expect("the stack");
        let mut template: Value = serde_json::from_str(&stack.template).expect("a template");
        template["Resources"]["Guard"]["DeletionPolicy"] = json!("Retain");
        stack.template = template.to_string();
    });
    let run = account.plan(&template(&[("Daily", policy_properties())]));
    assert_eq!(run.exit, 0, "{run:?}");
    let line = run.resource("Guard", "no event")["lines"][0].clone();
    assert!(line.as_str().expect("a text").starts_with("its DeletionPolicy keeps p-"), "{line}");
}

/// It takes twenty seconds: whose a policy is, is looked at twice, ten seconds apart, but of several policies at once.
#[test]
fn a_policy_of_the_name_is_adopted_or_in_the_way() {
    let account = Account::new();
    for name in ["daily", "hourly", "weekly"] {
        account.world.change(|state| state.add_policy(BACKUP_POLICY, name, r#"{"plans":{}}"#));
    }
    let (run, _) = account.plan_and_deploy(&daily(json!({"Targets": []})));
    assert!(
        run.json()["resources"][0]["error"].as_str().expect("an error").contains("no stack"),
        "{run:?}"
    );
    let adopting = |name: &str| {
        let changes = json!({"Name": name, "Targets": [], "AdoptExisting": "true"});
        with(&policy_properties(), changes)
    };
    let begun = Instant::now();
    let (run, _) = account.plan_and_deploy(&template(&[
        ("Daily", adopting("daily")),
        ("Hourly", adopting("hourly")),
        ("Weekly", adopting("weekly")),
    ]));
    assert!(begun.elapsed() < Duration::from_secs(20), "one after the other: {run:?}");
    let adopted = run.resource("Daily", "Create");
    assert_eq!(adopted["owner"], "nobody's");
    assert_eq!(adopted["changes"][0]["path"], "Description");
}

#[test]
fn a_policy_that_moves_stays_when_its_former_resource_goes() {
    let account = Account::new();
    account.deploy(&template(&[("Guard", guard_properties())]));
    let moved = with(&guard_properties(), json!({"AdoptExisting": "p-0000000001"}));
    let (run, sent) = account.plan_and_deploy(&template(&[("VaultGuard", moved)]));
    assert_eq!(sent.len(), 2);
    assert_eq!(run.exit, 2, "{run:?}");
    let owner = run.resource("VaultGuard", "Create")["owner"].clone();
    assert!(owner.as_str().expect("a text").starts_with("of resource Guard of stack "), "{owner}");
    let former = run.resource("Guard", "Delete");
    let lines = former["lines"].as_array().expect("a list");
    assert!(
        lines[0]
            .as_str()
            .expect("a text")
            .starts_with("untag policy \"guard\" (p-0000000001) of cfn-org-policy:former"),
        "{lines:?}"
    );
    assert!(former["targets"].as_array().expect("a list").is_empty());
}

#[test]
fn what_a_guard_loses_is_said() {
    let account = Account::new();
    let deny = |sid: &str, actions: Value| json!({"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*"});
    let guard = |statements: Value| {
        let content = json!({"Version": "2012-10-17", "Statement": statements});
        template(&[("Guard", with(&guard_properties(), json!({"Content": content})))])
    };
    account.deploy(&guard(json!([
        deny("Leave", json!("a:Leave")),
        deny("Stop", json!(["a:Stop", "a:Off"]))
    ])));
    let (run, _) = account.plan_and_deploy(&guard(json!([deny("Stop", json!(["a:Stop"]))])));
    let losses = run.resource("Guard", "Update")["losses"].clone();
    let losses: Vec<&str> =
        losses.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(losses[0], "statement Leave is gone");
    assert_eq!(losses[1], r#"statement Stop: Action "a:Off" is no longer denied"#);
    assert_eq!(run.resource("Guard", "Update")["policy"]["type"], SCP);
}

/// A fault in the properties is the one that the deployment would end with.
#[test]
fn what_the_function_refuses_is_said_before() {
    let account = Account::new();
    let (run, _) = account.plan_and_deploy(&daily(json!({"Targets": ["/Nowhere"], "Foo": "1"})));
    assert_eq!(run.exit, 1);
    let (run, _) = account.plan_and_deploy(&daily(json!({"Targets": ["/Nowhere"]})));
    assert_eq!(run.exit, 1);
}
