//! What a deployment of a template makes of an organization.
//!
//! Each policy that the template declares gets its document and is attached to exactly its targets,
//! or to them as well (`ManageAttachments: Declared`). What is attached stays where it is in the
//! order; what is attached now comes after everything that is, in an order among itself that is not
//! known, since CloudFormation makes the resources of a stack at once. What the template does not
//! declare stays: whether a resource was taken out of it, the template does not say.

use std::collections::BTreeMap;

use crate::template::{DeclaredPolicy, Template, declared_policies, each_template};
use crate::tree::{Node, Value};

use super::organization::{Kind, Organization, PlaceId, Policy, PolicyId, PolicySource};

/// What a deployment does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// The policies that it declares.
    pub policies: Vec<DeployedPolicy>,
    /// What cannot be told before the deployment, and is left as it is.
    pub left_out: Vec<LeftOut>,
}

/// A policy that a deployment declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployedPolicy {
    /// The policy.
    pub policy: PolicyId,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// A part of a template that cannot be carried out here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The resource, or empty for a part of the template without one.
    pub logical_id: String,
    /// What is not known, or not there.
    pub why: String,
}

/// Carries out what a template declares. `file` is the name of its file, for the sources of values.
pub fn deploy(organization: &mut Organization, template: &Template, file: &str) -> Deployed {
    let mut deployment =
        Deployment { organization, deployed: Deployed::default(), attached: BTreeMap::new() };
    each_template(template, &mut |template, nested| {
        let file = nested.map_or(file, |nested| &nested.source.name);
        for policy in declared_policies(template) {
            deployment.policy(&policy, file);
        }
        for unresolved in &template.unresolved {
            deployment.leave_out("", unresolved.reason.clone());
        }
    });
    deployment.attach();
    deployment.deployed
}

struct Deployment<'a> {
    organization: &'a mut Organization,
    deployed: Deployed,
    /// What is attached now, place by place.
    attached: BTreeMap<PlaceId, Vec<PolicyId>>,
}

/// What a declaration says of a property that may not be known.
enum Property {
    Missing,
    Text(String),
    Unknown(String),
}

impl Deployment<'_> {
    fn policy(&mut self, declared: &DeclaredPolicy, file: &str) {
        let resource = declared.resource;
        let id = resource.logical_id.as_str();
        if let Err(why) = &resource.condition {
            return self.leave_out(id, format!("whether it is made hangs on {why}"));
        }
        let name = match property(&resource.properties, "Name") {
            Property::Text(name) => name,
            Property::Unknown(why) => return self.leave_out(id, format!("its Name is {why}")),
            Property::Missing => return self.leave_out(id, "it has no Name".to_owned()),
        };
        let policy_type = match &declared.policy_type {
            Ok(policy_type) => policy_type.clone(),
            Err(why) => return self.leave_out(id, format!("its Type is {why}")),
        };
        let adopted = match property(&resource.properties, "AdoptExisting") {
            Property::Text(id) if id.starts_with("p-") => Some(id),
            _ => None,
        };
        let known = self.organization.policies().find(|(_, policy)| {
            policy.policy_type == policy_type
                && (policy.name == name || adopted.as_ref().is_some_and(|id| *id == policy.id))
        });
        let source = PolicySource::File(file.to_owned());
        let document = declared.document.clone();
        let (policy, is_new) = match known.map(|(id, _)| id) {
            Some(policy) => {
                self.organization.replace_document(policy, document, source);
                (policy, false)
            }
            None => {
                let id = adopted.unwrap_or_default();
                let policy = Policy { id, name, policy_type, source, document };
                (self.organization.add_policy(policy), true)
            }
        };
        self.deployed.policies.push(DeployedPolicy { policy, is_new });
        self.targets(policy, id, &resource.properties);
    }

    /// Detaches the policy from where it is not to be, and notes where it is attached now.
    fn targets(&mut self, policy: PolicyId, logical_id: &str, properties: &Node) {
        let Some(targets) = properties.get("Targets").or_else(|| properties.get("TargetIds"))
        else {
            return;
        };
        if let Value::Unknown(why) = &targets.value {
            return self.leave_out(logical_id, format!("where it is attached is {why}"));
        }
        let (mut places, mut all_known) = (Vec::new(), true);
        for item in targets.one_or_more() {
            match self.place(item) {
                Ok(place) => places.push(place),
                Err(why) => {
                    all_known = false;
                    self.leave_out(logical_id, why);
                }
            }
        }
        let declared_only = matches!(
            property(properties, "ManageAttachments"),
            Property::Text(text) if text == "Declared"
        );
        // An unknown target may be one of those where it is attached already.
        if all_known && !declared_only {
            let here: Vec<PlaceId> = self.organization.places().map(|(place, _)| place).collect();
            for place in here.into_iter().filter(|place| !places.contains(place)) {
                self.organization.detach(place, policy);
            }
        }
        for place in places {
            self.attached.entry(place).or_default().push(policy);
        }
    }

    /// The place that a target names: an id, the word Root, or the path of an OU.
    fn place(&self, target: &Node) -> Result<PlaceId, String> {
        let text = match &target.value {
            Value::String(text) | Value::Number(text) => text.as_str(),
            Value::Unknown(why) => return Err(format!("a target is {why}")),
            _ => return Err("a target is no text".to_owned()),
        };
        let found = match text.strip_prefix('/') {
            _ if text == "Root" => Some(self.organization.root()),
            Some(path) => self.ou(path),
            None => {
                self.organization.places().find(|(_, place)| place.id == text).map(|(id, _)| id)
            }
        };
        found.ok_or_else(|| format!("its target {text} is not in the organization"))
    }

    /// The OU at a path from the root.
    fn ou(&self, path: &str) -> Option<PlaceId> {
        path.split('/').try_fold(self.organization.root(), |parent, name| {
            let mut places = self.organization.places();
            let ou = places.find(|(_, place)| {
                place.kind == Kind::Ou && place.parent == Some(parent) && place.name == name
            });
            ou.map(|(id, _)| id)
        })
    }

    fn attach(&mut self) {
        for (place, policies) in std::mem::take(&mut self.attached) {
            self.organization.attach(place, &policies);
        }
    }

    fn leave_out(&mut self, logical_id: &str, why: String) {
        self.deployed.left_out.push(LeftOut { logical_id: logical_id.to_owned(), why });
    }
}

fn property(properties: &Node, name: &str) -> Property {
    match properties.get(name).map(|node| &node.value) {
        Some(Value::String(text) | Value::Number(text)) => Property::Text(text.clone()),
        Some(Value::Unknown(why)) => Property::Unknown(why.clone()),
        _ => Property::Missing,
    }
}
