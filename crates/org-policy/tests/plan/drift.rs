//! `drift`: each change by hand is found exactly, and what an update with another Revision puts back is as before.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use test_world::fixtures::{DIGEST_TAG, guard_properties, policy_properties, with};
use test_world::world::{
    BACKUP_POLICY, Fault, PRODUCTION, PRODUCTION_ACCOUNT, SANDBOX, SCP, SECURITY, State,
    ValidationError,
};

use crate::account::{Account, Run, STACK, template};
use test_world::cloudformation::{Resource, Stack};

const OWNER_TAG: &str = "cfn-org-policy:stack-id";

/// A change by somebody's hand.
pub struct Edit {
    pub name: &'static str,
    pub make: fn(&mut State, &str),
    /// What the report says of it.
    found: &'static [&'static str],
}

/// Whatever can be put back.
pub const EDITS: [Edit; 9] = [
    Edit {
        name: "the document is edited",
        make: |state, id| {
            let policy = state.policy(id);
            policy.content = policy.content.replace("a:B", "a:X").replace("eu-west-1", "eu-west-3");
        },
        found: &["changed Content"],
    },
    Edit {
        name: "the description is edited",
        make: |state, id| state.policy(id).description = "by hand".to_owned(),
        found: &["changed Description"],
    },
    Edit {
        name: "it is renamed",
        make: |state, id| state.policy(id).name.push_str("-old"),
        found: &["renamed Name"],
    },
    Edit {
        name: "it is detached",
        make: |state, id| state.detach(id, PRODUCTION),
        found: &["detached /Production"],
    },
    Edit {
        name: "it is attached elsewhere",
        make: |state, id| state.attach(id, SECURITY),
        found: &["attached /Security"],
    },
    Edit {
        name: "a tag is changed",
        make: |state, id| state.tag(id, "team", "c"),
        found: &["changed Tags.team"],
    },
    Edit {
        name: "a tag is added",
        make: |state, id| state.tag(id, "cost", "1"),
        found: &["changed Tags.cost"],
    },
    Edit {
        name: "the tags that name the owner are gone",
        make: |state, id| {
            state.tags.get_mut(id).expect("tags").retain(|key, _| !key.starts_with("cfn-org"));
        },
        found: &["unowned"],
    },
    Edit { name: "it is deleted", make: |state, id| state.remove_policy(id), found: &["deleted"] },
];

/// A stack with a backup policy and a guard.
fn stack(revision: &str) -> Value {
    let own = json!({"Revision": revision, "Tags": [{"Key": "team", "Value": "a"}]});
    template(&[
        ("Daily", with(&policy_properties(), own.clone())),
        ("Guard", with(&guard_properties(), own)),
    ])
}

pub fn physical_id(account: &Account, logical_id: &str) -> String {
    account.cloudformation.change(|state| {
        let resources = &state.stacks[STACK].resources;
        let found = resources.iter().find(|resource| resource.logical_id == logical_id);
        found.expect("the resource").physical_id.clone()
    })
}

/// What was found, by resource.
fn found(run: &Run) -> BTreeMap<String, BTreeSet<String>> {
    let report = run.json();
    let mut found = BTreeMap::new();
    for resource in each(&report["stacks"]).flat_map(|stack| each(&stack["resources"])) {
        let mut texts = BTreeSet::new();
        for drift in each(&resource["drift"]) {
            let what = match (&drift["change"]["path"], &drift["part"]) {
                (Value::String(path), _) if path.starts_with("Content") => " Content".to_owned(),
                (Value::String(text), _) | (_, Value::String(text)) => format!(" {text}"),
                _ => String::new(),
            };
            texts.insert(format!("{}{what}", text(&drift["kind"])));
        }
        for target in each(&resource["targets"]) {
            texts.insert(format!("{}ed {}", text(&target["change"]), text(&target["path"])));
        }
        texts.extend(each(&resource["off"]).map(|off| text(off).to_owned()));
        assert_eq!(resource["error"], Value::Null, "{report:#}");
        if !texts.is_empty() {
            found.insert(text(&resource["logical_id"]).to_owned(), texts);
        }
    }
    found
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}"))
}

