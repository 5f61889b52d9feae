//! The raw properties, read one by one, with every fault kept.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{AdoptExisting, CONTROL_TOWER_PREFIX, ManageAttachments, Target};
use crate::document::{self, Substitution};
use crate::error::{Fault, path};
use crate::ownership::{self, Tags};
use crate::quotas::Quotas;
use crate::request::PolicyId;

const RESOURCE_TYPES: [&str; 2] = ["Custom::OrgPolicy", "AWS::CloudFormation::CustomResource"];

const PROPERTIES: [&str; 11] = [
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

/// Properties that CloudFormation itself adds.
const CLOUDFORMATION_PROPERTIES: [&str; 2] = ["ServiceToken", "ServiceTimeout"];

/// The service keeps a stored description when an empty one is sent, so there is always one.
const DEFAULT_DESCRIPTION: &str = "Managed by cfn-org-policy";

/// Limits of the API reference, in characters: Policy Name, Description, Tag Key and Value.
const NAME_CHARACTERS: usize = 128;
const DESCRIPTION_CHARACTERS: usize = 512;
const TAG_KEY_CHARACTERS: usize = 128;
const TAG_VALUE_CHARACTERS: usize = 256;
/// Tags of one policy, ours among them (API reference, TagResource).
const TAGS: usize = 50;

/// Reads properties one by one and keeps every fault it meets.
pub struct Reader<'a> {
    properties: &'a Map<String, Value>,
    /// What has been found so far.
    pub faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// A reader of these properties.
    pub fn new(properties: &'a Map<String, Value>) -> Self {
        Self { properties, faults: Vec::new() }
    }

    fn fault(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.faults.push(Fault::new(path, problem));
    }

    /// Faults every property that is not known: a typo must not pass silently.
    pub fn refuse_unknown(&mut self, resource_type: &str) {
        if !RESOURCE_TYPES.contains(&resource_type) {
            let known = RESOURCE_TYPES.join(" or ");
            self.fault("ResourceType", format!("{resource_type:?} is not known; write {known}"));
        }
        for name in self.properties.keys() {
            let name = name.as_str();
            if !PROPERTIES.contains(&name) && !CLOUDFORMATION_PROPERTIES.contains(&name) {
                let problem = format!("unknown property; known are {}", PROPERTIES.join(", "));
                self.faults.push(Fault::new(name, problem));
            }
        }
    }

    /// A scalar as the text that CloudFormation makes of it; events written by hand may hold
    /// numbers and booleans.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.properties.get(name)? {
            Value::String(text) => Some(text.clone()),
            scalar @ (Value::Bool(_) | Value::Number(_)) => Some(scalar.to_string()),
            _ => {
                self.fault(name, "must be a text");
                None
            }
        }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, name: &str) -> String {
        if !self.properties.contains_key(name) {
            self.fault(name, "is missing");
        }
        let text = self.text(name);
        if text.as_deref() == Some("") {
            self.fault(name, "is empty");
        }
        text.unwrap_or_default()
    }

    fn limit(&mut self, path: &str, text: &str, characters: usize) {
        let length = text.chars().count();
        if length > characters {
            self.fault(path, format!("has {length} characters, at most {characters} are allowed"));
        }
    }

    /// `Name`.
    pub fn name(&mut self) -> String {
        let name = self.required_text("Name");
        self.limit("Name", &name, NAME_CHARACTERS);
        if name.starts_with(CONTROL_TOWER_PREFIX) {
            let problem = format!("names with {CONTROL_TOWER_PREFIX} are Control Tower's");
            self.fault("Name", problem);
        }
        name
    }

    /// `Description`, or the default.
    pub fn description(&mut self) -> String {
        let description = self.text("Description").filter(|d| !d.is_empty());
        let description = description.unwrap_or_else(|| DEFAULT_DESCRIPTION.to_owned());
        self.limit("Description", &description, DESCRIPTION_CHARACTERS);
        description
    }

    /// A property that is true or false; false if left out.
    pub fn boolean(&mut self, name: &str) -> bool {
        match self.text(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.fault(name, format!("must be true or false, not {other:?}"));
                false
            }
        }
    }

    /// `ManageAttachments`.
    pub fn manage_attachments(&mut self) -> ManageAttachments {
        match self.text("ManageAttachments").as_deref() {
            None | Some("All") => ManageAttachments::All,
            Some("Declared") => ManageAttachments::Declared,
            Some(other) => {
                let problem = format!("must be All or Declared, not {other:?}");
                self.fault("ManageAttachments", problem);
                ManageAttachments::All
            }
        }
    }

    /// `AdoptExisting`.
    pub fn adopt_existing(&mut self) -> AdoptExisting {
        match self.text("AdoptExisting").as_deref() {
            None | Some("false") => AdoptExisting::Never,
            Some("true") => AdoptExisting::Unowned,
            Some(other) => match PolicyId::parse(other) {
                Some(id) => AdoptExisting::Policy(id),
                None => {
                    let problem = format!("must be true, false or a policy id, not {other:?}");
                    self.fault("AdoptExisting", problem);
                    AdoptExisting::Never
                }
            },
        }
    }

    /// `Variables`.
    pub fn variables(&mut self) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        match self.properties.get("Variables") {
            None => {}
            Some(Value::Object(map)) => {
                for (name, value) in map {
                    let here = path("Variables", name);
                    if !document::is_variable_name(name) {
                        self.fault(&here, "a variable's name begins with a letter or digit and has letters, digits, _, - and . only");
                    }
                    match value {
                        Value::String(text) => {
                            variables.insert(name.clone(), text.clone());
                        }
                        Value::Bool(_) | Value::Number(_) => {
                            variables.insert(name.clone(), value.to_string());
                        }
                        _ => self.fault(&here, "must be a text"),
                    }
                }
            }
            Some(_) => self.fault("Variables", "must map names to texts"),
        }
        variables
    }

    /// `Content` with its variables filled in, and warnings.
    pub fn content(
        &mut self,
        variables: &BTreeMap<String, String>,
        policy_type: &str,
        quotas: &Quotas,
    ) -> (Value, Vec<String>) {
        let document = match self.properties.get("Content") {
            None => {
                self.fault("Content", "is missing");
                return (Value::Null, Vec::new());
            }
            Some(Value::String(text)) => match document::parse(text, "Content") {
                Ok(document) => document,
                Err(faults) => {
                    self.faults.extend(faults);
                    return (Value::Null, Vec::new());
                }
            },
            Some(other) => other.clone(),
        };
        if !document.is_object() {
            self.fault("Content", "must be an object, or JSON text of one");
        }
        let mut substitution = Substitution::new(variables);
        let document = substitution.apply(&document, "Content");
        let warnings = substitution
            .unused()
            .map(|name| format!("variable {name} is declared but occurs nowhere in Content"))
            .collect();
        self.faults.append(&mut substitution.faults);
        if let Some(limit) = quotas.content_characters(policy_type) {
            let length = document::minify(&document).chars().count();
            if length > limit {
                let problem = format!(
                    "has {length} characters without white space, {policy_type} allows {limit}: \
                     split the policy in two"
                );
                self.fault("Content", problem);
            }
        }
        (document, warnings)
    }

    /// `Targets`.
    pub fn targets(&mut self) -> BTreeSet<Target> {
        let list = match self.properties.get("Targets") {
            None => return BTreeSet::new(),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault("Targets", "must be a list");
                return BTreeSet::new();
            }
        };
        let mut targets = BTreeSet::new();
        for (i, item) in list.iter().enumerate() {
            let text = item.as_str().unwrap_or_default();
            match Target::parse(text) {
                Ok(target) => {
                    targets.insert(target);
                }
                Err(problem) => self.fault(format!("Targets[{i}]"), format!("{item} {problem}")),
            }
        }
        targets
    }

    /// The declared tags; `ours` of the places are taken by our own.
    pub fn tags(&mut self, ours: usize) -> Tags {
        let list = match self.properties.get("Tags") {
            None => return Tags::new(),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault("Tags", "must be a list of Key and Value");
                return Tags::new();
            }
        };
        let mut tags = Tags::new();
        for (i, item) in list.iter().enumerate() {
            let here = format!("Tags[{i}]");
            let Some((key, value)) = tag(item) else {
                self.fault(here, "must have a Key and a Value, both texts, and nothing else");
                continue;
            };
            self.limit(&path(&here, "Key"), key, TAG_KEY_CHARACTERS);
            self.limit(&path(&here, "Value"), value, TAG_VALUE_CHARACTERS);
            if key.is_empty() {
                self.fault(path(&here, "Key"), "is empty");
            } else if ownership::is_reserved(key) {
                let problem =
                    format!("{key:?} is reserved: aws: and cfn-org-policy: keys are not yours");
                self.fault(path(&here, "Key"), problem);
            }
            if tags.insert(key.to_owned(), value.to_owned()).is_some() {
                self.fault(path(&here, "Key"), format!("{key:?} stands here twice"));
            }
        }
        if tags.len() + ours > TAGS {
            let problem = format!("{} tags, at most {} beside ours", tags.len(), TAGS - ours);
            self.fault("Tags", problem);
        }
        tags
    }
}

fn tag(item: &Value) -> Option<(&str, &str)> {
    let object = item.as_object().filter(|object| object.len() == 2)?;
    Some((object.get("Key")?.as_str()?, object.get("Value")?.as_str()?))
}
