//! Attempts that failed: what the answer says, what class of error that is, whether it passes.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_organizations::config::http::HttpResponse;
use aws_sdk_organizations::error::SdkError;
use serde_json::Value;

use crate::error::{CallError, Kind, causes, chain};

/// HTTP's status for a throttle.
const TOO_MANY_REQUESTS: u16 = 429;

/// Code, message and reason of an error answer. They stand in its body, the same way for every
/// operation, while the SDK has a type of its own for each.
pub struct ErrorAnswer {
    code: String,
    message: String,
    reason: String,
    server_error: bool,
}

impl ErrorAnswer {
    /// Reads the answer, unless it tells of success or nothing can be read.
    pub fn read(response: &HttpResponse) -> Option<Self> {
        if response.status().is_success() {
            return None;
        }
        let body: Value = serde_json::from_slice(response.body().bytes()?).ok()?;
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| body.get(*name)?.as_str());
            found.unwrap_or_default().to_owned()
        };
        // The code can carry a namespace: com.amazonaws.organizations#DuplicatePolicyException.
        let code = text(&["__type", "code"]);
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        Some(Self {
            code,
            message: text(&["Message", "message"]),
            reason: text(&["Reason", "reason"]),
            server_error: response.status().is_server_error(),
        })
    }

    /// The class of the error.
    pub fn kind(&self) -> Kind {
        let constraint = |reason: &str| self.reason.starts_with(reason);
        match self.code.as_str() {
            "AccessDeniedException" | "AccessDeniedForDependencyException" => Kind::AccessDenied,
            "DuplicatePolicyException" => Kind::DuplicatePolicy,
            "DuplicatePolicyAttachmentException" => Kind::AlreadyAttached,
            "PolicyNotAttachedException" => Kind::NotAttached,
            "PolicyInUseException" => Kind::PolicyInUse,
            "PolicyNotFoundException" => Kind::PolicyNotFound,
            "TargetNotFoundException" => Kind::TargetNotFound,
            "PolicyTypeNotEnabledException" => Kind::TypeNotEnabled,
            "PolicyTypeAlreadyEnabledException" => Kind::TypeAlreadyEnabled,
            "AWSOrganizationsNotInUseException" => Kind::NoOrganization,
            "MalformedPolicyDocumentException" => Kind::MalformedDocument,
            // Reasons can carry suffixes, so they are told by their beginnings.
            "ConstraintViolationException"
                if constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED") =>
            {
                Kind::AttachmentLimit
            }
            "ConstraintViolationException"
                if constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED") =>
            {
                Kind::LastAttachment
            }
            "ConstraintViolationException" if constraint("POLICY_NUMBER_LIMIT_EXCEEDED") => {
                Kind::PolicyLimit
            }
            "ConstraintViolationException" if constraint("POLICY_CONTENT_LIMIT_EXCEEDED") => {
                Kind::ContentLimit
            }
            "ConstraintViolationException" if constraint("MAX_TAG_LIMIT_EXCEEDED") => {
                Kind::TagLimit
            }
            "ConstraintViolationException"
                if constraint("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE") =>
            {
                Kind::TypeNotAvailable
            }
            "PolicyTypeNotAvailableForOrganizationException" => Kind::TypeNotAvailable,
            _ => Kind::Other,
        }
    }

    /// What passes by itself: we are too fast, others change the organization just now, or the
    /// service has failed.
    fn passes(&self) -> bool {
        self.server_error
            || self.is_throttle()
            || matches!(
                self.code.as_str(),
                "ConcurrentModificationException"
                    | "PolicyChangesInProgressException"
                    | "ServiceException"
            )
    }

    fn is_throttle(&self) -> bool {
        self.code == "TooManyRequestsException" || self.code.starts_with("Throttl")
    }

    /// Whether the call certainly had no effect: Organizations names its reason, and that is not a
    /// failure of its own.
    fn is_refusal(&self) -> bool {
        !self.code.is_empty() && !self.server_error
    }
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = [self.code.as_str(), self.reason.as_str()];
        let code: Vec<&str> = code.into_iter().filter(|part| !part.is_empty()).collect();
        write!(f, "{} ({})", self.message.trim_end_matches('.'), code.join(", "))
    }
}

/// An attempt that failed.
pub struct Failure {
    /// What the call comes to if it is not repeated.
    pub error: CallError,
    /// Whether a later attempt may do better.
    pub passes: bool,
    /// Whether it was a throttle that refused it.
    pub throttled: bool,
    /// Whether the attempt may have taken effect all the same.
    pub unclear: bool,
}

impl Failure {
    /// What the SDK's error says of the attempt.
    pub fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + 'static,
    {
        if let Some(answer) = error.raw_response().and_then(ErrorAnswer::read) {
            return Self {
                error: CallError { kind: answer.kind(), message: answer.to_string() },
                passes: answer.passes(),
                throttled: answer.is_throttle(),
                unclear: !answer.is_refusal(),
            };
        }
        // No answer, or one that cannot be read: a server in trouble, or something in between.
        let without_credentials = causes(error).any(|cause| cause.is::<CredentialsError>());
        let kind = if without_credentials { Kind::NoCredentials } else { Kind::Other };
        let sent = match error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            SdkError::DispatchFailure(failure) => failure.is_timeout() || failure.is_io(),
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status();
                status.is_server_error() || status.as_u16() == TOO_MANY_REQUESTS
            }
            // What could not be sent at all is the same the next time.
            _ => false,
        };
        let message = chain(error);
        let message = if sent { format!("no clear answer, {message}") } else { message };
        Self { error: CallError { kind, message }, passes: sent, throttled: false, unclear: sent }
    }
}

/// An answer that lacks what the API reference promises.
pub fn unreadable(what: &str) -> CallError {
    CallError { kind: Kind::Other, message: what.to_owned() }
}

/// The tagging operations call the policy they do not find a target.
pub fn of_a_policy(error: CallError) -> CallError {
    match error.kind {
        Kind::TargetNotFound => CallError { kind: Kind::PolicyNotFound, ..error },
        _ => error,
    }
}
