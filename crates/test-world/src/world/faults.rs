//! What goes wrong between the client and the organization, and when.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;

use super::state::State;

/// One way for a call to fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Answered with this error code before it takes effect.
    Error(&'static str),
    /// As `Error`, with a Reason.
    ErrorWithReason(&'static str, &'static str),
    /// Takes effect; then the connection breaks instead of an answer.
    LostAnswer,
    /// There is no answer, but this error of the connection. Whether it takes effect is the test's
    /// choice.
    Broken { error: ConnectionError, takes_effect: bool },
    /// Never answered. Whether it takes effect is the test's choice.
    Hang { takes_effect: bool },
    /// The credentials cannot be loaded, so the call is not sent: STS does not answer. It can be
    /// planned for the number of a call only.
    Credentials,
    /// A bare HTTP status without a body, before it takes effect.
    Status(u16),
    /// Takes effect; the connection ends when this share of the answer's body has arrived.
    CutShort(f64),
    /// The connector panics with [`PANIC_TEXT`], before the call takes effect.
    Panic,
}

/// How the SDK's HTTP client reports that it got no answer. None of these says whether the request
/// was sent.
///
/// Source: `downcast_error` and `to_connector_error` of aws-smithy-http-client 1.5.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConnectionError {
    /// The socket failed, or hyper's dispatcher is gone.
    Io,
    /// A time-out of the connection.
    Timeout,
    /// hyper's IncompleteMessage: the server has closed the connection, an idle one for example.
    Incomplete,
    /// What the client does not recognize: an unexpected message, for example.
    Unrecognized,
    /// What hyper takes for the caller's fault.
    User,
}

impl ConnectionError {
    pub const ALL: [Self; 5] =
        [Self::Io, Self::Timeout, Self::Incomplete, Self::Unrecognized, Self::User];

    pub(super) fn report(self) -> ConnectorError {
        let cause = "the connection broke before the answer".into();
        match self {
            Self::Io => ConnectorError::io(cause),
            Self::Timeout => ConnectorError::timeout(cause),
            Self::Incomplete => ConnectorError::other(cause, Some(ErrorKind::TransientError)),
            Self::Unrecognized => ConnectorError::other(cause, None),
            Self::User => ConnectorError::user(cause),
        }
    }
}

/// What [`Fault::Panic`] says.
pub const PANIC_TEXT: &str = "the world panics on demand";

type Hook = Box<dyn FnOnce(&mut State) + Send>;

/// The faults and hooks that a test has planned.
#[derive(Default)]
pub(super) struct FaultPlan {
    by_call: BTreeMap<usize, Fault>,
    by_operation: BTreeMap<String, (Times, Fault)>,
    hooks: BTreeMap<usize, Hook>,
}

enum Times {
    Left(usize),
    Always,
}

impl FaultPlan {
    pub(super) fn on_call(&mut self, call: usize, fault: Fault) {
        self.by_call.insert(call, fault);
    }

    pub(super) fn on_first(&mut self, operation: &str, times: usize, fault: Fault) {
        self.by_operation.insert(operation.to_owned(), (Times::Left(times), fault));
    }

    pub(super) fn on_every(&mut self, operation: &str, fault: Fault) {
        self.by_operation.insert(operation.to_owned(), (Times::Always, fault));
    }

    /// Whether the credentials for the call of this number are to fail. Asked before the call is
    /// sent, so the next attempt of it has the same number.
    pub(super) fn take_credentials_fault(&mut self, call: usize) -> bool {
        let planned = self.by_call.get(&call) == Some(&Fault::Credentials);
        planned && self.by_call.remove(&call).is_some()
    }

    pub(super) fn hook(&mut self, call: usize, hook: Hook) {
        self.hooks.insert(call, hook);
    }

    pub(super) fn take_hook(&mut self, call: usize) -> Option<Hook> {
        self.hooks.remove(&call)
    }

    /// The fault of this call. One planned for its number wins over one planned for its operation.
    pub(super) fn take_fault(&mut self, call: usize, operation: &str) -> Option<Fault> {
        if let Some(fault) = self.by_call.remove(&call) {
            return Some(fault);
        }
        match self.by_operation.get_mut(operation)? {
            (Times::Always, fault) => Some(*fault),
            (Times::Left(0), _) => None,
            (Times::Left(left), fault) => {
                *left -= 1;
                Some(*fault)
            }
        }
    }
}