/// Makes these changes, looks, puts back, and looks again.
#[track_caller]
fn find_and_put_back(edits: &[(&str, &Edit)]) {
    let account = Account::new();
    account.deploy(&stack("1"));
    let before = account.world.change(|state| state.snapshot_of_any_event());
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let names: Vec<&str> = edits.iter().map(|(_, edit)| edit.name).collect();
    for (resource, edit) in edits {
        let id = physical_id(&account, resource);
        account.world.change(|state| (edit.make)(state, &id));
        let found = edit.found.iter().map(|text| (*text).to_owned());
        expected.entry((*resource).to_owned()).or_default().extend(found);
    }
    let run = account.drift(&[]);
    assert_eq!(found(&run), expected, "{names:?}");
    assert_eq!(run.exit, 2, "{names:?}");
    let sent = account.deploy(&stack("2"));
    assert!(sent.iter().all(|event| event.reason.is_empty()), "{names:?}: {sent:#?}");
    let after = account.drift(&[]);
    assert_eq!((found(&after), after.exit), (BTreeMap::new(), 0), "{names:?}: {}", after.stdout);
    assert_eq!(account.world.change(|state| state.snapshot_of_any_event()), before, "{names:?}");
}

#[test]
fn nothing_has_drifted_after_a_deployment() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let run = account.drift(&[]);
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{}", run.stdout);
    assert_eq!(run.json()["summary"]["resources"], 2);
    assert_eq!(run.json()["summary"]["proven"], 2);
}

#[test]
fn each_edit_alone_is_found_and_put_back() {
    for edit in &EDITS {
        find_and_put_back(&[("Daily", edit)]);
        find_and_put_back(&[("Guard", edit)]);
    }
}

#[test]
fn edits_of_two_policies_are_found_and_put_back() {
    for (one, other) in EDITS.iter().zip(EDITS.iter().cycle().skip(1)) {
        find_and_put_back(&[("Daily", one), ("Guard", other)]);
    }
}

#[test]
fn two_edits_of_one_policy_are_found_and_put_back() {
    let edits = &EDITS[..EDITS.len() - 1];
    for (number, one) in edits.iter().enumerate() {
        for other in &edits[number + 1..] {
            find_and_put_back(&[("Guard", one), ("Guard", other)]);
        }
    }
}

/// AWS may show what was before for a while.
#[test]
fn what_has_drifted_is_looked_at_twice() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let (world, guard) = (account.world.clone(), id.clone());
    let shown = thread::spawn(move || {
        thread::sleep(Duration::from_secs(5));
        world.change(|state| state.attach(&guard, PRODUCTION));
    });
    let run = account.run(&["drift", "--format", "json"]);
    shown.join().expect("it is shown");
    assert_eq!((found(&run), run.exit), (BTreeMap::new(), 0), "{}", run.stdout);
    account.world.change(|state| state.detach(&id, PRODUCTION));
    let run = account.run(&["drift", "--format", "json"]);
    assert_eq!(run.exit, 2, "{}", run.stdout);
    assert!(found(&run)["Guard"].contains("detached /Production"));
}

#[test]
fn what_a_guard_has_lost_is_said() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| {
        let policy = state.policy(&id);
        policy.content = policy.content.replace("\"a:C\"", "\"a:D\"");
        state.detach(&id, PRODUCTION);
    });
    let run = account.run(&["drift", "--once"]);
    for line in [
        "Stack backup (CREATE_COMPLETE): 1 of 2 resources drifted",
        "! Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000002) of type SERVICE_CONTROL_POLICY",
        "- detached from /Production (ou-ab12-33333333): 1 account",
        "! it no longer holds at /Production (ou-ab12-33333333): 1 account",
        "! statement 0: Action \"a:C\" is no longer denied",
        "1 of 2 resources drifted",
        "Put back what has drifted: org-policy heal backup",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
}

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

fn edit_content(account: &Account, from: &str, to: &str) {
    let id = physical_id(account, "Daily");
    account.world.change(|state| {
        let policy = state.policy(&id);
        assert!(policy.content.contains(from), "{}", policy.content);
        policy.content = policy.content.replace(from, to);
    });
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

#[test]
fn a_policy_that_was_retagged_to_another_stack_is_another_owners() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.tag(&id, OWNER_TAG, "arn:other"));
    let run = account.drift(&[]);
    assert_eq!(found(&run)["Guard"], BTreeSet::from(["owned by another".to_owned()]));
}

