//! What a resource declares: raw properties in, a validated [`Desired`] out, or every fault at once.

use std::collections::BTreeSet;

use policy_document::document;
use policy_document::quotas::Quotas;
use serde_json::{Map, Value};

use super::ownership::Owner;
use super::physical_id::PhysicalId;
use super::properties::{self, AdoptExisting, ManageAttachments};
use super::target::Target;
use crate::aws::types::{PolicyId, Tags};
use crate::error::Error;
use crate::protocol::properties::PropertyReader;
use crate::protocol::request::{Action, Request};

/// The end an event is to reach.
#[derive(Clone, Debug)]
pub enum Desired {
    /// The policy exists as declared.
    Present(Box<Declared>),
    /// The policy is gone.
    Absent(Box<Removal>),
}

/// A policy as its template declares it.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The resource.
    pub owner: Owner,
    /// The id that CloudFormation holds; none on Create.
    pub physical_id: Option<PhysicalId>,
    /// `Name`.
    pub name: String,
    /// `Type`.
    pub policy_type: String,
    /// `Description`, or the default.
    pub description: String,
    /// `Content` with its variables filled in.
    pub content: Value,
    /// `Targets`.
    pub targets: BTreeSet<Target>,
    /// What `Targets` was before this Update.
    pub former_targets: BTreeSet<Target>,
    /// What else this Update changes.
    pub changed: Changed,
    /// The `Name` and `Type` before this Update, if one of them was another.
    pub former_name: Option<(String, String)>,
    /// `ManageAttachments`.
    pub manage: ManageAttachments,
    /// `Tags`, without ours.
    pub tags: Tags,
    /// `AdoptExisting`.
    pub adopt: AdoptExisting,
    /// `EnablePolicyType`.
    pub enable_type: bool,
    /// The most characters that `Content` may have, as far as is known.
    pub largest_content: Option<usize>,
    /// What is odd but no error.
    pub warnings: Vec<String>,
}

/// What differs between the properties of an Update and those before it. It is written even if the
/// policy reads as declared: the read may be older than what an earlier event has written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// `Name`.
    pub name: bool,
    /// `Description`.
    pub description: bool,
    /// `Content` with its variables, by its meaning.
    pub content: bool,
    /// The declared tags that are new, or had another value.
    pub tags: BTreeSet<String>,
    /// The keys of the tags that are no longer declared.
    pub removed_tags: Vec<String>,
}

/// A policy that is to be removed.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The resource.
    pub owner: Owner,
    /// The id that CloudFormation holds.
    pub physical_id: PhysicalId,
    /// `Name`, as far as it can be read.
    pub name: Option<String>,
    /// `Type`, as far as it can be read.
    pub policy_type: Option<String>,
    /// The policy that `AdoptExisting` names, as far as it can be read.
    pub adopted: Option<PolicyId>,
    /// The targets that may be detached with `ManageAttachments: Declared`; none for All.
    pub declared_targets: Option<BTreeSet<Target>>,
    /// Whether the policy stays if CloudFormation holds its id for the resource. It can: another
    /// Create or a redelivery may have succeeded in the meantime with what this event is to remove.
    pub keep_if_current: bool,
}

impl Desired {
    /// Reads what the event asks for.
    ///
    /// # Errors
    /// [`Error::Properties`] with every fault of a Create or Update. A Delete has none: whatever
    /// its properties are, the resource has to be able to go.
    pub fn parse(request: &Request, quotas: &Quotas) -> Result<Self, Error> {
        let owner = Owner::of(request);
        match &request.action {
            Action::Create => declared(request, owner, None, None, quotas),
            Action::Update { physical_id, old_properties } => {
                let physical_id = PhysicalId::read(physical_id);
                declared(request, owner, Some(physical_id), old_properties.as_ref(), quotas)
            }
            Action::Delete { physical_id } => {
                let removal = removal(request, owner, PhysicalId::read(physical_id));
                Ok(Self::Absent(Box::new(removal)))
            }
        }
    }
}

impl Declared {
    /// Whether CloudFormation holds a policy's id for the resource.
    pub fn holds_policy(&self) -> bool {
        self.physical_id.as_ref().and_then(PhysicalId::policy).is_some()
    }

    /// Whether this Update changes the policy's type.
    pub fn changes_type(&self) -> bool {
        self.former_name.as_ref().is_some_and(|(_, former)| *former != self.policy_type)
    }

