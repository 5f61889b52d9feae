//! What most tests begin with: an organization with a stack in it, properties, and events as CloudFormation sends them.
//! What a test is about stays in the test: it changes the properties by [`with`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cfn_org_policy::policy::digest::{Digest, Hash};
use serde_json::{Value, json};

use super::engine::Template;
use super::world::{
    BACKUP_POLICY, BACKUP_SERVICE, EU, PRODUCTION, Policy, ROOT, SANDBOX, SCP, STACKSETS_SERVICE,
    US, World,
};
use super::{Resource, Stack};

pub const SETTINGS_TYPE: &str = "Custom::OrgBackupSettings";

/// The tag that says what was applied.
pub const DIGEST_TAG: &str = "cfn-org-policy:digest";

/// The first policy that the function creates in a new [`World`].
pub const POLICY: &str = "p-0000000001";

/// A backup policy on two targets that are given by their ids.
pub fn policy_properties() -> Value {
    json!({
        "ServiceToken": "arn:aws:lambda:us-east-1:111111111111:function:f",
        "Name": "daily",
        "Type": BACKUP_POLICY,
        "Content": {"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}},
        "Targets": [PRODUCTION, SANDBOX],
    })
}

/// A service control policy on the same targets.
pub fn guard_properties() -> Value {
    let deny = json!({"Effect": "Deny", "Action": ["a:B", "a:C"], "Resource": "*"});
    let content = json!({"Version": "2012-10-17", "Statement": [deny]});
    with(&policy_properties(), json!({"Name": "guard", "Type": SCP, "Content": content}))
}

/// Every kind of setting.
pub fn settings_properties() -> Value {
    json!({
        "PolicyTypes": [BACKUP_POLICY, SCP],
        "TrustedAccess": [BACKUP_SERVICE, STACKSETS_SERVICE],
        "GlobalSettings": ["CrossAccountBackup"],
        "ResourceTypes": ["EBS", "EFS"],
        "FullManagement": ["DynamoDB"],
        "Regions": [EU, US],
    })
}

/// The properties with these changes; null removes one.
pub fn with(properties: &Value, changes: Value) -> Value {
    let mut properties = properties.clone();
    let fields = properties.as_object_mut().expect("properties are an object");
    for (name, value) in changes.as_object().expect("changes are an object").clone() {
        if value.is_null() {
            fields.remove(&name);
        } else {
            fields.insert(name, value);
        }
    }
    properties
}

/// A new organization, and a stack of policies in it whose function has handled no event yet.
pub fn setup() -> (World, Stack) {
    let world = World::new();
    let stack = Stack::new(&world.sdk_config(), "backup");
    (world, stack)
}

/// An organization in which only the opt-in to EFS is on, and a stack of `Custom::OrgBackupSettings` in it.
pub fn settings_setup() -> (World, Stack) {
    let (world, mut stack) = setup();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.disable_type(SCP);
    });
    stack.resource_type = SETTINGS_TYPE;
    (world, stack)
}

/// A throttled organization with so many OUs, whose ids are returned.
pub fn throttled_organization(units: usize) -> (World, Vec<String>) {
    let world = World::new();
    world.throttle();
    world.set_latency(Duration::from_millis(100));
    let add = |n| world.change(|state| state.add_unit(ROOT, &format!("unit-{n}")));
    let units = (0..units).map(add).collect();
    (world, units)
}

/// A stack of backup policies: so many on the first OU, as many on the next, and so on.
pub fn template(policies: usize, per_unit: usize, units: &[String]) -> Template {
    let policy = |n: usize| {
        json!({
            "Name": format!("policy-{n}"),
            "Type": BACKUP_POLICY,
            "Content": {"plans": {}},
            "Targets": [units[n / per_unit]],
        })
    };
    (0..policies).map(|n| (format!("Policy{n:03}"), policy(n))).collect()
}

/// The builder of an event.
pub struct Event(Value);

impl Event {
    pub fn create(logical_id: &str) -> Event {
        Event::new("Create", logical_id)
    }

    pub fn update(resource: &Resource) -> Event {
        let event = Event::new("Update", &resource.logical_id);
        event
            .set("PhysicalResourceId", &*resource.physical_id)
            .set("OldResourceProperties", resource.properties.clone())
    }

    pub fn delete(resource: &Resource) -> Event {
        let event = Event::new("Delete", &resource.logical_id);
        event
            .set("PhysicalResourceId", &*resource.physical_id)
            .properties(resource.properties.clone())
    }

    /// An event of a policy in the stack `stack`, without properties and physical id.
    pub fn new(request_type: &str, logical_id: &str) -> Event {
        Event(json!({
            "RequestType": request_type,
            "RequestId": "request-1",
            "ResponseURL": "https://example.com/?X-Amz-Date=20261122T100000Z&X-Amz-Signature=secret",
            "ResourceType": "Custom::OrgPolicy",
            "LogicalResourceId": logical_id,
            "StackId": "stack",
            "ResourceProperties": {},
        }))
    }

    pub fn properties(self, properties: Value) -> Event {
        self.set("ResourceProperties", properties)
    }

    pub fn set(mut self, field: &str, value: impl Into<Value>) -> Event {
        self.0[field] = value.into();
        self
    }

    pub fn build(self) -> Value {
        self.0
    }
}

/// The digest of a policy as it is there, where these of its targets are declared.
pub fn digest(policy: &Policy, declared: &BTreeSet<String>) -> String {
    let content = serde_json::from_str(&policy.content).expect("the content is JSON");
    let targets = policy.targets.intersection(declared).cloned().collect();
    let digest = Digest {
        name: Hash::of_name(&policy.name),
        description: Hash::of_description(&policy.description),
        content: Hash::of_content(&policy.policy_type, &content),
        targets: Hash::of_targets(&targets),
    };
    digest.to_string()
}

/// A template's text as JSON: policies by their logical ids.
pub fn template_of(policies: &[(&str, Value)]) -> Value {
    let resource =
        |properties: &Value| json!({"Type": "Custom::OrgPolicy", "Properties": properties});
    let resources: BTreeMap<&str, Value> =
        policies.iter().map(|(name, properties)| (*name, resource(properties))).collect();
    json!({"Resources": resources})
}

/// A line without what CloudFormation makes up for each event and each stack.
pub fn normal(line: &str) -> String {
    let mut line = line.to_owned();
    for tag in ["cfn-org-policy:request-id=", "cfn-org-policy:stack-id="] {
        if let Some((before, after)) = line.split_once(tag) {
            let rest = after.find(',').map_or("", |end| &after[end..]);
            line = format!("{before}{tag}…{rest}");
        }
    }
    line
}
