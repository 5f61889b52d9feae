//! The table of calls in docs/SEMANTICS.md, counted.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use test_world::fixtures::{
    DIGEST_TAG, policy_properties, settings_properties, settings_setup, setup, with,
};
use test_world::stack::succeeded;
use test_world::world::{BACKUP_POLICY, PRODUCTION, SANDBOX, SCP, SECURITY};
use test_world::{Resource, Stack, World};

/// The calls of one event as the table has them: "CreatePolicy, 2 × AttachPolicy | 3".
fn calls_made(world: &World) -> String {
    let calls = world.calls();
    let mut items: Vec<(String, usize)> = Vec::new();
    for call in &calls {
        match items.last_mut() {
            Some((last, times)) if last == call => *times += 1,
            _ => items.push((call.clone(), 1)),
        }
    }
    let items: Vec<String> = items
        .into_iter()
        .map(|(call, times)| if times == 1 { call } else { format!("{times} × {call}") })
        .collect();
    let list = if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    format!("{list} | {}", calls.len())
}

async fn create(changes: Value) -> String {
    let (world, stack) = setup();
    succeeded(&stack.create("Daily", with(&policy_properties(), changes)).await.1);
    calls_made(&world)
}

async fn redelivery_of_create() -> String {
    let (world, stack) = setup();
    let event = stack.create_event("Daily", &policy_properties());
    succeeded(&stack.send(&event).await);
    world.reset_calls();
    succeeded(&stack.send(&event).await);
    calls_made(&world)
}

async fn update(before: Value, changes: Value) -> String {
    let (world, stack) = setup();
    let (mut resource, _) = stack.create("Daily", with(&policy_properties(), before.clone())).await;
    world.reset_calls();
    let changed = with(&with(&policy_properties(), before), changes);
    succeeded(&stack.update(&mut resource, changed).await);
    calls_made(&world)
}

/// The Create that adopts a policy which somebody made by hand, and its Delete.
async fn adopt(by_id: bool) -> (String, String) {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let adopt = if by_id { id } else { "true".to_owned() };
    let properties = with(&policy_properties(), json!({"AdoptExisting": adopt, "Description": ""}));
    let (resource, response) = stack.create("Daily", properties).await;
    succeeded(&response);
    let adopted = calls_made(&world);
    world.reset_calls();
    succeeded(&stack.delete(&resource).await);
    (adopted, calls_made(&world))
}

async fn update_of_a_vanished_policy() -> String {
    let (world, stack) = setup();
    let (mut resource, _) = stack.create("Daily", policy_properties()).await;
    world.change(|state| state.remove_policy(&resource.physical_id));
    world.reset_calls();
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Revision": "2"}))).await,
    );
    calls_made(&world)
}

async fn update_of_a_policy_without_digest() -> String {
    let (world, stack) = setup();
    let (mut resource, _) = stack.create("Daily", policy_properties()).await;
    world.change(|state| {
        let tags = state.tags.get_mut(&resource.physical_id).expect("it has tags");
        tags.remove(DIGEST_TAG).expect("it has a digest");
    });
    world.reset_calls();
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Revision": "2"}))).await,
    );
    calls_made(&world)
}

async fn delete_of_another_owners() -> String {
    let (world, stack) = setup();
    let (resource, _) = stack.create("Daily", policy_properties()).await;
    let other = Stack::new(&world.sdk_config(), "other");
    world.reset_calls();
    succeeded(&other.delete(&resource).await);
    calls_made(&world)
}

async fn delete(physical_id: Option<&str>) -> String {
    let (world, stack) = setup();
    let (mut resource, _) = stack.create("Daily", policy_properties()).await;
    if let Some(id) = physical_id {
        resource = Resource { physical_id: id.to_owned(), ..resource };
    }
    world.reset_calls();
    succeeded(&stack.delete(&resource).await);
    calls_made(&world)
}

/// The Create of a Custom::OrgBackupSettings in two Regions, an Update that finds all of it on, and its Delete.
async fn backup_settings() -> [String; 3] {
    let (world, stack) = settings_setup();
    let (mut resource, response) = stack.create("Settings", settings_properties()).await;
    succeeded(&response);
    let created = calls_made(&world);
    world.reset_calls();
    let same = with(&settings_properties(), json!({"Revision": "2"}));
    succeeded(&stack.update(&mut resource, same).await);
    let updated = calls_made(&world);
    world.reset_calls();
    succeeded(&stack.delete(&resource).await);
    [created, updated, calls_made(&world)]
}

#[tokio::test(start_paused = true)]
async fn the_table_of_calls_holds() {
    let [settings_on, settings_same, settings_deleted] = backup_settings().await;
    let scp = json!({"Type": SCP, "Content": {"Statement": []}});
    let (by_name, delete_of_adopted) = adopt(false).await;
    let (by_id, _) = adopt(true).await;
    let rows = [
        ("Create, two targets by id", create(json!({})).await),
        (
            "Create, one of them `Root`, in a new process",
            create(json!({"Targets": ["Root", SANDBOX]})).await,
        ),
        (
            "Create, one target `/Security/Backup`, in a new process",
            create(json!({"Targets": ["/Security/Backup"]})).await,
        ),
        (
            "Create, two targets, `EnablePolicyType`, enabled already",
            create(json!({"EnablePolicyType": "true"})).await,
        ),
        ("Create delivered again after all was done", redelivery_of_create().await),
        ("Update, nothing differs", update(json!({}), json!({"Revision": "2"})).await),
        (
            "Update, nothing differs, the policy lacks its digest",
            update_of_a_policy_without_digest().await,
        ),
        (
            "Update, content, name and description differ",
            update(
                json!({}),
                json!({"Name": "n", "Description": "d", "Content": {"plans": {"p": {}}}}),
            )
            .await,
        ),
        (
            "Update, one target replaced by another",
            update(json!({}), json!({"Targets": [PRODUCTION, SECURITY]})).await,
        ),
        (
            "Update, one tag changed and one taken away",
            update(
                json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]}),
                json!({"Tags": [{"Key": "a", "Value": "2"}]}),
            )
            .await,
        ),
        ("Update to another Type, two targets", update(json!({}), scp).await),
        ("Delete of ours, two targets", delete(None).await),
        ("Create that adopts a policy by its name, two targets", by_name),
        ("Create that adopts a policy by its id, two targets", by_id),
        ("Update of a policy that has vanished, two targets", update_of_a_vanished_policy().await),
        ("Delete of an adopted policy", delete_of_adopted),
        ("Delete of another's policy", delete_of_another_owners().await),
        (
            "Delete of `unknown:<RequestId>`, the policy is there",
            delete(Some("cfn-org-policy:unknown:request-1")).await,
        ),
        ("Delete of an invented id, the policy is there", delete(Some("invented")).await),
        ("Delete of a policy that is gone", delete(Some("p-12345678")).await),
        ("Delete of `nothing-created`", delete(Some("cfn-org-policy:nothing-created")).await),
        (
            "Create, two types, both services, one global setting, two Regions with full management, all off",
            settings_on,
        ),
        ("Update of these, all is on", settings_same),
        ("Delete of a Custom::OrgBackupSettings", settings_deleted),
    ];
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/SEMANTICS.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let rows = rows.map(|(event, calls)| format!("| {event} | {calls} |"));
    let missing: Vec<&String> = rows.iter().filter(|row| !page.contains(*row)).collect();
    assert!(missing.is_empty(), "docs/SEMANTICS.md lacks\n{missing:#?}");
}
