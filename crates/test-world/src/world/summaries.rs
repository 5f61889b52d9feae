//! How the answers show policies, targets and the root.

use serde_json::{Value, json};

use super::state::{Kind, MANAGEMENT_ACCOUNT, Policy, ROOT, State};

const ORGANIZATION: &str = "o-exampleorg";

impl State {
    pub(super) fn root_json(&self) -> Value {
        let types: Vec<Value> = self
            .enabled
            .keys()
            .map(|name| json!({"Type": name, "Status": self.type_status(name)}))
            .collect();
        let mut root = self.target_json(ROOT);
        root["PolicyTypes"] = Value::Array(types);
        root
    }

    /// An OU, an account or the root as the listings show it.
    pub(super) fn target_json(&self, id: &str) -> Value {
        let target = &self.targets[id];
        match target.kind {
            Kind::Account => json!({
                "Id": id, "Arn": self.target_arn(id), "Name": target.name, "Email": format!("{id}@example.com"),
                "Status": if self.closed.contains(id) { "SUSPENDED" } else { "ACTIVE" },
                "State": if self.closed.contains(id) { "CLOSED" } else { "ACTIVE" },
                "JoinedMethod": "CREATED", "JoinedTimestamp": 1_700_000_000,
            }),
            Kind::Root | Kind::Unit => {
                json!({"Id": id, "Arn": self.target_arn(id), "Name": target.name})
            }
        }
    }

    pub(super) fn target_arn(&self, id: &str) -> String {
        let kind = match self.targets[id].kind {
            Kind::Root => "root",
            Kind::Unit => "ou",
            Kind::Account => "account",
        };
        format!("arn:aws:organizations::{MANAGEMENT_ACCOUNT}:{kind}/{ORGANIZATION}/{id}")
    }
}

/// A policy as the answers show it.
pub(super) fn policy_summary(id: &str, policy: &Policy) -> Value {
    let kind = policy.policy_type.to_lowercase();
    let arn = if policy.aws_managed {
        format!("arn:aws:organizations::aws:policy/{kind}/{id}")
    } else {
        format!("arn:aws:organizations::{MANAGEMENT_ACCOUNT}:policy/{ORGANIZATION}/{kind}/{id}")
    };
    json!({
        "Id": id,
        "Arn": arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.policy_type,
        "AwsManaged": policy.aws_managed,
    })
}
