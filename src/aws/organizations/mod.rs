//! AWS Organizations as we use it: typed operations and whole pages.
//!
//! This is the only user of the service's SDK. Calls are repeated until a deadline of whoever calls.

mod reader;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use tokio::sync::OnceCell;
use tokio::time::Instant;

pub use self::reader::{Named, PolicyDescription, PolicyTypes, RootStatus};
pub use self::writer::{CreateError, NewPolicy, PolicyChange};
use crate::aws::retry::{self, Turn};
use crate::aws::still_wanted::Standing;
use crate::error::{CallError, Kind};
use crate::protocol::request::PolicyId;

/// How long a policy type may be PENDING_ENABLE.
pub const ENABLING: Duration = Duration::from_secs(300);

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
        let client = Client::new(&retry::configure(config));
        let turn = Arc::new(Turn::unbidden());
        Self { client, root_id: Arc::new(OnceCell::new()), turn }
    }

    /// The same client for the calls of one event.
    pub fn for_event(&self, turn: &Arc<Turn>) -> Self {
        Self { turn: turn.clone(), ..self.clone() }
    }

    /// The same client for what has to be done for the event even if it is no longer wanted.
    pub fn unstoppable(&self) -> Self {
        Self { turn: Arc::new(self.turn.unstoppable()), ..self.clone() }
    }

    /// How the event's resource stands at CloudFormation, if it says.
    pub async fn standing(&self) -> Option<Standing> {
        self.turn.standing().await
    }

    /// Enables a policy type, unless somebody has asked for it already (`pending`), and waits until
    /// it is enabled; false if that is not so after [`ENABLING`].
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn ensure_policy_type(
        &self,
        root_id: &str,
        policy_type: &str,
        pending: bool,
    ) -> Result<bool, CallError> {
        if !pending {
            match self.enable_policy_type(root_id, policy_type).await {
                Err(error) if error.kind != Kind::TypeAlreadyEnabled => return Err(error),
                _ => {}
            }
        }
        let enabled = || async { Ok(self.root_status(policy_type).await?.enabled.then_some(())) };
        Ok(poll_until(ENABLING, enabled).await?.is_some())
    }
}

/// The tagging operations call the policy they do not find a target.
fn of_a_policy(error: CallError) -> CallError {
    match error.kind {
        Kind::TargetNotFound => CallError { kind: Kind::PolicyNotFound, ..error },
        _ => error,
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
