//! What CloudFormation would send to the function: a template beside the stack as it is deployed.

use cfn_org_policy::protocol::request::{Action, Request};
use policy_document::template::{Resource, Template};
use policy_document::tree::{Node, Value};
use serde_json::{Map, Value as Json};

use super::deployed::Deployed;
use super::joined;

/// A policy or the backup settings, as this project declares them.
const OURS: [&str; 2] = ["Custom::OrgPolicy", SETTINGS];
/// The backup settings.
pub const SETTINGS: &str = "Custom::OrgBackupSettings";
const ANY_CUSTOM: &str = "AWS::CloudFormation::CustomResource";
const NATIVE: &str = "AWS::Organizations::Policy";
/// What nests the template of a stack beside this one.
pub const NESTING: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// One resource, and what a deployment means for it.
#[derive(Debug)]
pub struct Event<'a> {
    /// The logical ids of the nested stacks that it stands in, joined by slashes; empty for the
    /// stack itself.
    pub nested_in: String,
    /// The ARN of its stack, or what stands for that of a new one.
    pub stack_id: String,
    /// The resource's name in its template.
    pub logical_id: &'a str,
    /// Its type.
    pub resource_type: &'a str,
    /// What happens to it.
    pub kind: Kind<'a>,
}

/// What stands for the id of the event, which CloudFormation makes.
const REQUEST: &str = "(of the deployment)";

impl Event<'_> {
    /// The function that it would be sent to, if the template says.
    pub fn service_token(&self) -> Option<String> {
        let (Kind::Create(new) | Kind::Update { new, .. }) = &self.kind else { return None };
        let token = new.resource.properties.get("ServiceToken")?;
        token.scalar().map(|token| token.into_owned())
    }

    /// What CloudFormation would send.
    pub fn request(&self, action: Action, properties: Map<String, Json>) -> Request {
        Request {
            action,
            stack_id: self.stack_id.clone(),
            request_id: REQUEST.to_owned(),
            logical_id: self.logical_id.to_owned(),
            resource_type: self.resource_type.to_owned(),
            properties,
        }
    }
}

/// A resource and the template that it stands in.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Its template.
    pub template: &'a Template,
}

/// What happens to a resource.
#[derive(Debug)]
pub enum Kind<'a> {
    /// It is created.
    Create(Declaration<'a>),
    /// Its properties change.
    Update {
        /// The id that CloudFormation holds.
        physical_id: String,
        /// As the deployed template declares it; none if that has it not, because a deployment has
        /// failed half-way.
        old: Option<Declaration<'a>>,
        /// As the new template declares it.
        new: Declaration<'a>,
    },
    /// Its properties do not change, so that the function hears nothing of it.
    Unchanged,
    /// It is no longer in the template.
    Delete {
        /// The id that CloudFormation holds.
        physical_id: String,
        /// As the deployed template declares it.
        old: Declaration<'a>,
    },
    /// It is no longer in the template, and its DeletionPolicy keeps it.
    Retain {
        /// The id that CloudFormation holds.
        physical_id: String,
    },
    /// A policy that CloudFormation itself manages.
    NotOurs,
    /// What happens to it cannot be told before the deployment.
    Unknown(String),
    /// CloudFormation refuses the deployment.
    Refused(String),
}

/// What a deployment of `new` means for each resource of ours, nested ones included: first those that
/// are created or updated, then those that go.
pub fn events<'a>(new: &'a Template, old: Option<&'a Deployed>, stack_id: &str) -> Vec<Event<'a>> {
    let mut stack = Pair { nested_in: String::new(), stack_id: stack_id.to_owned(), old };
    let mut events = Vec::new();
    stack.declared(new, &mut events);
    stack.removed(new, &mut events);
    events
}

