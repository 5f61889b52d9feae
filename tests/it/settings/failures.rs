//! What a FAILED response says, and that nothing has been written by then.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use test_world::engine::Summary;
use test_world::fixtures::{settings_properties, settings_setup, with};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded};
use test_world::world::{BACKUP_SERVICE, EU, Fault, STACKSETS_SERVICE};

use super::{PHYSICAL_ID, on, writes};

#[tokio::test(start_paused = true)]
async fn a_resource_type_that_one_region_does_not_know_fails_before_any_write() {
    let (world, stack) = settings_setup();
    let declared = with(&settings_properties(), json!({"ResourceTypes": ["EBS", "Timestream"]}));
    let (resource, response) = stack.create("Settings", declared).await;
    assert_eq!(
        failure(&response),
        "opt in to resource types: not supported in eu-west-1: Timestream (known are Aurora, DynamoDB, EBS, \
         EC2, EFS, RDS, S3, Storage Gateway); correct ResourceTypes, or declare that Region in a \
         resource of its own"
    );
    assert_eq!(writes(&world), Vec::<String>::new());
    // The rollback's Delete.
    assert_eq!(resource.physical_id, PHYSICAL_ID);
    world.reset_calls();
    succeeded(&stack.delete(&resource).await);
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_type_that_cannot_be_fully_managed_fails_before_any_write() {
    let (world, stack) = settings_setup();
    let declared = with(&settings_properties(), json!({"FullManagement": ["DynamoDB", "EBS"]}));
    let (_, response) = stack.create("Settings", declared).await;
    assert_eq!(
        failure(&response),
        "switch on full management: not supported in eu-west-1, us-east-1: EBS (known are DynamoDB, \
         EFS); correct FullManagement, or declare that Region in a resource of its own"
    );
    assert_eq!(writes(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_response_comes_before_the_deadline_and_the_next_event_carries_on() {
    for operation in ["DescribeRegionSettings", "UpdateGlobalSettings"] {
        let (world, stack) = settings_setup();
        world.fail_always(operation, Fault::Error("ThrottlingException"));
        let event = stack.create_event("Settings", &settings_properties());
        let response = stack.send_with(&event, Duration::from_secs(120)).await;
        let reason = failure(&response);
        assert!(reason.contains("time ran out after "), "{reason}");
        assert!(reason.contains("(AWS last answered: ThrottlingException on demand"), "{reason}");
        assert_eq!(response.physical_resource_id, PHYSICAL_ID);
        world.clear_faults();
        succeeded(&stack.send(&event).await);
        assert!(on(&world).contains("us-east-1/EBS"));
    }
}

#[tokio::test(start_paused = true)]
async fn outside_the_management_account_the_reason_says_so() {
    for (properties, doing) in [
        (
            json!({"TrustedAccess": [BACKUP_SERVICE]}),
            "enable trusted access of backup.amazonaws.com",
        ),
        (
            json!({"TrustedAccess": [STACKSETS_SERVICE]}),
            "enable trusted access of stacksets.cloudformation.amazonaws.com",
        ),
        (
            json!({"GlobalSettings": ["CrossAccountBackup"]}),
            "switch on global settings CrossAccountBackup",
        ),
    ] {
        let (world, stack) = settings_setup();
        world.change(|state| state.settings.in_management_account = false);
        let (_, response) = stack.create("Settings", properties).await;
        let reason = failure(&response);
        assert!(reason.starts_with(&format!("{doing}: ")), "{reason}");
        let remedy = "; only the organization's management account may do this: ";
        assert!(reason.contains(remedy), "{reason}");
    }
}

/// In another account the opt-in would succeed, but it would not count.
#[tokio::test(start_paused = true)]
async fn the_opt_in_of_another_account_is_refused() {
    let (world, stack) = settings_setup();
    world.change(|state| state.settings.in_management_account = false);
    for property in [json!({"ResourceTypes": ["EBS"]}), json!({"FullManagement": ["DynamoDB"]})] {
        let declared = with(&property, json!({"Regions": [EU]}));
        let (_, response) = stack.create("Settings", declared).await;
        assert_eq!(
            failure(&response),
            "switch on in Regions: the function works in account 999988887777, but only the opt-in of \
             the management account 111111111111 counts; deploy it there, or give it a \
             ManagementRoleArn there"
        );
        assert_eq!(writes(&world), Vec::<String>::new());
    }
}

/// The endpoint does not exist. A connection that breaks now and then is retried.
#[tokio::test(start_paused = true)]
async fn a_region_that_cannot_be_reached_is_named_soon() {
    let (world, stack) = settings_setup();
    world.fail_always("DescribeRegionSettings", Fault::LostAnswer);
    let begin = Instant::now();
    let (_, response) = stack.create("Settings", settings_properties()).await;
    assert_eq!(
        failure(&response),
        "read the service opt-in of eu-west-1: 5 connections failed; AWS Backup has no endpoint in \
         this Region, or cannot be reached: correct Regions, or try again"
    );
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(writes(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_off_is_named() {
    let (world, stack) = settings_setup();
    let declared = with(&settings_properties(), json!({"Regions": [EU, "ap-east-1"]}));
    let (_, response) = stack.create("Settings", declared).await;
    assert_eq!(
        failure(&response),
        "read the service opt-in of ap-east-1: The security token is invalid \
         (UnrecognizedClientException); the account has not enabled this Region: enable it, or \
         remove it from Regions"
    );
    assert_eq!(writes(&world), Vec::<String>::new());
}

/// CloudFormation has gone on to another event while this one waited.
#[tokio::test(start_paused = true)]
async fn an_overtaken_event_stops() {
    let (world, mut stack) = settings_setup();
    let gone = Summary {
        logical_id: "Settings".to_owned(),
        physical_id: String::new(),
        status: "CREATE_FAILED",
        since: "2126-11-22T10:00:00Z".to_owned(),
    };
    let resources = std::sync::Mutex::new(Some(vec![gone]));
    stack.cloudformation_answers(move |_| resources.lock().expect("one thread").take());
    let event = stack.create_event("Settings", &settings_properties());
    let sent = Instant::now();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let response = stack.deliver(&event, sent, LAMBDA_TIMEOUT).await;
    assert!(failure(&response).contains("CloudFormation has gone on"), "{}", response.reason);
    assert_eq!(world.calls(), Vec::<String>::new());
}
