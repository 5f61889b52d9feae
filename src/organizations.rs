//! AWS Organizations as we use it: typed operations, whole pages, classes of errors, one retry.
//!
//! This is the only user of the service's SDK. Retries are the SDK's own, taught what is transient
//! here; whoever calls bounds them by a deadline.

mod answers;
mod reads;
mod retry;
mod writes;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::Builder;
use tokio::sync::OnceCell;
use tokio::time::Instant;

pub use self::reads::{Named, PolicyDescription, RootStatus};
use self::retry::Witness;
pub use self::writes::{CreateError, NewPolicy, PolicyChange};
use crate::request::PolicyId;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    root_id: Arc<OnceCell<String>>,
    witness: Witness,
}

/// A policy that CreatePolicy has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHandle {
    /// Its id.
    pub id: PolicyId,
    /// Its ARN.
    pub arn: String,
}

impl Organizations {
    /// A client on this configuration (region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        let witness = Witness::default();
        let config = retry::configure(Builder::from(config), witness.clone()).build();
        Self { client: Client::from_conf(config), root_id: Arc::new(OnceCell::new()), witness }
    }

    /// What AWS last said when an attempt had to be repeated, if that was the last thing heard.
    pub fn last_answer(&self) -> Option<String> {
        self.witness.attempts().last_failure.clone()
    }
}

/// Asks `step` again and again, at growing intervals, until it finds something or `patience` ends.
/// The only wait of our own; retries are the SDK's.
///
/// # Errors
/// The first error of `step`.
pub async fn poll_until<T, E, F>(patience: Duration, step: impl Fn() -> F) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Option<T>, E>>,
{
    let end = Instant::now() + patience;
    let mut interval = Duration::from_secs(1);
    loop {
        if let Some(found) = step().await? {
            return Ok(Some(found));
        }
        if Instant::now() + interval > end {
            return Ok(None);
        }
        tokio::time::sleep(interval).await;
        interval = (interval * 2).min(Duration::from_secs(8));
    }
}
