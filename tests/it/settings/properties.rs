//! The properties of `Custom::OrgBackupSettings`, and the plan as the log shows it.

use cfn_org_policy::aws::types::{PolicyTypes, RegionSettings};
use cfn_org_policy::protocol::request::Request;
use cfn_org_policy::settings::desired::{Desired, TrustedService};
use cfn_org_policy::settings::observed::Observed;
use cfn_org_policy::settings::plan::plan;
use serde_json::{Value, json};

use test_world::Resource;
use test_world::fixtures::{Event, SETTINGS_TYPE, settings_properties, settings_setup, with};
use test_world::stack::failure;
use test_world::world::{BACKUP_POLICY, EU, SCP, US};

use super::PHYSICAL_ID;

fn reason_of(properties: Value) -> String {
    parse(properties).unwrap_err()
}

fn parse(properties: Value) -> Result<Desired, String> {
    let event = Event::create("Settings").set("ResourceType", SETTINGS_TYPE);
    let request =
        Request::parse(event.properties(properties).build().into()).expect("it is an event");
    Desired::parse(&request).map_err(|error| error.to_string())
}

#[test]
fn every_fault_is_reported_with_its_path() {
    assert_eq!(
        reason_of(json!({
            "ServiceToken": "arn", "ServiceTimeout": "60", "Revision": "1", "Region": "eu-west-1",
            "PolicyTypes": ["backup policy"], "TrustedAccess": ["config.amazonaws.com"],
            "GlobalSettings": ["isMpaEnabled"], "ResourceTypes": [""],
            "FullManagement": [""],
            "Regions": ["eu-west-1", "evil.example/eu-west-1", "eu-west-1a", "eu-west", "EU-WEST-1"],
        })),
        "read properties: Region: unknown property; known are FullManagement, GlobalSettings, PolicyTypes, Regions, \
         ResourceTypes, Revision, TrustedAccess; \
         PolicyTypes[0]: \"backup policy\" is no policy type such as BACKUP_POLICY; \
         TrustedAccess[0]: \"config.amazonaws.com\" is not known; known are backup.amazonaws.com, \
         stacksets.cloudformation.amazonaws.com; \
         GlobalSettings[0]: \"isMpaEnabled\" is not known; known are CrossAccountBackup, \
         DelegatedAdministrator, Mpa; \
         ResourceTypes[0]: \"\" is no resource type such as EBS; \
         FullManagement[0]: \"\" is no resource type such as EBS; \
         Regions[1]: \"evil.example/eu-west-1\" is no Region such as eu-west-1; \
         Regions[2]: \"eu-west-1a\" is no Region such as eu-west-1; \
         Regions[3]: \"eu-west\" is no Region such as eu-west-1; \
         Regions[4]: \"EU-WEST-1\" is no Region such as eu-west-1"
    );
    assert_eq!(
        reason_of(json!({"ResourceTypes": "EBS"})),
        "read properties: ResourceTypes: must be a list, or All"
    );
    assert_eq!(
        reason_of(json!({"ResourceTypes": ["EBS", "All"], "Regions": [EU]})),
        "read properties: ResourceTypes[1]: \"All\" stands alone: it is every type that a Region knows"
    );
}

#[test]
fn types_and_regions_go_together_and_something_is_declared() {
    for property in [json!({"ResourceTypes": ["EBS"]}), json!({"FullManagement": ["DynamoDB"]})] {
        assert_eq!(
            reason_of(property),
            "read properties: Regions: is missing; name the Regions that ResourceTypes and \
             FullManagement are for"
        );
    }
    assert_eq!(
        reason_of(json!({"Regions": [EU], "PolicyTypes": [SCP]})),
        "read properties: Regions: nothing is declared for them; declare ResourceTypes or \
         FullManagement too, or remove them"
    );
    assert_eq!(
        reason_of(json!({"Revision": "2", "Regions": []})),
        "read properties: Properties: nothing is declared; declare PolicyTypes, TrustedAccess, \
         GlobalSettings, or ResourceTypes or FullManagement with Regions"
    );
}

