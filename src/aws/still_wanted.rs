//! Whether CloudFormation still wants an event to be carried out.
//!
//! CloudFormation does not wait for an invocation when another resource of the stack fails: the
//! Delete or the rollback's Update comes while the first event still waits at the throttle. So
//! before an event goes on after a wait, CloudFormation is asked for the status of its resource.
//! The same answer says how many resources contend.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::types::StackResourceSummary;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tracing::info;

use crate::error::chain;

/// An answer that takes longer is not waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// By so many seconds the time of a status may lie after the time in the event's URL without
/// being a later event's: the status is set first, but the URL's time is cut to a whole second.
const SAME_EVENT_SECONDS: f64 = 2.0;

/// The status of a resource that its stack does not list.
const GONE: &str = "not in the stack any more";

/// CloudFormation in the account and Region of the function.
#[derive(Clone, Debug)]
pub struct CloudFormation {
    client: Client,
}

/// What an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// To create the resource.
    Create,
    /// To update it.
    Update,
    /// To delete it.
    Delete {
        /// The id that is to be deleted.
        physical_id: String,
    },
}

/// An event that has not been responded to, and its resource.
#[derive(Clone, Debug)]
pub struct PendingEvent {
    /// What it asks for.
    pub kind: EventKind,
    /// The stack's ARN.
    pub stack_id: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// The resource's type.
    pub resource_type: String,
    /// When CloudFormation sent it, as far as that is known. A CloudFormation that does not say is a
    /// local one, which may not list a resource as in progress, or not at all.
    pub sent: Option<SystemTime>,
    /// When it arrived.
    pub arrived: SystemTime,
    /// Who sent it.
    pub cloudformation: CloudFormation,
}

/// The status of a resource, as CloudFormation holds it.
#[derive(Clone, Debug)]
pub struct ResourceStatus {
    /// CREATE_IN_PROGRESS, say, or that the stack does not list it.
    pub status: String,
    /// When it entered that status.
    pub since: Option<DateTime>,
    /// Its physical id; empty until there is one.
    pub physical_id: String,
    /// The resources of this type in this stack that are being worked on, itself among them.
    pub contenders: usize,
}

/// When a resource entered its status, seen from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entered {
    /// Before the event was sent, or with it.
    Before,
    /// After the event was sent.
    After,
    /// At a time that CloudFormation does not say.
    Unknown,
}

impl CloudFormation {
    /// A client on this configuration. A question is not repeated: without an answer now, it is
    /// asked again after the next wait.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
        let config = Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// All resources of the stack, from all pages of ListStackResources.
    async fn resources(&self, stack_id: &str) -> Option<Vec<StackResourceSummary>> {
        match self.list(stack_id).await {
            Listing::Resources(resources) => Some(resources),
            Listing::NoSuchStack | Listing::Silent => None,
        }
    }

    /// Whether the whole stack is being deleted; none if CloudFormation does not say.
    async fn is_being_deleted(&self, stack_id: &str) -> Option<bool> {
        let stacks = self.client.describe_stacks().stack_name(stack_id).send().await;
        let stacks = stacks.inspect_err(|error| {
            info!("CloudFormation does not say the status of the stack: {}", chain(error));
        });
        let status = stacks.ok()?.stacks?.into_iter().next()?.stack_status?;
        Some(status.as_str().starts_with("DELETE_"))
    }

    /// One resource of a stack, which need not be the event's.
    pub(super) async fn find(&self, stack_id: &str, logical_id: &str) -> Found {
        let resources = match self.list(stack_id).await {
            Listing::Resources(resources) => resources,
            Listing::NoSuchStack => return Found::NoSuchStack,
            Listing::Silent => return Found::Silent,
        };
        let named = |resource: &StackResourceSummary| {
            resource.logical_resource_id.as_deref() == Some(logical_id)
        };
        resources.into_iter().find(named).map_or(Found::Missing, |resource| Found::Resource {
            status: resource.resource_status.map_or(String::new(), |s| s.as_str().to_owned()),
            physical_id: resource.physical_resource_id.unwrap_or_default(),
        })
    }

