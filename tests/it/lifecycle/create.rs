//! Create: a new policy, its redelivery, and which physical id a failed Create answers with.

use std::time::Duration;

use serde_json::json;

use test_world::Stack;
use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, ListLag, PRODUCTION, SANDBOX};

use super::{calls_of, created, exists, read, tags, targets};

#[tokio::test(start_paused = true)]
async fn the_response_has_the_attributes_for_get_att() {
    let (_world, stack) = setup();
    let (_, response) = stack.create("Daily", policy_properties()).await;
    let data = serde_json::to_string_pretty(&response.data).unwrap();
    insta::assert_snapshot!(data, @r#"
    {
      "PolicyId": "p-0000000001",
      "Arn": "arn:aws:organizations::111111111111:policy/o-exampleorg/backup_policy/p-0000000001",
      "Name": "daily",
      "Type": "BACKUP_POLICY",
      "TargetIds": "ou-ab12-33333333,ou-ab12-44444444",
      "ContentLength": "58"
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_new_policy_has_our_tags_and_the_declared_ones() {
    let (world, stack) = setup();
    let tag = json!([{"Key": "cost-centre", "Value": "42"}]);
    created(&stack, with(&policy_properties(), json!({"Tags": tag}))).await;
    let tags = tags(&world, POLICY);
    let (digest, others) = tags.split_first().expect("there are tags");
    assert!(digest.starts_with("cfn-org-policy:digest=v1:"), "{digest}");
    assert_eq!(
        others,
        [
            "cfn-org-policy:logical-id=Daily",
            "cfn-org-policy:request-id=request-1",
            &format!("cfn-org-policy:stack-id={}", stack.id),
            "cost-centre=42",
        ]
    );
    assert!(!world.calls().contains(&"TagResource".to_owned()), "CreatePolicy itself sets them");
}

#[tokio::test(start_paused = true)]
async fn a_policy_without_targets_is_attached_nowhere() {
    let (world, stack) = setup();
    created(&stack, with(&policy_properties(), json!({"Targets": []}))).await;
    assert_eq!(world.calls(), ["CreatePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn any_policy_type_is_accepted() {
    let (world, stack) = setup();
    world.change(|state| state.enable_type("TAG_POLICY"));
    let changes = json!({"Type": "TAG_POLICY", "Content": {"tags": {}}});
    created(&stack, with(&policy_properties(), changes)).await;
    assert!(read(&world).await.policy("TAG_POLICY", "daily").is_some());
}

/// CreatePolicy says Duplicate although the list does not show the policy yet.
#[tokio::test(start_paused = true)]
async fn a_policy_that_is_not_listed_yet_is_waited_for() {
    let (world, stack) = setup();
    world.change(|state| state.list_lag = Some(ListLag::For(Duration::from_secs(30))));
    world.fail_call(0, Fault::LostAnswer);
    let resource = created(&stack, policy_properties()).await;
    assert_eq!(resource.physical_id, POLICY);
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_never_listed_is_an_error_with_an_unknown_outcome() {
    let (world, stack) = setup();
    world.change(|state| state.list_lag = Some(ListLag::For(Duration::from_secs(3_000))));
    world.fail_call(0, Fault::LostAnswer);
    let (_, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily": a BACKUP_POLICY of this name exists, but ListPolicies does not show it yet; try again"#);
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_finds_its_own_policy_and_writes_nothing_twice() {
    let (world, stack) = setup();
    let event = stack.create_event("Daily", &policy_properties());
    let first = stack.send(&event).await;
    let after = read(&world).await;
    let (second, calls) = calls_of(&world, stack.send(&event)).await;
    assert_eq!(second, first);
    assert_eq!(read(&world).await, after);
    let writes = ["AttachPolicy", "DetachPolicy", "UpdatePolicy", "TagResource"];
    assert!(!calls.iter().any(|call| writes.contains(&call.as_str())), "{calls:?}");
}

/// The first delivery created a policy and its response was lost; the redelivery fails before it can find that policy.
#[tokio::test(start_paused = true)]
async fn a_redelivery_that_fails_early_leaves_the_outcome_unknown() {
    let (world, stack) = setup();
    let with_root = with(&policy_properties(), json!({"Targets": ["Root"]}));
    let event = stack.create_event("Daily", &with_root);
    succeeded(&stack.send(&event).await);
    let process = Stack::new(&world.sdk_config(), "backup");
    world.fail_always("ListRoots", Fault::Hang { takes_effect: false });
    let response = process.send(&event).await;
    failure(&response);
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
}

#[tokio::test(start_paused = true)]
async fn bad_properties_fail_before_any_call() {
    let (world, stack) = setup();
    let (_, response) =
        stack.create("Daily", with(&policy_properties(), json!({"Content": null}))).await;
    assert_eq!(failure(&response), "read properties: Content: is missing");
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    assert!(world.calls().is_empty());
}

/// FAILED carries the ids of the policy and of the Create, and the rollback's Delete for it leaves nothing.
#[tokio::test(start_paused = true)]
async fn a_create_that_fails_half_way_is_rolled_back_by_its_id() {
    let (world, stack) = setup();
    let before = read(&world).await;
    let third = json!({"Targets": [PRODUCTION, SANDBOX, "999999999999"]});
    let (resource, response) = stack.create("Daily", with(&policy_properties(), third)).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to 999999999999: there is no such target (TargetNotFoundException); no such root, organizational unit or account in this organization: correct Targets"#);
    let failed = format!("cfn-org-policy:failed:{POLICY}:request-1");
    assert_eq!(response.physical_resource_id, failed);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_aws_refuses_has_created_nothing() {
    let (world, stack) = setup();
    world.fail_always("CreatePolicy", Fault::Error("MalformedPolicyDocumentException"));
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    assert!(failure(&response).starts_with("create policy \"daily\" of type BACKUP_POLICY: "));
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert!(calls.is_empty(), "{calls:?}");
}

/// A late delivery may be a redelivery, and the first one may have created a policy.
#[tokio::test(start_paused = true)]
async fn a_create_that_does_nothing_leaves_the_outcome_unknown_only_if_late() {
    let (world, stack) = setup();
    let event =
        stack.create_event("Daily", &with(&policy_properties(), json!({"Targets": ["Root"]})));
    world.fail_always("ListRoots", Fault::Error("AccessDeniedException"));
    for (age, id) in [(5, "nothing-created"), (60, "unknown:request-1")] {
        let sent = tokio::time::Instant::now() - Duration::from_secs(age);
        let response = stack.deliver(&event, sent, LAMBDA_TIMEOUT).await;
        failure(&response);
        assert_eq!(response.physical_resource_id, format!("cfn-org-policy:{id}"));
    }
}

/// The call that failed may have taken effect all the same.
#[tokio::test(start_paused = true)]
async fn a_failing_server_leaves_the_outcome_unknown() {
    let (world, stack) = setup();
    world.fail_call(0, Fault::Status(500));
    world.fail_call(
        1,
        Fault::ErrorWithReason("ConstraintViolationException", "POLICY_NUMBER_LIMIT_EXCEEDED"),
    );
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    assert!(failure(&response).contains("delete one that is not needed"), "{response:?}");
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
}

/// The policy was retained when the resource left the template, and the resource is back.
#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_create_keeps_a_policy_that_was_there_before() {
    let (world, stack) = setup();
    created(&stack, policy_properties()).await;
    let before = read(&world).await;
    for adopt in ["false", POLICY] {
        let bad = json!({"Targets": [PRODUCTION, SANDBOX, "999999999999"], "AdoptExisting": adopt});
        let (resource, response) = stack.create("Daily", with(&policy_properties(), bad)).await;
        assert!(failure(&response).contains("999999999999"), "{response:?}");
        succeeded(&stack.delete(&resource).await);
        assert_eq!(read(&world).await.root, before.root, "AdoptExisting: {adopt}");
        assert!(exists(&world, POLICY));
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_target_is_reported_even_if_its_policies_cannot_be_listed() {
    let (world, stack) = setup();
    world.change(|state| {
        for n in 0..10 {
            let id = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{}");
            state.attach(&id, SANDBOX);
        }
    });
    world.fail_always("ListPoliciesForTarget", Fault::Error("AccessDeniedException"));
    let (_, response) = stack.create("Daily", policy_properties()).await;
    assert!(failure(&response).contains("detach one first"), "{response:?}");
}
