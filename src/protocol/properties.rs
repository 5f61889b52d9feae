//! The raw properties of a resource, read one by one, with every fault kept.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Map, Value};

use super::request::ResourceType;
use crate::error::Fault;

/// Properties that CloudFormation itself adds.
const CLOUDFORMATION_PROPERTIES: [&str; 2] = ["ServiceToken", "ServiceTimeout"];

/// The seconds of a ServiceTimeout, if they are as many as CloudFormation takes: 1 to 3600.
///
/// Source: the custom resource reference of the CloudFormation user guide, ServiceTimeout.
pub fn service_timeout(timeout: &Value) -> Option<u64> {
    let seconds = timeout.as_u64().or_else(|| timeout.as_str()?.parse().ok());
    seconds.filter(|seconds| (1..=3_600).contains(seconds))
}

/// Reads properties one by one and keeps every fault it meets.
pub struct PropertyReader<'a> {
    raw: &'a Map<String, Value>,
    /// What has been found so far.
    pub faults: Vec<Fault>,
}

impl<'a> PropertyReader<'a> {
    /// A reader of these properties.
    pub fn new(properties: &'a Map<String, Value>) -> Self {
        Self { raw: properties, faults: Vec::new() }
    }

    /// The property as it was sent.
    pub fn raw(&self, name: &str) -> Option<&'a Value> {
        self.raw.get(name)
    }

    /// Keeps a fault.
    pub fn fault(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.faults.push(Fault::new(path, problem));
    }

    /// Faults every property that is not known: a typo must not pass silently.
    pub fn refuse_unknown(&mut self, resource_type: &str, known: &[&str]) {
        if ResourceType::parse(resource_type).is_none() {
            let types = ResourceType::names().join(" or ");
            self.fault("ResourceType", format!("{resource_type:?} is not known; write {types}"));
        }
        for name in self.raw.keys() {
            let name = name.as_str();
            if !known.contains(&name) && !CLOUDFORMATION_PROPERTIES.contains(&name) {
                let problem = format!("unknown property; known are {}", known.join(", "));
                self.faults.push(Fault::new(name, problem));
            }
        }
    }

    /// Faults a ServiceTimeout that CloudFormation would not take; nothing here goes by such a one.
    pub fn check_service_timeout(&mut self) {
        if let Some(timeout) = self.raw.get("ServiceTimeout")
            && service_timeout(timeout).is_none()
        {
            self.fault("ServiceTimeout", format!("must be 1 to 3600 seconds, not {timeout}"));
        }
    }

    /// A scalar as the text that CloudFormation makes of it; events written by hand may hold
    /// numbers and booleans.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.raw.get(name)? {
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
        if !self.raw.contains_key(name) {
            self.fault(name, "is missing");
        }
        let text = self.text(name);
        if text.as_deref() == Some("") {
            self.fault(name, "is empty");
        }
        text.unwrap_or_default()
    }

    /// Faults a text that is longer than it may be.
    pub fn limit(&mut self, path: &str, text: &str, characters: usize) {
        let length = text.chars().count();
        if length > characters {
            self.fault(path, format!("has {length} characters, at most {characters} are allowed"));
        }
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

    /// The items of a list whose order means nothing, each read, or faulted with its place.
    pub fn set<T: Ord, P: Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, P>,
    ) -> BTreeSet<T> {
        let mut items = BTreeSet::new();
        for (i, item) in self.list(name, "must be a list").iter().enumerate() {
            match read(item.as_str().unwrap_or_default()) {
                Ok(read) => drop(items.insert(read)),
                Err(problem) => self.fault(format!("{name}[{i}]"), format!("{item} {problem}")),
            }
        }
        items
    }

    /// The items of a list; none if it is left out.
    pub fn list(&mut self, name: &str, problem: &str) -> &'a [Value] {
        match self.raw.get(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault(name, problem);
                &[]
            }
        }
    }
}