/// What applying the deployed templates again means: an Update of each resource of ours, whose properties are those that it
/// has, and a Create of those that CloudFormation holds no id of.
pub fn events_again(deployed: &Deployed) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    Pair { nested_in: String::new(), stack_id: deployed.stack.id.clone(), old: Some(deployed) }
        .again(deployed, &mut events);
    events
}

/// A stack, before.
struct Pair<'a> {
    nested_in: String,
    stack_id: String,
    old: Option<&'a Deployed>,
}

impl<'a> Pair<'a> {
    fn event(&self, resource: &'a Resource, kind: Kind<'a>) -> Event<'a> {
        Event {
            nested_in: self.nested_in.clone(),
            stack_id: self.stack_id.clone(),
            logical_id: &resource.logical_id,
            resource_type: &resource.resource_type,
            kind,
        }
    }

    fn declared(&mut self, new: &'a Template, events: &mut Vec<Event<'a>>) {
        for resource in &new.resources {
            if NESTING.contains(&resource.resource_type.as_str()) {
                match &resource.nested {
                    Some(Ok(nested)) => {
                        self.nested(&resource.logical_id).declared(&nested.template, events);
                    }
                    Some(Err(reason)) => {
                        events.push(self.event(resource, Kind::Unknown(reason.clone())));
                    }
                    None => {}
                }
            } else if resource.resource_type == NATIVE {
                events.push(self.event(resource, Kind::NotOurs));
            } else if is_ours(resource) {
                let kind = self.kind(Declaration { resource, template: new });
                events.push(self.event(resource, kind));
            }
        }
    }

    fn again(&self, deployed: &'a Deployed, events: &mut Vec<Event<'a>>) {
        for resource in &deployed.template.resources {
            if let Some(nested) = deployed.nested.get(&resource.logical_id) {
                self.nested(&resource.logical_id).again(nested, events);
            } else if deployed.vanished.contains(&resource.logical_id) {
                let gone = "the stack that it nests is gone, and so is what that had";
                events.push(self.event(resource, Kind::Refused(gone.to_owned())));
            } else if is_ours(resource) {
                let here = Declaration { resource, template: &deployed.template };
                let kind =
                    match (&resource.condition, deployed.physical_ids.get(&resource.logical_id)) {
                        (_, Some(id)) => {
                            Kind::Update { physical_id: id.clone(), old: Some(here), new: here }
                        }
                        (Err(reason), None) => {
                            Kind::Unknown(format!("whether it is there hangs on {reason}"))
                        }
                        (Ok(()), None) => Kind::Create(here),
                    };
                events.push(self.event(resource, kind));
            }
        }
    }

    /// The stack that a resource nests.
    fn nested(&self, logical_id: &str) -> Pair<'a> {
        let old = self.old.and_then(|old| old.nested.get(logical_id));
        let nested_in = joined(&self.nested_in, logical_id);
        let stack_id = old.map_or_else(
            || {
                let outer: Vec<&str> = self.stack_id.split('/').take(2).collect();
                format!("{}-{logical_id}/new", outer.join("/"))
            },
            |old| old.stack.id.clone(),
        );
        Pair { nested_in, stack_id, old }
    }

    fn kind(&self, new: Declaration<'a>) -> Kind<'a> {
        let Declaration { resource, .. } = new;
        if let Err(reason) = &resource.condition {
            return Kind::Unknown(format!("whether it is there hangs on {reason}"));
        }
        let held = self.old.and_then(|old| old.physical_ids.get(&resource.logical_id));
        let Some(physical_id) = held.cloned() else { return Kind::Create(new) };
        let Some(old) = self.old.and_then(|old| declaration(&old.template, &resource.logical_id))
        else {
            return Kind::Update { physical_id, old: None, new };
        };
        let (before, after) = (&old.resource.resource_type, &resource.resource_type);
        if before != after {
            return Kind::Refused(format!(
                "its type changes from {before} to {after}, which CloudFormation refuses: give it \
                 another logical id"
            ));
        }
        if comparable(&old.resource.properties) == comparable(&resource.properties) {
            return Kind::Unchanged;
        }
        Kind::Update { physical_id, old: Some(old), new }
    }

    /// What the deployed stack holds and the new template does not declare.
    fn removed(&self, new: &'a Template, events: &mut Vec<Event<'a>>) {
        let Some(old) = self.old else { return };
        for resource in &old.template.resources {
            let Some(physical_id) = old.physical_ids.get(&resource.logical_id) else { continue };
            let declared = declaration(new, &resource.logical_id);
            if let Some(nested) = old.nested.get(&resource.logical_id) {
                let here = self.nested(&resource.logical_id);
                match declared.and_then(|declared| declared.resource.nested.as_ref()) {
                    Some(Ok(template)) => here.removed(&template.template, events),
                    // What it comes to is not known, and has been said.
                    Some(Err(_)) => {}
                    None if is_kept(resource.deletion_policy.as_ref()) => {}
                    None => here.all_removed(nested, events),
                }
            } else if declared.is_none() && is_ours(resource) {
                let old = Declaration { resource, template: &old.template };
                let kind = match new.unresolved.first() {
                    Some(unresolved) => {
                        Kind::Unknown(format!("whether it is there hangs on {}", unresolved.reason))
                    }
                    None => removal(physical_id, old),
                };
                events.push(self.event(resource, kind));
            }
        }
    }

    /// A nested stack is deleted.
    fn all_removed(&self, deployed: &'a Deployed, events: &mut Vec<Event<'a>>) {
        for resource in &deployed.template.resources {
            let Some(physical_id) = deployed.physical_ids.get(&resource.logical_id) else {
                continue;
            };
            if let Some(nested) = deployed.nested.get(&resource.logical_id) {
                if !is_kept(resource.deletion_policy.as_ref()) {
                    self.nested(&resource.logical_id).all_removed(nested, events);
                }
            } else if is_ours(resource) {
                let old = Declaration { resource, template: &deployed.template };
                events.push(self.event(resource, removal(physical_id, old)));
            }
        }
    }
}

