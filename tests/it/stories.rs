//! The same stories over `World` and over MiniStack: our model of Organizations against one that
//! others wrote. Both have to leave the same organization and give the same kind of answer.

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::PolicyType;
use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::{Value, json};

use test_world::stack::with;
use test_world::{MiniStack, Organization, Stack, World};

/// A neighbour, a stack in it, and what has happened so far.
struct Teller {
    client: Client,
    stack: Stack,
    told: String,
}

impl Teller {
    fn new(config: &SdkConfig) -> Teller {
        let client = Client::new(config);
        Teller { client, stack: Stack::new(config, "backup"), told: String::new() }
    }

    /// Adds the answer and the organization after it to the story.
    async fn tell(&mut self, event: &str, response: &Response) {
        let organization = Organization::read(&self.client).await;
        let status = match response.status {
            Status::Success => "SUCCESS",
            Status::Failed => "FAILED",
        };
        self.told += &format!("{event}: {status}\n{organization}\n");
    }

    async fn id(&self, path: &str) -> String {
        Organization::read(&self.client).await.id(path).to_owned()
    }
}

fn backup_policy() -> Value {
    json!({
        "Name": "daily",
        "Type": "BACKUP_POLICY",
        "Content": {"plans": {"daily": {"copies-to-${Vault}": {}}}},
        "Variables": {"Vault": "arn:aws:backup:eu-west-1:222222222222:backup-vault:central"},
        "Targets": ["/Production", "Root"],
        "Tags": [{"Key": "cost-centre", "Value": "42"}],
    })
}

fn guard() -> Value {
    let deny = json!({"Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"});
    json!({
        "Name": "guard",
        "Type": "SERVICE_CONTROL_POLICY",
        "Content": {"Version": "2012-10-17", "Statement": [deny]},
        "Targets": ["/Security/Backup"],
    })
}

async fn a_life(teller: &mut Teller) {
    let (mut resource, response) = teller.stack.create("Daily", backup_policy()).await;
    teller.tell("create", &response).await;
    let changes = json!({"Name": "weekly", "Description": "d", "Content": {"plans": {}},
        "Targets": ["/Sandbox", "/Production"], "Tags": [{"Key": "owner", "Value": "me"}]});
    let response =
        teller.stack.update(&mut resource, with(&backup_policy(), changes.clone())).await;
    teller.tell("update", &response).await;
    let same = with(&with(&backup_policy(), changes), json!({"Revision": "2"}));
    let response = teller.stack.update(&mut resource, same).await;
    teller.tell("the same again", &response).await;
    let response = teller.stack.delete(&resource).await;
    teller.tell("delete", &response).await;
    let response = teller.stack.delete(&resource).await;
    teller.tell("delete again", &response).await;
}

async fn a_create_that_fails(teller: &mut Teller) {
    let targets = json!({"Targets": ["/Production", "999999999999"]});
    let (resource, response) = teller.stack.create("Daily", with(&backup_policy(), targets)).await;
    teller.tell("create", &response).await;
    let response = teller.stack.delete(&resource).await;
    teller.tell("the rollback's delete", &response).await;
}

async fn a_replacement(teller: &mut Teller) {
    let (mut resource, response) = teller.stack.create("Policy", guard()).await;
    teller.tell("create", &response).await;
    let former = resource.clone();
    let response = teller.stack.update(&mut resource, backup_policy()).await;
    teller.tell("another type", &response).await;
    let response = teller.stack.delete(&former).await;
    teller.tell("the clean-up's delete", &response).await;
}

async fn two_owners(teller: &mut Teller) {
    let (_, response) = teller.stack.create("Guard", guard()).await;
    teller.tell("create", &response).await;
    let (theirs, response) = teller.stack.create("Other", guard()).await;
    teller.tell("create by another", &response).await;
    let response = teller.stack.delete(&theirs).await;
    teller.tell("the other's delete", &response).await;
}

async fn an_adoption(teller: &mut Teller) {
    let call = teller.client.create_policy().name("guard").description("by hand").content("{}");
    let made = call.r#type(PolicyType::ServiceControlPolicy).send().await.expect("create by hand");
    let id = made.policy().and_then(|p| p.policy_summary()).and_then(|s| s.id()).expect("an id");
    let sandbox = teller.id("/Sandbox").await;
    let attach = teller.client.attach_policy().policy_id(id).target_id(sandbox);
    attach.send().await.expect("attach by hand");
    let (_, response) = teller.stack.create("Guard", guard()).await;
    teller.tell("create", &response).await;
    let adopt = with(&guard(), json!({"AdoptExisting": "true"}));
    let (resource, response) = teller.stack.create("Guard", adopt).await;
    teller.tell("adopt", &response).await;
    let response = teller.stack.delete(&resource).await;
    teller.tell("delete", &response).await;
}

async fn a_type_that_is_not_enabled(teller: &mut Teller) {
    let properties = json!({"Name": "tags", "Type": "TAG_POLICY", "Content": {"tags": {}},
        "Targets": ["/Sandbox"]});
    let (resource, response) = teller.stack.create("Tags", properties.clone()).await;
    teller.tell("create", &response).await;
    let response = teller.stack.delete(&resource).await;
    teller.tell("the rollback's delete", &response).await;
    let enable = with(&properties, json!({"EnablePolicyType": "true"}));
    let (_, response) = teller.stack.create("Tags", enable).await;
    teller.tell("create and enable", &response).await;
}

async fn a_vanished_policy(teller: &mut Teller) {
    let (mut resource, _) =
        teller.stack.create("Guard", with(&guard(), json!({"Targets": []}))).await;
    let gone = teller.client.delete_policy().policy_id(&resource.physical_id);
    gone.send().await.expect("delete by hand");
    let response = teller.stack.update(&mut resource, guard()).await;
    teller.tell("update", &response).await;
}

/// Each story, over both neighbours. The account keeps one story's organization from another's.
macro_rules! stories {
    ($($story:ident($account:literal),)*) => {$(
        mod $story {
            use super::*;

            async fn told_over(config: &SdkConfig) -> String {
                let mut teller = Teller::new(config);
                super::$story(&mut teller).await;
                teller.told
            }

            #[tokio::test]
            async fn over_world_and_over_ministack() {
                let ours = told_over(&World::new().sdk_config()).await;
                let theirs = MiniStack::shared();
                let theirs = told_over(&theirs.organization($account).await).await;
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
