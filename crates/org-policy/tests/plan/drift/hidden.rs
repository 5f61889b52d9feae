//! What the template does not say: the digest tells, or nobody.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_world::fixtures::{DIGEST_TAG, guard_properties, policy_properties, with};
use test_world::world::{PRODUCTION, SANDBOX, SECURITY};

use super::{each, edit_content, found, physical_id, stack, text};
use crate::account::{Account, STACK, template};

/// What a template that does not say everything comes to: `GetAtt` in the content.
fn with_vault(vault: Value) -> Value {
    let content = json!({"plans": {"daily": {"rules": {"r": {
        "target_backup_vault_name": {"@@assign": vault},
        "lifecycle": {"delete_after_days": {"@@assign": "30"}}}}}}});
    template(&[("Daily", with(&policy_properties(), json!({"Content": content})))])
}

/// The stack whose template names an attribute where the vault's name was deployed.
fn with_an_attribute() -> Account {
    let account = Account::new();
    account.deploy(&with_vault(json!("central")));
    let mut deployed = with_vault(json!({"Fn::GetAtt": ["Vault", "BackupVaultName"]}));
    deployed["Resources"]["Vault"] =
        json!({"Type": "AWS::Backup::BackupVault", "Properties": {"BackupVaultName": "v"}});
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").template = deployed.to_string();
    });
    account
}

#[test]
fn the_digest_tells_where_the_template_does_not() {
    let account = with_an_attribute();
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{}", run.stdout);
    edit_content(&account, "central", "elsewhere");
    let daily =
        || BTreeMap::from([("Daily".to_owned(), BTreeSet::from(["changed Content".to_owned()]))]);
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (daily(), 2), "{}", run.stdout);
    assert_eq!(run.json()["stacks"][0]["resources"][0]["drift"][0]["part"], "Content");
    // What the template says is found by its path; whether more has changed is not known then.
    edit_content(&account, "30", "1");
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (daily(), 2), "{}", run.stdout);
    let resource = &run.json()["stacks"][0]["resources"][0];
    assert!(text(&resource["drift"][0]["change"]["path"]).ends_with("delete_after_days.@@assign"));
    assert_eq!(resource["unknown"], json!(["Content"]));
}

#[test]
fn without_a_digest_nobody_can_tell() {
    let account = with_an_attribute();
    let id = physical_id(&account, "Daily");
    account.world.change(|state| {
        state.tags.get_mut(&id).expect("tags").remove(DIGEST_TAG);
    });
    edit_content(&account, "central", "elsewhere");
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 3), "{}", run.stdout);
    assert_eq!(run.json()["stacks"][0]["resources"][0]["unknown"], json!(["Content"]));
    let text = account.run(&["drift", "--once"]).stdout;
    let line = "? Content: the template says it by the attribute BackupVaultName of Vault; the policy has no digest; its \
                next update writes one";
    assert!(text.contains(line), "{text}");
}

#[test]
fn targets_that_the_template_does_not_say() {
    for (manage, detached, attached) in [("All", 2, 2), ("Declared", 3, 3)] {
        let account = Account::new();
        let policy = with(&policy_properties(), json!({"ManageAttachments": manage}));
        account.deploy(&template(&[("Daily", policy.clone())]));
        let targets = json!([PRODUCTION, {"Fn::GetAtt": ["Unit", "Id"]}]);
        let mut deployed = template(&[("Daily", with(&policy, json!({"Targets": targets})))]);
        deployed["Resources"]["Unit"] =
            json!({"Type": "AWS::Organizations::OrganizationalUnit", "Properties": {}});
        account.cloudformation.change(|state| {
            state.stacks.get_mut(STACK).expect("the stack").template = deployed.to_string();
        });
        let id = physical_id(&account, "Daily");
        assert_eq!(account.drift(&[]).exit, 0, "{manage}");
        account.world.change(|state| state.detach(&id, SANDBOX));
        assert_eq!(account.drift(&[]).exit, detached, "{manage}");
        account.world.change(|state| {
            state.attach(&id, SANDBOX);
            state.attach(&id, SECURITY);
        });
        assert_eq!(account.drift(&[]).exit, attached, "{manage}");
        // What the template says is found in any case.
        account.world.change(|state| state.detach(&id, PRODUCTION));
        let run = account.drift(&[]);
        assert_eq!(run.exit, 2, "{manage}");
        assert!(found(&run)["Daily"].contains("detached /Production"), "{}", run.stdout);
    }
}

#[test]
fn a_policy_and_its_digest_that_were_changed_together_are_doubted() {
    let account = Account::new();
    account.deploy(&stack("1"));
    // The template has changed without a deployment, which is what a wrong evaluation looks like.
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        stack.template = stack.template.replace("eu-west-1", "eu-west-2");
    });
    let run = account.drift(&[]);
    assert_eq!(run.exit, 2, "{}", run.stdout);
    let resources = run.json()["stacks"][0]["resources"].clone();
    let daily = each(&resources).find(|r| r["logical_id"] == "Daily").expect("the resource");
    assert_eq!(daily["as_applied"], json!(["Content"]));
    assert_eq!(daily["digest"], "differs");
    // After a failed deployment nobody knows which template it is.
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").status =
            "UPDATE_ROLLBACK_FAILED".to_owned();
    });
    let run = account.drift(&[]);
    assert_eq!(found(&run), BTreeMap::new(), "{}", run.stdout);
    assert_eq!(run.json()["summary"]["failed"], 1);
    assert_eq!(run.exit, 2);
    let text = account.run(&["drift", "--once"]).stdout;
    assert!(text.contains("its last deployment has failed; continue the rollback"), "{text}");
    assert!(!text.contains("heal"), "{text}");
}

/// The function takes both forms for the same, and what stands in for the attribute has the form of the template.
#[test]
fn another_form_of_a_value_that_the_template_does_not_say_is_no_drift() {
    let account = Account::new();
    let guard = |resource: Value| {
        let deny = json!({"Effect": "Deny", "Action": "a:B", "Resource": resource});
        let content = json!({"Version": "2012-10-17", "Statement": [deny]});
        template(&[("Guard", with(&guard_properties(), json!({"Content": content})))])
    };
    account.deploy(&guard(json!("arn:x")));
    let mut deployed = guard(json!([{"Fn::GetAtt": ["Vault", "Arn"]}]));
    deployed["Resources"]["Vault"] = json!({"Type": "AWS::S3::Bucket", "Properties": {}});
    account.cloudformation.change(|state| {
        state.stacks.get_mut(STACK).expect("the stack").template = deployed.to_string();
    });
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{run:?}");
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.tags.get_mut(&id).expect("tags").remove(DIGEST_TAG));
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 3), "{run:?}");
    assert_eq!(run.json()["stacks"][0]["resources"][0]["losses"], json!([]));
}
