//! The event: envelope first, then the raw properties.
//!
//! Source: the custom resource request and response reference of the CloudFormation user guide.

use std::fmt;

use aws_lambda_events::event::cloudformation::CloudFormationCustomResourceRequest;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Map, Value};

use crate::error::Error;

/// The presigned URL that the answer goes to. Whoever holds it can answer for the stack, so it
/// prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseUrl(String);

impl ResponseUrl {
    /// Wraps the URL as it stands in the event.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL itself. For the PUT only: never log it, never put it into an error.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// When the URL was signed, which is when CloudFormation sent the event. A second delivery
    /// carries the same. None where the URL is not one of S3's.
    ///
    /// Source: the S3 API reference, authenticating requests with query parameters, X-Amz-Date.
    fn signed(&self) -> Option<DateTime> {
        let (_, rest) = self.0.split_once("X-Amz-Date=")?;
        let (date, time) = rest.get(..16)?.strip_suffix('Z')?.split_once('T')?;
        let (year, month, day) = (date.get(..4)?, date.get(4..6)?, date.get(6..)?);
        let (hour, minute, second) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
        let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        DateTime::from_str(&text, Format::DateTime).ok()
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What an answer needs, readable even where the rest of the event is not.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Where the answer goes.
    pub response_url: ResponseUrl,
    /// When CloudFormation sent the event, to the second, as far as its URL tells.
    pub sent: Option<DateTime>,
    /// The stack.
    pub stack_id: String,
    /// With the stack it identifies the request; a second delivery carries the same.
    pub request_id: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// The id that CloudFormation holds for the resource; none on Create.
    pub physical_id: Option<String>,
}

impl Envelope {
    /// Takes the envelope off the event. The presigned URL leaves the event with it, so that
    /// nothing behind this point can log it.
    ///
    /// # Errors
    /// [`Error::Event`] when there is no `ResponseURL`: nobody waits for an answer.
    pub fn open(event: &mut Value) -> Result<Self, Error> {
        let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
        let url = text("ResponseURL").filter(|url| !url.is_empty());
        let response_url =
            ResponseUrl::new(url.ok_or_else(|| Error::Event("it has no ResponseURL".to_owned()))?);
        let envelope = Self {
            sent: response_url.signed(),
            response_url,
            stack_id: text("StackId").unwrap_or_default(),
            request_id: text("RequestId").unwrap_or_default(),
            logical_id: text("LogicalResourceId").unwrap_or_default(),
            physical_id: text("PhysicalResourceId").filter(|id| !id.is_empty()),
        };
        if let Some(url) = event.get_mut("ResponseURL") {
            *url = Value::from("***");
        }
        Ok(envelope)
    }
}

/// A policy's id, `p-` and 8 to 128 letters, digits or underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyId(String);

impl PolicyId {
    /// The id, if `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("p-")?;
        let valid = (8..=128).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The resource types of this project.
pub const POLICY: &str = "Custom::OrgPolicy";
/// What has to be switched on before AWS Backup does anything.
pub const BACKUP_SETTINGS: &str = "Custom::OrgBackupSettings";
/// Another name of [`POLICY`], where a template uses CloudFormation's own type.
pub const AS_CUSTOM_RESOURCE: &str = "AWS::CloudFormation::CustomResource";

/// What a physical resource id says about the policy behind the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhysicalId {
    /// The resource is this policy.
    Policy(PolicyId),
    /// A Create failed before anything was made.
    NothingCreated,
    /// The Create of this RequestId failed and it is not known whether it made a policy.
    Unknown(String),
    /// Not one of ours: CloudFormation made it up when a Create was not answered.
    Invented(String),
}

const NOTHING_CREATED: &str = "cfn-org-policy:nothing-created";
const UNKNOWN: &str = "cfn-org-policy:unknown:";

impl PhysicalId {
    /// Reads what we answered earlier, or what CloudFormation invented.
    pub fn read(text: &str) -> Self {
        if let Some(id) = PolicyId::parse(text) {
            Self::Policy(id)
        } else if text == NOTHING_CREATED || text.is_empty() {
            Self::NothingCreated
        } else if let Some(request_id) = text.strip_prefix(UNKNOWN) {
            Self::Unknown(request_id.to_owned())
        } else {
            Self::Invented(text.to_owned())
        }
    }

    /// Whether there is, or was, a policy behind it.
    pub fn is_policy(&self) -> bool {
        matches!(self, Self::Policy(_))
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(id) => write!(f, "{id}"),
            Self::NothingCreated => f.write_str(NOTHING_CREATED),
            Self::Unknown(request_id) => write!(f, "{UNKNOWN}{request_id}"),
            Self::Invented(text) => f.write_str(text),
        }
    }
}

/// What CloudFormation asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make the resource.
    Create,
    /// Bring it to the properties given.
    Update {
        /// The id it has.
        physical_id: PhysicalId,
        /// The properties of the last successful event.
        old_properties: Map<String, Value>,
    },
    /// Take it away.
    Delete {
        /// The id it has.
        physical_id: PhysicalId,
    },
}

/// A custom-resource event.
#[derive(Clone, Debug)]
pub struct Request {
    /// Create, Update or Delete.
    pub action: Action,
    /// The stack.
    pub stack_id: String,
    /// With the stack it identifies the request; a second delivery carries the same.
    pub request_id: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// [`POLICY`], [`AS_CUSTOM_RESOURCE`] or [`BACKUP_SETTINGS`].
    pub resource_type: String,
    /// The properties, every scalar a string.
    pub properties: Map<String, Value>,
}

impl Request {
    /// Reads the event behind its envelope.
    ///
    /// # Errors
    /// [`Error::Event`] when it is no custom-resource event.
    pub fn parse(mut event: Value) -> Result<Self, Error> {
        // CloudFormation leaves the properties out where a template has none.
        for name in ["ResourceProperties", "OldResourceProperties"] {
            if let Value::Object(fields) = &mut event
                && fields.get(name).is_none_or(Value::is_null)
            {
                fields.insert(name.to_owned(), Value::Object(Map::new()));
            }
        }
        let event: CloudFormationCustomResourceRequest =
            serde_json::from_value(event).map_err(|e| Error::Event(e.to_string()))?;
        use CloudFormationCustomResourceRequest as Event;
        match event {
            Event::Create(e) => Ok(Self {
                action: Action::Create,
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: object("ResourceProperties", e.resource_properties)?,
            }),
            Event::Update(e) => Ok(Self {
                action: Action::Update {
                    physical_id: PhysicalId::read(&e.physical_resource_id),
                    old_properties: object("OldResourceProperties", e.old_resource_properties)?,
                },
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: object("ResourceProperties", e.resource_properties)?,
            }),
            Event::Delete(e) => Ok(Self {
                action: Action::Delete { physical_id: PhysicalId::read(&e.physical_resource_id) },
                stack_id: e.stack_id,
                request_id: e.request_id,
                logical_id: e.logical_resource_id,
                resource_type: e.resource_type,
                properties: object("ResourceProperties", e.resource_properties)?,
            }),
            _ => Err(Error::Event("its RequestType is not known".to_owned())),
        }
    }
}

fn object(name: &str, value: Value) -> Result<Map<String, Value>, Error> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Error::Event(format!("{name} is no object"))),
    }
}
