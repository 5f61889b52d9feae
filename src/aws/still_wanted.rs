//! What CloudFormation itself says of the resource that an event is about.
//!
//! It does not wait for an invocation when another resource of the stack fails: the Delete or the
//! rollback's Update comes while the first event still waits for its turn at the throttle. So who
//! has waited asks before going on. The same answer tells how many resources wait beside this one.

use std::fmt;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::types::StackResourceSummary;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tracing::info;

use crate::error::chain;
use crate::protocol::request::{Action, Request};

/// An answer that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// By so many seconds the time of a status may lie behind the time in the event's URL without
/// being a later event's: the status is set first, but the URL's time is cut to a whole second.
const SAME_EVENT_SECONDS: f64 = 2.0;

/// The status of a resource that its stack does not list: it has been deleted, and forgotten.
const GONE: &str = "not in the stack any more";

/// CloudFormation, in the account and Region of the function.
#[derive(Clone, Debug)]
pub struct CloudFormation {
    client: Client,
}

/// An event, as one that CloudFormation may no longer want.
#[derive(Clone, Debug)]
pub struct Summons {
    cloudformation: CloudFormation,
    stack_id: String,
    logical_id: String,
    resource_type: String,
    action: Action,
    sent: Option<DateTime>,
}

/// A resource as CloudFormation holds it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// CREATE_IN_PROGRESS, say, or that the stack does not list it.
    pub status: String,
    /// Since when it has that status.
    pub since: Option<DateTime>,
    /// Its physical id; empty until there is one.
    pub physical_id: String,
    /// The resources of this type in this stack that are being worked on, itself among them.
    pub contenders: usize,
}

impl CloudFormation {
    /// A client on this configuration. A question is not repeated: who gets no answer now asks
    /// again after the next wait.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let config = Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// All resources of the stack, from all pages of ListStackResources.
    async fn resources(&self, stack_id: &str) -> Option<Vec<StackResourceSummary>> {
        let call = self.client.list_stack_resources().stack_name(stack_id);
        match call.into_paginator().items().send().collect().await {
            Ok(resources) => Some(resources),
            Err(error) => {
                info!("CloudFormation does not say how the stack stands: {}", chain(&error));
                None
            }
        }
    }
}

impl Summons {
    /// The event, sent at this time as far as its URL tells.
    pub fn new(cloudformation: &CloudFormation, request: &Request, sent: Option<DateTime>) -> Self {
        Self {
            cloudformation: cloudformation.clone(),
            stack_id: request.stack_id.clone(),
            logical_id: request.logical_id.clone(),
            resource_type: request.resource_type.clone(),
            action: request.action.clone(),
            sent,
        }
    }

    /// How the resource stands now; none if CloudFormation does not say, because it is throttled or
    /// may not be asked.
    pub async fn ask(&self) -> Option<Standing> {
        let resources = self.cloudformation.resources(&self.stack_id).await?;
        let contenders = resources.iter().filter(|resource| self.competes(resource)).count();
        let is_own = |resource: &StackResourceSummary| {
            resource.logical_resource_id.as_deref() == Some(&self.logical_id)
        };
        let own = resources.into_iter().find(is_own);
        let status = own.as_ref().and_then(|own| own.resource_status.as_ref());
        Some(Standing {
            status: status.map_or(GONE, |status| status.as_str()).to_owned(),
            since: own.as_ref().and_then(|own| own.last_updated_timestamp),
            physical_id: own.and_then(|own| own.physical_resource_id).unwrap_or_default(),
            contenders: contenders.max(1),
        })
    }

    fn competes(&self, resource: &StackResourceSummary) -> bool {
        let status = resource.resource_status.as_ref().map_or("", |status| status.as_str());
        status.ends_with("_IN_PROGRESS")
            && resource.resource_type.as_deref() == Some(&self.resource_type)
    }

    /// Whether a later event has taken this one's place. When in doubt it has not: a wrong yes
    /// would fail a stack that is well.
    pub fn is_overtaken(&self, standing: &Standing) -> bool {
        let later = match (standing.since, self.sent) {
            (Some(since), Some(sent)) => {
                Some(since.as_secs_f64() > sent.as_secs_f64() + SAME_EVENT_SECONDS)
            }
            _ => None,
        };
        // What CloudFormation says may be from before this very event.
        if later == Some(false) {
            return false;
        }
        // The status stays as it is until the event is answered. A later event of the same kind
        // (an Update and its rollback's, say) sets the same one, but at a later time.
        let status = standing.status.as_str();
        match &self.action {
            Action::Create => later == Some(true) || status != "CREATE_IN_PROGRESS",
            Action::Update { .. } => later == Some(true) || status != "UPDATE_IN_PROGRESS",
            // Only where the resource lives by this very id, deleting it would be wrong.
            Action::Delete { physical_id } => {
                !status.starts_with("DELETE_") && standing.physical_id == physical_id.to_string()
            }
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.status)?;
        let since = self.since.and_then(|since| since.fmt(Format::DateTime).ok());
        since.map_or(Ok(()), |since| write!(f, " since {since}"))
    }
}
