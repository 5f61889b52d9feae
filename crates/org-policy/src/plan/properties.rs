//! The properties that CloudFormation would send, with what stands in for what only the deployment knows.
//!
//! A value that is not known is planned as it is now, so that it hides no other change; of a policy that is not there yet
//! it is left out. Each is named with its reason.

use std::collections::BTreeSet;

use cfn_org_policy::aws::types::{PolicyDescription, Tags};
use cfn_org_policy::policy::ownership::user_tags;
use policy_document::template::declared_policies;
use policy_document::tree::{Node, Value};
use serde_json::{Map, Value as Json, json};

use super::events::Declaration;

/// Properties that mean nothing to the plan.
const WITHOUT_MEANING: [&str; 3] = ["ServiceToken", "ServiceTimeout", "Revision"];
/// What stands for a text that is not known and is not there yet.
pub const NOT_KNOWN: &str = "(known after the deployment)";

/// A value that only the deployment knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Where: `Tags[0].Value`; empty for the resource itself.
    pub path: String,
    /// What it is: `the attribute Arn of Vault`.
    pub reason: String,
}

/// The policy as it is now, which stands in for what is not known of it.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its name.
    pub name: String,
    /// Its type.
    pub policy_type: String,
    /// Its description.
    pub description: String,
    /// Its document.
    pub content: Json,
    /// Its tags that are neither ours nor AWS's.
    pub tags: Tags,
    /// Where it is attached: the targets' ids.
    pub attachments: Vec<String>,
}

impl Live {
    /// What was read of it.
    pub fn of(policy: &PolicyDescription, tags: &Tags, attachments: &BTreeSet<String>) -> Self {
        Self {
            name: policy.name.clone(),
            policy_type: policy.policy_type.clone(),
            description: policy.description.clone(),
            content: serde_json::from_str(&policy.content).unwrap_or_default(),
            tags: user_tags(tags),
            attachments: attachments.iter().cloned().collect(),
        }
    }
}

/// What is not known of a declaration.
pub fn unknown(declaration: Declaration) -> Vec<Unknown> {
    let mut found = Vec::new();
    for member in declaration.resource.properties.members() {
        if !WITHOUT_MEANING.contains(&member.key.as_str()) {
            each_unknown(&member.node, &member.key, &mut found);
        }
    }
    found
}

