//! Whose account the calls are made in.
//!
//! This is the only user of the service's SDK (STS). The operation needs no permission.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_sts::Client;

use crate::aws::retry::{self, Turn};
use crate::error::CallError;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct Identity {
    client: Client,
    turn: Arc<Turn>,
}

impl Identity {
    /// A client on this configuration (region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&retry::configure(config)), turn: Arc::new(Turn::unbidden()) }
    }

    /// The same client for the calls of one event.
    pub fn for_event(&self, turn: &Arc<Turn>) -> Self {
        Self { turn: turn.clone(), ..self.clone() }
    }

    /// The account's id, from GetCallerIdentity.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn account(&self) -> Result<String, CallError> {
        let call = self.client.get_caller_identity();
        let answer = self.turn.send(|| call.clone().send()).await?;
        answer.account.ok_or_else(|| retry::unreadable("GetCallerIdentity without an account"))
    }
}
