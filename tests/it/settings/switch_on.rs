//! What is switched on, and that nothing is ever switched off.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use test_world::fixtures::{settings_properties, settings_setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, BACKUP_SERVICE, EU, SCP, STACKSETS_SERVICE, US};

use super::{PHYSICAL_ID, on, writes};

#[tokio::test(start_paused = true)]
async fn everything_is_read_and_then_switched_on_in_order() {
    let (world, stack) = settings_setup();
    let (resource, response) = stack.create("Settings", settings_properties()).await;
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
            "UpdateRegionSettings eu-west-1 managed: DynamoDB EFS",
            "UpdateRegionSettings us-east-1 EBS EFS",
            "UpdateRegionSettings us-east-1 managed: DynamoDB EFS",
        ]
    );
    let expected = [BACKUP_POLICY, SCP, BACKUP_SERVICE, STACKSETS_SERVICE].into_iter().chain([
        "isCrossAccountBackupEnabled",
        "eu-west-1/EBS",
        "us-east-1/EBS",
        "eu-west-1/DynamoDB fully managed",
        "us-east-1/DynamoDB fully managed",
    ]);
    let on = on(&world);
    assert!(expected.clone().all(|name| on.contains(name)), "{on:?}");
    assert!(!on.contains("isMpaEnabled") && !on.contains("eu-west-1/S3"), "{on:?}");
    assert!(!on.contains("eu-west-1/DynamoDB"), "full management is no opt-in: {on:?}");
    assert_eq!(resource.physical_id, PHYSICAL_ID);
    assert_eq!(response.data["Regions"], "eu-west-1,us-east-1");
    assert_eq!(
        response.data["SwitchedOn"],
        "BACKUP_POLICY,SERVICE_CONTROL_POLICY,backup.amazonaws.com,\
         stacksets.cloudformation.amazonaws.com,CrossAccountBackup,eu-west-1,\
         eu-west-1/FullManagement,us-east-1,us-east-1/FullManagement"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_if_all_is_on() {
    let (world, stack) = settings_setup();
    let (mut resource, _) = stack.create("Settings", settings_properties()).await;
    world.reset_calls();
    let response =
        stack.update(&mut resource, with(&settings_properties(), json!({"Revision": "2"}))).await;
    succeeded(&response);
    assert_eq!(writes(&world), Vec::<String>::new());
    assert_eq!(response.data["SwitchedOn"], "");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_declared_is_not_read() {
    let (world, stack) = settings_setup();
    let (_, response) = stack.create("Settings", json!({"TrustedAccess": [BACKUP_SERVICE]})).await;
    succeeded(&response);
    let expected =
        ["ListAWSServiceAccessForOrganization", "EnableAWSServiceAccess backup.amazonaws.com"];
    assert_eq!(world.calls_in_detail(), expected);
}

/// The same if AWS Backup merges an update as if it replaces everything.
#[tokio::test(start_paused = true)]
async fn what_others_have_switched_on_stays_on_and_nothing_else_comes_on() {
    for replaces in [false, true] {
        let (world, stack) = settings_setup();
        world.change(|state| {
            let settings = &mut state.settings;
            settings.replaces = replaces;
            settings.global.insert("isMpaEnabled".to_owned(), true);
            let types = settings.regions.get_mut(EU).expect("it is there");
            types.insert("S3".to_owned(), true);
        });
        let before = on(&world);
        let declared =
            with(&settings_properties(), json!({"PolicyTypes": null, "TrustedAccess": null}));
        succeeded(&stack.create("Settings", declared).await.1);
        let switched_on: Vec<String> = on(&world).difference(&before).cloned().collect();
        let expected = [
            "eu-west-1/DynamoDB fully managed",
            "eu-west-1/EBS",
            "isCrossAccountBackupEnabled",
            "us-east-1/DynamoDB fully managed",
            "us-east-1/EBS",
        ];
        assert_eq!(switched_on, expected, "replaces: {replaces}");
        assert!(on(&world).is_superset(&before), "replaces: {replaces}");
    }
}

/// AWS Backup has two settings of DynamoDB for each Region, and copies need both.
#[tokio::test(start_paused = true)]
async fn an_opt_in_never_implies_full_management_nor_the_other_way_round() {
    for (declared, expected) in [
        (json!({"ResourceTypes": ["DynamoDB"]}), "eu-west-1/DynamoDB"),
        (json!({"FullManagement": ["DynamoDB"]}), "eu-west-1/DynamoDB fully managed"),
    ] {
        let (world, stack) = settings_setup();
        let before = on(&world);
        let (_, response) =
            stack.create("Settings", with(&declared, json!({"Regions": [EU]}))).await;
        succeeded(&response);
        let switched_on: Vec<String> = on(&world).difference(&before).cloned().collect();
        assert_eq!(switched_on, [expected]);
    }
}

/// From a list to All, and back: what is on stays on.
#[tokio::test(start_paused = true)]
async fn all_is_every_type_that_the_region_knows() {
    let (world, stack) = settings_setup();
    let of = |types| json!({"ResourceTypes": types, "Regions": [EU, US]});
    let (mut resource, response) = stack.create("Settings", of(json!(["EBS"]))).await;
    succeeded(&response);
    world.reset_calls();
    for all in [json!("All"), json!(["All"])] {
        succeeded(&stack.update(&mut resource, of(all)).await);
    }
    assert_eq!(
        writes(&world),
        [
            "UpdateRegionSettings eu-west-1 Aurora DynamoDB EBS EC2 EFS RDS S3 Storage Gateway",
            "UpdateRegionSettings us-east-1 Aurora DynamoDB EBS EC2 EFS RDS S3 Storage Gateway Timestream",
        ],
        "the second Update finds all on"
    );
    let all_on = on(&world);
    assert!(all_on.contains("us-east-1/Timestream"), "{all_on:?}");
    assert!(!all_on.contains("eu-west-1/DynamoDB fully managed"), "{all_on:?}");
    let response = stack.update(&mut resource, of(json!(["EBS"]))).await;
    succeeded(&response);
    assert_eq!(on(&world), all_on);
    // A type that AWS Backup learns later comes on with the next event.
    world.change(|state| {
        let types = state.settings.regions.get_mut(EU).expect("it is there");
        types.insert("Quantum Ledger".to_owned(), false);
    });
    let declared = with(&of(json!("All")), json!({"Revision": "2"}));
    let response = stack.update(&mut resource, declared).await;
    succeeded(&response);
    assert!(on(&world).contains("eu-west-1/Quantum Ledger"));
    assert_eq!(response.data["SwitchedOn"], EU);
}

/// Each reads before the other writes.
#[tokio::test(start_paused = true)]
async fn two_resources_at_the_same_time_do_not_undo_each_other() {
    let (world, stack) = settings_setup();
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
    let (world, stack) = settings_setup();
    let (mut resource, _) = stack.create("Settings", settings_properties()).await;
    let before = on(&world);
    succeeded(&stack.update(&mut resource, json!({"PolicyTypes": [SCP]})).await);
    assert_eq!(on(&world), before);
    assert_eq!(resource.physical_id, PHYSICAL_ID, "no Update replaces anything");
    world.reset_calls();
    resource.properties = json!({"whatever": true});
    // For a Create without a response CloudFormation makes up an id, and expects it in the next response.
    for id in [PHYSICAL_ID, "settings-Settings-1A2B3C"] {
        resource.physical_id = id.to_owned();
        succeeded(&stack.delete(&resource).await);
    }
    assert_eq!(world.calls(), Vec::<String>::new());
    assert_eq!(on(&world), before);
}

/// Before that, no stack set can be created.
#[tokio::test(start_paused = true)]
async fn trusted_access_of_stacksets_is_waited_for() {
    for (seconds, in_time) in [(20, true), (200, false)] {
        let (world, stack) = settings_setup();
        world.change(|state| state.settings.stacksets_lag = Duration::from_secs(seconds));
        let begin = Instant::now();
        let declared = json!({"TrustedAccess": [STACKSETS_SERVICE]});
        let (_, response) = stack.create("Settings", declared).await;
        if in_time {
            succeeded(&response);
            assert!(begin.elapsed() >= Duration::from_secs(seconds));
        } else {
            let expected = "enable trusted access of stacksets.cloudformation.amazonaws.com: \
                            not finished after 60 s; try again";
            assert_eq!(failure(&response), expected);
        }
    }
}
