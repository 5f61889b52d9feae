//! Retry: a call is repeated until its answer is another than "later".
//!
//! This is the only layer that repeats. The SDK's is switched off, because it cannot ask between two
//! attempts whether the event is still wanted, and because its waits know nothing of how many
//! contend: all invocations of an account share the throttles.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fastrand::Rng;
use tokio::time::{Instant, sleep};
use tracing::info;

use super::failure::Failure;
use super::pace::Pace;
use super::still_wanted::{PendingEvent, ResourceStatus};
use crate::error::{CallError, Kind};

/// For so long after CloudFormation has sent an event, or was asked, the event counts as wanted.
const LEASE: Duration = Duration::from_secs(10);
/// As [`LEASE`], once a call had to wait.
const LEASE_AFTER_WAIT: Duration = Duration::from_secs(1);

/// How long calls without an event may take: as good as for ever.
const WITHOUT_END: Duration = Duration::from_secs(86_400);
/// How long a call that somebody waits for is repeated: a deployment may take most of a throttle.
const PATIENCE: Duration = Duration::from_secs(120);
/// Over so many connections that fail.
const CONNECTIONS: usize = 5;
/// For so long a list of CloudFormation may lack a resource that is there. AWS gives no figure.
const LIST_LAG: Duration = Duration::from_secs(10);

/// The attempts a second that all contenders make together, at a throttle that lets two pass.
/// Fewer leave it idle at times, more are refused. Measured: `make bench-stack`.
const ATTEMPTS_PER_SECOND: f64 = 3.3;
/// The factor by which a wait grows with each failure: other stacks may contend as well.
const GROWTH: f64 = 1.1;
/// The mean of a wait, in seconds, is at least and at most this.
const MIN_WAIT: f64 = 0.4;
const MAX_WAIT: f64 = 40.0;

/// Where the number of contenders is not known, waits begin here (in seconds), grow by this factor,
/// and end here. Measured likewise.
const BLIND_WAIT: f64 = 2.5;
const BLIND_GROWTH: f64 = 1.3;
const BLIND_MAX_WAIT: f64 = 10.0;

/// A success lowers the backoff by so many failures, down to the lowest level.
const RELIEF: i32 = 4;
const LOWEST_LEVEL: i32 = -5;

/// The context of a series of calls, one after another, to whichever service: the event that they
/// are made for, and how the calls before have fared.
#[derive(Debug)]
pub struct CallContext {
    /// The event; none if nobody can say whether it is wanted.
    event: Option<PendingEvent>,
    /// Whether calls stop when the event is no longer wanted.
    stops_when_overtaken: bool,
    /// The event is one that a deployment would bring: nobody is asked whether it is wanted.
    is_planned: bool,
    /// When the work that the calls are part of has to end.
    ends_at: Instant,
    /// How long one call is repeated.
    patience: Duration,
    /// Over how many connections that fail.
    connections: usize,
    /// How fast attempts are made.
    pace: Option<Pace>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The last moment at which the event was wanted for sure: when it was sent, or last asked about.
    wanted_at: Instant,
    /// A call has had to wait since then.
    waited: bool,
    /// Whatever was said so far, CloudFormation has to be asked.
    in_doubt: bool,
    /// How many resources contend, as CloudFormation last said.
    contenders: Option<usize>,
    /// When a wait began without their number.
    blind_wait_began: Option<Instant>,
    /// Failures in a row, less the relief of successes.
    backoff_level: i32,
    /// An attempt of the current call failed without a clear answer: it may have taken effect.
    outcome_unknown: bool,
    /// An attempt is being made. It stays so if a deadline or a panic ends the attempt.
    attempting: bool,
    /// The last failed attempt of the current call.
    last_failure: Option<CallError>,
    /// Spreads the waits.
    jitter: Rng,
}

impl State {
    fn new(wanted_at: Instant) -> Mutex<Self> {
        Mutex::new(Self {
            wanted_at,
            waited: false,
            in_doubt: false,
            contenders: None,
            blind_wait_began: None,
            backoff_level: 0,
            outcome_unknown: false,
            attempting: false,
            last_failure: None,
            jitter: Rng::new(),
        })
    }
}

impl CallContext {
    /// For an event that CloudFormation sent at this time, and whose work has to end at that one.
    pub fn for_event(event: PendingEvent, sent: Instant, ends_at: Instant) -> Self {
        Self { event: Some(event), stops_when_overtaken: true, ..Self::until(ends_at, sent) }
    }

