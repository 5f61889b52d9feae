//! Properties that cannot be read, and what is done all the same.

use std::time::Duration;

use cfn_org_policy::policy::desired::Desired;
use cfn_org_policy::protocol::event;
use cfn_org_policy::protocol::request::{Action, Request};
use cfn_org_policy::protocol::response::Status;
use policy_document::quotas::Quotas;
use serde_json::{Value, json};

use test_world::Organization;
use test_world::fixtures::{
    Event, POLICY, policy_properties, settings_properties, settings_setup, setup, with,
};
use test_world::stack::{failure, succeeded};
use test_world::world::{PRODUCTION, SANDBOX};

fn no_objects() -> [Value; 4] {
    [json!(7), json!("x"), json!([]), json!(true)]
}

#[tokio::test(start_paused = true)]
async fn a_delete_without_readable_properties_goes_by_id_and_tags() {
    for properties in no_objects() {
        let (world, stack) = setup();
        let before = Organization::read(&world.client()).await;
        let (mut resource, created) = stack.create("Daily", policy_properties()).await;
        succeeded(&created);
        resource.properties = properties;
        succeeded(&stack.delete(&resource).await);
        assert_eq!(Organization::read(&world.client()).await, before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_without_readable_old_properties_reaches_what_is_declared() {
    for properties in no_objects() {
        let (world, stack) = setup();
        let (mut resource, created) = stack.create("Daily", policy_properties()).await;
        succeeded(&created);
        resource.properties = properties;
        let declared = with(&policy_properties(), json!({"Targets": [SANDBOX]}));
        let updated = stack.update(&mut resource, declared).await;
        assert_eq!(updated.status, Status::Success, "{}", updated.reason);
        let targets = world.change(|state| state.policies[POLICY].targets.clone());
        assert!(targets.contains(SANDBOX) && !targets.contains(PRODUCTION), "{targets:?}");
    }
}

/// An Update whose old properties hold one that cannot be read, and the Delete with that one.
#[test]
fn what_can_be_read_beside_the_rest_counts() {
    let request = |request_type: &str, content: &str| {
        let others = r#""Name":"daily","ManageAttachments":"Declared","Targets":["r-ab12"]"#;
        let properties = format!("{{{others},\"Content\":{content}}}");
        let event = Event::new(request_type, "Daily").set("PhysicalResourceId", POLICY);
        let event = event.set("ResourceProperties", "<new>").set("OldResourceProperties", "<old>");
        let text = event.build().to_string();
        let new = if request_type == "Delete" { &properties } else { "{}" };
        let text = text.replace("\"<new>\"", new).replace("\"<old>\"", &properties);
        Request::parse(event::Event::read(text.as_bytes())).expect("an event")
    };
    let old = |content: &str| match request("Update", content).action {
        Action::Update { old_properties, .. } => old_properties,
        other => panic!("{other:?}"),
    };
    assert_eq!(old("1").expect("they can be read")["Name"], "daily");
    assert_eq!(old("1e999"), None, "each may have been anything");
    match Desired::parse(&request("Delete", "1e999"), &Quotas::default()) {
        Ok(Desired::Absent(removal)) => {
            assert_eq!(removal.name.as_deref(), Some("daily"));
            assert_eq!(removal.declared_targets.map(|targets| targets.len()), Some(1));
        }
        other => panic!("{other:?}"),
    }
}

/// A time-out that is none leaves no time for a fault of its own.
#[tokio::test(start_paused = true)]
async fn a_service_timeout_of_nothing_is_told_as_such() {
    for timeout in [json!("0"), json!("x"), json!([])] {
        let (world, stack) = setup();
        world.set_latency(Duration::from_millis(100));
        let bad = with(&policy_properties(), json!({"ServiceTimeout": timeout}));
        let (_, created) = stack.create("Daily", bad.clone()).await;
        let expected =
            format!("read properties: ServiceTimeout: must be 1 to 3600 seconds, not {timeout}");
        assert_eq!(failure(&created), expected);
        let (mut resource, created) = stack.create("Daily", policy_properties()).await;
        succeeded(&created);
        resource.properties = bad;
        succeeded(&stack.delete(&resource).await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_organizations_does_not_take_is_told_with_its_remedy() {
    let (_, stack) = setup();
    let misspelt = with(&policy_properties(), json!({"Type": "BACKUP_POLICIES"}));
    let (_, created) = stack.create("Daily", misspelt).await;
    assert_eq!(
        failure(&created),
        "create policy \"daily\" of type BACKUP_POLICIES: the input is not valid \
         (InvalidInputException, INVALID_ENUM_POLICY_TYPE); AWS Organizations does not know this \
         policy type: correct its name"
    );
    let markup = with(&policy_properties(), json!({"Name": "<b>daily</b>"}));
    let (_, created) = stack.create("Daily", markup).await;
    assert!(failure(&created).ends_with(
        " (InvalidInputException, INVALID_PATTERN); AWS Organizations does not take a text of this \
         form: correct Name, Description or Tags"
    ), "{}", created.reason);
    let (_, stack) = settings_setup();
    let (_, created) = stack.create("Settings", json!({"PolicyTypes": ["BACKUP_POLICIES"]})).await;
    assert!(
        failure(&created).ends_with("this policy type: correct its name"),
        "{}",
        created.reason
    );
}

#[tokio::test(start_paused = true)]
async fn the_settings_need_no_old_properties_either() {
    for properties in no_objects() {
        let (_, stack) = settings_setup();
        let (mut resource, created) = stack.create("Settings", settings_properties()).await;
        succeeded(&created);
        resource.properties = properties.clone();
        succeeded(&stack.update(&mut resource, settings_properties()).await);
        resource.properties = properties;
        succeeded(&stack.delete(&resource).await);
    }
}
