//! From an event to its answer: the pipeline, the deadline, and always an answer.
//!
//! The PUT itself is not made here; [`crate::answer`] does that with what this returns.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{error, info, warn};

use crate::apply::{Creation, Progress, apply};
use crate::cloudformation::{CloudFormation, Summons};
use crate::desired::{Declared, Desired, Removal};
use crate::document;
use crate::error::{Error, Kind};
use crate::observed::{
    Found, LIST_LAG, LivePolicy, Observed, observe, observe_leftover, observe_namesake,
    observe_removal,
};
use crate::organizations::{Organizations, PolicyHandle};
use crate::ownership::Ownership;
use crate::plan::{Plan, plan, plan_removal};
use crate::quotas::Quotas;
use crate::request::{Action, Envelope, PhysicalId, PolicyId, Request};
use crate::response::Response;

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
    /// The service.
    pub organizations: Organizations,
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

/// The end of an event that ended well.
#[derive(Debug)]
struct Outcome {
    physical_id: String,
    data: Map<String, Value>,
}

/// Until when the work may go on, and until when the answer must be on its way.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    work: Instant,
    tidying: Instant,
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
        progress.begin("read event");
        let read = async { self.read(envelope, event, times.sent) };
        let result = match guard(deadline.work, &progress, None, read).await {
            Ok((desired, organizations)) => {
                let work = Work { organizations, deadline, progress: &progress };
                work.carry_through(&desired).await
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(Outcome { physical_id, data }) => {
                info!("SUCCESS {physical_id}");
                Response::success(envelope, physical_id, data)
            }
            Err(reason) => {
                let physical_id = failed_id(envelope, &progress, late);
                error!("FAILED {physical_id}: {reason}");
                Response::failed(envelope, physical_id, &reason)
            }
        }
    }

    /// What the event asks for, and the service as this event calls it.
    fn read(
        &self,
        envelope: &Envelope,
        event: Value,
        sent: Instant,
    ) -> Result<(Desired, Organizations), Error> {
        let request = Request::parse(event)?;
        info!("{}", headline(&request));
        let desired = Desired::parse(&request, &self.quotas)?;
        let summons = Summons::new(&self.cloudformation, &request, envelope.sent);
        Ok((desired, self.organizations.for_event(summons, sent)))
    }
}

/// Ends the work at the deadline, and turns a panic into an error.
async fn guard<T>(
    deadline: Instant,
    progress: &Progress,
    organizations: Option<&Organizations>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(Error::Panic { doing: progress.doing() }),
        Err(_elapsed) => Err(progress.deadline(organizations.and_then(Organizations::last_answer))),
    }
}

/// The work on one event.
struct Work<'a> {
    organizations: Organizations,
    deadline: Deadline,
    progress: &'a Progress,
}

