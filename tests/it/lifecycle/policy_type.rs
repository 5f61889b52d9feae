//! EnablePolicyType.

use std::time::Duration;

use serde_json::json;

use test_world::fixtures::{policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::BACKUP_POLICY;

use super::{created, read};

#[tokio::test(start_paused = true)]
async fn a_type_that_is_not_enabled_is_reported_with_its_remedy() {
    let (world, stack) = setup();
    world.change(|state| state.disable_type(BACKUP_POLICY));
    let (_, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: the type is not enabled (PolicyTypeNotEnabledException); this policy type is not enabled on the root: set EnablePolicyType to true, or enable it"#);
}

#[tokio::test(start_paused = true)]
async fn a_type_is_enabled_and_waited_for() {
    let (world, stack) = setup();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.enable_lag = Duration::from_secs(90);
    });
    created(&stack, with(&policy_properties(), json!({"EnablePolicyType": "true"}))).await;
    let calls = world.calls();
    assert_eq!(calls[..3], ["ListRoots", "EnablePolicyType", "ListRoots"]);
    assert_eq!(calls[calls.len() - 3..], ["CreatePolicy", "AttachPolicy", "AttachPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_stays_pending_is_an_error() {
    let (world, stack) = setup();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.enable_lag = Duration::from_secs(3_000);
    });
    let (_, response) = stack
        .create("Daily", with(&policy_properties(), json!({"EnablePolicyType": "true"})))
        .await;
    assert_eq!(
        failure(&response),
        "enable policy type BACKUP_POLICY on root r-ab12: not finished after 300 s; try again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_delete_never_disables_a_type() {
    let (world, stack) = setup();
    world.change(|state| state.disable_type(BACKUP_POLICY));
    let resource =
        created(&stack, with(&policy_properties(), json!({"EnablePolicyType": "true"}))).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await.policy_types[BACKUP_POLICY], "ENABLED");
}
