//! What a resource declares: raw properties in, a validated [`Desired`] out, or every fault at once.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::policy::ownership::{Owner, Tags};
use crate::protocol::properties::Reader;
use crate::protocol::request::{Action, PhysicalId, PolicyId, Request};
use policy_document::quotas::Quotas;

/// Policies of Control Tower; it alone changes them.
pub const CONTROL_TOWER_PREFIX: &str = "aws-guardrails-";

/// The end an event is to reach.
#[derive(Clone, Debug)]
pub enum Desired {
    /// The policy exists as declared.
    Present(Box<Declared>),
    /// The policy is gone.
    Absent(Removal),
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
    /// What is odd but no error.
    pub warnings: Vec<String>,
}

/// A policy that is to go.
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
    /// The targets that may be detached with `ManageAttachments: Declared`; none for All.
    pub declared_targets: Option<BTreeSet<Target>>,
    /// Whether the policy stays if it is what the resource lives by. It can be: what this event is
    /// to take away, another Create or another delivery may have made good in the meantime.
    pub spares_current: bool,
}

/// Where a policy is attached, as declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The organization's root, by the word `Root`.
    Root,
    /// A root, OU or account by its id.
    Id(String),
    /// An OU by the names from the root down.
    Path(Vec<String>),
}

/// Which attachments are the resource's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManageAttachments {
    /// All of them: the policy is attached to exactly its targets.
    All,
    /// Those it declares; others' are left alone.
    Declared,
}

/// Whether a policy that is there already may be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdoptExisting {
    /// No.
    Never,
    /// If it has no owner.
    Unowned,
    /// This very one, whoever owns it.
    Policy(PolicyId),
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
            Action::Create => declared(request, owner, None, &Map::new(), quotas),
            Action::Update { physical_id, old_properties } => {
                declared(request, owner, Some(physical_id.clone()), old_properties, quotas)
            }
            Action::Delete { physical_id } => {
                Ok(Self::Absent(removal(request, owner, physical_id.clone())))
            }
        }
    }
}

impl Declared {
    /// The removal of another policy that this resource has made, under this id.
    pub fn removal(&self, physical_id: PhysicalId) -> Removal {
        Removal {
            owner: self.owner.clone(),
            physical_id,
            name: Some(self.name.clone()),
            policy_type: Some(self.policy_type.clone()),
            declared_targets: None,
            spares_current: true,
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
        spares_current: !physical_id.is_policy(),
        physical_id,
        name: text("Name"),
        policy_type: text("Type"),
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
    old_properties: &Map<String, Value>,
    quotas: &Quotas,
) -> Result<Desired, Error> {
    let mut reader = Reader::new(&request.properties);
    reader.refuse_unknown(&request.resource_type, &super::properties::PROPERTIES);
    let name = reader.name();
    let policy_type = reader.required_text("Type");
    let description = reader.description();
    let variables = reader.variables();
    let (content, warnings) = reader.content(&variables, &policy_type, quotas);
    let targets = reader.targets();
    let manage = reader.manage_attachments();
    let adopt = reader.adopt_existing();
    let tags = reader.tags(if adopt == AdoptExisting::Never { 3 } else { 4 });
    let enable_type = reader.boolean("EnablePolicyType");
    if !reader.faults.is_empty() {
        return Err(Error::Properties(reader.faults));
    }
    let old_text = |name: &str| old_properties.get(name).and_then(Value::as_str);
    let former_name = match (old_text("Name"), old_text("Type")) {
        (Some(old_name), Some(old)) if (old_name, old) != (&name, &policy_type) => {
            Some((old_name.to_owned(), old.to_owned()))
        }
        _ => None,
    };
    Ok(Desired::Present(Box::new(Declared {
        owner,
        physical_id,
        name,
        policy_type,
        description,
        content,
        targets,
        former_targets: readable_targets(old_properties),
        former_name,
        manage,
        tags,
        adopt,
        enable_type,
        warnings,
    })))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("Root"),
            Self::Id(id) => f.write_str(id),
            Self::Path(names) => write!(f, "/{}", names.join("/")),
        }
    }
}

impl Target {
    /// Reads an id, the word `Root`, or an OU path.
    ///
    /// # Errors
    /// What would be right instead. Patterns: API reference, TargetId of AttachPolicy.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "Root" {
            return Ok(Self::Root);
        }
        if let Some(names) = text.strip_prefix('/') {
            let names: Vec<String> = names.split('/').map(str::to_owned).collect();
            if names.iter().any(String::is_empty) {
                return Err("is no OU path such as /Security/Backup");
            }
            return Ok(Self::Path(names));
        }
        let is_word = |word: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&word.len())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let is_id = if let Some(root) = text.strip_prefix("r-") {
            is_word(root, 4..=32)
        } else if let Some(unit) = text.strip_prefix("ou-") {
            unit.split_once('-')
                .is_some_and(|(root, unit)| is_word(root, 4..=32) && is_word(unit, 8..=32))
        } else {
            text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
        };
        if is_id {
            Ok(Self::Id(text.to_owned()))
        } else {
            Err(
                "is no root id (r-…), OU id (ou-…), account id (12 digits), Root, or OU path (/Security/Backup)",
            )
        }
    }
}