impl Work<'_> {
    async fn carry_through(&self, desired: &Desired) -> Result<Outcome, Error> {
        match desired {
            Desired::Present(declared) => {
                let kept = self.guard(self.deadline.work, self.keep(declared)).await;
                let Err(error) = kept else { return kept };
                match self.guard(self.deadline.tidying, self.tidy_up(declared, &error)).await {
                    Ok(()) => Err(error),
                    Err(tidying) => {
                        Err(Error::Untidied { error: Box::new(error), tidying: Box::new(tidying) })
                    }
                }
            }
            Desired::Absent(removal) => {
                let remove = self.remove(&self.organizations, removal);
                self.guard(self.deadline.tidying, remove).await?;
                Ok(Outcome { physical_id: removal.physical_id.to_string(), data: Map::new() })
            }
        }
    }

    async fn guard<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        guard(deadline, self.progress, Some(&self.organizations), work).await
    }

    /// Makes the policy as declared.
    async fn keep(&self, declared: &Declared) -> Result<Outcome, Error> {
        for warning in &declared.warnings {
            warn!("{warning}");
        }
        self.progress.begin(format!("read what is there for policy {:?}", declared.name));
        // Until all has been read, an earlier delivery of a Create may have made the policy.
        if declared.physical_id.is_none() {
            self.progress.set_creation(Creation::Unknown);
        }
        let observed = observe(&self.organizations, declared).await;
        let mut observed = observed.inspect_err(|_| self.progress.set_creation(Creation::None))?;
        let vanished = declared.physical_id.as_ref().is_some_and(PhysicalId::is_policy)
            && observed.policy.is_none();
        let policy = match self.carry_out(declared, &observed).await {
            Err(Error::NameTaken { .. }) => {
                self.progress.begin(format!("look for policy {:?}", declared.name));
                observed.policy = Some(observe_namesake(&self.organizations, declared).await?);
                // The first plan has enabled the type.
                observed.root = None;
                self.carry_out(declared, &observed).await?
            }
            result => result?,
        };
        if vanished || is_back(declared, &observed) {
            self.remove_leftover(declared, &policy.id).await?;
        }
        Ok(Outcome {
            physical_id: policy.id.to_string(),
            data: attributes(declared, &observed, &policy),
        })
    }

    async fn carry_out(
        &self,
        declared: &Declared,
        observed: &Observed,
    ) -> Result<PolicyHandle, Error> {
        // Until the plan stands, nothing is made and nobody's policy is taken.
        self.progress.set_creation(Creation::None);
        let plan = plan(declared, observed)?;
        if let (Some(live), Some(_)) = (&observed.policy, &plan.policy) {
            self.progress.set_creation(origin(declared, live));
        }
        log(&plan);
        let policy = apply(&self.organizations, &plan, self.progress).await?;
        policy.ok_or_else(|| Error::Panic { doing: self.progress.doing() })
    }

    /// Takes a policy away. If it is attached again meanwhile, or a list was behind the times, the
    /// second look finds it so.
    async fn remove(&self, organizations: &Organizations, removal: &Removal) -> Result<(), Error> {
        match self.remove_once(organizations, removal).await {
            Err(Error::Call { cause, .. }) if cause.kind == Kind::PolicyInUse => {}
            // What looks like others' may be what we have just taken off ourselves.
            Err(Error::ForeignAttachments { .. }) => sleep(LIST_LAG).await,
            result => return result,
        }
        self.remove_once(organizations, removal).await
    }

    async fn remove_once(
        &self,
        organizations: &Organizations,
        removal: &Removal,
    ) -> Result<(), Error> {
        self.progress.begin(format!("read policy {}", removal.physical_id));
        let remains = observe_removal(organizations, removal).await?;
        let plan = plan_removal(removal, remains.as_ref())?;
        log(&plan);
        apply(organizations, &plan, self.progress).await?;
        Ok(())
    }

    /// After a failed Update, CloudFormation knows of the old policy only: one that the Update has
    /// made besides has to go. After a failed Create its Delete comes, by the id we answer; but if
    /// the Create was overtaken, nobody reads that answer and the Delete is over.
    async fn tidy_up(&self, declared: &Declared, error: &Error) -> Result<(), Error> {
        if declared.physical_id.is_none() && !error.is_overtaken() {
            return Ok(());
        }
        let made = match self.progress.creation() {
            Creation::Made(id) | Creation::Adopted(id) => PhysicalId::Policy(id),
            Creation::Unknown => PhysicalId::Unknown(declared.owner.request_id.clone()),
            Creation::None | Creation::Found => return Ok(()),
        };
        if declared.physical_id.as_ref() == Some(&made) {
            return Ok(());
        }
        info!("the event failed: taking away what it has made");
        self.remove(&self.organizations.unstoppable(), &declared.removal(made)).await
    }

    /// An earlier Update, failed or never answered, may have left a policy behind that it made in
    /// place of another: by a new type, or because the old one had vanished. Its rollback is this
    /// Update, which takes that one away.
    async fn remove_leftover(&self, declared: &Declared, kept: &PolicyId) -> Result<(), Error> {
        let Some((name, policy_type)) = &declared.former_name else {
            return Ok(());
        };
        self.progress.begin(format!("look for what a replacement left of policy {name:?}"));
        let leftover =
            observe_leftover(&self.organizations, &declared.owner, name, policy_type).await?;
        let Some(id) = leftover.filter(|id| id != kept) else {
            return Ok(());
        };
        info!("an earlier replacement left policy {id} behind: taking it away");
        let removal = declared.removal(PhysicalId::Policy(id));
        self.remove(&self.organizations, &removal).await
    }
}

/// Whether the Update goes back to the type of the policy that CloudFormation still holds.
fn is_back(declared: &Declared, observed: &Observed) -> bool {
    let from_another_type =
        declared.former_name.as_ref().is_some_and(|(_, former)| *former != declared.policy_type);
    let held = |live: &LivePolicy| {
        live.found == Found::ByPhysicalId && live.description.policy_type == declared.policy_type
    };
    from_another_type && observed.policy.as_ref().is_some_and(held)
}

/// Where a policy that was found comes from. A second delivery finds what the first has made.
fn origin(declared: &Declared, live: &LivePolicy) -> Creation {
    let adopting =
        live.found == Found::ByAdoptExisting || declared.owner.judge(&live.tags) != Ownership::Ours;
    if adopting && live.found != Found::ByPhysicalId {
        Creation::Adopted(live.id.clone())
    } else if declared.owner.claimed_by_this_event(&live.tags) {
        Creation::Made(live.id.clone())
    } else {
        Creation::Found
    }
}

/// The physical id of a FAILED answer. It decides what the rollback's Delete may touch. A late
/// Create speaks for itself only: an earlier delivery of it may have come further.
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

fn log(plan: &Plan) {
    for line in plan.to_string().lines() {
        info!("plan: {line}");
    }
}

/// What Fn::GetAtt can get.
fn attributes(
    declared: &Declared,
    observed: &Observed,
    policy: &PolicyHandle,
) -> Map<String, Value> {
    let targets: Vec<&str> = observed.targets.iter().map(String::as_str).collect();
    let characters = document::minify(&declared.content).chars().count();
    let texts = [
        ("PolicyId", policy.id.to_string()),
        ("Arn", policy.arn.clone()),
        ("Name", declared.name.clone()),
        ("Type", declared.policy_type.clone()),
        ("TargetIds", targets.join(",")),
        ("ContentLength", characters.to_string()),
    ];
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}
