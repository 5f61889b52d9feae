//! The facts, read from AWS. What cannot be read is a fact too.

mod accounts;
mod guard;
mod settings;
mod stacks;
mod organization;
mod policies;

use cfn_org_policy::error::{CallError, Kind};

use super::judge::{Reading, Unread};

pub use accounts::{Access, central, member};
pub use guard::guard;
pub use organization::organization;
pub use policies::{Policies, attached, policies};
pub use settings::settings;
pub use stacks::{seconds_since_1970, stacks};

/// What a call has come to: `action` is what IAM calls it.
fn reading<T>(answer: Result<T, CallError>, operation: &str, action: &str) -> Reading<T> {
    answer.map_err(|error| Unread {
        why: format!("{operation}: {}", error.message),
        remedy: remedy(action, &error),
    })
}

fn remedy(action: &str, error: &CallError) -> String {
    match error.kind {
        Kind::AccessDenied => format!("allow {action} to these credentials"),
        Kind::NotManagementAccount => {
            format!(
                "allow {action} to these credentials, which have to be of the management account"
            )
        }
        Kind::NoOrganization => {
            "use credentials of an account that is in the organization".to_owned()
        }
        Kind::NoCredentials | Kind::UnknownCredentials => "sign in again".to_owned(),
        Kind::RegionDisabled => "enable the Region in this account, or leave it out".to_owned(),
        Kind::Unreachable => {
            "look at the network, at the Region, and at AWS_ENDPOINT_URL if it is set".to_owned()
        }
        _ if error.message.contains("TooManyRequests") => {
            "others use up what AWS lets pass: try again when they have ended".to_owned()
        }
        _ => "correct what AWS names, or try again".to_owned(),
    }
}
