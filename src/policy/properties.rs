//! The properties of a policy, read one by one.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::document::{self, Substitution};
use policy_document::quotas::Quotas;
use serde_json::Value;

use super::ownership;
use super::target::Target;
use crate::aws::types::{PolicyId, Tags};
use crate::error::path;
use crate::protocol::properties::PropertyReader;

/// What a Custom::OrgPolicy may declare.
pub const PROPERTIES: [&str; 11] = [
    "AdoptExisting",
    "Content",
    "Description",
    "EnablePolicyType",
    "ManageAttachments",
    "Name",
    "Revision",
    "Tags",
    "Targets",
    "Type",
    "Variables",
];

/// Policies of Control Tower; it alone changes them.
pub const CONTROL_TOWER_PREFIX: &str = "aws-guardrails-";

/// The description where none is declared: the service does not clear a stored description when
/// an empty one is sent.
const DEFAULT_DESCRIPTION: &str = "Managed by cfn-org-policy";

/// Limits of the API reference, in characters: Policy Name, Description, Tag Key and Value.
const NAME_CHARACTERS: usize = 128;
const DESCRIPTION_CHARACTERS: usize = 512;
const TAG_KEY_CHARACTERS: usize = 128;
const TAG_VALUE_CHARACTERS: usize = 256;
/// Tags of one policy, ours among them (API reference, TagResource).
pub const TAGS: usize = 50;

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

/// `Name`.
pub fn name(reader: &mut PropertyReader) -> String {
    let name = reader.required_text("Name");
    reader.limit("Name", &name, NAME_CHARACTERS);
    // Whether AWS refuses the blanks, or cuts them off so that the name is never as declared, it does not say.
    if name.trim() != name {
        reader.fault("Name", "begins or ends with white space: remove it");
    }
    if name.starts_with(CONTROL_TOWER_PREFIX) {
        let problem = format!("names with {CONTROL_TOWER_PREFIX} are Control Tower's");
        reader.fault("Name", problem);
    }
    name
}

/// `Description`, or the default.
pub fn description(reader: &mut PropertyReader) -> String {
    let description = reader.text("Description").filter(|d| !d.is_empty());
    let description = description.unwrap_or_else(|| DEFAULT_DESCRIPTION.to_owned());
    reader.limit("Description", &description, DESCRIPTION_CHARACTERS);
    description
}

/// `ManageAttachments`.
pub fn manage_attachments(reader: &mut PropertyReader) -> ManageAttachments {
    match reader.text("ManageAttachments").as_deref() {
        None | Some("All") => ManageAttachments::All,
        Some("Declared") => ManageAttachments::Declared,
        Some(other) => {
            let problem = format!("must be All or Declared, not {other:?}");
            reader.fault("ManageAttachments", problem);
            ManageAttachments::All
        }
    }
}

/// `AdoptExisting`.
pub fn adopt_existing(reader: &mut PropertyReader) -> AdoptExisting {
    match reader.text("AdoptExisting").as_deref() {
        None | Some("false") => AdoptExisting::Never,
        Some("true") => AdoptExisting::Unowned,
        Some(other) => match PolicyId::parse(other) {
            Some(id) => AdoptExisting::Policy(id),
            None => {
                let problem = format!("must be true, false or a policy id, not {other:?}");
                reader.fault("AdoptExisting", problem);
                AdoptExisting::Never
            }
        },
    }
}

/// `Variables`.
pub fn variables(reader: &mut PropertyReader) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    match reader.raw("Variables") {
        None => {}
        Some(Value::Object(map)) => {
            for (name, value) in map {
                let here = path("Variables", name);
                if !document::is_variable_name(name) {
                    reader.fault(&here, "a variable's name begins with a letter or digit and has letters, digits, _, - and . only");
                }
                match value {
                    Value::String(text) => {
                        variables.insert(name.clone(), text.clone());
                    }
                    Value::Bool(_) | Value::Number(_) => {
                        variables.insert(name.clone(), value.to_string());
                    }
                    _ => reader.fault(&here, "must be a text"),
                }
            }
        }
        Some(_) => reader.fault("Variables", "must map names to texts"),
    }
    variables
}

/// `Content` with its variables filled in, and warnings.
pub fn content(
    reader: &mut PropertyReader,
    variables: &BTreeMap<String, String>,
    policy_type: &str,
    quotas: &Quotas,
) -> (Value, Vec<String>) {
    let document = match reader.raw("Content") {
        None => {
            reader.fault("Content", "is missing");
            return (Value::Null, Vec::new());
        }
        Some(Value::String(text)) => match document::parse(text, "Content") {
            Ok(document) => document,
            Err(faults) => {
                reader.faults.extend(faults);
                return (Value::Null, Vec::new());
            }
        },
        Some(other) => other.clone(),
    };
    if !document.is_object() {
        reader.fault("Content", "must be an object, or JSON text of one");
    }
    let mut substitution = Substitution::new(variables);
    let document = substitution.apply(&document, "Content");
    let warnings = substitution
        .unused()
        .map(|name| format!("variable {name} is declared but occurs nowhere in Content"))
        .collect();
    reader.faults.append(&mut substitution.faults);
    if let Some(limit) = quotas.content_characters(policy_type) {
        let length = document::minify(&document).chars().count();
        if length > limit {
            let problem = format!(
                "has {length} characters without white space, {policy_type} allows {limit}: \
                 split the policy in two"
            );
            reader.fault("Content", problem);
        }
    }
    (document, warnings)
}

/// `Targets`.
pub fn targets(reader: &mut PropertyReader) -> BTreeSet<Target> {
    reader.set("Targets", Target::parse)
}

/// The declared tags. Our own tags take `ours` of the places.
pub fn tags(reader: &mut PropertyReader, ours: usize) -> Tags {
    let list = reader.list("Tags", "must be a list of Key and Value");
    let mut tags = Tags::new();
    for (i, item) in list.iter().enumerate() {
        let here = format!("Tags[{i}]");
        let Some((key, value)) = tag(item) else {
            reader.fault(here, "must have a Key and a Value, both texts, and nothing else");
            continue;
        };
        reader.limit(&path(&here, "Key"), key, TAG_KEY_CHARACTERS);
        reader.limit(&path(&here, "Value"), value, TAG_VALUE_CHARACTERS);
        if key.is_empty() {
            reader.fault(path(&here, "Key"), "is empty");
        } else if ownership::is_reserved(key) {
            let problem =
                format!("{key:?} is reserved: aws: and cfn-org-policy: keys are not yours");
            reader.fault(path(&here, "Key"), problem);
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            reader.fault(path(&here, "Key"), format!("{key:?} stands here twice"));
        }
    }
    if tags.len() + ours > TAGS {
        let problem = format!("{} tags, at most {} beside ours", tags.len(), TAGS - ours);
        reader.fault("Tags", problem);
    }
    tags
}

fn tag(item: &Value) -> Option<(&str, &str)> {
    let object = item.as_object().filter(|object| object.len() == 2)?;
    Some((object.get("Key")?.as_str()?, object.get("Value")?.as_str()?))
}
