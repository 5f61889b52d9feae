//! Whether StackSets may work in the whole organization: CloudFormation in the management account.
//!
//! Organizations' list of trusted services does not say so: with its half alone
//! DescribeOrganizationsAccess says DISABLED, and no service-managed StackSet can be created.

use std::sync::Arc;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::OrganizationStatus;

use super::retry::CallContext;
use crate::error::CallError;

/// The operations that read.
#[derive(Clone, Debug)]
pub struct Reader {
    client: Client,
    calls: Arc<CallContext>,
}

impl Reader {
    pub(super) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.clone(), calls: calls.clone() }
    }

    /// DescribeOrganizationsAccess.
    pub async fn are_trusted(&self) -> Result<bool, CallError> {
        let call = self.client.describe_organizations_access();
        let answer = self.calls.send(|| call.clone().send()).await;
        let status = answer.map_err(CallError::of_the_management_account)?.status;
        Ok(status == Some(OrganizationStatus::Enabled))
    }
}

/// The operations that write.
#[derive(Clone, Debug)]
pub struct Writer {
    client: Client,
    calls: Arc<CallContext>,
}

impl Writer {
    pub(super) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.clone(), calls: calls.clone() }
    }

    /// ActivateOrganizationsAccess, which makes the service principals of StackSets trusted too.
    /// Only the management account may call it.
    pub async fn trust(&self) -> Result<(), CallError> {
        let call = self.client.activate_organizations_access();
        let answer = self.calls.send(|| call.clone().send()).await;
        answer.map(drop).map_err(CallError::of_the_management_account)
    }
}
