//! Update: only what differs is written, and nothing is detached before all is attached.

use std::time::Duration;

use serde_json::{Value, json};

use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, PRODUCTION, RCP, ROOT, SANDBOX, SECURITY};

use super::{calls_of, created, exists, read, tags, targets};

#[tokio::test(start_paused = true)]
async fn the_same_content_in_another_form_writes_nothing() {
    let (world, stack) = setup();
    let mut backup = created(&stack, policy_properties()).await;
    let text = json!({"Content": "{ \"plans\": {\"daily\": {\"regions\": {\"@@assign\": [\"eu-west-1\"] } } } }"});
    let (response, calls) =
        calls_of(&world, stack.update(&mut backup, with(&policy_properties(), text))).await;
    succeeded(&response);
    assert_eq!(calls.len(), 3);

    let (mut guard, response) = stack.create("Guard", guard_properties()).await;
    succeeded(&response);
    let statement = json!({"Resource": ["*"], "Action": ["a:C", "a:B"], "Effect": "Deny"});
    let content = json!({"Content": {"Statement": statement, "Version": "2012-10-17"}});
    let (response, calls) =
        calls_of(&world, stack.update(&mut guard, with(&guard_properties(), content))).await;
    succeeded(&response);
    assert_eq!(calls.len(), 3);
}

/// The world stores a resource control policy without Version with "2008-10-17", as AWS does.
#[tokio::test(start_paused = true)]
async fn a_document_without_version_is_not_written_again_and_again() {
    let (world, stack) = setup();
    let statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    let mut properties = with(&guard_properties(), json!({"Type": RCP, "Targets": []}));
    properties["Content"] = json!({"Statement": statement});
    let (mut guard, response) = stack.create("Guard", properties.clone()).await;
    succeeded(&response);
    let (response, calls) = calls_of(&world, stack.update(&mut guard, properties)).await;
    succeeded(&response);
    assert_eq!(calls, ["DescribePolicy", "ListTargetsForPolicy", "ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn one_update_policy_changes_only_what_differs() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let changes = [
        (json!({"Name": "weekly"}), "UpdatePolicy p-0000000001 Name weekly"),
        (json!({"Name": "weekly", "Description": "d"}), "UpdatePolicy p-0000000001 Description"),
        (
            json!({"Name": "weekly", "Content": {"plans": {}}}),
            "UpdatePolicy p-0000000001 Description Content",
        ),
    ];
    for (change, expected) in changes {
        world.reset_calls();
        succeeded(&stack.update(&mut resource, with(&policy_properties(), change)).await);
        let writes = world.calls_in_detail().split_off(3);
        let [update, tag] = writes.as_slice() else { panic!("{writes:?}") };
        assert!(expected.starts_with(update), "{writes:?}");
        assert_eq!(tag, "TagResource p-0000000001 cfn-org-policy:digest");
    }
    assert_eq!(resource.physical_id, POLICY);
    let after = read(&world).await;
    let policy = after.policy(BACKUP_POLICY, "weekly").unwrap();
    assert_eq!(policy.description, "Managed by cfn-org-policy");
    assert_eq!(policy.content, "{\"plans\":{}}");
}

#[tokio::test(start_paused = true)]
async fn new_targets_are_attached_before_old_ones_are_detached() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.reset_calls();
    let moved = with(&policy_properties(), json!({"Targets": [SECURITY, ROOT, SANDBOX]}));
    succeeded(&stack.update(&mut resource, moved).await);
    assert_eq!(
        world.calls_in_detail().split_off(3),
        [
            "AttachPolicy p-0000000001 ou-ab12-11111111",
            "AttachPolicy p-0000000001 r-ab12",
            "DetachPolicy p-0000000001 ou-ab12-33333333",
            "TagResource p-0000000001 cfn-org-policy:digest",
        ]
    );
}

