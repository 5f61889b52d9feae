//! Attempts that ended before their request was handed to the connection.
//!
//! The class of the SDK's error does not say so: credentials that cannot be loaded, an address that
//! is none and a signature that cannot be made look like an idle connection that the server has
//! closed, and an attempt's time-out can end either. So an interceptor notes the hand-over, and
//! wraps the error of an attempt that had none. Without the mark, a request may have been sent.

use std::error::Error;
use std::fmt;
use std::mem::replace;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, Error as OperationError, FinalizerInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

/// Among the causes of an attempt's error: nothing was sent.
#[derive(Debug)]
pub struct Unsent(OrchestratorError<OperationError>);

impl Unsent {
    /// Whether the attempt's time-out ended it. Before the hand-over, only the credentials are
    /// waited for.
    pub fn waited_for_credentials(&self) -> bool {
        self.0.is_timeout_error()
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not sent")
    }
}

impl Error for Unsent {
    /// What ended the attempt. The SDK's own wrapper says nothing more.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// The interceptor, for the clients whose calls are repeated.
#[derive(Debug)]
pub struct MarkUnsent;

#[dyn_dispatch_hint]
impl Intercept for MarkUnsent {
    fn name(&self) -> &'static str {
        "MarkUnsent"
    }

    /// The last hook before the connection has the request.
    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        state.interceptor_state().store_put(HandedOver);
        Ok(())
    }

    /// Called for every attempt, a timed-out one too.
    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        state: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let handed_over = state.load::<HandedOver>().is_some();
        if let Some(result) = context.output_or_error_mut().filter(|_| !handed_over) {
            let ended = replace(result, Err(OrchestratorError::other("replaced below")));
            *result = ended.map_err(|error| OrchestratorError::other(Unsent(error)));
        }
        Ok(())
    }
}

/// Kept with the call, which is a single attempt: the SDK does not repeat.
#[derive(Debug)]
struct HandedOver;

impl Storable for HandedOver {
    type Storer = StoreReplace<Self>;
}
