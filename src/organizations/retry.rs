//! Retry: the SDK's own, taught what is transient here, with a witness of its attempts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_organizations::config::interceptors::{
    BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_sdk_organizations::config::retry::{
    ClassifyRetry, RetryAction, RetryConfig, RetryPartition, TokenBucket,
};
use aws_sdk_organizations::config::timeout::TimeoutConfig;
use aws_sdk_organizations::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_organizations::error::BoxError;
use tracing::info;

use super::answers::ErrorAnswer;
use crate::error::chain;

/// Throttled calls wait between nothing and this, doubling up to [`MAX_BACKOFF`].
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(20);
/// The caller's deadline ends retrying, not a count.
const MAX_ATTEMPTS: u32 = 10_000;
/// Organizations answers in well under a second; past this an attempt is taken for lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The configuration with our retries and time-outs, watched by `witness`.
pub fn configure(config: Builder, witness: Witness) -> Builder {
    let retry = RetryConfig::standard()
        .with_max_attempts(MAX_ATTEMPTS)
        .with_initial_backoff(INITIAL_BACKOFF)
        .with_max_backoff(MAX_BACKOFF);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    // The SDK's default retry quota is shared by the whole process and runs dry under throttling;
    // the deadline is the bound here.
    let partition =
        RetryPartition::custom("organizations").token_bucket(TokenBucket::unlimited()).build();
    config
        .retry_config(retry)
        .retry_partition(partition)
        .timeout_config(timeouts)
        .retry_classifier(Transient)
        .interceptor(witness)
}

/// Teaches the SDK's retry which of Organizations' errors are transient.
#[derive(Debug)]
struct Transient;

impl ClassifyRetry for Transient {
    fn name(&self) -> &'static str {
        "transient errors of Organizations"
    }

    fn classify_retry(&self, ctx: &InterceptorContext) -> RetryAction {
        match ctx.response().and_then(ErrorAnswer::read) {
            Some(answer) if answer.is_throttle() => RetryAction::throttling_error(),
            Some(answer) if answer.is_transient() => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

/// Watches the attempts of one call after another.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Attempts>>);

#[derive(Debug, Default)]
pub struct Attempts {
    /// An attempt of the current call failed without a clear answer: it may have taken effect.
    pub unclear: bool,
    /// The last failed attempt of the current call.
    pub last_failure: Option<String>,
}

impl Witness {
    /// What is known of the current call's attempts.
    pub fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Witness {
    fn name(&self) -> &'static str {
        "witness of attempts"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *self.attempts() = Attempts::default();
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else {
            self.attempts().last_failure = None;
            return Ok(());
        };
        let answer = context.response().and_then(ErrorAnswer::read);
        let failure = match &answer {
            Some(answer) => answer.to_string(),
            None => format!("no clear answer, {}", chain(error)),
        };
        info!("attempt failed: {failure}");
        // Without credentials, say, nothing was sent at all.
        let sent = context.response().is_some()
            || error.is_connector_error()
            || error.is_timeout_error()
            || error.is_response_error();
        let refused = answer.is_some_and(|answer| answer.is_refusal());
        let mut attempts = self.attempts();
        attempts.unclear |= sent && !refused;
        attempts.last_failure = Some(failure);
        Ok(())
    }
}