    /// The removal of another policy that this resource has created, under this id.
    pub fn removal(&self, physical_id: PhysicalId) -> Removal {
        Removal {
            owner: self.owner.clone(),
            physical_id,
            name: Some(self.name.clone()),
            policy_type: Some(self.policy_type.clone()),
            adopted: None,
            declared_targets: None,
            keep_if_current: true,
        }
    }
}

fn removal(request: &Request, owner: Owner, physical_id: PhysicalId) -> Removal {
    let text = |name: &str| {
        let value = request.properties.get(name)?.as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let only_declared = text("ManageAttachments").as_deref() == Some("Declared");
    Removal {
        owner,
        keep_if_current: matches!(physical_id, PhysicalId::Unknown(_) | PhysicalId::Invented(_)),
        physical_id,
        name: text("Name"),
        policy_type: text("Type"),
        adopted: text("AdoptExisting").as_deref().and_then(PolicyId::parse),
        declared_targets: only_declared.then(|| readable_targets(&request.properties)),
    }
}

/// The targets of properties that need not be valid (those of a Delete, or former ones).
fn readable_targets(properties: &Map<String, Value>) -> BTreeSet<Target> {
    let list = properties.get("Targets").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|text| Target::parse(text).ok())
        .collect()
}

fn declared(
    request: &Request,
    owner: Owner,
    physical_id: Option<PhysicalId>,
    old_properties: Option<&Map<String, Value>>,
    quotas: &Quotas,
) -> Result<Desired, Error> {
    let mut reader = PropertyReader::new(&request.properties);
    reader.refuse_unknown(&request.resource_type, &properties::PROPERTIES);
    reader.check_service_timeout();
    let name = properties::name(&mut reader);
    let policy_type = reader.required_text("Type");
    let description = properties::description(&mut reader);
    let variables = properties::variables(&mut reader);
    let (content, warnings) = properties::content(&mut reader, &variables, &policy_type, quotas);
    let targets = properties::targets(&mut reader);
    let manage = properties::manage_attachments(&mut reader);
    let adopt = properties::adopt_existing(&mut reader);
    let tags = properties::tags(&mut reader, if adopt == AdoptExisting::Never { 3 } else { 4 });
    let enable_type = reader.boolean("EnablePolicyType");
    if !reader.faults.is_empty() {
        return Err(Error::Properties(reader.faults));
    }
    let old_text = |name: &str| old_properties?.get(name)?.as_str();
    let former_name = match (old_text("Name"), old_text("Type")) {
        (Some(old_name), Some(old)) if (old_name, old) != (&name, &policy_type) => {
            Some((old_name.to_owned(), old.to_owned()))
        }
        _ => None,
    };
    let largest_content = quotas.known(&policy_type);
    let mut declared = Declared {
        owner,
        physical_id,
        name,
        policy_type,
        description,
        content,
        targets,
        former_targets: old_properties.map(readable_targets).unwrap_or_default(),
        changed: Changed::default(),
        former_name,
        manage,
        tags,
        adopt,
        enable_type,
        largest_content,
        warnings,
    };
    if declared.physical_id.is_some() {
        declared.changed = changed(&declared, old_properties, quotas);
    }
    Ok(Desired::Present(Box::new(declared)))
}

/// What was declared before and cannot be read counts as changed.
fn changed(
    declared: &Declared,
    old_properties: Option<&Map<String, Value>>,
    quotas: &Quotas,
) -> Changed {
    let policy_type = &declared.policy_type;
    let name = readable(old_properties, properties::name);
    let description = readable(old_properties, properties::description);
    let content = readable(old_properties, |reader| {
        let variables = properties::variables(reader);
        properties::content(reader, &variables, policy_type, quotas).0
    });
    let same_content = |old: Value| document::same_meaning(policy_type, &declared.content, &old);
    let tags = readable(old_properties, |reader| properties::tags(reader, 0)).unwrap_or_default();
    let is_new = |(key, value): &(&String, &String)| tags.get(*key) != Some(*value);
    Changed {
        name: name.as_ref() != Some(&declared.name),
        description: description.as_ref() != Some(&declared.description),
        content: !content.is_some_and(same_content),
        tags: declared.tags.iter().filter(is_new).map(|(key, _)| key.clone()).collect(),
        removed_tags: tags.into_keys().filter(|key| !declared.tags.contains_key(key)).collect(),
    }
}

/// A property of an earlier template, if it can be read without a fault.
fn readable<T>(
    properties: Option<&Map<String, Value>>,
    read: impl FnOnce(&mut PropertyReader) -> T,
) -> Option<T> {
    let mut reader = PropertyReader::new(properties?);
    let value = read(&mut reader);
    reader.faults.is_empty().then_some(value)
}
