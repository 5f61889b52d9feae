//! AWS Organizations: policies, their targets and tags, policy types, the tree of OUs.

mod reader;
mod writer;

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_organizations::config::Builder;
use tokio::sync::OnceCell;

pub use self::reader::Reader;
pub use self::writer::{CreateError, Writer};
use crate::aws::unsent::MarkUnsent;
use crate::error::{CallError, Kind};

/// The SDK's client, and what never changes in an organization.
#[derive(Clone, Debug)]
pub(super) struct Client {
    sdk: aws_sdk_organizations::Client,
    root_id: Arc<OnceCell<String>>,
}

impl Client {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let config = Builder::from(config).interceptor(MarkUnsent).build();
        Self { sdk: aws_sdk_organizations::Client::from_conf(config), root_id: Arc::default() }
    }
}

/// The tagging operations call the policy they do not find a target.
fn of_a_policy(error: CallError) -> CallError {
    match error.kind {
        Kind::TargetNotFound => CallError { kind: Kind::PolicyNotFound, ..error },
        _ => error,
    }
}
