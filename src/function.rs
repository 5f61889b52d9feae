//! From an event to its response: the deadline, the panic guard, one dispatch by resource type, and
//! always a response.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use policy_document::quotas::Quotas;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

use crate::aws::Clients;
use crate::aws::retry::CallContext;
use crate::aws::still_wanted::{CloudFormation, EventKind, PendingEvent};
use crate::error::Error;
use crate::policy::creation::Creation;
use crate::policy::desired::{Declared, Desired as DesiredPolicy, Removal};
use crate::policy::pipeline::Pipeline;
use crate::progress::Progress;
use crate::protocol::deliver::Responder;
use crate::protocol::event::Event;
use crate::protocol::properties::service_timeout;
use crate::protocol::request::{Action, Envelope, Request, ResourceType};
use crate::protocol::response::{Outcome, Response};
use crate::settings::desired::Desired as DesiredSettings;
use crate::settings::pipeline as settings;

// The end of an invocation, backwards from Lambda's deadline: returning, the PUT and its tries, cleaning up what a failed
// event has created. Before that is the work.
const RETURN_MARGIN: Duration = Duration::from_millis(500);
const RESPONSE_MARGIN: Duration = Duration::from_secs(10);
// A clean-up may have to look twice, ten seconds apart and after half of the time at most.
const CLEANUP_MARGIN: Duration = Duration::from_secs(22);
/// Lambda delivers an event again after a minute at the earliest: one that comes later than this
/// may have been delivered before.
const FIRST_DELIVERY: Duration = Duration::from_secs(30);
/// By the time in its URL, CloudFormation may have stopped waiting for an event with less time than
/// this left.
const NEARLY_OVER: Duration = Duration::from_secs(30);
/// The time in the URL is cut to whole seconds, and clocks differ a little.
const SIGNING_PRECISION: Duration = Duration::from_secs(2);
/// How long CloudFormation waits where a template sets no ServiceTimeout.
const DEFAULT_SERVICE_TIMEOUT: Duration = Duration::from_secs(3_600);
/// Lambda's longest time-out, for a stand-in that sends no real deadline: cargo-lambda's lies in 1970.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(900);

/// Works on one event and responds to CloudFormation, whatever the work came to.
///
/// `payload` is the event, whatever its bytes are; `deadline` is Lambda's. After a delivered response
/// this is Ok, also when the response was FAILED: an error would make Lambda run an event again that
/// CloudFormation is done with.
///
/// # Errors
/// When nobody waits for a response (no custom-resource event), or it could not be delivered; the
/// latter is worth a second run.
pub async fn run(
    handler: &Handler,
    responder: &Responder,
    payload: &[u8],
    deadline: SystemTime,
) -> Result<(), Error> {
    let (now, clock) = (Instant::now(), SystemTime::now());
    let deadline = now + deadline.duration_since(clock).unwrap_or(LONGEST_TIMEOUT);
    let mut event = Event::read(payload);
    let envelope = Envelope::open(&mut event)?;
    let age = envelope.sent.and_then(|sent| clock.duration_since(sent).ok());
    let sent = now.checked_sub(age.unwrap_or_default()).unwrap_or(now);
    let response = handler.handle(&envelope, event, Times { sent, deadline }).await;
    let until = deadline.checked_sub(RETURN_MARGIN).unwrap_or(deadline);
    responder.deliver(&envelope.response_url, &response, until).await
}

/// What every event needs, made once per process.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The services that work on the organization.
    pub clients: Clients,
    /// Whoever sends the events.
    pub cloudformation: CloudFormation,
    /// The quotas checked before AWS does.
    pub quotas: Quotas,
}

/// The moments that bound the work on an event.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// When CloudFormation sent the event.
    pub sent: Instant,
    /// When Lambda ends the invocation.
    pub deadline: Instant,
}

