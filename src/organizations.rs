//! AWS Organizations as we use it: typed operations, whole pages, classes of errors, one retry.
//!
//! This is the only user of the service's SDK. Calls are repeated until a deadline of whoever calls.

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
use self::retry::Turn;
pub use self::writes::{CreateError, NewPolicy, PolicyChange};
use crate::cloudformation::{Standing, Summons};
use crate::request::PolicyId;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    root_id: Arc<OnceCell<String>>,
    turn: Arc<Turn>,
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
        let client = Client::from_conf(retry::configure(Builder::from(config)).build());
        let turn = Arc::new(Turn::new(None, Instant::now()));
        Self { client, root_id: Arc::new(OnceCell::new()), turn }
    }

    /// The same client for the calls of one event, sent at this time. They end when CloudFormation
    /// no longer wants the event.
    pub fn for_event(&self, summons: Summons, sent: Instant) -> Self {
        Self { turn: Arc::new(Turn::new(Some(summons), sent)), ..self.clone() }
    }

    /// The same client for what has to be done for the event even if it is no longer wanted.
    pub fn unstoppable(&self) -> Self {
        Self { turn: Arc::new(self.turn.unstoppable()), ..self.clone() }
    }

    /// How the event's resource stands at CloudFormation, if it says.
    pub async fn standing(&self) -> Option<Standing> {
        self.turn.standing().await
    }

    /// What AWS last said when an attempt had to be repeated, if that was the last thing heard.
    pub fn last_answer(&self) -> Option<String> {
        self.turn.last_failure()
    }
}

/// Asks `step` again and again, at growing intervals, until it finds something or `patience` ends.
/// For what will be there in a moment; what AWS refuses for now is repeated below this.
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
