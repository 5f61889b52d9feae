//! Backup settings of several Regions: what is planned is what the function then does.

use serde_json::{Value, json};
use test_world::cloudformation::{Resource, Stack as DeployedStack};
use test_world::fixtures::{SETTINGS_TYPE, settings_properties, with};
use test_world::stack::{self, Stack};
use test_world::world::{BACKUP_POLICY, EU, US};

use crate::account::{Account, Run, STACK, logged};

fn template(properties: &Value) -> Value {
    json!({"Resources": {"Settings": {"Type": SETTINGS_TYPE, "Properties": properties}}})
}

fn lines(run: &Run, event: &str) -> Vec<String> {
    let resource = run.resource("Settings", event);
    let lines = resource["lines"].as_array().expect("a list").iter();
    lines.map(|line| line.as_str().expect("a text").to_owned()).collect()
}

/// The stack as it is deployed now.
fn hold(account: &Account, stack: &Stack, held: &stack::Resource) {
    let resource = Resource {
        logical_id: held.logical_id.clone(),
        resource_type: SETTINGS_TYPE.to_owned(),
        physical_id: held.physical_id.clone(),
        status: "CREATE_COMPLETE".to_owned(),
    };
    let deployed = DeployedStack {
        id: stack.id.clone(),
        status: "CREATE_COMPLETE".to_owned(),
        template: template(&held.properties).to_string(),
        resources: vec![resource],
        ..DeployedStack::default()
    };
    account.cloudformation.change(|state| state.stacks.insert(STACK.to_owned(), deployed));
}

#[test]
fn settings_of_several_regions_are_switched_on_as_planned() {
    let account = Account::new();
    let mut stack = Stack::new(&account.world.sdk_config(), STACK);
    stack.resource_type = SETTINGS_TYPE;
    account.world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        let types = state.settings.regions.get_mut(EU).expect("the Region");
        types.insert("EBS".to_owned(), true);
    });

    // What is on in one Region only is switched on in the other.
    let declared = settings_properties();
    let run = account.plan(&template(&declared));
    assert_eq!(run.exit, 2, "{run:?}");
    let planned = lines(&run, "Create");
    let of = |region: &str| planned.iter().filter(|line| line.contains(region)).count();
    assert!(of(EU) >= 2 && of(US) >= 2, "{planned:#?}");
    let ((mut settings, response), done) = logged(stack.create("Settings", declared.clone()));
    assert_eq!((response.reason.as_str(), &done), ("", &planned));
    hold(&account, &stack, &settings);

    // All is on, in both.
    let again = with(&declared, json!({"Revision": "2"}));
    let run = account.plan(&template(&again));
    assert_eq!(run.exit, 0, "{run:?}");
    let (response, done) = logged(stack.update(&mut settings, again.clone()));
    assert_eq!((response.reason.as_str(), done), ("", lines(&run, "Update")));
    hold(&account, &stack, &settings);

    // Somebody switches one off in one Region; all types of both are declared.
    account.world.change(|state| {
        let managed = state.settings.full_management.get_mut(US).expect("the Region");
        managed.insert("DynamoDB".to_owned(), false);
    });
    let all = with(&declared, json!({"ResourceTypes": "All"}));
    let run = account.plan(&template(&all));
    assert_eq!(run.exit, 2, "{run:?}");
    let (response, done) = logged(stack.update(&mut settings, all.clone()));
    assert_eq!((response.reason.as_str(), done), ("", lines(&run, "Update")));
    hold(&account, &stack, &settings);

    // It goes, and all stays on.
    let run = account.plan(&json!({"Resources": {}}));
    assert_eq!(run.exit, 0, "{run:?}");
    let (response, done) = logged(stack.delete(&settings));
    assert_eq!((response.reason.as_str(), done), ("", lines(&run, "Delete")));
}

/// A type that one of the Regions does not know is the error that the deployment would end with.
#[test]
fn a_type_that_one_region_does_not_know_is_said_before() {
    let account = Account::new();
    let mut stack = Stack::new(&account.world.sdk_config(), STACK);
    stack.resource_type = SETTINGS_TYPE;
    let declared = with(&settings_properties(), json!({"ResourceTypes": ["Timestream"]}));
    let run = account.plan(&template(&declared));
    assert_eq!(run.exit, 1, "{run:?}");
    let ((_, response), _) = logged(stack.create("Settings", declared));
    let said = run.resource("Settings", "Create")["error"].clone();
    assert_eq!(said, format!("the deployment would fail: {}", response.reason));
    let regions = [EU, US].iter().filter(|region| response.reason.contains(**region)).count();
    assert_eq!(regions, 1, "{}", response.reason);
}