fn removal<'a>(physical_id: &str, old: Declaration<'a>) -> Kind<'a> {
    let physical_id = physical_id.to_owned();
    if is_kept(old.resource.deletion_policy.as_ref()) {
        Kind::Retain { physical_id }
    } else {
        Kind::Delete { physical_id, old }
    }
}

fn declaration<'a>(template: &'a Template, logical_id: &str) -> Option<Declaration<'a>> {
    let found = template.resources.iter().find(|resource| resource.logical_id == logical_id);
    found.map(|resource| Declaration { resource, template })
}

/// Whether a DeletionPolicy or UpdateReplacePolicy keeps what is there.
pub fn is_kept(policy: Option<&Node>) -> bool {
    policy.and_then(Node::as_str).is_some_and(|policy| policy.starts_with("Retain"))
}

/// Whether a resource of this type may be ours, as far as a list of resources tells.
pub fn is_type_of_ours(resource_type: &str) -> bool {
    OURS.contains(&resource_type) || resource_type == ANY_CUSTOM
}

/// A plain custom resource is a policy if it has what only a policy has.
pub fn is_ours(resource: &Resource) -> bool {
    let has = |name| resource.properties.get(name).is_some();
    OURS.contains(&resource.resource_type.as_str())
        || resource.resource_type == ANY_CUSTOM && has("Content") && has("Targets")
}

/// The properties in a form that tells whether they change. What is not known stays as it is if it is
/// the same expression.
fn comparable(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(text) | Value::String(text) => Json::String(text.clone()),
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::Object(members) => Json::Object(
            members.iter().map(|m| (m.key.clone(), comparable(&m.node))).collect::<Map<_, _>>(),
        ),
        Value::Unknown(reason) => Json::Array(vec![Json::Null, Json::String(reason.clone())]),
    }
}
