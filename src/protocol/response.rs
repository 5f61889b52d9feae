//! The answer: at most 4,096 bytes, PUT once to the presigned URL, its status checked.
//!
//! Source: the custom resource response reference of the CloudFormation user guide; the empty
//! content-type is what the URL was signed for.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, Url};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::error::{Error, chain};
use crate::protocol::request::{Envelope, ResponseUrl};

/// Largest answer that CloudFormation takes, in bytes, the whole body counted.
pub const MAX_BYTES: usize = 4_096;

const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// One try may take this long; S3 answers in milliseconds.
const TRY_TIMEOUT: Duration = Duration::from_secs(3);

/// The attributes that can grow long. They are left out where the answer would be too large.
const LISTS: [&str; 3] = ["TargetIds", "SwitchedOn", "Regions"];

/// What CloudFormation is told.
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
    pub fn success(envelope: &Envelope, physical_id: String, data: Map<String, Value>) -> Self {
        Self::new(envelope, Status::Success, String::new(), physical_id, data)
    }

    /// FAILED for the event of this envelope.
    pub fn failed(envelope: &Envelope, physical_id: String, reason: &Error) -> Self {
        let reason = reason.to_string();
        Self::new(envelope, Status::Failed, reason, physical_id, Map::new())
    }

    fn new(
        envelope: &Envelope,
        status: Status,
        reason: String,
        physical_resource_id: String,
        data: Map<String, Value>,
    ) -> Self {
        Self {
            status,
            reason,
            physical_resource_id,
            stack_id: envelope.stack_id.clone(),
            request_id: envelope.request_id.clone(),
            logical_resource_id: envelope.logical_id.clone(),
            data,
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
            LISTS.iter().for_each(|name| drop(fitting.data.remove(*name)));
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

/// Sends answers.
#[derive(Clone, Debug)]
pub struct Responder {
    http: reqwest::Client,
    plain_http_host: Option<String>,
}

impl Responder {
    /// A responder that answers over https only; over plain http only to the host of
    /// `local_endpoint` (a local CloudFormation, named by `AWS_ENDPOINT_URL`).
    ///
    /// # Errors
    /// When the TLS provider or the certificates of the machine cannot be used.
    pub fn new(local_endpoint: Option<&str>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // The signature holds for one host and one method: a redirect cannot be followed.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TRY_TIMEOUT)
            .build()?;
        let endpoint = local_endpoint.and_then(|url| Url::parse(url).ok());
        let plain_http_host = endpoint.and_then(|url| url.host_str().map(str::to_owned));
        Ok(Self { http, plain_http_host })
    }

    /// PUTs the answer, and tries again after server errors and broken connections until `until`.
    ///
    /// # Errors
    /// [`Error::Undelivered`]; the URL is not part of it.
    pub async fn deliver(
        &self,
        url: &ResponseUrl,
        response: &Response,
        until: Instant,
    ) -> Result<(), Error> {
        let url = self.allowed(url)?;
        let body = response.body();
        let out_of_time = |_| Err(Error::Undelivered("no time was left for it".to_owned()));
        timeout_at(until, self.put(url, body)).await.unwrap_or_else(out_of_time)
    }

    fn allowed(&self, url: &ResponseUrl) -> Result<Url, Error> {
        // The parser's error could quote the URL.
        let parsed = Url::parse(url.expose());
        let url = parsed.map_err(|_| Error::Undelivered("ResponseURL is no URL".to_owned()))?;
        let local =
            self.plain_http_host.is_some() && url.host_str() == self.plain_http_host.as_deref();
        match url.scheme() {
            "https" => Ok(url),
            "http" if local => Ok(url),
            _ => Err(Error::Undelivered("ResponseURL is not https".to_owned())),
        }
    }

    async fn put(&self, url: Url, body: String) -> Result<(), Error> {
        let mut failure = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                warn!("the answer was not taken: {failure}; trying again");
                let longest = FIRST_PAUSE * 2_u32.pow(attempt);
                tokio::time::sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            let request = self.http.put(url.clone()).body(body.clone());
            let answer = request.header(CONTENT_TYPE, HeaderValue::from_static("")).send().await;
            match answer.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => {
                    info!("answered");
                    return Ok(());
                }
                Ok(status) if is_final(status) => {
                    return Err(Error::Undelivered(format!("{status}")));
                }
                Ok(status) => failure = status.to_string(),
                Err(error) => failure = chain(&error.without_url()),
            }
        }
        Err(Error::Undelivered(format!("{failure} ({TRIES} tries)")))
    }
}

/// An answer that another try cannot change: a wrong or expired signature, above all.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS
}
