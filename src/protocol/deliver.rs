//! The PUT of the response to the presigned URL: its status is checked, and it is tried several times.
//!
//! The empty content-type is what the URL was signed for.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{StatusCode, Url};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::response::Response;
use super::response_url::ResponseUrl;
use crate::error::{Error, chain};

/// How often the PUT is tried.
const TRIES: u32 = 6;
/// The pause after the first try is between this and twice this; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// One try may take this long; S3 answers in milliseconds.
const TRY_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends responses.
#[derive(Clone, Debug)]
pub struct Responder {
    http: reqwest::Client,
    plain_http_host: Option<String>,
}

impl Responder {
    /// A responder that sends over https only; over plain http only to the host of
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

    /// PUTs the response, and tries again after server errors and broken connections until `until`.
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
                warn!("the response was not accepted: {failure}; trying again");
                let longest = FIRST_PAUSE * 2_u32.pow(attempt);
                tokio::time::sleep(longest.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
            let request = self.http.put(url.clone()).body(body.clone());
            let answer = request.header(CONTENT_TYPE, HeaderValue::from_static("")).send().await;
            match answer.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => {
                    info!("responded");
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

/// A status that another try cannot change: a wrong or expired signature, above all.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error()
        && status != StatusCode::REQUEST_TIMEOUT
        && status != StatusCode::TOO_MANY_REQUESTS
}
