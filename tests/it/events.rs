//! Every file in events/ is a complete event: it can be sent as it is, and does what its name says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use cfn_org_policy::protocol::response::Status;
use serde_json::Value;

use test_world::world::{EU, SANDBOX};
use test_world::{Stack, World};

fn events() -> BTreeMap<String, Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("events");
    let files = fs::read_dir(folder).expect("events/ is there");
    let files = files.map(|file| file.expect("a file").path());
    files
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a text");
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect()
}

fn is_of_settings(event: &Value) -> bool {
    event["ResourceType"] == "Custom::OrgBackupSettings"
}

/// A world in which the samples' targets exist and every type can be used.
fn world() -> World {
    let world = World::new();
    world.change(|state| {
        for event in events().values() {
            if is_of_settings(event) {
                continue;
            }
            let policy_type = event["ResourceProperties"]["Type"].as_str();
            state.enable_type(policy_type.expect("a sample names its type"));
        }
    });
    world
}

#[tokio::test(start_paused = true)]
async fn every_sample_event_ends_well() {
    for (name, event) in events() {
        let world = world();
        let stack = Stack::new(&world.sdk_config(), "sample");
        let response = stack.send(&event).await;
        assert_eq!(response.status, Status::Success, "{name}: {}", response.reason);
        if is_of_settings(&event) {
            let opted_in = world.change(|state| state.settings.regions[EU]["S3"]);
            assert!(opted_in, "{name} opts in to S3");
        } else if name.starts_with("create") {
            let policies = world.change(|state| {
                state.policies.values().filter(|policy| policy.targets.contains(SANDBOX)).count()
            });
            assert!(policies > 1, "{name} attaches to /Sandbox, where FullAWSAccess is already");
        }
    }
}

#[test]
fn there_is_a_sample_of_each_request_type_and_of_each_policy_type() {
    let events = events();
    for request_type in ["Create", "Update", "Delete"] {
        assert!(
            events.values().any(|event| event["RequestType"] == request_type),
            "{request_type}"
        );
    }
    let types: Vec<&str> = aws_sdk_organizations::types::PolicyType::values().to_vec();
    for policy_type in types {
        let sample = |event: &Value| event["ResourceProperties"]["Type"] == policy_type;
        assert!(events.values().any(sample), "no sample of {policy_type}");
    }
}
