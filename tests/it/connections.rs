//! Attempts without an answer: the connection was closed before, during or after the request, or the SDK failed before
//! it handed the request over. What may have been sent may have created a policy; what was not sent has not.

mod sockets;

use std::sync::Arc;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_organizations::config::{Credentials, SharedCredentialsProvider};
use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::error::{CallError, Kind};
use tokio::time::Instant;

use test_world::fixtures::{POLICY, policy_properties, settings_properties, settings_setup, setup};
use test_world::stack::{failure, succeeded};
use test_world::world::{ConnectionError, Fault};
use test_world::{Stack, World};

/// After which a failed CreatePolicy says nothing of the attempts before.
const REFUSED: Fault =
    Fault::ErrorWithReason("ConstraintViolationException", "POLICY_NUMBER_LIMIT_EXCEEDED");

const NOTHING_CREATED: &str = "cfn-org-policy:nothing-created";
const UNKNOWN: &str = "cfn-org-policy:unknown:request-1";

fn every_break() -> impl Iterator<Item = Fault> {
    let both = |error| [false, true].map(|takes_effect| Fault::Broken { error, takes_effect });
    ConnectionError::ALL.into_iter().flat_map(both)
}

/// A warm function finds its idle connection closed: hyper reports an error that is neither i/o nor a time-out.
#[tokio::test(start_paused = true)]
async fn a_call_whose_connection_breaks_is_repeated() {
    for fault in every_break() {
        let (world, stack) = setup();
        world.fail_first("CreatePolicy", 1, fault);
        world.fail_first("AttachPolicy", 1, fault);
        let (resource, response) = stack.create("Daily", policy_properties()).await;
        succeeded(&response);
        assert_eq!(resource.physical_id, POLICY, "{fault:?}");
        assert_eq!(world.change(|state| state.policy(POLICY).targets.len()), 2, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_policy_whose_connection_broke_leaves_the_outcome_unknown() {
    for fault in every_break() {
        let (world, stack) = setup();
        let before = world.change(|state| state.snapshot());
        world.fail_call(0, fault);
        world.fail_call(1, REFUSED);
        let (resource, response) = stack.create("Daily", policy_properties()).await;
        failure(&response);
        assert_eq!(resource.physical_id, UNKNOWN, "{fault:?}");
        succeeded(&stack.delete(&resource).await);
        assert_eq!(world.change(|state| state.snapshot()), before, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn connections_that_break_until_the_deadline_leave_the_outcome_unknown() {
    let (world, stack) = setup();
    let error = ConnectionError::Incomplete;
    world.fail_always("CreatePolicy", Fault::Broken { error, takes_effect: false });
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: time ran out after 0 of 3 steps (AWS last answered: no clear answer, dispatch failure: other: the connection broke before the answer); try again: the next event continues from there"#);
    assert_eq!(resource.physical_id, UNKNOWN);
}

/// An address that does not answer is told after five tries, whichever way the connection fails.
#[tokio::test(start_paused = true)]
async fn a_region_whose_connections_time_out_is_named_soon() {
    let (world, stack) = settings_setup();
    let fault = Fault::Broken { error: ConnectionError::Timeout, takes_effect: false };
    world.fail_always("DescribeRegionSettings", fault);
    let begin = Instant::now();
    let (_, response) = stack.create("Settings", settings_properties()).await;
    assert!(failure(&response).contains(": 5 connections failed; "), "{}", response.reason);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

/// A stack whose clients cannot send: what was changed in their configuration stops the SDK before.
async fn told_at_once(config: SdkConfig, world: &World) -> String {
    let stack = Stack::new(&config, "backup");
    let begin = Instant::now();
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    let reason = failure(&response).to_owned();
    assert_eq!(resource.physical_id, NOTHING_CREATED, "{reason}");
    assert_eq!(begin.elapsed(), Duration::ZERO, "{reason}");
    assert!(world.calls().is_empty());
    reason
}

#[tokio::test(start_paused = true)]
async fn an_impossible_region_is_told_at_once() {
    let world = World::new();
    let config = world.sdk_config().into_builder().region(Region::new("eu west 1")).build();
    let reason = told_at_once(config, &world).await;
    assert!(reason.contains("`region` - must be a valid host label"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_none_is_told_at_once() {
    let world = World::new();
    let config = world.sdk_config().into_builder().endpoint_url("no address").build();
    let reason = told_at_once(config, &world).await;
    assert!(reason.contains("endpoint is not a valid URI"), "{reason}");
}

/// The clients of the other services, too, know what was not sent.
#[tokio::test(start_paused = true)]
async fn every_client_tells_at_once_that_an_address_is_none() {
    let config = World::new().sdk_config().into_builder().endpoint_url("no address").build();
    let calls = Arc::new(CallContext::without_event());
    let reader = Clients::new(&config).reader(&calls);
    let begin = Instant::now();
    reader.backup.global_settings().await.expect_err("there is no address");
    reader.stacksets.are_trusted().await.expect_err("there is no address");
    reader.identity.account().await.expect_err("there is no address");
    reader.organizations.policy_types().await.expect_err("there is no address");
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

/// A session token that cannot stand in a header.
#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_signed_is_told_at_once() {
    let world = World::new();
    let token = Some("a\nb".to_owned());
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", token, None, "tests");
    let credentials = SharedCredentialsProvider::new(credentials);
    let config = world.sdk_config().into_builder().credentials_provider(credentials).build();
    let reason = told_at_once(config, &world).await;
    assert!(reason.contains("header"), "{reason}");
}

/// Whoever waits is told: after two minutes of throttles, or after five connections.
#[tokio::test(start_paused = true)]
async fn a_call_that_somebody_waits_for_is_given_up() {
    let begin = Instant::now();
    let throttled = Fault::Error("TooManyRequestsException");
    let error = asked_by_somebody_who_waits(throttled).await;
    assert!(error.message.contains("TooManyRequestsException"), "{error:?}");
    let seconds = begin.elapsed().as_secs();
    assert!((100..=120).contains(&seconds), "{seconds}");

    let begin = Instant::now();
    let nobody = Fault::Broken { error: ConnectionError::Io, takes_effect: false };
    let error = asked_by_somebody_who_waits(nobody).await;
    assert_eq!((error.kind, &*error.message), (Kind::Unreachable, "5 connections failed"));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

async fn asked_by_somebody_who_waits(fault: Fault) -> CallError {
    let world = World::new();
    world.fail_always("ListRoots", fault);
    let calls = Arc::new(CallContext::for_somebody_who_waits());
    let reader = Clients::new(&world.sdk_config()).reader(&calls);
    reader.organizations.policy_types().await.expect_err("it always fails")
}