#[test]
fn a_policy_type_that_was_switched_off_is_said() {
    let account = Account::new();
    account.deploy(&stack("1"));
    account.world.change(|state| state.disable_type(SCP));
    let run = account.drift(&[]);
    let guard = &found(&run)["Guard"];
    let off = "policies of type SERVICE_CONTROL_POLICY are not enabled in the organization: it has no effect";
    assert!(guard.contains(off), "{guard:?}");
}

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
fn policies_that_no_resource_holds_are_strays() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let own = account.cloudformation.change(|state| state.stacks[STACK].id.clone());
    let tagged = |name: &str, stack: &str| {
        account.world.change(|state| {
            let id = state.add_policy(BACKUP_POLICY, name, "{}");
            state.tag(&id, OWNER_TAG, stack);
            state.tag(&id, "cfn-org-policy:logical-id", "Daily");
            id
        })
    };
    tagged("orphan", "arn:aws:cloudformation:us-east-1:111111111111:stack/gone/1");
    tagged("forgotten", &own);
    tagged("elsewhere", "arn:aws:cloudformation:eu-west-1:111111111111:stack/there/1");
    let run = account.drift(&[]);
    assert_eq!(run.exit, 2, "{}", run.stdout);
    let report = run.json();
    let strays: Vec<(&str, &str)> =
        each(&report["strays"]).map(|s| (text(&s["policy"]["name"]), text(&s["kind"]))).collect();
    let expected =
        [("orphan", "orphan"), ("forgotten", "forgotten"), ("elsewhere", "not visible from here")];
    assert_eq!(strays, expected);
    assert_eq!(report["summary"]["strays"], 2);
    // One stack says nothing of others.
    assert_eq!(account.drift(&["--stack", STACK]).exit, 0);
}

#[test]
fn an_account_without_an_effective_policy_is_said() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Daily");
    account.world.change(|state| {
        let errors = vec![ValidationError {
            code: "ELEMENTS_TOO_MANY",
            message: "too many",
            path: "plans",
            policies: vec![id.clone()],
        }];
        state.withhold(PRODUCTION_ACCOUNT, BACKUP_POLICY, errors);
    });
    for arguments in [vec![], vec!["--stack", STACK]] {
        let run = account.drift(&arguments);
        assert_eq!(run.exit, 2);
        assert_eq!(run.json()["withheld"][0]["account"], PRODUCTION_ACCOUNT);
        assert_eq!(run.json()["withheld"][0]["errors"][0]["policies"], json!([id]));
    }
    let text = account.run(&["drift", "--once"]).stdout;
    assert!(text.contains("! account 333333333333 has no effective BACKUP_POLICY"), "{text}");
}

/// Not every partition has the question, nor has a local AWS.
#[test]
fn where_aws_does_not_say_from_whom_it_withholds_that_is_said() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let (operation, code) =
        ("ListAccountsWithInvalidEffectivePolicy", Fault::Error("UnknownOperationException"));
    account.world.fail_always(operation, code);
    let run = account.drift(&[]);
    assert_eq!(run.exit, 0, "{run:?}");
    assert_eq!(each(&run.json()["notes"]).count(), 1);
    account.world.clear_faults();
    account.world.fail_always(operation, Fault::Error("AccessDeniedException"));
    let run = account.drift(&[]);
    assert_eq!(run.exit, 1, "{run:?}");
    let problem = text(&run.json()["problems"][0]).to_owned();
    assert!(problem.contains(&format!("may call organizations:{operation}")), "{problem}");
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

#[test]
fn a_path_that_leads_nowhere_hides_nothing_else() {
    let account = Account::new();
    let policy = with(&policy_properties(), json!({"Targets": ["/Production", SANDBOX]}));
    account.deploy(&template(&[("Daily", policy)]));
    account.world.change(|state| state.rename_unit(PRODUCTION, "Prod"));
    edit_content(&account, "eu-west-1", "eu-west-3");
    let run = account.drift(&[]);
    let daily = &found(&run)["Daily"];
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(daily.contains("changed Content"), "{daily:?}");
    assert!(daily.iter().any(|one| one.contains("/Production")), "{daily:?}");
    assert_eq!(daily.len(), 2, "{daily:?}");
}

#[test]
fn a_type_that_may_not_be_listed_hides_nothing_else() {
    let account = Account::new();
    account.deploy(&stack("1"));
    let id = physical_id(&account, "Guard");
    account.world.change(|state| state.detach(&id, PRODUCTION));
    account.world.fail_always("ListPolicies", Fault::Error("AccessDeniedException"));
    let run = account.drift(&[]);
    assert_eq!(run.exit, 1, "{run:?}");
    assert!(found(&run).contains_key("Guard"), "{run:?}");
    assert!(text(&run.json()["problems"][0]).starts_with("list the policies of type"), "{run:?}");
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
