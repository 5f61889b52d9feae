//! Observing and planning without a Writer, as a preview does it.

use std::sync::Arc;

use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::{Clients, Reader};
use cfn_org_policy::error::Error;
use cfn_org_policy::policy::desired::{Declared, Desired};
use cfn_org_policy::policy::physical_id::PhysicalId;
use cfn_org_policy::policy::pipeline::{NameLookup, observe_and_plan};
use cfn_org_policy::protocol::request::Request;
use policy_document::quotas::Quotas;
use serde_json::{Value, json};
use test_world::World;
use test_world::fixtures::{Event, guard_properties, policy_properties, setup, with};
use test_world::stack::succeeded;
use test_world::world::BACKUP_POLICY;

fn reader(world: &World) -> Reader {
    let calls = Arc::new(CallContext::without_event());
    Clients::new(&world.sdk_config()).reader(&calls)
}

/// A Create of a policy called daily.
fn declared(changes: Value) -> Declared {
    let properties = with(&policy_properties(), changes);
    let request = Request::parse(Event::create("Daily").properties(properties).build().into());
    match Desired::parse(&request.expect("an event"), &Quotas::default()) {
        Ok(Desired::Present(declared)) => *declared,
        other => panic!("{other:?}"),
    }
}

async fn preview(world: &World, changes: Value, lookup: NameLookup) -> Result<String, Error> {
    let planned = observe_and_plan(&reader(world), &declared(changes), lookup).await;
    let reads = |call: &String| call.starts_with("List") || call.starts_with("Describe");
    assert!(world.calls().iter().all(reads), "{:?}", world.calls());
    planned.map(|planned| planned.plan.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_preview_finds_the_policy_that_a_create_would_meet() {
    let world = World::new();
    world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let error = preview(&world, json!({}), NameLookup::BeforeCreate).await.unwrap_err();
    assert!(matches!(error, Error::Unowned { .. }), "{error}");

    let adopt = json!({"AdoptExisting": "true"});
    let plan = preview(&world, adopt, NameLookup::BeforeCreate).await.unwrap();
    assert!(plan.starts_with("tag policy \"daily\" (p-"), "{plan}");
}

/// A new type is a new policy, whose name somebody else's may have.
#[tokio::test(start_paused = true)]
async fn a_preview_of_a_replacement_finds_the_policy_that_its_create_would_meet() {
    let (world, stack) = setup();
    let (resource, response) = stack.create("Daily", guard_properties()).await;
    succeeded(&response);
    world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    world.reset_calls();

    let mut declared = declared(json!({}));
    declared.physical_id = Some(PhysicalId::read(&resource.physical_id));
    let lookup = NameLookup::BeforeCreate;
    let error = observe_and_plan(&reader(&world), &declared, lookup).await.unwrap_err();
    assert!(matches!(error, Error::Unowned { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn where_no_policy_has_the_name_a_preview_shows_a_create() {
    let plan = preview(&World::new(), json!({}), NameLookup::BeforeCreate).await.unwrap();
    insta::assert_snapshot!(plan, @r#"
    create policy "daily" of type BACKUP_POLICY: content of 58 characters
    attach policy "daily" to ou-ab12-33333333
    attach policy "daily" to ou-ab12-44444444
    "#);
}

/// In a stack of a hundred policies the lists would be the bottleneck.
#[tokio::test(start_paused = true)]
async fn the_function_leaves_the_name_to_create_policy() {
    let world = World::new();
    world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let plan = preview(&world, json!({}), NameLookup::LeftToCreate).await.unwrap();
    assert!(plan.starts_with("create policy \"daily\""), "{plan}");
    assert_eq!(world.calls(), Vec::<String>::new());
}
