//! Delete: what each physical id leads to.

use std::time::Duration;

use serde_json::{Value, json};

use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, FULL_AWS_ACCESS, Fault, ListLag, SANDBOX, SECURITY};
use test_world::{Resource, Stack, World};

use super::{calls_of, created, exists, read};

#[tokio::test(start_paused = true)]
async fn a_delete_detaches_the_policy_everywhere_and_deletes_it() {
    let (world, stack) = setup();
    let before = read(&world).await;
    let resource = created(&stack, policy_properties()).await;
    world.change(|state| state.attach(POLICY, SECURITY));
    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert_eq!(
        calls,
        [
            "ListTagsForResource",
            "ListTargetsForPolicy",
            "DetachPolicy",
            "DetachPolicy",
            "DetachPolicy",
            "DeletePolicy"
        ]
    );
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_policy_still_in_use_after_its_last_detach_is_waited_for() {
    let (world, stack) = setup();
    world.change(|state| state.in_use_lag = Duration::from_secs(20));
    let resource = created(&stack, policy_properties()).await;
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_stays_in_use_is_an_error() {
    let (world, stack) = setup();
    let resource = created(&stack, policy_properties()).await;
    world.fail_always("DeletePolicy", Fault::Error("PolicyInUseException"));
    insta::assert_snapshot!(failure(&stack.delete(&resource).await), @r#"delete policy "daily" (p-0000000001): it is still attached somewhere; somebody has attached it again: detach it, then delete again"#);
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_another_owner_or_of_none_is_left_in_place() {
    let (world, stack) = setup();
    let resource = created(&stack, policy_properties()).await;
    world.change(|state| state.tag(POLICY, "cfn-org-policy:stack-id", "theirs"));
    let theirs = read(&world).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, theirs);

    world.change(|state| state.tags.remove(POLICY));
    let unowned = read(&world).await;
    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource", "ListTagsForResource"]);
    assert_eq!(read(&world).await, unowned);
}

/// A policy of the same name may be a later one that is in use.
#[tokio::test(start_paused = true)]
async fn a_gone_policy_is_not_looked_up_by_name() {
    let (world, stack) = setup();
    let resource = created(&stack, policy_properties()).await;
    world.change(|state| state.remove_policy(POLICY));
    let (later, response) = stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource", "ListTagsForResource"]);
    assert!(exists(&world, &later.physical_id));
}

/// The Create made a policy, but no answer from AWS came in time.
async fn with_unknown_outcome(world: &World, stack: &Stack) -> Resource {
    world.fail_call(0, Fault::Hang { takes_effect: true });
    world.fail_always("ListPolicies", Fault::Hang { takes_effect: false });
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    failure(&response);
    world.clear_faults();
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
    assert!(exists(world, POLICY));
    resource
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_cleaned_up_by_its_request_id() {
    let (world, stack) = setup();
    let resource = with_unknown_outcome(&world, &stack).await;
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_policy_of_unknown_outcome_may_be_listed_late() {
    let (world, stack) = setup();
    let resource = with_unknown_outcome(&world, &stack).await;
    world.change(|state| state.list_lag = Some(ListLag::Listings(2)));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

/// After a failed Create an Update succeeded; the clean-up of the Create comes later.
#[tokio::test(start_paused = true)]
async fn the_delete_of_an_unknown_outcome_does_not_delete_a_later_policy() {
    let (world, stack) = setup();
    let marker = with_unknown_outcome(&world, &stack).await;
    let mut resource = marker.clone();
    succeeded(&stack.update(&mut resource, policy_properties()).await);
    assert_eq!(resource.physical_id, POLICY, "it carries on with what the first try made");
    let after = read(&world).await;
    succeeded(&stack.delete(&marker).await);
    assert_eq!(read(&world).await, after);
}

#[tokio::test(start_paused = true)]
async fn an_invented_id_deletes_only_the_resources_own_policy() {
    let (world, stack) = setup();
    let resource = created(&stack, policy_properties()).await;
    let invented = Resource { physical_id: "backup-Daily-1ABC".to_owned(), ..resource };
    let other = Stack::new(&world.sdk_config(), "other");
    succeeded(&other.delete(&invented).await);
    assert!(exists(&world, POLICY));
    succeeded(&stack.delete(&invented).await);
    assert!(!exists(&world, POLICY));
    succeeded(&stack.delete(&invented).await);
}

#[tokio::test(start_paused = true)]
async fn bad_properties_never_make_a_delete_fail() {
    let wrong = json!({"Nmae": 7, "Targets": 7, "Type": [], "Tags": "x"});
    for properties in [wrong, json!({}), Value::Null] {
        let (world, stack) = setup();
        let created = created(&stack, policy_properties()).await;
        let mut resource = Resource { properties, ..created };
        succeeded(&stack.delete(&resource).await);
        assert!(!exists(&world, POLICY));
        resource.physical_id = "invented".to_owned();
        succeeded(&stack.delete(&resource).await);
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_scp_of_a_target_cannot_be_detached() {
    let (world, stack) = setup();
    let resource = created(&stack, with(&guard_properties(), json!({"Targets": [SANDBOX]}))).await;
    world.change(|state| state.detach(FULL_AWS_ACCESS, SANDBOX));
    let before = read(&world).await;
    insta::assert_snapshot!(failure(&stack.delete(&resource).await), @r#"detach policy "guard" (p-0000000001) from ou-ab12-44444444: a limit of the organization is in the way (ConstraintViolationException, MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED); the last policy of this type cannot be detached: attach another one first, for example FullAWSAccess, then try again"#);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_policy_attached_again_while_it_is_deleted_is_detached_there_too() {
    let (world, stack) = setup();
    let resource = created(&stack, policy_properties()).await;
    world.reset_calls();
    // Two reads and two detaches, then the first DeletePolicy.
    world.on_call(4, |state| state.attach(POLICY, SECURITY));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

/// Somebody else deletes it, at any point.
#[tokio::test(start_paused = true)]
async fn a_delete_succeeds_if_its_policy_vanishes_meanwhile() {
    for call in 0..5 {
        let (world, stack) = setup();
        let resource = created(&stack, policy_properties()).await;
        world.reset_calls();
        world.on_call(call, |state| state.remove_policy(POLICY));
        succeeded(&stack.delete(&resource).await);
    }
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let adopted =
        created(&stack, with(&policy_properties(), json!({"AdoptExisting": "true"}))).await;
    world.reset_calls();
    world.on_call(1, move |state| state.remove_policy(&id));
    succeeded(&stack.delete(&adopted).await);
}