fn each_unknown(node: &Node, path: &str, found: &mut Vec<Unknown>) {
    match &node.value {
        Value::Unknown(reason) => {
            found.push(Unknown { path: path.to_owned(), reason: reason.clone() });
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                each_unknown(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(members) => {
            for member in members {
                let path = cfn_org_policy::error::path(path, &member.key);
                each_unknown(&member.node, &path, found);
            }
        }
        _ => {}
    }
}

/// The properties of a declaration, with the live policy in place of what is not known.
pub fn properties(declaration: Declaration, live: Option<&Live>) -> Map<String, Json> {
    let properties = &declaration.resource.properties;
    let mut filled = Map::new();
    for member in properties.members() {
        let (name, node) = (member.key.as_str(), &member.node);
        let value = if WITHOUT_MEANING.contains(&name) || is_known(node) {
            known(node)
        } else {
            stand_in(name, node, live)
        };
        filled.extend(value.map(|value| (name.to_owned(), value)));
    }
    let in_document = ["Content", "Variables"].map(|name| properties.get(name));
    if in_document.iter().flatten().any(|node| !is_known(node)) {
        fill_document(declaration, live, &mut filled);
    }
    filled
}

/// The properties before an Update. Where a value is not known before or after it, it counts as one
/// that does not change.
pub fn former_properties(
    former: Declaration,
    new: Declaration,
    filled: &Map<String, Json>,
) -> Map<String, Json> {
    let of = |declaration: Declaration, name: &str| {
        declaration.resource.properties.get(name).is_none_or(is_known)
    };
    let documents = ["Content", "Variables"];
    let document_is_known = documents.iter().all(|name| of(former, name) && of(new, name));
    let mut properties = Map::new();
    for member in former.resource.properties.members() {
        let name = member.key.as_str();
        let is_known = if documents.contains(&name) {
            document_is_known
        } else {
            of(former, name) && of(new, name)
        };
        let value = if is_known { known(&member.node) } else { filled.get(name).cloned() };
        properties.extend(value.map(|value| (name.to_owned(), value)));
    }
    properties
}

fn is_known(node: &Node) -> bool {
    let mut found = Vec::new();
    each_unknown(node, "", &mut found);
    found.is_empty()
}

/// The value without what is not known.
fn known(node: &Node) -> Option<Json> {
    node.to_json_with(&|_| None)
}

/// What stands in for a property that is not wholly known.
fn stand_in(name: &str, node: &Node, live: Option<&Live>) -> Option<Json> {
    let text = |of: fn(&Live) -> &String| live.map(|live| json!(of(live)));
    match name {
        "Name" => text(|live| &live.name),
        "Type" => text(|live| &live.policy_type),
        "Description" => text(|live| &live.description),
        "Tags" => Some(tags(node, live)),
        "Targets" => {
            // A target that is not known may be one of those where it is attached already.
            let attached = live.map(|live| live.attachments.clone()).unwrap_or_default();
            let known: Vec<Json> = node.items().iter().filter_map(known).collect();
            let more = attached.into_iter().map(Json::String).filter(|id| !known.contains(id));
            Some(known.iter().cloned().chain(more).collect())
        }
        // So that nothing is planned that may not be.
        "ManageAttachments" => Some(json!("Declared")),
        "Content" | "Variables" => None,
        _ => known(node).filter(|value| *value != json!([])),
    }
}

fn tags(node: &Node, live: Option<&Live>) -> Json {
    let now = |key: &str| live.and_then(|live| live.tags.get(key)).cloned();
    let tag = |key: &str, value: String| json!({"Key": key, "Value": value});
    let all_live = || {
        let tags = live.map(|live| live.tags.clone()).unwrap_or_default();
        tags.into_iter().map(|(key, value)| tag(&key, value)).collect::<Json>()
    };
    let mut filled = Vec::new();
    let Value::Array(items) = &node.value else { return all_live() };
    for item in items {
        let (key, value) = (item.get("Key"), item.get("Value"));
        match (key.and_then(Node::scalar), value.map(|value| &value.value)) {
            (Some(key), Some(Value::Unknown(_))) => {
                filled.push(tag(&key, now(&key).unwrap_or_else(|| NOT_KNOWN.to_owned())));
            }
            (Some(_), _) => filled.extend(known(item)),
            // Whichever it is, it may be any of those that are there.
            (None, _) => return all_live(),
        }
    }
    Json::Array(filled)
}

/// Content with its variables filled in, as far as they are known.
fn fill_document(declaration: Declaration, live: Option<&Live>, filled: &mut Map<String, Json>) {
    let Declaration { resource, template } = declaration;
    let mut policies = declared_policies(template);
    let policy = policies.find(|policy| policy.resource.logical_id == resource.logical_id);
    let live = live.map(|live| &live.content);
    let document = match &policy {
        Some(policy) if live.is_some() || is_partly_known(&policy.document) => {
            document(&policy.document, live)
        }
        _ => live.cloned().unwrap_or_else(|| json!({})),
    };
    // The document has no variables any more, but for those that stand for themselves.
    let text = document.to_string();
    let declared = resource.properties.get("Variables").map(Node::members).unwrap_or_default();
    let left = declared.iter().map(|member| (&member.key, format!("${{{}}}", member.key)));
    let left: Map<String, Json> = left
        .filter(|(_, itself)| text.contains(itself))
        .map(|(name, itself)| (name.clone(), Json::String(itself)))
        .collect();
    filled.remove("Variables");
    if !left.is_empty() {
        filled.insert("Variables".to_owned(), Json::Object(left));
    }
    filled.insert("Content".to_owned(), document);
}

fn is_partly_known(document: &Node) -> bool {
    !matches!(document.value, Value::Unknown(_))
}

/// The document with what stands at the same place now, where it is not known.
fn document(node: &Node, live: Option<&Json>) -> Json {
    match &node.value {
        Value::Unknown(_) => live.cloned().unwrap_or_else(|| json!(NOT_KNOWN)),
        Value::Array(items) => {
            let same = live.and_then(Json::as_array).filter(|live| live.len() == items.len());
            let at = |index: usize| same.and_then(|live| live.get(index));
            items.iter().enumerate().map(|(index, item)| document(item, at(index))).collect()
        }
        Value::Object(members) => Json::Object(
            members
                .iter()
                .map(|m| (m.key.clone(), document(&m.node, live.and_then(|l| l.get(&m.key)))))
                .collect(),
        ),
        _ => known(node).unwrap_or_default(),
    }
}

/// Whether a policy that is not there yet can be planned for without these values.
pub fn hides_the_policy(unknown: &[Unknown]) -> bool {
    unknown.iter().any(|unknown| ["Name", "Type", "AdoptExisting"].contains(&&*unknown.path))
}

/// Whether the document is among what is not known.
pub fn hides_the_document(unknown: &[Unknown]) -> bool {
    let of = |path: &str| path.starts_with("Content") || path.starts_with("Variables");
    unknown.iter().any(|unknown| of(&unknown.path))
}