    /// For calls that belong to no event, and may take as long as they need.
    pub fn without_event() -> Self {
        let now = Instant::now();
        Self::until(now + WITHOUT_END, now)
    }

    /// For calls that belong to no event, and that somebody waits for: each is given up after two
    /// minutes, or after a few connections that fail.
    pub fn for_somebody_who_waits() -> Self {
        Self { patience: PATIENCE, connections: CONNECTIONS, ..Self::without_event() }
    }

    /// As [`CallContext::for_somebody_who_waits`], for an event that a deployment would bring:
    /// CloudFormation is asked what it holds for other resources, and for this one.
    pub fn for_planned(event: PendingEvent) -> Self {
        Self { event: Some(event), is_planned: true, ..Self::for_somebody_who_waits() }
    }

    /// At most so many attempts a second, for what would meet a throttle again and again. To be called in
    /// a runtime.
    pub fn at_pace(self, attempts_a_second: u32) -> Self {
        Self { pace: Some(Pace::a_second(attempts_a_second)), ..self }
    }

    /// For what has to be cleaned up after the event even if it is no longer wanted.
    pub fn for_cleanup(&self, ends_at: Instant) -> Self {
        Self { event: self.event.clone(), ..Self::until(ends_at, Instant::now()) }
    }

    /// Without an event.
    fn until(ends_at: Instant, wanted_at: Instant) -> Self {
        Self {
            event: None,
            stops_when_overtaken: false,
            is_planned: false,
            ends_at,
            patience: Duration::MAX,
            connections: usize::MAX,
            pace: None,
            state: State::new(wanted_at),
        }
    }

    /// The event that the calls are made for.
    pub(super) fn event(&self) -> Option<&PendingEvent> {
        self.event.as_ref()
    }

    /// How long the work may still take.
    pub fn time_left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// CloudFormation may have stopped waiting: it is asked before the next call, however fresh the
    /// event is.
    pub fn ask_before_next_call(&self) {
        self.state().in_doubt = true;
    }

    /// Whether an attempt of the last call may have taken effect though the call has failed, or was
    /// ended.
    pub fn outcome_unknown(&self) -> bool {
        let state = self.state();
        state.outcome_unknown || state.attempting
    }

    /// The last failed attempt, if nothing was heard since.
    pub fn last_failure(&self) -> Option<CallError> {
        self.state().last_failure.clone()
    }

    /// Asks CloudFormation whether the event's whole stack is being deleted, if anybody can be asked.
    pub async fn stack_is_being_deleted(&self) -> Option<bool> {
        self.event.as_ref()?.stack_is_being_deleted().await
    }

    /// Asks CloudFormation for the status of the event's resource, if anybody can be asked.
    pub async fn resource_status(&self) -> Option<ResourceStatus> {
        self.event.as_ref()?.resource_status().await
    }

