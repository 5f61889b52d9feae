//! Targets: roots, paths of OUs, and attachments made by others.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use test_world::World;
use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP, BACKUP_POLICY, PRODUCTION, ROOT, SANDBOX, SECURITY};

use super::{calls_of, created, exists, read, targets};

#[tokio::test(start_paused = true)]
async fn targets_can_be_the_root_and_paths() {
    let (world, stack) = setup();
    let names = json!({"Targets": ["Root", "/Security/Backup", "/Sandbox", SANDBOX]});
    created(&stack, with(&policy_properties(), names)).await;
    assert_eq!(targets(&world, POLICY), [BACKUP, SANDBOX, ROOT]);
}

#[tokio::test(start_paused = true)]
async fn the_root_is_read_once_per_process() {
    let (world, stack) = setup();
    let targets = json!({"Targets": ["Root"]});
    created(&stack, with(&policy_properties(), targets.clone())).await;
    let other = with(&policy_properties(), json!({"Name": "other", "Targets": ["Root"]}));
    succeeded(&stack.create("Other", other).await.1);
    assert_eq!(world.calls().iter().filter(|call| *call == "ListRoots").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_pages_of_a_list_are_read() {
    let (world, stack) = setup();
    world.change(|state| {
        state.page_size = 1;
        state.empty_pages = true;
    });
    let resource = created(
        &stack,
        with(&policy_properties(), json!({"Targets": ["/Sandbox", "/Security/Backup"]})),
    )
    .await;
    let mut resource = resource;
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Targets": []}))).await,
    );
    assert!(targets(&world, POLICY).is_empty());
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_missing_step_of_a_path_names_its_siblings() {
    let (world, stack) = setup();
    let (_, response) = stack
        .create("Daily", with(&policy_properties(), json!({"Targets": ["/Security/backup"]})))
        .await;
    assert_eq!(
        failure(&response),
        "find target /Security/backup: /Security holds no organizational unit \"backup\", but \
         Backup (names are case-sensitive)"
    );
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    assert!(!world.calls().contains(&"CreatePolicy".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_step_of_a_path_names_the_ids() {
    let (world, stack) = setup();
    let twin = world.change(|state| state.add_unit(SECURITY, "Backup"));
    let (_, response) = stack
        .create("Daily", with(&policy_properties(), json!({"Targets": ["/Security/Backup"]})))
        .await;
    let reason = failure(&response);
    assert!(reason.contains("/Security holds several organizational units \"Backup\""), "{reason}");
    assert!(reason.contains(BACKUP) && reason.contains(&twin), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn paths_share_what_has_been_read_of_the_tree() {
    let (world, stack) = setup();
    world.change(|state| state.add_unit(SECURITY, "Audit"));
    let paths =
        json!({"Targets": ["/Security/Audit", "/Security/Backup"], "EnablePolicyType": "true"});
    created(&stack, with(&policy_properties(), paths)).await;
    let reads = world.calls().iter().filter(|call| call.starts_with("List")).count();
    assert_eq!(reads, 1 + 2 + 1, "the root, two levels, the status of the type");
}

#[tokio::test(start_paused = true)]
async fn with_declared_attachments_those_of_others_stay() {
    let (world, stack) = setup();
    let declared = with(&policy_properties(), json!({"ManageAttachments": "Declared"}));
    let mut resource = created(&stack, declared.clone()).await;
    world.change(|state| state.attach(POLICY, SECURITY));
    let fewer = with(&declared, json!({"Targets": ["/Sandbox"]}));
    succeeded(&stack.update(&mut resource, fewer).await);
    assert_eq!(targets(&world, POLICY), [SECURITY, SANDBOX]);

    let before = read(&world).await;
    let response = stack.delete(&resource).await;
    assert_eq!(
        failure(&response),
        "delete policy \"daily\" (p-0000000001): it is also attached, by others, to \
         ou-ab12-11111111; detach it there, or set ManageAttachments to All"
    );
    assert_eq!(read(&world).await, before, "nothing is half done");
    world.change(|state| state.detach(POLICY, SECURITY));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_declared_path_that_is_gone_is_named() {
    let (world, stack) = setup();
    let unit = world.change(|state| state.add_unit(ROOT, "Old"));
    let declared = json!({"ManageAttachments": "Declared", "Targets": ["/Old", SANDBOX]});
    let mut resource = created(&stack, with(&policy_properties(), declared.clone())).await;
    let id = resource.physical_id.clone();
    let renamed =
        with(&with(&policy_properties(), declared.clone()), json!({"Targets": [SANDBOX]}));
    // The OU has been renamed: its id is still there, its path is not.
    resource.properties =
        with(&with(&policy_properties(), declared), json!({"Targets": ["/Gone", SANDBOX]}));
    let response = stack.delete(&resource).await;
    assert_eq!(
        failure(&response),
        format!(
            "delete policy \"daily\" ({id}): it is also attached, by others, to {unit} (or \
             declared as /Gone, which no longer exists); detach it there, or set \
             ManageAttachments to All"
        )
    );
    succeeded(&stack.update(&mut resource, renamed).await);
    assert_eq!(targets(&world, &id), [unit.as_str(), SANDBOX]);
}

/// For a policy that stays it does not matter whether the paths still exist.
#[tokio::test(start_paused = true)]
async fn a_policy_that_stays_needs_no_targets_read() {
    let (world, stack) = setup();
    let declared = json!({"ManageAttachments": "Declared", "Targets": ["/Sandbox"]});
    let resource = created(&stack, with(&policy_properties(), declared)).await;
    world.change(|state| state.tags.remove(POLICY));
    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource", "ListTagsForResource"]);
}

/// The Sandbox has room for one more, and AWS looks at that first.
fn full_target(world: &World) {
    world.change(|state| {
        state.limit_before_duplicate = true;
        for n in 1..10 {
            let id = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{\"plans\":{}}");
            state.attach(&id, SANDBOX);
        }
    });
}

/// AWS may look at the number before it sees that the policy is attached there already.
#[tokio::test(start_paused = true)]
async fn a_target_that_is_full_of_the_policy_itself_is_success() {
    let (world, stack) = setup();
    let one = with(&policy_properties(), json!({"Targets": [PRODUCTION]}));
    let mut resource = created(&stack, one).await;
    full_target(&world);
    world.change(|state| state.attach(POLICY, SANDBOX));
    let began = Instant::now();
    succeeded(&stack.update(&mut resource, policy_properties()).await);
    assert!(began.elapsed() >= Duration::from_secs(10), "it has looked twice");
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
}

/// The list still shows the policy on a target that it has just been detached from.
#[tokio::test(start_paused = true)]
async fn a_list_that_lags_does_not_make_a_full_target_a_success() {
    let (world, stack) = setup();
    let one = with(&policy_properties(), json!({"Targets": [PRODUCTION]}));
    let mut resource = created(&stack, policy_properties()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.change(|state| state.attachment_lag = Duration::from_secs(9));
    succeeded(&stack.update(&mut resource, one).await);
    full_target(&world);
    world.change(|state| {
        let id = state.add_policy(BACKUP_POLICY, "other-10", "{\"plans\":{}}");
        state.attach(&id, SANDBOX);
    });
    let response = stack.update(&mut resource, policy_properties()).await;
    assert!(failure(&response).contains("are already attached to the target"), "{response:?}");
}

/// The former Targets are those of the policy that CloudFormation holds, and not of the one that takes its place.
#[tokio::test(start_paused = true)]
async fn a_policy_that_takes_the_place_of_another_keeps_attachments_of_others() {
    let (world, stack) = setup();
    let declared = json!({"ManageAttachments": "Declared", "Targets": [PRODUCTION]});
    let mut resource = created(&stack, with(&guard_properties(), declared)).await;
    let id = world.change(|state| {
        let id = state.add_policy(BACKUP_POLICY, "guard", "{\"plans\":{}}");
        state.attach(&id, PRODUCTION);
        id
    });
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": [SANDBOX],
        "ManageAttachments": "Declared", "AdoptExisting": "true"});
    succeeded(&stack.update(&mut resource, with(&guard_properties(), changes)).await);
    assert_eq!(resource.physical_id, id);
    assert_eq!(targets(&world, &id), [PRODUCTION, SANDBOX]);
}
