//! What AWS did not answer, as a person reads it: operation, object, cause, remedy, in one line.

use std::fmt;

use cfn_org_policy::error::{CallError, Kind};

/// Something that could not be read from AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The operation and its object: `read the organization's root`.
    pub operation: String,
    /// Why there is no answer, and what helps.
    pub cause: String,
}

impl Problem {
    /// A call that failed; `action` is what IAM calls it: `organizations:ListRoots`.
    pub fn of_call(operation: impl Into<String>, action: &str, error: &CallError) -> Self {
        let cause = format!("{}{}", error.message, remedy(action, error));
        Self { operation: operation.into(), cause }
    }

    /// Whether nothing better is known than to try again.
    pub fn has_no_remedy(&self) -> bool {
        self.cause.ends_with(AGAIN)
    }
}

/// What helps where nothing better is known.
const AGAIN: &str = "; try again";

/// What failed, and the action of AWS Organizations that it takes.
pub fn failed(what: &str, action: &str) -> impl Fn(CallError) -> Problem {
    move |error| Problem::of_call(what, &format!("organizations:{action}"), &error)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.cause)
    }
}

/// The remedies of the function's own errors speak of its role and of its properties; here they are the caller's.
fn remedy(action: &str, error: &CallError) -> String {
    match error.kind {
        Kind::AccessDenied => format!(
            "; use credentials of the management account or of a delegated administrator that may call {action}"
        ),
        Kind::NoOrganization => {
            "; use credentials of the organization's management account, with --profile or AWS_PROFILE".to_owned()
        }
        Kind::NoCredentials | Kind::UnknownCredentials => {
            "; sign in again, or name other credentials with --profile".to_owned()
        }
        Kind::Unreachable => {
            "; look at the network, at --region, and at AWS_ENDPOINT_URL if it is set".to_owned()
        }
        Kind::Other if error.message.contains("Expired") => {
            "; sign in again, or name other credentials with --profile".to_owned()
        }
        Kind::Other if error.message.contains("TooManyRequests") || error.message.contains("Throttl") => {
            "; others use up what AWS lets pass: try again when they have ended".to_owned()
        }
        Kind::PolicyNotFound | Kind::TargetNotFound => {
            "; somebody has removed it meanwhile: try again".to_owned()
        }
        Kind::Other if error.message.starts_with("no clear answer") => {
            "; look at the network, and try again".to_owned()
        }
        _ => AGAIN.to_owned(),
    }
}
