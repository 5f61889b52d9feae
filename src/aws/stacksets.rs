//! Whether StackSets may work in the whole organization: CloudFormation in the management account.
//!
//! Organizations' list of trusted services does not tell: with its half alone
//! DescribeOrganizationsAccess says DISABLED, and no service-managed stack set can be made.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::OrganizationStatus;

use crate::aws::retry::{self, Turn};
use crate::error::CallError;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct StackSets {
    client: Client,
    turn: Arc<Turn>,
}

impl StackSets {
    /// A client on this configuration (region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&retry::configure(config)), turn: Arc::new(Turn::unbidden()) }
    }

    /// The same client for the calls of one event.
    pub fn for_event(&self, turn: &Arc<Turn>) -> Self {
        Self { turn: turn.clone(), ..self.clone() }
    }

    /// DescribeOrganizationsAccess.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn are_trusted(&self) -> Result<bool, CallError> {
        let call = self.client.describe_organizations_access();
        let answer = self.turn.send(|| call.clone().send()).await;
        let status = answer.map_err(CallError::of_the_management_account)?.status;
        Ok(status == Some(OrganizationStatus::Enabled))
    }

    /// ActivateOrganizationsAccess, which makes the service principals of StackSets trusted too.
    ///
    /// # Errors
    /// As the API reference lists them; only the management account may call it.
    pub async fn trust(&self) -> Result<(), CallError> {
        let call = self.client.activate_organizations_access();
        let answer = self.turn.send(|| call.clone().send()).await;
        answer.map(drop).map_err(CallError::of_the_management_account)
    }
}