impl Handler {
    /// Works on the event and returns the response, whatever happens, before Lambda's deadline. The
    /// PUT is the caller's.
    pub async fn handle(&self, envelope: &Envelope, event: Event, times: Times) -> Response {
        let invocation = Invocation {
            handler: self,
            envelope,
            sent: times.sent,
            arrived: SystemTime::now(),
            may_be_redelivery: times.sent.elapsed() > FIRST_DELIVERY,
            deadline: Deadline::new(times, event.get("ResourceProperties")),
            progress: Progress::default(),
        };
        let resource_type = event.get("ResourceType").and_then(Value::as_str).unwrap_or_default();
        match ResourceType::parse(resource_type) {
            Some(ResourceType::BackupSettings) => invocation.handle_settings(event).await,
            // A type that is not known is reported with the other faults of a policy's properties.
            Some(ResourceType::Policy) | None => invocation.handle_policy(event).await,
        }
    }
}

/// Until when the work may go on, and until when the response must be on its way.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    /// Ends a Create, an Update, and everything about settings.
    work: Instant,
    /// Ends cleaning up, and a Delete, after which nothing is cleaned up.
    cleanup: Instant,
    /// CloudFormation may have stopped waiting already: it is to be asked before anything else.
    in_doubt: bool,
}

impl Deadline {
    /// The earlier of Lambda's deadline and the end of CloudFormation's waiting, less the margins;
    /// with little time, the margins take a half of it at most.
    ///
    /// CloudFormation waits from when it has sent the event. But the URL says when it was signed,
    /// which may be earlier, so a time that is nearly over by it is not believed without asking: if
    /// the event is wanted, or CloudFormation does not say, the time counts from now.
    fn new(times: Times, properties: Option<&Value>) -> Self {
        let now = Instant::now();
        let timeout = properties.and_then(|p| p.get("ServiceTimeout"));
        let seconds = timeout.and_then(service_timeout);
        let timeout = seconds.map_or(DEFAULT_SERVICE_TIMEOUT, Duration::from_secs);
        let age = now.saturating_duration_since(times.sent);
        let since_sent = timeout.saturating_sub(age);
        let in_doubt = age > SIGNING_PRECISION && since_sent < NEARLY_OVER;
        let waiting = if in_doubt { timeout } else { since_sent };
        let left = times.deadline.saturating_duration_since(now).min(waiting);
        Self {
            work: now + left - (RESPONSE_MARGIN + CLEANUP_MARGIN).min(left / 2),
            cleanup: now + left - RESPONSE_MARGIN.min(left / 4),
            in_doubt,
        }
    }
}

/// One event while it is worked on.
struct Invocation<'a> {
    handler: &'a Handler,
    envelope: &'a Envelope,
    sent: Instant,
    arrived: SystemTime,
    may_be_redelivery: bool,
    deadline: Deadline,
    progress: Progress,
}

