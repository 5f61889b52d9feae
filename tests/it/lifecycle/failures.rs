//! Failures of AWS and of the function, deadlines, and events that cannot be read.

use std::time::Duration;

use serde_json::json;

use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::failure;
use test_world::world::Fault;

use super::created;

#[tokio::test(start_paused = true)]
async fn an_account_without_an_organization_is_reported_at_once() {
    let (world, stack) = setup();
    world.change(|state| state.in_use = false);
    let (_, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: the account is in no organization (AWSOrganizationsNotInUseException); deploy the function in the management account, or give it a ManagementRoleArn there"#);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_reported_with_its_remedy() {
    let (world, stack) = setup();
    world.fail_always("AttachPolicy", Fault::Error("AccessDeniedException"));
    let (_, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: AccessDeniedException on demand (AccessDeniedException, organizations:AttachPolicy); grant this action to the function's role, and run it in the management account, as a delegated administrator, or with ManagementRoleArn"#);
}

/// The retries last until the error has passed.
#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried() {
    for code in [
        "ConcurrentModificationException",
        "PolicyChangesInProgressException",
        "TooManyRequestsException",
        "ServiceException",
    ] {
        let (world, stack) = setup();
        world.fail_first("CreatePolicy", 3, Fault::Error(code));
        world.fail_first("AttachPolicy", 3, Fault::Error(code));
        created(&stack, policy_properties()).await;
        assert_eq!(world.calls().len(), 3 + 6, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_service_is_reported_before_the_deadline() {
    let (world, stack) = setup();
    world.fail_always("CreatePolicy", Fault::Error("ServiceException"));
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: time ran out after 0 of 3 steps (AWS last answered: ServiceException on demand (ServiceException)); try again: the next event continues from there"#);
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
}

/// A throttled call has no effect, so only the policy is to be cleaned up.
#[tokio::test(start_paused = true)]
async fn a_deadline_after_create_policy_answers_with_the_policys_id() {
    let (world, stack) = setup();
    world.fail_always("AttachPolicy", Fault::Error("TooManyRequestsException"));
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: time ran out after 1 of 3 steps (AWS last answered: TooManyRequestsException on demand (TooManyRequestsException)); try again: the next event continues from there"#);
    assert_eq!(resource.physical_id, format!("cfn-org-policy:failed:{POLICY}:request-1"));
}

/// CloudFormation stops listening after ServiceTimeout, whatever time Lambda still has.
#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_earlier_of_lambdas_and_service_timeout() {
    let (world, stack) = setup();
    world.fail_always("AttachPolicy", Fault::Hang { takes_effect: false });
    let started = tokio::time::Instant::now();
    let timeout = with(&policy_properties(), json!({"ServiceTimeout": "60"}));
    let response = stack.create("Daily", timeout).await.1;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: time ran out after 1 of 3 steps (AWS last answered: no clear answer, request has timed out: operation attempt timeout (single attempt) occurred after 30s); try again: the next event continues from there"#);
    assert!(started.elapsed() < Duration::from_secs(60));

    let started = tokio::time::Instant::now();
    let event = stack.create_event("Other", &with(&policy_properties(), json!({"Name": "other"})));
    let response = stack.send_with(&event, Duration::from_secs(30)).await;
    assert!(failure(&response).contains("time ran out after 1 of 3 steps"), "{}", response.reason);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_answered_with_the_policys_id() {
    let (world, stack) = setup();
    world.fail_first("AttachPolicy", 1, Fault::Panic);
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: the function has a bug; its log says where: report it, then update the stack again"#);
    assert_eq!(resource.physical_id, format!("cfn-org-policy:failed:{POLICY}:request-1"));
}

#[tokio::test(start_paused = true)]
async fn a_bad_event_with_a_response_url_is_answered() {
    let (_world, stack) = setup();
    let event =
        json!({"ResponseURL": "https://example.com/?secret", "RequestId": "r", "StackId": "s"});
    let response = stack.send(&event).await;
    assert!(failure(&response).starts_with("read event: missing field `RequestType`"));
    assert_eq!((response.stack_id.as_str(), response.request_id.as_str()), ("s", "r"));
}
