//! Retry: a call is repeated until its answer is another than "later".
//!
//! The one layer of it. The SDK's is switched off, because it cannot ask between two attempts
//! whether the event is still wanted, and because its waits know nothing of how many contend: the
//! throttles are shared by all invocations of an account, and what they do to each other decides.

use std::error::Error;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use fastrand::Rng;
use tokio::time::{Instant, sleep};
use tracing::info;

use super::answers::Failure;
pub use super::answers::unreadable;
use crate::aws::still_wanted::{Standing, Summons};
use crate::error::{CallError, Kind};

/// AWS answers in well under a second; past this an attempt is taken for lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For so long after CloudFormation has sent an event, or was asked, the event counts as wanted.
const TRUST: Duration = Duration::from_secs(10);
/// As [`TRUST`], once a call had to wait.
const TRUST_AFTER_WAIT: Duration = Duration::from_secs(1);

/// The attempts a second that all contenders make together, at a throttle that lets two pass.
/// Fewer leave it idle at times, more are refused. Measured: `make bench-stack`.
const ATTEMPTS_PER_SECOND: f64 = 7.0;
/// How a wait grows with each failure: there may be others besides, in other stacks.
const GROWTH: f64 = 1.2;
/// The mean of a wait, in seconds, is at least and at most this.
const LEAST: f64 = 0.4;
const MOST: f64 = 40.0;

/// Where the number of contenders is not known, waits begin here, grow like this, and end here.
/// Measured likewise.
const BLIND_WAIT: f64 = 2.5;
const BLIND_GROWTH: f64 = 1.5;
const BLIND_MOST: f64 = 16.0;

/// A success takes back so many failures, down to the lowest level.
const RELIEF: i32 = 4;
const LOWEST: i32 = -5;

/// The configuration with our time-outs, and without the SDK's retries.
pub fn configure(config: &SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let config = config.to_builder();
    config.retry_config(RetryConfig::disabled()).timeout_config(timeouts).build()
}

/// The calls of one event, one after another, to whichever service.
#[derive(Debug)]
pub struct Turn {
    /// The event; none if nobody can say whether it is wanted.
    summons: Option<Summons>,
    /// Whether the work has to stop when the event is no longer wanted.
    stops: bool,
    account: Mutex<Account>,
}

#[derive(Debug)]
struct Account {
    /// Up to when the event counts as wanted for sure: when it was sent, or last asked about.
    wanted: Instant,
    /// Something had to wait since then.
    waited: bool,
    /// The contenders that CloudFormation counted last.
    contenders: Option<usize>,
    /// Failures in a row, less what successes took back.
    level: i32,
    /// An attempt of the current call failed without a clear answer: it may have taken effect.
    unclear: bool,
    /// The last failed attempt of the current call.
    last_failure: Option<String>,
    /// Spreads the waits.
    jitter: Rng,
}

impl Turn {
    /// For an event sent at this time.
    pub fn new(summons: Option<Summons>, sent: Instant) -> Self {
        let account = Account {
            wanted: sent,
            waited: false,
            contenders: None,
            level: 0,
            unclear: false,
            last_failure: None,
            jitter: Rng::new(),
        };
        Self { summons, stops: true, account: Mutex::new(account) }
    }

    /// For calls that belong to no event.
    pub fn unbidden() -> Self {
        Self::new(None, Instant::now())
    }

    /// For what has to be done for the event even if it is no longer wanted.
    pub fn unstoppable(&self) -> Self {
        Self { stops: false, ..Self::new(self.summons.clone(), Instant::now()) }
    }

    /// Whether an attempt of the last call may have taken effect though the call has failed.
    pub fn unclear(&self) -> bool {
        self.account().unclear
    }

    /// The last failed attempt, if nothing was heard since.
    pub fn last_failure(&self) -> Option<String> {
        self.account().last_failure.clone()
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
        self.account().unclear = false;
        loop {
            self.make_sure().await?;
            let failure = match attempt().await {
                Ok(answer) => {
                    self.note_success();
                    return Ok(answer);
                }
                Err(error) => Failure::of(&error),
            };
            info!("attempt failed: {}", failure.error.message);
            let wait = self.note(&failure);
            if !failure.passes {
                return Err(failure.error);
            }
            sleep(wait).await;
        }
    }

    /// All pages of a listing, until `take` finds no token of a further one.
    ///
    /// # Errors
    /// As [`Turn::send`].
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

    /// Asks CloudFormation how the resource stands, if anybody can be asked.
    pub async fn standing(&self) -> Option<Standing> {
        self.summons.as_ref()?.ask().await
    }

    /// Who has waited, or was called late, makes sure that the event is still wanted.
    async fn make_sure(&self) -> Result<(), CallError> {
        let Some(summons) = self.summons.as_ref().filter(|_| !self.is_trusted()) else {
            return Ok(());
        };
        let standing = summons.ask().await;
        let mut account = self.account();
        account.contenders = standing.as_ref().map(|standing| standing.contenders);
        if let Some(standing) = standing.filter(|s| self.stops && summons.is_overtaken(s)) {
            return Err(CallError { kind: Kind::Overtaken, message: standing.to_string() });
        }
        // Without an answer too: whoever cannot be asked is not asked before every call.
        account.wanted = Instant::now();
        account.waited = false;
        Ok(())
    }

    fn is_trusted(&self) -> bool {
        let account = self.account();
        let trust = if account.waited { TRUST_AFTER_WAIT } else { TRUST };
        account.wanted.elapsed() < trust
    }

    fn note_success(&self) {
        let mut account = self.account();
        account.level = (account.level - RELIEF).max(LOWEST);
        account.last_failure = None;
    }

    /// Takes note of a failed attempt, and says how long to wait before the next.
    fn note(&self, failure: &Failure) -> Duration {
        let mut account = self.account();
        account.unclear |= failure.unclear;
        account.last_failure = Some(failure.error.message.clone());
        account.waited = true;
        // Another failure says nothing of how many contend.
        let contenders = if failure.throttled { account.contenders } else { Some(1) };
        let wait = mean_wait(contenders, account.level);
        account.level += 1;
        Duration::from_secs_f64(wait * (0.5 + account.jitter.f64()))
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In seconds.
fn mean_wait(contenders: Option<usize>, level: i32) -> f64 {
    match contenders {
        Some(contenders) => {
            let share = (contenders as f64 / ATTEMPTS_PER_SECOND).max(LEAST);
            (share * GROWTH.powi(level.max(0))).min(MOST)
        }
        None => (BLIND_WAIT * BLIND_GROWTH.powi(level)).clamp(LEAST, BLIND_MOST),
    }
}