/// The rollback comes right after the Update, when the list may still show what the Update has detached.
#[tokio::test(start_paused = true)]
async fn a_target_that_comes_back_at_once_is_attached_whatever_the_list_shows() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.change(|state| state.attachment_lag = Duration::from_secs(5));
    succeeded(
        &stack
            .update(&mut resource, with(&guard_properties(), json!({"Targets": [SANDBOX]})))
            .await,
    );
    assert_eq!(targets(&world, POLICY), [SANDBOX]);
    succeeded(&stack.update(&mut resource, guard_properties()).await);
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn drift_is_corrected() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let as_declared = read(&world).await;
    world.change(|state| {
        state.detach(POLICY, SANDBOX);
        state.attach(POLICY, SECURITY);
        state.policy(POLICY).content = "not JSON at all".to_owned();
        state.policy(POLICY).name = "changed by hand".to_owned();
        state.tag(POLICY, "stray", "1");
    });
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Revision": "2"}))).await,
    );
    assert_eq!(read(&world).await, as_declared);
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_exactly() {
    let (world, stack) = setup();
    let with_tags = |tags: Value| with(&policy_properties(), json!({"Tags": tags}));
    let a = json!({"Key": "a", "Value": "1"});
    let mut resource = created(&stack, with_tags(json!([a, {"Key": "b", "Value": "1"}]))).await;
    world.change(|state| state.tag(POLICY, "aws:by-aws", "x"));
    world.reset_calls();
    let changed = with_tags(json!([a, {"Key": "c", "Value": "3"}]));
    succeeded(&stack.update(&mut resource, changed).await);
    let calls = world.calls_in_detail();
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| !call.starts_with("List") && !call.starts_with("Describe"))
        .collect();
    assert_eq!(writes, ["UntagResource p-0000000001 b", "TagResource p-0000000001 c"]);
    let user = tags(&world, POLICY);
    let user: Vec<_> = user.iter().filter(|tag| !tag.starts_with("cfn-org-policy:")).collect();
    assert_eq!(user, ["a=1", "aws:by-aws=x", "c=3"]);
}

#[tokio::test(start_paused = true)]
async fn old_tags_are_removed_before_new_ones_are_set() {
    let (world, stack) = setup();
    let with_tags = |prefix: &str| {
        let tags = (0..47).map(|n| json!({"Key": format!("{prefix}{n}"), "Value": ""}));
        with(&policy_properties(), json!({"Tags": tags.collect::<Value>()}))
    };
    let mut resource = created(&stack, with_tags("old")).await;
    succeeded(&stack.update(&mut resource, with_tags("new")).await);
    assert_eq!(tags(&world, POLICY).len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_full_target_is_reported_with_its_policies() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.change(|state| {
        for n in 0..10 {
            let id = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{}");
            state.attach(&id, SECURITY);
        }
    });
    let before = read(&world).await;
    let response = stack
        .update(&mut resource, with(&policy_properties(), json!({"Targets": [SECURITY]})))
        .await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-11111111: 10 policies of type BACKUP_POLICY are already attached to the target (other-0, other-1, other-2, other-3, other-4, other-5, other-6, other-7, other-8, other-9); detach one first"#);
    assert_eq!(read(&world).await, before, "the old targets are not detached");
}

#[tokio::test(start_paused = true)]
async fn missing_ownership_tags_are_restored() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.change(|state| state.tags.remove(POLICY));
    succeeded(
        &stack.update(&mut resource, with(&policy_properties(), json!({"Revision": "2"}))).await,
    );
    assert_eq!(tags(&world, POLICY).len(), 4);
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY), "restored, not adopted");
}

#[tokio::test(start_paused = true)]
async fn the_rollback_of_an_update_restores_the_former_state() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let before = read(&world).await;
    let tried = with(
        &policy_properties(),
        json!({"Name": "n", "Content": {"plans": {}}, "Targets": [SECURITY, "999999999999"]}),
    );
    let response = stack.update(&mut resource, tried.clone()).await;
    failure(&response);
    let mut failed = resource.clone();
    failed.properties = tried;
    succeeded(&stack.update(&mut failed, policy_properties()).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_rename_to_a_taken_name_fails_with_a_remedy() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.change(|state| state.add_policy(BACKUP_POLICY, "taken", "{}"));
    let response =
        stack.update(&mut resource, with(&policy_properties(), json!({"Name": "taken"}))).await;
    insta::assert_snapshot!(failure(&response), @r#"update policy "daily" (p-0000000001): a policy of the type has that name (DuplicatePolicyException); another policy of this type has that name: rename or delete it first (to swap two names, use a third one in between)"#);
}

/// The Create failed and the stack was not rolled back.
#[tokio::test(start_paused = true)]
async fn an_update_of_a_resource_that_created_nothing_creates_the_policy() {
    let (world, stack) = setup();
    let (mut resource, response) =
        stack.create("Daily", with(&policy_properties(), json!({"Content": "{"}))).await;
    failure(&response);
    let marker = resource.clone();
    succeeded(&stack.update(&mut resource, policy_properties()).await);
    assert_eq!(resource.physical_id, POLICY);
    let (response, calls) = calls_of(&world, stack.delete(&marker)).await;
    succeeded(&response);
    assert!(calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_update_fails_if_its_policy_vanishes_meanwhile() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.reset_calls();
    world.on_call(3, |state| state.remove_policy(POLICY));
    let fewer = with(&policy_properties(), json!({"Targets": [SANDBOX]}));
    let response = stack.update(&mut resource, fewer).await;
    assert!(
        failure(&response).contains("update the stack to create the policy again"),
        "{response:?}"
    );
}
