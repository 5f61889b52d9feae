//! `Custom::OrgBackupSettings`: what it switches on, and that it never switches anything off.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::aws::types::PolicyTypes;
use cfn_org_policy::protocol::request::Request;
use cfn_org_policy::settings::desired::{Desired, TrustedService};
use cfn_org_policy::settings::observed::Observed;
use cfn_org_policy::settings::plan::plan;
use serde_json::{Value, json};
use tokio::time::Instant;

use test_world::engine::{Summary, sdk_config};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded, with};
use test_world::world::{
    BACKUP_POLICY, BACKUP_SERVICE, EU, Fault, PANIC_TEXT, SCP, STACKSETS_SERVICE, US,
};
use test_world::{Resource, Stack, World};

const PHYSICAL_ID: &str = "cfn-org-policy:backup-settings";

/// The calls that change something.
const WRITES: [&str; 5] = [
    "EnablePolicyType",
    "EnableAWSServiceAccess",
    "ActivateOrganizationsAccess",
    "UpdateGlobalSettings",
    "UpdateRegionSettings",
];

pub fn properties() -> Value {
    json!({
        "PolicyTypes": [BACKUP_POLICY, SCP],
        "TrustedAccess": [BACKUP_SERVICE, STACKSETS_SERVICE],
        "GlobalSettings": ["CrossAccountBackup"],
        "ResourceTypes": ["EBS", "EFS"],
        "Regions": [EU, US],
    })
}

/// An organization in which nothing is on but EFS, and a stack of such resources.
pub fn stage() -> (World, Stack) {
    let world = World::new();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.disable_type(SCP);
    });
    let stack = stack(&world);
    (world, stack)
}

fn stack(world: &World) -> Stack {
    let mut stack = Stack::new(&world.sdk_config(), "settings");
    stack.resource_type = "Custom::OrgBackupSettings";
    stack
}

fn on(world: &World) -> BTreeSet<String> {
    world.change(|state| state.picture().into_keys().collect())
}

fn writes(world: &World) -> Vec<String> {
    let calls = world.calls_in_detail().into_iter();
    calls.filter(|call| WRITES.iter().any(|write| call.starts_with(write))).collect()
}

fn reason_of(properties: Value) -> String {
    parse(properties).unwrap_err()
}

