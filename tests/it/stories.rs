//! The same stories on `World` and on MiniStack: our model of Organizations and one that others wrote. Both must leave
//! the same organization, and the responses must have the same status.

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;
use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::{Value, json};

use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::{MiniStack, Organization, Stack, World};

/// One of the two models, a stack in it, and what has happened so far.
struct Recorder {
    client: Client,
    stack: Stack,
    record: String,
}

impl Recorder {
    fn new(config: &SdkConfig) -> Recorder {
        let client = Client::new(config);
        Recorder { client, stack: Stack::new(config, "backup"), record: String::new() }
    }

    /// Adds the response and the organization after it to the record.
    async fn add(&mut self, event: &str, response: &Response) {
        let organization = without_ids(&Organization::read(&self.client).await.to_string());
        let status = match response.status {
            Status::Success => "SUCCESS",
            Status::Failed => "FAILED",
        };
        self.record += &format!("{event}: {status}\n{organization}\n");
    }

    async fn id(&self, path: &str) -> String {
        Organization::read(&self.client).await.id(path).to_owned()
    }
}

/// The digest's last part is the hash of the targets' ids, and those of MiniStack are others.
fn without_ids(organization: &str) -> String {
    let line = |line: &str| match line.rsplit_once(':') {
        Some((parts, _)) if line.trim_start().starts_with("cfn-org-policy:digest = v1:") => {
            format!("{parts}:…\n")
        }
        _ => format!("{line}\n"),
    };
    organization.lines().map(line).collect()
}

/// By paths, because the ids of MiniStack are others.
fn backup_policy() -> Value {
    let changes = json!({
        "Content": {"plans": {"daily": {"copies-to-${Vault}": {}}}},
        "Variables": {"Vault": "arn:aws:backup:eu-west-1:222222222222:backup-vault:central"},
        "Targets": ["/Production", "Root"],
        "Tags": [{"Key": "cost-centre", "Value": "42"}],
    });
    with(&policy_properties(), changes)
}

fn guard() -> Value {
    with(&guard_properties(), json!({"Targets": ["/Security/Backup"]}))
}

async fn a_life(recorder: &mut Recorder) {
    let (mut resource, response) = recorder.stack.create("Daily", backup_policy()).await;
    recorder.add("create", &response).await;
    let changes = json!({"Name": "weekly", "Description": "d", "Content": {"plans": {}},
        "Targets": ["/Sandbox", "/Production"], "Tags": [{"Key": "owner", "Value": "me"}]});
    let response =
        recorder.stack.update(&mut resource, with(&backup_policy(), changes.clone())).await;
    recorder.add("update", &response).await;
    let same = with(&with(&backup_policy(), changes), json!({"Revision": "2"}));
    let response = recorder.stack.update(&mut resource, same).await;
    recorder.add("the same again", &response).await;
    let response = recorder.stack.delete(&resource).await;
    recorder.add("delete", &response).await;
    let response = recorder.stack.delete(&resource).await;
    recorder.add("delete again", &response).await;
}

async fn a_create_that_fails(recorder: &mut Recorder) {
    let targets = json!({"Targets": ["/Production", "999999999999"]});
    let (resource, response) =
        recorder.stack.create("Daily", with(&backup_policy(), targets)).await;
    recorder.add("create", &response).await;
    let response = recorder.stack.delete(&resource).await;
    recorder.add("the rollback's delete", &response).await;
}

async fn a_replacement(recorder: &mut Recorder) {
    let (mut resource, response) = recorder.stack.create("Policy", guard()).await;
    recorder.add("create", &response).await;
    let former = resource.clone();
    let response = recorder.stack.update(&mut resource, backup_policy()).await;
    recorder.add("another type", &response).await;
    let response = recorder.stack.delete(&former).await;
    recorder.add("the clean-up's delete", &response).await;
}

async fn two_owners(recorder: &mut Recorder) {
    let (_, response) = recorder.stack.create("Guard", guard()).await;
    recorder.add("create", &response).await;
    let (theirs, response) = recorder.stack.create("Other", guard()).await;
    recorder.add("create by another", &response).await;
    let response = recorder.stack.delete(&theirs).await;
    recorder.add("the other's delete", &response).await;
}

async fn an_adoption(recorder: &mut Recorder) {
    let call = recorder.client.create_policy().name("guard").description("by hand").content("{}");
    let made = call.r#type(PolicyType::ServiceControlPolicy).send().await.expect("create by hand");
    let id = made.policy().and_then(|p| p.policy_summary()).and_then(|s| s.id()).expect("an id");
    let sandbox = recorder.id("/Sandbox").await;
    let attach = recorder.client.attach_policy().policy_id(id).target_id(sandbox);
    attach.send().await.expect("attach by hand");
    let (_, response) = recorder.stack.create("Guard", guard()).await;
    recorder.add("create", &response).await;
    let adopt = with(&guard(), json!({"AdoptExisting": "true"}));
    let (resource, response) = recorder.stack.create("Guard", adopt).await;
    recorder.add("adopt", &response).await;
    let response = recorder.stack.delete(&resource).await;
    recorder.add("delete", &response).await;
}

async fn a_type_that_is_not_enabled(recorder: &mut Recorder) {
    let properties = json!({"Name": "tags", "Type": "TAG_POLICY", "Content": {"tags": {}},
        "Targets": ["/Sandbox"]});
    let (resource, response) = recorder.stack.create("Tags", properties.clone()).await;
    recorder.add("create", &response).await;
    let response = recorder.stack.delete(&resource).await;
    recorder.add("the rollback's delete", &response).await;
    let enable = with(&properties, json!({"EnablePolicyType": "true"}));
    let (_, response) = recorder.stack.create("Tags", enable).await;
    recorder.add("create and enable", &response).await;
}

async fn a_vanished_policy(recorder: &mut Recorder) {
    let (mut resource, _) =
        recorder.stack.create("Guard", with(&guard(), json!({"Targets": []}))).await;
    let gone = recorder.client.delete_policy().policy_id(&resource.physical_id);
    gone.send().await.expect("delete by hand");
    let response = recorder.stack.update(&mut resource, guard()).await;
    recorder.add("update", &response).await;
}

/// Each story, on both models. Each has an account, and so an organization, of its own.
macro_rules! stories {
    ($($story:ident($account:literal),)*) => {$(
        mod $story {
            use super::*;

            async fn recorded_with(config: &SdkConfig) -> String {
                let mut recorder = Recorder::new(config);
                super::$story(&mut recorder).await;
                recorder.record
            }

            #[tokio::test]
            #[ignore = "needs MiniStack: run by make test-rust"]
            async fn world_and_ministack_end_alike() {
                let ours = recorded_with(&World::new().sdk_config()).await;
                let theirs = MiniStack::shared();
                let theirs = recorded_with(&theirs.organization($account).await).await;
                assert_eq!(ours, theirs, "\nWorld:\n{ours}\nMiniStack:\n{theirs}");
                assert!(ours.contains("SUCCESS"));
            }
        }
    )*};
}

stories! {
    a_life("100000000001"),
    a_create_that_fails("100000000002"),
    a_replacement("100000000003"),
    two_owners("100000000004"),
    an_adoption("100000000005"),
    a_type_that_is_not_enabled("100000000006"),
    a_vanished_policy("100000000007"),
}
