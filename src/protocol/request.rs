//! The event: envelope first, then the raw properties.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_lambda_events::event::cloudformation::CloudFormationCustomResourceRequest;
use serde_json::{Map, Value};

use super::event::Event;
use super::response_url::ResponseUrl;
use crate::error::{Error, Fault};

/// The resources that the function knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceType {
    /// A policy.
    Policy,
    /// The backup settings.
    BackupSettings,
}

impl ResourceType {
    /// Each by its name in a template; a policy also by CloudFormation's own.
    const NAMES: [(&str, Self); 3] = [
        ("Custom::OrgPolicy", Self::Policy),
        ("Custom::OrgBackupSettings", Self::BackupSettings),
        ("AWS::CloudFormation::CustomResource", Self::Policy),
    ];

    /// The resource of this name, if the function knows it.
    pub fn parse(name: &str) -> Option<Self> {
        let named = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        named.map(|(_, resource_type)| resource_type)
    }

    /// The names that the function knows.
    pub fn names() -> [&'static str; 3] {
        Self::NAMES.map(|(name, _)| name)
    }
}

/// What a response needs, readable even where the rest of the event is not.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Where the response goes.
    pub response_url: ResponseUrl,
    /// When CloudFormation sent the event, to the second, as far as its URL says.
    pub sent: Option<SystemTime>,
    /// The stack's ARN.
    pub stack_id: String,
    /// With the stack it identifies the request; a redelivery carries the same.
    pub request_id: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// The id that CloudFormation holds for the resource; none on Create.
    pub physical_id: Option<String>,
}

impl Envelope {
    /// Takes the envelope off the event. The presigned URL leaves the event with it, so that
    /// nothing after this point can log it.
    ///
    /// # Errors
    /// [`Error::Event`] when there is no `ResponseURL`: nobody waits for a response.
    pub fn open(event: &mut Event) -> Result<Self, Error> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
        let url = text("ResponseURL").filter(|url| !url.is_empty());
        let response_url =
            ResponseUrl::new(url.ok_or_else(|| Error::Event("it has no ResponseURL".to_owned()))?);
        let envelope = Self {
            sent: response_url.signed_at(),
            response_url,
            stack_id: text("StackId").unwrap_or_default(),
            request_id: text("RequestId").unwrap_or_default(),
            logical_id: text("LogicalResourceId").unwrap_or_default(),
            physical_id: text("PhysicalResourceId").filter(|id| !id.is_empty()),
        };
        if let Some(url) = event.fields.get_mut("ResponseURL") {
            *url = Value::from("***");
        }
        Ok(envelope)
    }
}

/// What CloudFormation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create the resource.
    Create,
    /// Bring it to the properties given.
    Update {
        /// The id it has.
        physical_id: String,
        /// The properties of the last successful event; none where one of them cannot be read, so
        /// that each may have been anything.
        old_properties: Option<Map<String, Value>>,
    },
    /// Delete it.
    Delete {
        /// The id it has.
        physical_id: String,
    },
}

/// A custom-resource event.
#[derive(Clone, Debug)]
pub struct Request {
    /// Create, Update or Delete.
    pub action: Action,
    /// The stack's ARN.
    pub stack_id: String,
    /// With the stack it identifies the request; a redelivery carries the same.
    pub request_id: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// The type of the resource in its template.
    pub resource_type: String,
    /// The properties, every scalar a string; for a Delete those that can be read.
    pub properties: Map<String, Value>,
}

impl Request {
    /// Reads the event behind its envelope. A Delete needs no properties, and an Update no old ones:
    /// where these cannot be read, both are worked all the same.
    ///
    /// # Errors
    /// [`Error::Event`] when it is no custom-resource event; [`Error::Properties`] when a property of
    /// a Create or an Update cannot be read.
    pub fn parse(event: Event) -> Result<Self, Error> {
        let Event { mut fields, mut unreadable } = event;
        // CloudFormation leaves the properties out where a template has none.
        for name in ["ResourceProperties", "OldResourceProperties"] {
            if fields.get(name).is_none_or(Value::is_null) {
                fields.insert(name.to_owned(), Value::Object(Map::new()));
            }
        }
        let faults = unreadable.remove("ResourceProperties").unwrap_or_default();
        let old_faults = unreadable.remove("OldResourceProperties").unwrap_or_default();
        let event: CloudFormationCustomResourceRequest =
            serde_json::from_value(Value::Object(fields))
                .map_err(|error| Error::Event(cause(&error, unreadable)))?;
        use CloudFormationCustomResourceRequest as Typed;
        match event {
            Typed::Create(e) => Ok(Self {
                action: Action::Create,
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: declared(e.resource_properties, faults)?,
            }),
            Typed::Update(e) => Ok(Self {
                action: Action::Update {
                    physical_id: e.physical_resource_id,
                    old_properties: object(e.old_resource_properties)
                        .filter(|_| old_faults.is_empty()),
                },
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: declared(e.resource_properties, faults)?,
            }),
            Typed::Delete(e) => Ok(Self {
                action: Action::Delete { physical_id: e.physical_resource_id },
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: object(e.resource_properties).unwrap_or_default(),
            }),
            _ => Err(Error::Event("its RequestType is not known".to_owned())),
        }
    }
}

/// Why the fields are no event: those of them that cannot be read, above all.
fn cause(error: &serde_json::Error, unreadable: BTreeMap<String, Vec<Fault>>) -> String {
    if unreadable.is_empty() {
        return error.to_string();
    }
    let faults: Vec<String> = unreadable.into_values().flatten().map(|f| f.to_string()).collect();
    faults.join("; ")
}

/// The properties that a Create or an Update is to reach: all of them have to be readable.
fn declared(properties: Value, faults: Vec<Fault>) -> Result<Map<String, Value>, Error> {
    if !faults.is_empty() {
        return Err(Error::Properties(faults));
    }
    let none = || Error::Event("ResourceProperties is no object".to_owned());
    object(properties).ok_or_else(none)
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}