fn parse(properties: Value) -> Result<Desired, String> {
    let event = json!({
        "RequestType": "Create", "RequestId": "r", "ResponseURL": "***", "StackId": "s",
        "ResourceType": "Custom::OrgBackupSettings", "LogicalResourceId": "L",
        "ResourceProperties": properties,
    });
    let request = Request::parse(event).expect("it is an event");
    Desired::parse(&request).map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn everything_comes_on_in_order_after_all_has_been_read() {
    let (world, stack) = stage();
    let (resource, response) = stack.create("Settings", properties()).await;
    succeeded(&response);
    assert_eq!(
        world.calls_in_detail(),
        [
            "ListRoots",
            "ListAWSServiceAccessForOrganization",
            "DescribeOrganizationsAccess",
            "DescribeGlobalSettings",
            "GetCallerIdentity",
            "DescribeRegionSettings eu-west-1",
            "DescribeRegionSettings us-east-1",
            "EnablePolicyType BACKUP_POLICY r-ab12",
            "ListRoots",
            "EnablePolicyType SERVICE_CONTROL_POLICY r-ab12",
            "ListRoots",
            "EnableAWSServiceAccess backup.amazonaws.com",
            "ActivateOrganizationsAccess",
            "DescribeOrganizationsAccess",
            "UpdateGlobalSettings isCrossAccountBackupEnabled",
            "UpdateRegionSettings eu-west-1 EBS EFS",
            "UpdateRegionSettings us-east-1 EBS EFS",
        ]
    );
    let expected = [BACKUP_POLICY, SCP, BACKUP_SERVICE, STACKSETS_SERVICE].into_iter().chain([
        "isCrossAccountBackupEnabled",
        "eu-west-1/EBS",
        "us-east-1/EBS",
    ]);
    let on = on(&world);
    assert!(expected.clone().all(|name| on.contains(name)), "{on:?}");
    assert!(!on.contains("isMpaEnabled") && !on.contains("eu-west-1/S3"), "{on:?}");
    assert_eq!(resource.physical_id, PHYSICAL_ID);
    assert_eq!(response.data["Regions"], "eu-west-1,us-east-1");
    assert_eq!(
        response.data["SwitchedOn"],
        "BACKUP_POLICY,SERVICE_CONTROL_POLICY,backup.amazonaws.com,\
         stacksets.cloudformation.amazonaws.com,CrossAccountBackup,eu-west-1,us-east-1"
    );
}

#[tokio::test(start_paused = true)]
async fn where_all_is_on_nothing_is_written() {
    let (world, stack) = stage();
    let (mut resource, _) = stack.create("Settings", properties()).await;
    world.reset_calls();
    let response = stack.update(&mut resource, with(&properties(), json!({"Revision": "2"}))).await;
    succeeded(&response);
    assert_eq!(writes(&world), Vec::<String>::new());
    assert_eq!(response.data["SwitchedOn"], "");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_declared_is_not_even_read() {
    let (world, stack) = stage();
    let (_, response) = stack.create("Settings", json!({"TrustedAccess": [BACKUP_SERVICE]})).await;
    succeeded(&response);
    let expected =
        ["ListAWSServiceAccessForOrganization", "EnableAWSServiceAccess backup.amazonaws.com"];
    assert_eq!(world.calls_in_detail(), expected);
}

#[test]
fn a_plan_says_what_is_on_already() {
    let Ok(Desired::On(mut declared)) = parse(properties()) else { panic!("they are valid") };
    declared.dropped =
        vec!["S3 is no longer declared in ResourceTypes: it stays as it is".to_owned()];
    let types = |all: &[(&str, bool)]| all.iter().map(|(n, on)| ((*n).to_owned(), *on)).collect();
    let observed = Observed {
        policy_types: PolicyTypes {
            root_id: "r-ab12".to_owned(),
            management_account: "111122223333".to_owned(),
            enabled: [SCP.to_owned()].into(),
            pending: [BACKUP_POLICY.to_owned()].into(),
        },
        account: "111122223333".to_owned(),
        trusted: [TrustedService::Backup].into(),
        global_settings: ["isMpaEnabled".to_owned()].into(),
        preferences: [
            (EU.to_owned(), types(&[("EBS", false), ("EFS", true), ("S3", true)])),
            (US.to_owned(), types(&[("EBS", true), ("EFS", true)])),
        ]
        .into(),
    };
    let plan = plan(&declared, &observed).expect("every type is known");
    insta::assert_snapshot!(plan, @r"
    wait for policy type BACKUP_POLICY to be enabled on root r-ab12
    enable trusted access of stacksets.cloudformation.amazonaws.com
    switch on global settings CrossAccountBackup
    opt in to EBS in eu-west-1
    policy type SERVICE_CONTROL_POLICY is on already
    trusted access of backup.amazonaws.com is on already
    opt-in to EFS in eu-west-1 is on already
    opt-in to EBS, EFS in us-east-1 is on already
    S3 is no longer declared in ResourceTypes: it stays as it is
    ");
}

#[test]
fn an_update_says_what_is_not_declared_any_more() {
    let (_, stack) = stage();
    let resource = Resource {
        logical_id: "Settings".to_owned(),
        physical_id: PHYSICAL_ID.to_owned(),
        properties: properties(),
    };
    let changes = json!({"ResourceTypes": ["EFS"], "GlobalSettings": null, "Revision": "2"});
    let event = stack.update_event(&resource, &with(&properties(), changes));
    let request = Request::parse(event).expect("it is an event");
    let Ok(Desired::On(declared)) = Desired::parse(&request) else { panic!("it is valid") };
    let expected = [
        "CrossAccountBackup is no longer declared in GlobalSettings: it stays as it is",
        "EBS is no longer declared in ResourceTypes: it stays as it is",
    ];
    assert_eq!(declared.dropped, expected);
}

/// Whether AWS Backup's updates merge, or replace all.
#[tokio::test(start_paused = true)]
async fn what_others_have_switched_on_stays_on_and_nothing_else_comes_on() {
    for replaces in [false, true] {
        let (world, stack) = stage();
        world.change(|state| {
            let settings = &mut state.settings;
            settings.replaces = replaces;
            settings.global.insert("isMpaEnabled".to_owned(), true);
            let types = settings.regions.get_mut(EU).expect("it is there");
            types.insert("S3".to_owned(), true);
        });
        let before = on(&world);
        let declared = with(&properties(), json!({"PolicyTypes": null, "TrustedAccess": null}));
        succeeded(&stack.create("Settings", declared).await.1);
        let switched_on: Vec<String> = on(&world).difference(&before).cloned().collect();
        let expected = ["eu-west-1/EBS", "isCrossAccountBackupEnabled", "us-east-1/EBS"];
        assert_eq!(switched_on, expected, "replaces: {replaces}");
        assert!(on(&world).is_superset(&before), "replaces: {replaces}");
    }
}

/// Each has read before the other wrote.
#[tokio::test(start_paused = true)]
async fn two_at_once_do_not_undo_each_other() {
    let (world, stack) = stage();
    world.set_latency(Duration::from_secs(1));
    let of = |name: &str| json!({"ResourceTypes": [name], "Regions": [EU]});
    let (first, second) =
        tokio::join!(stack.create("First", of("EBS")), stack.create("Second", of("S3")));
    succeeded(&first.1);
    succeeded(&second.1);
    let on = on(&world);
    assert!(on.contains("eu-west-1/EBS") && on.contains("eu-west-1/S3"), "{on:?}");
}

#[tokio::test(start_paused = true)]
async fn neither_an_update_nor_a_delete_switches_anything_off() {
    let (world, stack) = stage();
    let (mut resource, _) = stack.create("Settings", properties()).await;
    let before = on(&world);
    succeeded(&stack.update(&mut resource, json!({"PolicyTypes": [SCP]})).await);
    assert_eq!(on(&world), before);
    assert_eq!(resource.physical_id, PHYSICAL_ID, "no Update replaces anything");
    world.reset_calls();
    resource.properties = json!({"whatever": true});
    // CloudFormation makes one up for a Create that was never answered, and wants it back.
    for id in [PHYSICAL_ID, "settings-Settings-1A2B3C"] {
        resource.physical_id = id.to_owned();
        succeeded(&stack.delete(&resource).await);
    }
    assert_eq!(world.calls(), Vec::<String>::new());
    assert_eq!(on(&world), before);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_one_region_does_not_know_is_found_before_anything_is_written() {
    let (world, stack) = stage();
    let declared = with(&properties(), json!({"ResourceTypes": ["EBS", "Timestream"]}));
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

#[test]
fn every_fault_is_reported_with_its_path() {
    assert_eq!(
        reason_of(json!({
            "ServiceToken": "arn", "ServiceTimeout": "60", "Revision": "1", "Region": "eu-west-1",
            "PolicyTypes": ["backup policy"], "TrustedAccess": ["config.amazonaws.com"],
            "GlobalSettings": ["isMpaEnabled"], "ResourceTypes": [""],
            "Regions": ["eu-west-1", "evil.example/eu-west-1"],
        })),
        "read properties: Region: unknown property; known are GlobalSettings, PolicyTypes, Regions, \
         ResourceTypes, Revision, TrustedAccess; \
         PolicyTypes[0]: \"backup policy\" is no policy type such as BACKUP_POLICY; \
         TrustedAccess[0]: \"config.amazonaws.com\" is not known; known are backup.amazonaws.com, \
         stacksets.cloudformation.amazonaws.com; \
         GlobalSettings[0]: \"isMpaEnabled\" is not known; known are CrossAccountBackup, \
         DelegatedAdministrator, Mpa; \
         ResourceTypes[0]: \"\" is no resource type such as EBS; \
         Regions[1]: \"evil.example/eu-west-1\" is no Region such as eu-west-1"
    );
    assert_eq!(
        reason_of(json!({"ResourceTypes": "EBS"})),
        "read properties: ResourceTypes: must be a list"
    );
}

#[test]
fn types_and_regions_go_together_and_something_is_declared() {
    let together = "ResourceTypes are opted in to in Regions: declare both or neither";
    assert_eq!(
        reason_of(json!({"ResourceTypes": ["EBS"]})),
        format!("read properties: Regions: is missing; {together}")
    );
    assert_eq!(
        reason_of(json!({"Regions": [EU], "PolicyTypes": [SCP]})),
        format!("read properties: ResourceTypes: is missing; {together}")
    );
    assert_eq!(
        reason_of(json!({"Revision": "2", "Regions": []})),
        "read properties: Properties: nothing is declared; declare PolicyTypes, TrustedAccess, \
         GlobalSettings, or ResourceTypes and Regions"
    );
}

/// A Create with bad properties answers with the same id: its rollback's Delete means nothing.
#[tokio::test(start_paused = true)]
async fn a_fault_of_the_properties_calls_nothing() {
    let (world, stack) = stage();
    let (resource, response) = stack.create("Settings", json!({})).await;
    assert!(failure(&response).starts_with("read properties: "), "{}", response.reason);
    assert_eq!(resource.physical_id, PHYSICAL_ID);
    assert_eq!(world.calls(), Vec::<String>::new());
}

/// What happens to a call, and whether the event gets over it by itself.
const DISTURBANCES: [(Fault, bool); 9] = [
    (Fault::Error("AccessDeniedException"), false),
    (Fault::Error("ThrottlingException"), true),
    (Fault::Error("TooManyRequestsException"), true),
    (Fault::Error("ConcurrentModificationException"), true),
    (Fault::Error("ServiceUnavailableException"), true),
    (Fault::Status(503), true),
    (Fault::LostAnswer, true),
    (Fault::Hang { takes_effect: true }, true),
    (Fault::Panic, false),
];

#[tokio::test(start_paused = true)]
async fn however_a_call_is_disturbed_the_end_is_the_same() {
    let (undisturbed, whole) = stage();
    succeeded(&whole.create("Settings", properties()).await.1);
    let calls = undisturbed.calls().len();
    for (fault, passes) in DISTURBANCES {
        for call in 0..calls {
            let (world, stack) = stage();
            let before = on(&world);
            world.fail_call(call, fault);
            let event = stack.create_event("Settings", &properties());
            let response = stack.send(&event).await;
            let case = format!("{fault:?} at call {call}: {}", response.reason);
            assert_eq!(response.physical_resource_id, PHYSICAL_ID, "{case}");
            assert!(on(&world).is_superset(&before), "{case}");
            if passes {
                succeeded(&response);
            } else {
                failure(&response);
                assert!(!response.reason.contains(PANIC_TEXT), "{case}");
                // Lambda delivers it again, or the stack is updated.
                succeeded(&stack.send(&event).await);
            }
            assert_eq!(on(&world), on(&undisturbed), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_leaves_before_the_deadline_and_the_next_event_carries_on() {
    for operation in ["DescribeRegionSettings", "UpdateGlobalSettings"] {
        let (world, stack) = stage();
        world.fail_always(operation, Fault::Error("ThrottlingException"));
        let event = stack.create_event("Settings", &properties());
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
        let (world, stack) = stage();
        world.change(|state| state.settings.in_management_account = false);
        let (_, response) = stack.create("Settings", properties).await;
        let reason = failure(&response);
        assert!(reason.starts_with(&format!("{doing}: ")), "{reason}");
        let remedy = "; only the organization's management account may do this: ";
        assert!(reason.contains(remedy), "{reason}");
    }
}

/// Elsewhere the opt-in would work, and mean nothing.
#[tokio::test(start_paused = true)]
async fn the_opt_in_of_another_account_is_refused() {
    let (world, stack) = stage();
    world.change(|state| state.settings.in_management_account = false);
    let declared = json!({"ResourceTypes": ["EBS"], "Regions": [EU]});
    let (_, response) = stack.create("Settings", declared).await;
    assert_eq!(
        failure(&response),
        "opt in to resource types: the function works in account 999988887777, but only the opt-in of \
         the management account 111111111111 counts; deploy it there, or give it a ManagementRoleArn \
         there"
    );
    assert_eq!(writes(&world), Vec::<String>::new());
}

/// Its address does not exist; a broken connection now and then is got over.
#[tokio::test(start_paused = true)]
async fn a_region_that_nobody_answers_in_is_named_soon() {
    let (world, stack) = stage();
    world.fail_always("DescribeRegionSettings", Fault::LostAnswer);
    let begin = Instant::now();
    let (_, response) = stack.create("Settings", properties()).await;
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
    let (world, stack) = stage();
    let declared = with(&properties(), json!({"Regions": [EU, "ap-east-1"]}));
    let (_, response) = stack.create("Settings", declared).await;
    assert_eq!(
        failure(&response),
        "read the service opt-in of ap-east-1: The security token is invalid \
         (UnrecognizedClientException); the account has not enabled this Region: enable it, or take \
         it out of Regions"
    );
    assert_eq!(writes(&world), Vec::<String>::new());
}

/// A stack set that is made next would be refused before.
#[tokio::test(start_paused = true)]
async fn stacksets_are_waited_for_until_they_are_trusted() {
    for (seconds, in_time) in [(20, true), (200, false)] {
        let (world, stack) = stage();
        world.change(|state| state.settings.stacksets_lag = Duration::from_secs(seconds));
        let begin = Instant::now();
        let declared = json!({"TrustedAccess": [STACKSETS_SERVICE]});
        let (_, response) = stack.create("Settings", declared).await;
        if in_time {
            succeeded(&response);
            assert!(begin.elapsed() >= Duration::from_secs(seconds));
        } else {
            let expected = "enable trusted access of stacksets.cloudformation.amazonaws.com: \
                            not done after 60 s; try again";
            assert_eq!(failure(&response), expected);
        }
    }
}

/// CloudFormation has gone on to another event while this one waited.
#[tokio::test(start_paused = true)]
async fn an_event_that_is_not_wanted_any_more_stops() {
    let (world, mut stack) = stage();
    let gone = Summary {
        logical_id: "Settings".to_owned(),
        physical_id: String::new(),
        status: "CREATE_FAILED",
        since: "2026-11-22T10:00:00Z".to_owned(),
    };
    let resources = Arc::new(std::sync::Mutex::new(Some(vec![gone])));
    let answers = Arc::new(move |_: &str| resources.lock().expect("one thread").take());
    stack.handler.cloudformation = CloudFormation::new(&sdk_config(Duration::ZERO, answers));
    let event = stack.create_event("Settings", &properties());
    let sent = Instant::now();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let response = stack.deliver(&event, sent, LAMBDA_TIMEOUT).await;
    assert!(failure(&response).contains("CloudFormation has gone on"), "{}", response.reason);
    assert_eq!(world.calls(), Vec::<String>::new());
}
