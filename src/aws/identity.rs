//! Whose account the calls are made in (STS). The operation needs no permission.

use std::sync::Arc;

use aws_sdk_sts::Client;

use super::failure::unreadable;
use super::retry::CallContext;
use crate::error::CallError;

/// STS, for the calls of one context.
#[derive(Clone, Debug)]
pub struct Identity {
    client: Client,
    calls: Arc<CallContext>,
}

impl Identity {
    pub(super) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.clone(), calls: calls.clone() }
    }

    /// The account's id, from GetCallerIdentity.
    pub async fn account(&self) -> Result<String, CallError> {
        let call = self.client.get_caller_identity();
        let answer = self.calls.send(|| call.clone().send()).await?;
        answer.account.ok_or_else(|| unreadable("GetCallerIdentity without an account"))
    }

    /// The caller's ARN, from GetCallerIdentity.
    pub async fn caller(&self) -> Result<String, CallError> {
        let call = self.client.get_caller_identity();
        let answer = self.calls.send(|| call.clone().send()).await?;
        answer.arn.ok_or_else(|| unreadable("GetCallerIdentity without an ARN"))
    }
}