impl Invocation<'_> {
    async fn handle_policy(&self, event: Event) -> Response {
        // It outlives the work, which a deadline or a panic can end at any point.
        let creation = Creation::default();
        let result = self.reconcile_policy(event, &creation).await;
        self.response(result, || self.failed_policy_id(&creation))
    }

    async fn reconcile_policy(&self, event: Event, creation: &Creation) -> Result<Outcome, Error> {
        let parse = |request: &Request| DesiredPolicy::parse(request, &self.handler.quotas);
        let (desired, calls) = self.read(event, parse).await?;
        let writer = self.handler.clients.writer(&calls);
        let pipeline = Pipeline { writer: &writer, progress: &self.progress, creation };
        match desired {
            DesiredPolicy::Present(declared) => {
                let work = pipeline.reconcile(&declared);
                match self.guard(self.deadline.work, Some(&calls), work).await {
                    Err(error) => {
                        creation.interrupted(calls.outcome_unknown());
                        Err(self.clean_up(pipeline, &calls, &declared, error).await)
                    }
                    outcome => outcome,
                }
            }
            DesiredPolicy::Absent(removal) => {
                let work = pipeline.remove(&removal);
                self.guard(self.deadline.cleanup, Some(&calls), work).await?;
                Ok(removed(&removal))
            }
        }
    }

    /// Cleans up after an event that has failed with this error; returns the error to report.
    async fn clean_up(
        &self,
        pipeline: Pipeline<'_>,
        calls: &CallContext,
        declared: &Declared,
        error: Error,
    ) -> Error {
        let calls = Arc::new(calls.for_cleanup(self.deadline.cleanup));
        let writer = self.handler.clients.writer(&calls);
        let pipeline = Pipeline { writer: &writer, ..pipeline };
        let work = pipeline.clean_up(declared, &error);
        match self.guard(self.deadline.cleanup, Some(&calls), work).await {
            Ok(()) => error,
            Err(cleanup) => {
                Error::CleanupFailed { error: Box::new(error), cleanup: Box::new(cleanup) }
            }
        }
    }

    async fn handle_settings(&self, event: Event) -> Response {
        let result = self.reconcile_settings(event).await;
        self.response(result, || settings::physical_id(self.envelope.physical_id.as_deref()))
    }

    async fn reconcile_settings(&self, event: Event) -> Result<Outcome, Error> {
        let (desired, calls) = self.read(event, DesiredSettings::parse).await?;
        let writer = self.handler.clients.writer(&calls);
        let held = self.envelope.physical_id.as_deref();
        let work = settings::reconcile(&writer, &desired, held, &self.progress);
        self.guard(self.deadline.work, Some(&calls), work).await
    }

    /// What the event asks for, and the context of the calls that follow.
    async fn read<D>(
        &self,
        event: Event,
        parse: impl FnOnce(&Request) -> Result<D, Error>,
    ) -> Result<(D, Arc<CallContext>), Error> {
        self.progress.begin("read event");
        let read = async {
            let request = Request::parse(event)?;
            info!("{}", Headline(&request));
            let desired = parse(&request)?;
            let ends_at = match request.action {
                Action::Delete { .. } => self.deadline.cleanup,
                Action::Create | Action::Update { .. } => self.deadline.work,
            };
            let event = self.pending_event(request);
            let calls = CallContext::for_event(event, self.sent, ends_at);
            if self.deadline.in_doubt {
                calls.ask_before_next_call();
            }
            Ok((desired, Arc::new(calls)))
        };
        self.guard(self.deadline.work, None, read).await
    }

    fn pending_event(&self, request: Request) -> PendingEvent {
        PendingEvent {
            kind: match request.action {
                Action::Create => EventKind::Create,
                Action::Update { .. } => EventKind::Update,
                Action::Delete { physical_id } => EventKind::Delete { physical_id },
            },
            stack_id: request.stack_id,
            logical_id: request.logical_id,
            resource_type: request.resource_type,
            sent: self.envelope.sent,
            arrived: self.arrived,
            cloudformation: self.handler.cloudformation.clone(),
        }
    }

    /// Ends the work at the deadline, and turns a panic into an error.
    async fn guard<T>(
        &self,
        deadline: Instant,
        calls: Option<&CallContext>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_panic)) => Err(Error::Internal { operation: self.progress.operation() }),
            Err(_elapsed) => {
                Err(self.progress.deadline_error(calls.and_then(CallContext::last_failure)))
            }
        }
    }

    /// The response to what the work came to, with this physical id if it failed.
    fn response(
        &self,
        result: Result<Outcome, Error>,
        failed_id: impl FnOnce() -> String,
    ) -> Response {
        match result {
            Ok(outcome) => {
                info!("SUCCESS {}", outcome.physical_id);
                Response::success(self.envelope, outcome)
            }
            Err(reason) => {
                let physical_id = failed_id();
                error!("FAILED {physical_id}: {reason}");
                Response::failed(self.envelope, physical_id, &reason)
            }
        }
    }

    /// The physical id of a FAILED response about a policy. It decides what the rollback's Delete
    /// may touch. A late Create speaks for itself only: an earlier delivery may have come further.
    fn failed_policy_id(&self, creation: &Creation) -> String {
        if let Some(held) = &self.envelope.physical_id {
            return held.clone();
        }
        creation.failed_id(&self.envelope.request_id, self.may_be_redelivery).to_string()
    }
}

fn removed(removal: &Removal) -> Outcome {
    Outcome { physical_id: removal.physical_id.to_string(), attributes: Vec::new() }
}

/// An event, as the log shows it first.
struct Headline<'a>(&'a Request);

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request { action, logical_id, stack_id, request_id, .. } = self.0;
        match action {
            Action::Create => write!(f, "Create {logical_id}")?,
            Action::Update { physical_id, .. } => write!(f, "Update {logical_id} ({physical_id})")?,
            Action::Delete { physical_id } => write!(f, "Delete {logical_id} ({physical_id})")?,
        }
        write!(f, " of {stack_id}, request {request_id}")
    }
}
