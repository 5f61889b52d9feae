//! The clients of all services that work on the organization, all called in the management account.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;

use super::identity::Identity;
use super::poll::poll_until;
use super::retry::CallContext;
use super::types::EnableType;
use super::unsent::MarkUnsent;
use super::{backup, config, organizations, stacksets};
use crate::error::{Error, Kind};

/// How long a policy type may be PENDING_ENABLE.
const ENABLING: Duration = Duration::from_secs(300);

/// One client of each service, made once per process.
#[derive(Clone, Debug)]
pub struct Clients {
    organizations: organizations::Client,
    backup: aws_sdk_backup::Client,
    cloudformation: aws_sdk_cloudformation::Client,
    sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Clients on this configuration (Region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        let config = config::without_sdk_retries(config);
        let backup = aws_sdk_backup::config::Builder::from(&config).interceptor(MarkUnsent);
        let cloudformation =
            aws_sdk_cloudformation::config::Builder::from(&config).interceptor(MarkUnsent);
        let sts = aws_sdk_sts::config::Builder::from(&config).interceptor(MarkUnsent);
        Self {
            organizations: organizations::Client::new(&config),
            backup: aws_sdk_backup::Client::from_conf(backup.build()),
            cloudformation: aws_sdk_cloudformation::Client::from_conf(cloudformation.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
        }
    }

    /// The reading operations, for the calls of this context.
    pub fn reader(&self, calls: &Arc<CallContext>) -> Reader {
        Reader {
            organizations: organizations::Reader::new(&self.organizations, calls),
            backup: backup::Reader::new(&self.backup, calls),
            stacksets: stacksets::Reader::new(&self.cloudformation, calls),
            identity: Identity::new(&self.sts, calls),
            calls: calls.clone(),
        }
    }

    /// All operations, for the calls of this context.
    pub fn writer(&self, calls: &Arc<CallContext>) -> Writer {
        Writer {
            reader: self.reader(calls),
            organizations: organizations::Writer::new(&self.organizations, calls),
            backup: backup::Writer::new(&self.backup, calls),
            stacksets: stacksets::Writer::new(&self.cloudformation, calls),
        }
    }
}

/// The operations that read.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Policies, policy types, the tree, and most trusted access.
    pub organizations: organizations::Reader,
    /// Global settings, and the opt-in of each Region.
    pub backup: backup::Reader,
    /// The trusted access of StackSets.
    pub stacksets: stacksets::Reader,
    /// Whose account all of them are called in.
    pub identity: Identity,
    /// The calls that these are part of.
    pub calls: Arc<CallContext>,
}

/// The operations that write, and those that read.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The operations that read.
    pub reader: Reader,
    /// Policies, policy types, and most trusted access.
    pub organizations: organizations::Writer,
    /// Global settings, and the opt-in of each Region.
    pub backup: backup::Writer,
    /// The trusted access of StackSets.
    pub stacksets: stacksets::Writer,
}

impl Writer {
    /// Enables a policy type, unless somebody has asked for it already, and waits until it is enabled.
    ///
    /// # Errors
    /// [`Error::TimedOut`] if it is not enabled after five minutes, or a call that failed.
    pub async fn enable_type(&self, enable: &EnableType) -> Result<(), Error> {
        let EnableType { policy_type, root_id, pending } = enable;
        let failed = |cause| Error::call(enable.to_string(), cause);
        if !pending {
            match self.organizations.enable_policy_type(root_id, policy_type).await {
                Err(error) if error.kind != Kind::TypeAlreadyEnabled => return Err(failed(error)),
                _ => {}
            }
        }
        let organizations = &self.reader.organizations;
        let enabled =
            || async { Ok(organizations.root_status(policy_type).await?.enabled.then_some(())) };
        let timed_out =
            || Error::TimedOut { operation: enable.to_string(), seconds: ENABLING.as_secs() };
        poll_until(ENABLING, enabled).await.map_err(failed)?.ok_or_else(timed_out)
    }
}