/// The response has the usual physical id, so the rollback's Delete changes nothing.
#[tokio::test(start_paused = true)]
async fn bad_properties_fail_before_any_call() {
    let (world, stack) = settings_setup();
    let (resource, response) = stack.create("Settings", json!({})).await;
    assert!(failure(&response).starts_with("read properties: "), "{}", response.reason);
    assert_eq!(resource.physical_id, PHYSICAL_ID);
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[test]
fn a_plan_says_what_is_on_already() {
    let Ok(Desired::On(mut declared)) = parse(settings_properties()) else {
        panic!("they are valid")
    };
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
        regions: [
            (
                EU.to_owned(),
                RegionSettings {
                    opted_in: types(&[
                        ("DynamoDB", false),
                        ("EBS", false),
                        ("EFS", true),
                        ("S3", true),
                    ]),
                    fully_managed: types(&[("DynamoDB", false), ("EFS", true)]),
                },
            ),
            (
                US.to_owned(),
                RegionSettings {
                    opted_in: types(&[("DynamoDB", true), ("EBS", true), ("EFS", true)]),
                    fully_managed: types(&[("DynamoDB", true)]),
                },
            ),
        ]
        .into(),
    };
    let plan = plan(&declared, &observed).expect("every type is known");
    insta::assert_snapshot!(plan, @r"
    wait for policy type BACKUP_POLICY to be enabled on root r-ab12
    enable trusted access of stacksets.cloudformation.amazonaws.com
    switch on global settings CrossAccountBackup
    opt in to EBS in eu-west-1
    switch on full management of DynamoDB in eu-west-1
    policy type SERVICE_CONTROL_POLICY is on already
    trusted access of backup.amazonaws.com is on already
    opt-in to EFS in eu-west-1 is on already
    DynamoDB is not opted in to in eu-west-1: its full management has no effect until it is
    opt-in to EBS, EFS in us-east-1 is on already
    full management of DynamoDB in us-east-1 is on already
    S3 is no longer declared in ResourceTypes: it stays as it is
    ");
}

#[test]
fn an_update_says_what_is_not_declared_any_more() {
    let (_, stack) = settings_setup();
    let resource = Resource {
        logical_id: "Settings".to_owned(),
        physical_id: PHYSICAL_ID.to_owned(),
        properties: settings_properties(),
    };
    let changes = json!({"ResourceTypes": ["EFS"], "GlobalSettings": null, "Revision": "2"});
    let event = stack.update_event(&resource, &with(&settings_properties(), changes));
    let request = Request::parse(event.into()).expect("it is an event");
    let Ok(Desired::On(declared)) = Desired::parse(&request) else { panic!("it is valid") };
    let expected = [
        "CrossAccountBackup is no longer declared in GlobalSettings: it stays as it is",
        "EBS is no longer declared in ResourceTypes: it stays as it is",
    ];
    assert_eq!(declared.dropped, expected);
}

/// What is left of All, or replaced by it.
#[test]
fn between_a_list_and_all_only_what_is_lost_is_named() {
    let (_, stack) = settings_setup();
    let lost = |old: Value, new: Value| {
        let of = |types| with(&settings_properties(), json!({"ResourceTypes": types}));
        let resource = Resource {
            logical_id: "Settings".to_owned(),
            physical_id: PHYSICAL_ID.to_owned(),
            properties: of(old),
        };
        let event = stack.update_event(&resource, &of(new));
        let request = Request::parse(event.into()).expect("it is an event");
        let Ok(Desired::On(declared)) = Desired::parse(&request) else { panic!("it is valid") };
        declared.dropped
    };
    for all in [json!("All"), json!(["All"])] {
        assert_eq!(lost(json!(["EBS", "S3"]), all.clone()), Vec::<String>::new());
        let line = "All is no longer declared in ResourceTypes: it stays as it is";
        assert_eq!(lost(all, json!(["EBS"])), [line]);
    }
    assert_eq!(lost(json!("All"), json!(["All"])), Vec::<String>::new());
}