    /// Sends a call, again and again if need be.
    ///
    /// # Errors
    /// An answer that waiting does not change, or [`Kind::Overtaken`].
    pub async fn send<T, E, F>(&self, attempt: impl Fn() -> F) -> Result<T, CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.send_while_reachable(usize::MAX, attempt).await
    }

    /// As [`CallContext::send`], for an address that may not exist: gives up after so many failed
    /// connections.
    ///
    /// # Errors
    /// As [`CallContext::send`], or [`Kind::Unreachable`].
    pub async fn send_while_reachable<T, E, F>(
        &self,
        connection_failures: usize,
        attempt: impl Fn() -> F,
    ) -> Result<T, CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.state().outcome_unknown = false;
        let began = Instant::now();
        let connection_failures = connection_failures.min(self.connections);
        let mut failed_connections = 0;
        loop {
            self.ensure_still_wanted().await?;
            if let Some(rest) = self.rest_of_blind_wait() {
                sleep(rest).await;
                continue;
            }
            if let Some(pace) = &self.pace {
                pace.wait().await;
            }
            let failure = match self.watched(attempt()).await {
                Ok(answer) => {
                    self.record_success();
                    return Ok(answer);
                }
                Err(error) => Failure::of(&error),
            };
            info!("attempt failed: {}", failure.error.message);
            let wait = self.record_failure(&failure);
            if !failure.retryable {
                return Err(failure.error);
            }
            failed_connections += usize::from(failure.connection_failed);
            if failed_connections == connection_failures {
                let message = format!("{connection_failures} connections failed");
                return Err(CallError { kind: Kind::Unreachable, message });
            }
            if began.elapsed() + wait > self.patience {
                return Err(failure.error);
            }
            sleep(wait).await;
        }
    }

    /// Makes an attempt, and knows of it until it has ended.
    async fn watched<T>(&self, attempt: impl Future<Output = T>) -> T {
        self.state().attempting = true;
        let result = attempt.await;
        self.state().attempting = false;
        result
    }

    /// All pages of a listing, until `take` finds no token of a further one.
    ///
    /// # Errors
    /// As [`CallContext::send`].
    pub async fn pages<T, E, F>(
        &self,
        attempt: impl Fn(Option<String>) -> F,
        mut take: impl FnMut(T) -> Option<String>,
    ) -> Result<(), CallError>
    where
        E: Error + ProvideErrorMetadata + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let mut token = None;
        loop {
            let page = self.send(|| attempt(token.clone())).await?;
            token = take(page);
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// Asks CloudFormation whether the event is still wanted, unless the lease says so.
    async fn ensure_still_wanted(&self) -> Result<(), CallError> {
        let Some(event) = self.event.as_ref().filter(|_| !self.has_lease()) else {
            return Ok(());
        };
        let status = self.confirmed_status(event).await;
        let mut state = self.state();
        state.contenders = status.as_ref().map(|status| status.contenders);
        if let Some(status) = status.filter(|status| self.is_overtaken(event, status)) {
            return Err(CallError { kind: Kind::Overtaken, message: status.to_string() });
        }
        // Without an answer too: who cannot be asked is not asked before every call.
        state.wanted_at = Instant::now();
        state.waited = false;
        state.in_doubt = false;
        Ok(())
    }

    /// The status of the event's resource. If only a list without the resource would stop the event,
    /// it is asked for once more: the list may lag.
    async fn confirmed_status(&self, event: &PendingEvent) -> Option<ResourceStatus> {
        let status = event.resource_status().await;
        let stops_unlisted =
            |status: &ResourceStatus| !status.is_listed() && self.is_overtaken(event, status);
        if !status.as_ref().is_some_and(stops_unlisted) {
            return status;
        }
        sleep(LIST_LAG).await;
        event.resource_status().await
    }

    fn is_overtaken(&self, event: &PendingEvent, status: &ResourceStatus) -> bool {
        self.stops_when_overtaken && event.is_overtaken_by(status)
    }

    fn has_lease(&self) -> bool {
        let state = self.state();
        let lease = if state.waited { LEASE_AFTER_WAIT } else { LEASE };
        self.is_planned || (!state.in_doubt && state.wanted_at.elapsed() < lease)
    }

    fn record_success(&self) {
        let mut state = self.state();
        state.backoff_level = (state.backoff_level - RELIEF).max(LOWEST_LEVEL);
        state.last_failure = None;
    }

    /// Records a failed attempt, and says how long to wait before the next.
    fn record_failure(&self, failure: &Failure) -> Duration {
        let mut state = self.state();
        state.outcome_unknown |= failure.outcome_unknown;
        state.last_failure = Some(failure.error.clone());
        state.waited = true;
        let blind = failure.throttled && state.contenders.is_none();
        state.blind_wait_began = blind.then(Instant::now);
        // Another failure says nothing of how many contend.
        let contenders = if failure.throttled { state.contenders } else { Some(1) };
        let wait = mean_wait(contenders, state.backoff_level);
        state.backoff_level += 1;
        Duration::from_secs_f64(wait * (0.5 + state.jitter.f64()))
    }

    /// What is left of a wait that began without the number of contenders, now that it is known.
    /// Most contenders begin to wait at the same moment, so this wait may be over at any moment up
    /// to the mean one: the attempts of all are spread evenly from the start.
    fn rest_of_blind_wait(&self) -> Option<Duration> {
        let mut state = self.state();
        let began = state.blind_wait_began.take()?;
        let wait = mean_wait(Some(state.contenders?), 0) * state.jitter.f64();
        let rest = Duration::from_secs_f64(wait).checked_sub(began.elapsed())?;
        state.waited = true;
        Some(rest)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In seconds.
fn mean_wait(contenders: Option<usize>, backoff_level: i32) -> f64 {
    match contenders {
        Some(contenders) => {
            let share = (contenders as f64 / ATTEMPTS_PER_SECOND).max(MIN_WAIT);
            (share * GROWTH.powi(backoff_level.max(0))).min(MAX_WAIT)
        }
        None => (BLIND_WAIT * BLIND_GROWTH.powi(backoff_level)).clamp(MIN_WAIT, BLIND_MAX_WAIT),
    }
}