    async fn list(&self, stack_id: &str) -> Listing {
        let call = self.client.list_stack_resources().stack_name(stack_id);
        let listed: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        let error = match listed {
            Ok(resources) => return Listing::Resources(resources),
            Err(error) => error,
        };
        // The service's only error with this code and these words.
        let message = error.message().unwrap_or_default();
        if error.code() == Some("ValidationError") && message.contains("does not exist") {
            return Listing::NoSuchStack;
        }
        info!("CloudFormation does not say the status of the stack: {}", chain(&error));
        Listing::Silent
    }
}

/// What CloudFormation says of a stack.
enum Listing {
    /// Its resources. A stack that was deleted lists what it had, for some months.
    Resources(Vec<StackResourceSummary>),
    /// There is no such stack.
    NoSuchStack,
    /// Nothing: it is throttled, or may not be asked.
    Silent,
}

/// What CloudFormation says of a resource.
pub(super) enum Found {
    /// It is in the list of its stack.
    Resource {
        /// CREATE_COMPLETE, say.
        status: String,
        /// Empty until it has one.
        physical_id: String,
    },
    /// The stack does not list it.
    Missing,
    /// There is no such stack.
    NoSuchStack,
    /// CloudFormation does not say.
    Silent,
}

impl PendingEvent {
    /// Whether the whole stack is being deleted; none if CloudFormation does not say.
    pub async fn stack_is_being_deleted(&self) -> Option<bool> {
        self.cloudformation.is_being_deleted(&self.stack_id).await
    }

    /// The status of the resource now; none if CloudFormation does not say, because it is throttled
    /// or may not be asked.
    pub async fn resource_status(&self) -> Option<ResourceStatus> {
        let resources = self.cloudformation.resources(&self.stack_id).await?;
        let contenders = resources.iter().filter(|resource| self.contends(resource)).count();
        let is_own = |resource: &StackResourceSummary| {
            resource.logical_resource_id.as_deref() == Some(&self.logical_id)
        };
        let own = resources.into_iter().find(is_own);
        let status = own.as_ref().and_then(|own| own.resource_status.as_ref());
        Some(ResourceStatus {
            status: status.map_or(GONE, |status| status.as_str()).to_owned(),
            since: own.as_ref().and_then(|own| own.last_updated_timestamp),
            physical_id: own.and_then(|own| own.physical_resource_id).unwrap_or_default(),
            contenders: contenders.max(1),
        })
    }

    fn contends(&self, resource: &StackResourceSummary) -> bool {
        let status = resource.resource_status.as_ref().map_or("", |status| status.as_str());
        status.ends_with("_IN_PROGRESS")
            && resource.resource_type.as_deref() == Some(&self.resource_type)
    }

    /// Whether a later event has taken this one's place. If in doubt it has not: stopping an event
    /// that is wanted would fail the stack.
    pub fn is_overtaken_by(&self, resource: &ResourceStatus) -> bool {
        let entered = self.entered(resource);
        if entered == Entered::Before || (self.sent.is_none() && !resource.is_listed()) {
            return false;
        }
        let status = resource.status.as_str();
        // The status stays as it is until the event is responded to. A later event of the same kind
        // (an Update and its rollback's, say) sets the same one, but at a later time.
        let has_moved_on = |expected| entered == Entered::After || status != expected;
        match &self.kind {
            EventKind::Create => has_moved_on("CREATE_IN_PROGRESS"),
            EventKind::Update => has_moved_on("UPDATE_IN_PROGRESS"),
            // Deleting is wrong only if CloudFormation holds this very id for the resource.
            EventKind::Delete { physical_id } => {
                !status.starts_with("DELETE_")
                    && !physical_id.is_empty()
                    && resource.physical_id == *physical_id
            }
        }
    }

    fn entered(&self, resource: &ResourceStatus) -> Entered {
        let Some(since) = resource.since else {
            return Entered::Unknown;
        };
        let sent = DateTime::from(self.sent.unwrap_or(self.arrived));
        if since.as_secs_f64() > sent.as_secs_f64() + SAME_EVENT_SECONDS {
            Entered::After
        } else {
            Entered::Before
        }
    }
}

impl ResourceStatus {
    /// Whether the stack lists the resource. One that it does not list has been deleted, or the list
    /// lags behind.
    pub fn is_listed(&self) -> bool {
        self.status != GONE
    }
}

impl fmt::Display for ResourceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.status)?;
        let since = self.since.and_then(|since| since.fmt(Format::DateTime).ok());
        since.map_or(Ok(()), |since| write!(f, " since {since}"))
    }
}
