//! From a policy to the resource that declares it as it is.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::policy::desired::Desired;
use cfn_org_policy::policy::ownership::{owner_of, user_tags};
use cfn_org_policy::policy::properties::CONTROL_TOWER_PREFIX;
use cfn_org_policy::protocol::request::{Action, Request};
use policy_document::document::{Substitution, parse, same_meaning};
use policy_document::quotas::Quotas;
use serde_json::{Map, Value, json};

use super::live::Policy;

/// A resource of the template.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its properties, but for those that are the same in all.
    pub properties: Map<String, Value>,
}

/// The resources for these policies, and what is to be said: each policy that is left out, or that
/// the deployment would change. A policy of a stack is taken only if it is named. Targets are called by
/// their paths, where they have any.
pub fn resources(
    policies: Vec<Policy>,
    named: &[String],
    paths: &BTreeMap<String, String>,
) -> (Vec<Resource>, Vec<String>) {
    let (mut resources, mut notes) = (Vec::new(), Vec::new());
    let mut taken = BTreeSet::new();
    for policy in policies {
        let about = format!("adopt policy {:?} ({})", policy.name, policy.id);
        match properties(&policy, named.contains(&policy.name), paths) {
            Err(reason) => notes.push(format!("{about}: {reason}")),
            Ok(properties) => {
                if policy.description.is_empty() {
                    notes.push(format!(
                        "{about}: it has no description, and gets one by the deployment, as Organizations does not clear one; write another into the template if you like"
                    ));
                }
                let logical_id = logical_id(&policy.name, &mut taken);
                resources.push(Resource { logical_id, properties });
            }
        }
    }
    (resources, notes)
}

/// The properties that declare the policy as it is.
///
/// # Errors
/// Why there are none, and what helps.
fn properties(
    policy: &Policy,
    is_named: bool,
    paths: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, String> {
    if policy.name.starts_with(CONTROL_TOWER_PREFIX) {
        return Err("it is left out: Control Tower manages it; change it there".to_owned());
    }
    if let Some(owner) = owner_of(&policy.tags).filter(|_| !is_named) {
        return Err(format!(
            "it is left out: it belongs to {owner}; name it with --name to move it"
        ));
    }
    let content = parse(&policy.content, "Content").map_err(|_| {
        "it is left out: its content is no JSON with each key once; mend it first".to_owned()
    })?;
    let properties = declared(policy, &content, paths);
    would_change_nothing(policy, &content, &properties).map_err(|reason| {
        format!("it is left out: {reason}; change the policy first, or declare it by hand")
    })?;
    Ok(properties)
}

fn declared(
    policy: &Policy,
    content: &Value,
    paths: &BTreeMap<String, String>,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut set = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    set("AdoptExisting", json!(policy.id.as_str()));
    set("Type", json!(policy.policy_type));
    set("Name", json!(policy.name));
    if !policy.description.is_empty() {
        set("Description", json!(policy.description));
    }
    let targets = policy.targets.iter().map(|id| paths.get(id).unwrap_or(id));
    set("Targets", json!(targets.collect::<Vec<&String>>()));
    let tags = user_tags(&policy.tags).into_iter();
    let tags: Vec<Value> = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    if !tags.is_empty() {
        set("Tags", json!(tags));
    }
    let variables = variables_as_they_are(content);
    if !variables.is_empty() {
        set("Variables", json!(variables));
    }
    set("Content", json!(policy.content));
    properties
}

/// What looks like a variable stays as it is if it stands for itself.
fn variables_as_they_are(content: &Value) -> BTreeMap<String, String> {
    let none = BTreeMap::new();
    let mut substitution = Substitution::new(&none);
    substitution.apply(content, "Content");
    let names = substitution.undeclared.into_iter();
    names.map(|name| (name.clone(), format!("${{{name}}}"))).collect()
}

/// Has the function itself read what the template would send.
fn would_change_nothing(
    policy: &Policy,
    content: &Value,
    properties: &Map<String, Value>,
) -> Result<(), String> {
    let request = Request {
        action: Action::Create,
        stack_id: String::new(),
        request_id: String::new(),
        logical_id: String::new(),
        resource_type: "Custom::OrgPolicy".to_owned(),
        properties: properties.clone(),
    };
    let desired =
        Desired::parse(&request, &Quotas::default()).map_err(|error| error.to_string())?;
    match desired {
        Desired::Present(declared)
            if same_meaning(&policy.policy_type, &declared.content, content) =>
        {
            Ok(())
        }
        _ => Err("its content would be another".to_owned()),
    }
}

/// The policy's name as a name that CloudFormation takes (letters and digits), once.
fn logical_id(name: &str, taken: &mut BTreeSet<String>) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter_map(|word| {
        let first = word.chars().next()?.to_ascii_uppercase();
        Some(format!("{first}{}", word.get(1..).unwrap_or_default()))
    });
    let name: String = words.collect();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let name = if starts_well { name } else { format!("Policy{name}") };
    let mut number = 1;
    loop {
        let candidate = if number == 1 { name.clone() } else { format!("{name}{number}") };
        if taken.insert(candidate.clone()) {
            return candidate;
        }
        number += 1;
    }
}
