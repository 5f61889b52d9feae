//! Reads of a policy and its tags lag, as lists do: nothing is concluded from what they do not show yet.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, ListLag, PRODUCTION, SANDBOX};
use test_world::{Resource, Stack, World};

use super::{calls_of, created, exists, read, tags, targets};

const LAG: Duration = Duration::from_secs(9);

fn point_reads_lag(world: &World) {
    world.change(|state| state.point_lag = LAG);
}

/// By now everything that was done shows.
async fn pass_the_lag() {
    tokio::time::sleep(Duration::from_secs(60)).await;
}

fn content(world: &World) -> String {
    world.change(|state| state.policy(POLICY).content.clone())
}

#[tokio::test(start_paused = true)]
async fn a_rollback_writes_what_it_declares_though_the_read_shows_it() {
    let (world, stack) = setup();
    let mut resource =
        created(&stack, with(&policy_properties(), json!({"Tags": [{"Key": "a", "Value": "1"}]})))
            .await;
    let before = read(&world).await;
    pass_the_lag().await;
    point_reads_lag(&world);
    let former = resource.properties.clone();
    let changes = json!({"Content": {"plans": {"other": {}}}, "Name": "other", "Description": "other",
        "Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}]});
    succeeded(&stack.update(&mut resource, with(&policy_properties(), changes)).await);
    succeeded(&stack.update(&mut resource, former).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn old_properties_that_cannot_be_read_count_as_changed() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    resource.properties = json!({"Content": "{", "Name": [], "Tags": 7, "Description": {}});
    world.reset_calls();
    succeeded(&stack.update(&mut resource, policy_properties()).await);
    assert!(
        world
            .calls_in_detail()
            .contains(&format!("UpdatePolicy {POLICY} Name Description Content"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_changed_revision_alone_writes_nothing() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let changed = with(&policy_properties(), json!({"Revision": "2", "Variables": {}}));
    let (response, calls) = calls_of(&world, stack.update(&mut resource, changed)).await;
    succeeded(&response);
    assert_eq!(calls, ["DescribePolicy", "ListTargetsForPolicy", "ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_right_after_a_create_finds_the_policy() {
    let (world, stack) = setup();
    let before = read(&world).await;
    point_reads_lag(&world);
    let resource = created(&stack, policy_properties()).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn an_update_right_after_a_create_does_not_create_the_policy_again() {
    let (world, stack) = setup();
    point_reads_lag(&world);
    let mut resource = created(&stack, policy_properties()).await;
    let renamed = with(&policy_properties(), json!({"Name": "renamed"}));
    succeeded(&stack.update(&mut resource, renamed).await);
    assert_eq!(resource.physical_id, POLICY);
    assert_eq!(world.change(|state| state.policies.len()), 2, "with FullAWSAccess");
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_created_just_now_can_be_adopted_by_its_id() {
    let (world, stack) = setup();
    point_reads_lag(&world);
    created(&stack, policy_properties()).await;
    let other = Stack::new(&world.sdk_config(), "other");
    let adopt = with(&policy_properties(), json!({"AdoptExisting": POLICY}));
    let (resource, response) = other.create("Mine", adopt).await;
    succeeded(&response);
    assert_eq!(resource.physical_id, POLICY);
}

/// The answer to CreatePolicy is lost, and its repetition meets the policy, whose tags do not show yet.
#[tokio::test(start_paused = true)]
async fn a_create_does_not_call_its_own_policy_nobodys() {
    for adopt in ["false", "true"] {
        let (world, stack) = setup();
        world.change(|state| state.tag_lag = LAG);
        world.fail_call(0, Fault::LostAnswer);
        let properties = with(&policy_properties(), json!({"AdoptExisting": adopt}));
        let resource = created(&stack, properties).await;
        assert_eq!(resource.physical_id, POLICY);
        assert!(!tags(&world, POLICY).iter().any(|tag| tag.contains("adopted")), "it is its own");
    }
}

/// Another stack has created the policy, whose tags do not show yet.
#[tokio::test(start_paused = true)]
async fn a_policy_is_not_adopted_because_its_tags_lag() {
    let (world, stack) = setup();
    world.change(|state| state.tag_lag = LAG);
    created(&stack, policy_properties()).await;
    let before = tags(&world, POLICY);
    let other = Stack::new(&world.sdk_config(), "other");
    let adopt = with(&policy_properties(), json!({"AdoptExisting": "true"}));
    let (_, response) = other.create("Mine", adopt).await;
    assert!(failure(&response).contains("it belongs to resource Daily"), "{}", response.reason);
    assert_eq!(tags(&world, POLICY), before);
}

#[tokio::test(start_paused = true)]
async fn a_delete_does_not_leave_a_policy_because_its_tags_lag() {
    let (world, stack) = setup();
    world.change(|state| state.tag_lag = LAG);
    let resource = created(&stack, policy_properties()).await;
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_policy_that_others_do_not_find_yet_is_attached_and_deleted() {
    let (world, stack) = setup();
    let before = read(&world).await;
    world.change(|state| state.fresh_policy_lag = LAG);
    let resource = created(&stack, policy_properties()).await;
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
    // Without a target the Delete comes at once.
    let untargeted = with(&policy_properties(), json!({"Targets": []}));
    let (resource, _) = stack.create("Daily", untargeted).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

/// A second Create takes over what the first one has left, at once.
#[tokio::test(start_paused = true)]
async fn a_fresh_policy_that_others_do_not_find_yet_is_claimed_by_a_second_try() {
    let (world, stack) = setup();
    world.change(|state| state.fresh_policy_lag = LAG);
    let untargeted = with(&policy_properties(), json!({"Targets": []}));
    created(&stack, untargeted.clone()).await;
    let resource = created(&stack, untargeted).await;
    assert_eq!(resource.physical_id, POLICY);
}

/// The event's ServiceTimeout leaves no time for a second look ten seconds later.
#[tokio::test(start_paused = true)]
async fn with_little_time_a_second_look_comes_earlier_and_absence_is_not_concluded() {
    let (world, stack) = setup();
    let short = with(&policy_properties(), json!({"ServiceTimeout": "13"}));
    let gone = Resource {
        logical_id: "Daily".to_owned(),
        physical_id: "p-12345678".to_owned(),
        properties: short.clone(),
    };
    let began = Instant::now();
    let response = stack.delete(&gone).await;
    insta::assert_snapshot!(failure(&response), @"read policy p-12345678: AWS may show for 10 s what was before, and less time is left; set ServiceTimeout to 120 or more, or try again");
    assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());

    let mut vanished = gone.clone();
    let response = stack.update(&mut vanished, with(&short, json!({"Revision": "2"}))).await;
    assert!(failure(&response).contains("less time is left"), "{}", response.reason);
    assert_eq!(world.change(|state| state.policies.len()), 1, "nothing is created");

    world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{}"));
    let adopt = with(&short, json!({"AdoptExisting": "true"}));
    let (_, response) = stack.create("Daily", adopt).await;
    assert!(failure(&response).contains("less time is left"), "{}", response.reason);
    assert_eq!(world.change(|state| state.tags.len()), 0, "nothing is tagged");
}

/// Its ServiceTimeout leaves less than the ten seconds that a look by name otherwise waits.
#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_can_be_cleaned_up_with_little_time() {
    let (world, stack) = setup();
    let short = with(&policy_properties(), json!({"ServiceTimeout": "13"}));
    let resource = created(&stack, short).await;
    let unknown = "cfn-org-policy:unknown:request-1".to_owned();
    succeeded(&stack.delete(&Resource { physical_id: unknown, ..resource }).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_policy_is_found_by_its_name_though_everything_lags() {
    let (world, stack) = setup();
    point_reads_lag(&world);
    world.change(|state| state.list_lag = Some(ListLag::For(LAG)));
    world.fail_call(0, Fault::LostAnswer);
    let resource = created(&stack, policy_properties()).await;
    assert_eq!(resource.physical_id, POLICY);
    assert_eq!(content(&world), policy_properties()["Content"].to_string());
}
