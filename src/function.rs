//! From an event to its answer: the pipeline, the deadline, and always an answer.
//!
//! The PUT itself is not made here; [`crate::answer`] does that with what this returns.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

use crate::aws::clients::Services;
use crate::aws::retry::Turn;
use crate::aws::still_wanted::{CloudFormation, Summons};
use crate::error::Error;
use crate::policy::desired::Desired;
use crate::progress::{Creation, Progress};
use crate::protocol::request::{Action, BACKUP_SETTINGS, Envelope, PhysicalId, Request};
use crate::protocol::response::Response;
use crate::settings::Desired as DesiredSettings;
use policy_document::quotas::Quotas;

/// Kept free at the end for the PUT and its tries.
const ANSWER_MARGIN: Duration = Duration::from_secs(10);
/// Kept free before that for taking away what a failed Update has made.
const TIDYING_MARGIN: Duration = Duration::from_secs(20);
/// Lambda delivers an event again after a minute at the earliest: one that comes later than this
/// may have been delivered before.
const FIRST_DELIVERY: Duration = Duration::from_secs(30);
/// CloudFormation's own patience where a template sets no ServiceTimeout, in seconds.
const DEFAULT_SERVICE_TIMEOUT: u64 = 3_600;

/// What every event needs, made once per process.
#[derive(Clone, Debug)]
pub struct Handler {
    /// What works on the organization.
    pub services: Services,
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

/// What an event asks for.
#[derive(Debug)]
enum Task {
    Policy(Desired),
    Settings(DesiredSettings),
}

/// The end of an event that ended well.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) physical_id: String,
    pub(crate) data: Map<String, Value>,
}

/// Until when the work may go on, and until when the answer must be on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) work: Instant,
    pub(crate) tidying: Instant,
}

impl Deadline {
    /// The earlier of Lambda's deadline and CloudFormation's patience, less the margins; with
    /// little time, the margins take a half of it at most.
    fn new(lambda: Instant, properties: Option<&Value>) -> Self {
        let now = Instant::now();
        let timeout = properties.and_then(|p| p.get("ServiceTimeout"));
        let seconds = timeout.and_then(|t| t.as_u64().or_else(|| t.as_str()?.parse().ok()));
        let patience = Duration::from_secs(seconds.unwrap_or(DEFAULT_SERVICE_TIMEOUT));
        let left = lambda.saturating_duration_since(now).min(patience);
        Self {
            work: now + left - (ANSWER_MARGIN + TIDYING_MARGIN).min(left / 2),
            tidying: now + left - ANSWER_MARGIN.min(left / 4),
        }
    }
}

impl Handler {
    /// Works the event off and answers, whatever happens, before Lambda's deadline.
    pub async fn handle(&self, envelope: &Envelope, event: Value, times: Times) -> Response {
        let deadline = Deadline::new(times.deadline, event.get("ResourceProperties"));
        let late = times.sent.elapsed() > FIRST_DELIVERY;
        let progress = Progress::default();
        let of_settings = event.get("ResourceType").is_some_and(|name| name == BACKUP_SETTINGS);
        progress.begin("read event");
        let read = async { self.read(envelope, event, times.sent) };
        let result = match guard(deadline.work, &progress, None, read).await {
            Ok((task, turn)) => {
                let services = self.services.for_event(&turn);
                let work = Work { services, turn, deadline, progress: &progress };
                match &task {
                    Task::Policy(desired) => work.carry_through(desired).await,
                    Task::Settings(desired) => work.settle(envelope, desired).await,
                }
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(Outcome { physical_id, data }) => {
                info!("SUCCESS {physical_id}");
                Response::success(envelope, physical_id, data)
            }
            Err(reason) => {
                let physical_id = if of_settings {
                    crate::settings::pipeline::physical_id(envelope)
                } else {
                    failed_id(envelope, &progress, late)
                };
                error!("FAILED {physical_id}: {reason}");
                Response::failed(envelope, physical_id, &reason)
            }
        }
    }

    /// What the event asks for, and the turn in which it calls.
    fn read(
        &self,
        envelope: &Envelope,
        event: Value,
        sent: Instant,
    ) -> Result<(Task, Arc<Turn>), Error> {
        let request = Request::parse(event)?;
        info!("{}", headline(&request));
        let task = if request.resource_type == BACKUP_SETTINGS {
            Task::Settings(DesiredSettings::parse(&request)?)
        } else {
            Task::Policy(Desired::parse(&request, &self.quotas)?)
        };
        let summons = Summons::new(&self.cloudformation, &request, envelope.sent);
        Ok((task, Arc::new(Turn::new(Some(summons), sent))))
    }
}

/// Ends the work at the deadline, and turns a panic into an error.
async fn guard<T>(
    deadline: Instant,
    progress: &Progress,
    turn: Option<&Turn>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::Panic { doing: progress.doing() }),
        Err(_elapsed) => Err(progress.deadline(turn.and_then(Turn::last_failure))),
    }
}

/// The work on one event: the pipelines are in the modules below.
pub(crate) struct Work<'a> {
    pub(crate) services: Services,
    turn: Arc<Turn>,
    pub(crate) deadline: Deadline,
    pub(crate) progress: &'a Progress,
}

impl Work<'_> {
    pub(crate) async fn guard<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        guard(deadline, self.progress, Some(&self.turn), work).await
    }
}

/// The physical id of a FAILED answer about a policy. It decides what the rollback's Delete may
/// touch. A late Create speaks for itself only: an earlier delivery of it may have come further.
fn failed_id(envelope: &Envelope, progress: &Progress, late: bool) -> String {
    if let Some(id) = &envelope.physical_id {
        return id.clone();
    }
    let id = match progress.creation() {
        Creation::Made(id) | Creation::Adopted(id) => PhysicalId::Policy(id),
        Creation::Unknown => PhysicalId::Unknown(envelope.request_id.clone()),
        Creation::None if late => PhysicalId::Unknown(envelope.request_id.clone()),
        // What was there before this Create is not its rollback's to delete.
        Creation::None | Creation::Found => PhysicalId::NothingCreated,
    };
    id.to_string()
}

fn headline(request: &Request) -> String {
    let (verb, id) = match &request.action {
        Action::Create => ("Create", String::new()),
        Action::Update { physical_id, .. } => ("Update", format!(" ({physical_id})")),
        Action::Delete { physical_id } => ("Delete", format!(" ({physical_id})")),
    };
    let Request { logical_id, stack_id, request_id, .. } = request;
    format!("{verb} {logical_id}{id} of {stack_id}, request {request_id}")
}

pub(crate) fn log(plan: &impl fmt::Display) {
    for line in plan.to_string().lines() {
        info!("plan: {line}");
    }
}
