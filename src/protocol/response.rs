//! The response: at most 4,096 bytes of JSON.

use serde::Serialize;
use serde_json::{Map, Value};

use super::request::Envelope;
use crate::error::Error;

/// Largest response that CloudFormation takes, in bytes, the whole body counted.
const MAX_BYTES: usize = 4_096;

/// The end of an event that ended well.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The resource's id, never empty.
    pub physical_id: String,
    /// What Fn::GetAtt can get, by name.
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// Something that Fn::GetAtt can get.
#[derive(Clone, Debug)]
pub enum Attribute {
    /// A text of limited length.
    Text(String),
    /// A list, whose items CloudFormation gets with commas between them. It can grow long, and is
    /// left out where the response would be too large.
    List(Vec<String>),
}

/// What CloudFormation is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Response {
    /// SUCCESS or FAILED.
    pub status: Status,
    /// Why; empty on SUCCESS.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The resource's id, never empty.
    pub physical_resource_id: String,
    /// From the event.
    pub stack_id: String,
    /// From the event.
    pub request_id: String,
    /// From the event.
    pub logical_resource_id: String,
    /// What Fn::GetAtt can get.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// The names in `data` that are left out where the response would be too large.
    #[serde(skip)]
    pub lists: Vec<&'static str>,
}

/// How the event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// All is as declared.
    Success,
    /// It is not; the Reason says why.
    Failed,
}

impl Response {
    /// SUCCESS for the event of this envelope.
    pub fn success(envelope: &Envelope, outcome: Outcome) -> Self {
        let mut response = Self::new(envelope, Status::Success, String::new(), outcome.physical_id);
        for (name, attribute) in outcome.attributes {
            let text = match attribute {
                Attribute::Text(text) => text,
                Attribute::List(items) => {
                    response.lists.push(name);
                    items.join(",")
                }
            };
            response.data.insert(name.to_owned(), Value::from(text));
        }
        response
    }

    /// FAILED for the event of this envelope.
    pub fn failed(envelope: &Envelope, physical_id: String, reason: &Error) -> Self {
        Self::new(envelope, Status::Failed, reason.to_string(), physical_id)
    }

    fn new(
        envelope: &Envelope,
        status: Status,
        reason: String,
        physical_resource_id: String,
    ) -> Self {
        Self {
            status,
            reason,
            physical_resource_id,
            stack_id: envelope.stack_id.clone(),
            request_id: envelope.request_id.clone(),
            logical_resource_id: envelope.logical_id.clone(),
            data: Map::new(),
            lists: Vec::new(),
        }
    }

    /// The body to PUT. If it would be too long, the Reason is cut at its end first, then the
    /// attributes that are lists are left out.
    pub fn body(&self) -> String {
        let mut fitting = self.clone();
        let mut excess = fitting.excess();
        while excess > 0
            && let Some(last) = fitting.reason.pop()
        {
            excess = excess.saturating_sub(json_bytes(last));
        }
        if fitting.excess() > 0 {
            fitting.lists.iter().for_each(|name| drop(fitting.data.remove(*name)));
        }
        fitting.json()
    }

    fn json(&self) -> String {
        // Strings and string-keyed maps only: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn excess(&self) -> usize {
        self.json().len().saturating_sub(MAX_BYTES)
    }
}

/// The bytes of a character in a JSON string, where it may be written with an escape.
fn json_bytes(character: char) -> usize {
    serde_json::to_string(&character).map_or(0, |quoted| quoted.len() - 2)
}
