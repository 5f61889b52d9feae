//! Attempts that failed: what the answer says, what class of error that is, whether to retry.

use std::error::Error;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hyper_util::client::legacy::Error as HyperError;
use serde_json::Value;

use super::unsent::Unsent;
use crate::error::{CallError, Kind, causes, chain};

/// HTTP's status for a throttle.
const TOO_MANY_REQUESTS: u16 = 429;
/// From here on they are the server's own faults.
const SERVER_ERRORS: u16 = 500;

/// Code, message and reason of an error answer. The SDK reads the first two out of any protocol; a
/// reason stands in the bodies of Organizations, while the SDK has a type of its own for each.
pub struct ErrorAnswer {
    code: String,
    message: String,
    reason: String,
    status: u16,
    /// What IAM calls the operation: `organizations:ListRoots`.
    action: Option<String>,
}

impl ErrorAnswer {
    /// Reads the answer, unless it reports success or cannot be read.
    pub fn read<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<Self> {
        let response = error.raw_response().filter(|answer| !answer.status().is_success())?;
        let body = response.body().bytes().map(serde_json::from_slice::<Value>);
        let body = body.and_then(Result::ok).unwrap_or_default();
        let reason = ["Reason", "reason"].iter().find_map(|name| body.get(name)?.as_str());
        Some(Self {
            code: error.code()?.to_owned(),
            message: error.message().unwrap_or_default().to_owned(),
            reason: reason.unwrap_or_default().to_owned(),
            status: response.status().as_u16(),
            action: action_of::<E>(),
        })
    }

    /// The class of the error.
    pub fn kind(&self) -> Kind {
        let reason = |reason: &str| self.reason.starts_with(reason);
        match self.code.as_str() {
            "AccessDeniedException" | "AccessDeniedForDependencyException" | "AccessDenied" => {
                Kind::AccessDenied
            }
            // What AWS Backup and StackSets say, among others to an account that may not call this at all.
            "InvalidRequestException" | "InvalidOperationException" | "ValidationError" => {
                Kind::BadRequest
            }
            "UnrecognizedClientException" | "InvalidClientTokenId" => Kind::UnknownCredentials,
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
            // Reasons can carry suffixes, so they are recognized by their beginnings.
            "ConstraintViolationException"
                if reason("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED") =>
            {
                Kind::AttachmentLimit
            }
            "ConstraintViolationException"
                if reason("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED") =>
            {
                Kind::LastAttachment
            }
            "ConstraintViolationException" if reason("POLICY_NUMBER_LIMIT_EXCEEDED") => {
                Kind::PolicyLimit
            }
            "ConstraintViolationException" if reason("POLICY_CONTENT_LIMIT_EXCEEDED") => {
                Kind::ContentLimit
            }
            "ConstraintViolationException" if reason("MAX_TAG_LIMIT_EXCEEDED") => Kind::TagLimit,
            "ConstraintViolationException" if reason("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE") => {
                Kind::TypeNotAvailable
            }
            "PolicyTypeNotAvailableForOrganizationException" => Kind::TypeNotAvailable,
            // No call has another value of a fixed set than a policy type.
            "InvalidInputException" if reason("INVALID_ENUM") => Kind::UnknownType,
            "InvalidInputException"
                if reason("INVALID_PATTERN") && !reason("INVALID_PATTERN_TARGET_ID") =>
            {
                Kind::UnsuitableText
            }
            _ => Kind::Other,
        }
    }

    /// Whether it passes by itself: we are too fast, others change the organization just now, or
    /// the service has failed.
    fn is_retryable(&self) -> bool {
        self.is_server_error()
            || self.is_throttle()
            || matches!(
                self.code.as_str(),
                "ConcurrentModificationException"
                    | "PolicyChangesInProgressException"
                    | "ServiceException"
            )
    }

    fn is_throttle(&self) -> bool {
        self.status == TOO_MANY_REQUESTS
            || self.code == "TooManyRequestsException"
            || self.code.starts_with("Throttl")
    }

    fn is_server_error(&self) -> bool {
        self.status >= SERVER_ERRORS
    }

    /// Whether the call certainly had no effect: the service names its reason, and that is not a
    /// failure of its own.
    fn is_refusal(&self) -> bool {
        !self.code.is_empty() && !self.is_server_error()
    }
}

impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Organizations does not say what it refuses to let be called.
        let denied = self.action.as_deref().filter(|_| self.kind() == Kind::AccessDenied);
        let code = [self.code.as_str(), self.reason.as_str(), denied.unwrap_or_default()];
        let code: Vec<&str> = code.into_iter().filter(|part| !part.is_empty()).collect();
        write!(f, "{} ({})", self.message.trim_end_matches('.'), code.join(", "))
    }
}

/// The action of an operation, from the name of its error in the SDK:
/// `aws_sdk_organizations::operation::list_roots::ListRootsError`.
fn action_of<E>() -> Option<String> {
    let mut path = std::any::type_name::<E>().split("::");
    let service = path.next()?.strip_prefix("aws_sdk_")?;
    let operation = path.last()?.strip_suffix("Error")?;
    Some(format!("{service}:{operation}"))
}

/// An attempt that failed.
pub struct Failure {
    /// What the call comes to if it is not repeated.
    pub error: CallError,
    /// Whether a later attempt may succeed.
    pub retryable: bool,
    /// Whether it was a throttle that refused it.
    pub throttled: bool,
    /// Whether the attempt may have taken effect all the same.
    pub outcome_unknown: bool,
    /// Whether the connection failed or timed out before there was any answer.
    pub connection_failed: bool,
}

impl Failure {
    /// What the SDK's error says of the attempt.
    pub fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        ErrorAnswer::read(error).map_or_else(|| Self::without_answer(error), Self::refused)
    }

    fn refused(answer: ErrorAnswer) -> Self {
        Self {
            error: CallError { kind: answer.kind(), message: answer.to_string() },
            retryable: answer.is_retryable(),
            throttled: answer.is_throttle(),
            outcome_unknown: !answer.is_refusal(),
            connection_failed: false,
        }
    }

    /// No answer, or one that cannot be read: a server in trouble, or something in between.
    fn without_answer<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> Self {
        let credentials = failed_credentials(error);
        let kind = credentials.map_or(Kind::Other, |_| Kind::NoCredentials);
        let never_connected = never_connected(error);
        let sent = credentials.is_none() && !never_connected && may_have_been_sent(error);
        let message = chain(error);
        let message = if sent { format!("no clear answer, {message}") } else { message };
        Self {
            error: CallError { kind, message },
            // What else could not be sent is the same the next time.
            retryable: sent || never_connected || credentials == Some(FailedCredentials::ForNow),
            throttled: false,
            outcome_unknown: sent,
            connection_failed: connection_failed(error),
        }
    }
}

/// Credentials that could not be loaded, before the call was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailedCredentials {
    /// Their provider is in trouble, or STS behind it: they may be there later.
    ForNow,
    /// STS refuses them, or there is nowhere to load them from.
    ForGood,
}

/// Whether the credentials failed, and how.
fn failed_credentials(error: &(dyn Error + 'static)) -> Option<FailedCredentials> {
    let unsent = causes(error).find_map(|cause| cause.downcast_ref::<Unsent>());
    if unsent.is_some_and(Unsent::waited_for_credentials) {
        return Some(FailedCredentials::ForNow);
    }
    let provider = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    Some(match provider {
        CredentialsError::ProviderTimedOut(_) => FailedCredentials::ForNow,
        // Failures that say nothing of their cause included.
        CredentialsError::ProviderError(_) if !is_final_for_sts(provider) => {
            FailedCredentials::ForNow
        }
        _ => FailedCredentials::ForGood,
    })
}

/// Whether STS has refused to let a role be assumed, or could not be called at all.
fn is_final_for_sts(error: &(dyn Error + 'static)) -> bool {
    let sts = causes(error)
        .find_map(|cause| cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>());
    sts.is_some_and(|error| !Failure::of(error).retryable)
}

/// Whether the service may have the request. A connection that breaks does not say how far the
/// request came, so whatever was handed to one may have been sent.
fn may_have_been_sent<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status();
            status.is_server_error() || status.as_u16() == TOO_MANY_REQUESTS
        }
        _ => !causes(error).any(|cause| cause.is::<Unsent>()),
    }
}

/// Whether there was no connection to send anything on: no address was found for the name, or the
/// server did not accept TCP or TLS.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut of_hyper = causes(error).filter_map(|cause| cause.downcast_ref::<HyperError>());
    of_hyper.any(HyperError::is_connect)
}

/// As far as it can be that nobody is there.
fn connection_failed<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        _ => false,
    }
}

/// An answer that lacks what the API reference promises.
pub fn unreadable(what: &str) -> CallError {
    CallError { kind: Kind::Other, message: what.to_owned() }
}
