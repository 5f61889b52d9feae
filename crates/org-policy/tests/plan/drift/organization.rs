//! What others do to the organization: tags of other owners, types that are off, policies that nobody holds, accounts
//! without an effective policy.

use std::collections::BTreeSet;

use serde_json::json;
use test_world::fixtures::{policy_properties, with};
use test_world::world::{
    BACKUP_POLICY, Fault, PRODUCTION, PRODUCTION_ACCOUNT, SANDBOX, SCP, ValidationError,
};

use super::{OWNER_TAG, each, edit_content, found, physical_id, stack, text};
use crate::account::{Account, STACK, template};

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
    let text = account.run(&["drift", "--once"]).stdout;
    assert!(text.contains("; 2 policies that no resource holds"), "{text}");
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
