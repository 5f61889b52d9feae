//! Update to another Type, or of a policy that has vanished: a new policy, and its rollback.

use serde_json::json;

use test_world::Resource;
use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, PRODUCTION, SANDBOX};

use super::{created, exists, read, tags, targets};

#[tokio::test(start_paused = true)]
async fn a_vanished_policy_is_created_again_with_a_new_id() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let as_declared = read(&world).await;
    world.change(|state| state.remove_policy(POLICY));
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Revision": "2"}))).await,
    );
    assert_ne!(resource.physical_id, POLICY);
    let again = read(&world).await;
    assert_eq!(again.root, as_declared.root);
    let former = Resource { physical_id: POLICY.to_owned(), ..resource };
    succeeded(&stack.delete(&former).await);
    assert_eq!(read(&world).await, again);
}

/// CloudFormation sends the clean-up Delete of the old policy after the new one has been made.
#[tokio::test(start_paused = true)]
async fn another_type_is_a_new_policy_and_the_old_one_stays_until_the_clean_up() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let former = resource.clone();
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
    let response = stack.update(&mut resource, with(&guard_properties(), changes)).await;
    succeeded(&response);
    assert_ne!(resource.physical_id, former.physical_id);
    assert!(exists(&world, &former.physical_id), "the guard is on until the new policy stands");
    succeeded(&stack.delete(&former).await);
    assert!(!exists(&world, &former.physical_id));
    assert_eq!(targets(&world, &resource.physical_id), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_replacement_deletes_its_new_policy() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let before = read(&world).await;
    let changes = json!({
        "Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": [SANDBOX, "999999999999"],
    });
    let response = stack.update(&mut resource, with(&guard_properties(), changes)).await;
    assert!(failure(&response).contains("to 999999999999"), "{response:?}");
    assert_eq!(read(&world).await, before);
}

/// CloudFormation rolls a successful replacement back with an Update from new to old, and then deletes the new policy.
/// MiniStack only sends the Delete.
#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_successful_replacement_finds_the_old_policy() {
    let (world, stack) = setup();
    let resource = created(&stack, guard_properties()).await;
    let before = read(&world).await;
    let mut replaced = resource.clone();
    let changes =
        with(&guard_properties(), json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}}));
    succeeded(&stack.update(&mut replaced, changes).await);
    let new = replaced.clone();
    succeeded(&stack.update(&mut replaced, guard_properties()).await);
    assert_eq!(replaced.physical_id, resource.physical_id);
    succeeded(&stack.delete(&new).await);
    assert_eq!(read(&world).await, before);
}

/// The replacement failed, and so did its clean-up; then comes the rollback.
#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_replacement_deletes_what_it_left() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let before = read(&world).await;
    let replacement = with(
        &guard_properties(),
        json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": ["999999999999"]}),
    );
    world.fail_always("DeletePolicy", Fault::Error("AccessDeniedException"));
    let response = stack.update(&mut resource, replacement.clone()).await;
    let reason = failure(&response);
    assert!(
        reason.contains("; cleaning up failed as well: delete policy \"guard\" (p-0000000002): "),
        "{reason}"
    );
    world.clear_faults();

    let mut failed = resource.clone();
    failed.properties = replacement;
    succeeded(&stack.update(&mut failed, guard_properties()).await);
    assert_eq!(failed.physical_id, resource.physical_id);
    assert_eq!(read(&world).await, before);
}

/// Tags lag: the policy that is in use again does not show yet what had replaced it.
#[tokio::test(start_paused = true)]
async fn a_replacement_that_is_rolled_back_at_once_leaves_no_mark() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    world.change(|state| state.point_lag = std::time::Duration::from_secs(9));
    // The new policy shows by the time the old one learns of it.
    world.fail_first("AttachPolicy", 1, Fault::Hang { takes_effect: true });
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
    succeeded(&stack.update(&mut resource, with(&guard_properties(), changes)).await);
    succeeded(&stack.update(&mut resource, guard_properties()).await);
    assert_eq!(resource.physical_id, POLICY);
    let tags = tags(&world, POLICY);
    assert!(!tags.iter().any(|tag| tag.contains("replaced-by")), "{tags:?}");
}
