//! What the physical id of a policy's resource says to the next event.

use std::fmt;

use crate::aws::types::PolicyId;

/// What a physical id says about the policy behind the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhysicalId {
    /// The resource is this policy.
    Policy(PolicyId),
    /// A Create failed before anything was created.
    NothingCreated,
    /// A Create made or adopted this policy, and failed.
    FailedCreate {
        /// The policy.
        policy: PolicyId,
        /// The Create's. The policy is this resource's to clean up while its tags name that Create:
        /// a second try may have taken it over since.
        request_id: String,
    },
    /// The Create of this RequestId failed, and it is not known whether it created a policy.
    Unknown(String),
    /// Not one of ours: CloudFormation made it up when a Create got no response.
    Invented(String),
}

const NOTHING_CREATED: &str = "cfn-org-policy:nothing-created";
const FAILED_CREATE: &str = "cfn-org-policy:failed:";
const UNKNOWN: &str = "cfn-org-policy:unknown:";

impl PhysicalId {
    /// Reads what an earlier response said, or what CloudFormation made up.
    pub fn read(text: &str) -> Self {
        if let Some(id) = PolicyId::parse(text) {
            Self::Policy(id)
        } else if text == NOTHING_CREATED || text.is_empty() {
            Self::NothingCreated
        } else if let Some(failed) = text.strip_prefix(FAILED_CREATE).and_then(failed_create) {
            failed
        } else if let Some(request_id) = text.strip_prefix(UNKNOWN) {
            Self::Unknown(request_id.to_owned())
        } else {
            Self::Invented(text.to_owned())
        }
    }

    /// The policy that the resource is.
    pub fn policy(&self) -> Option<&PolicyId> {
        match self {
            Self::Policy(id) => Some(id),
            _ => None,
        }
    }

    /// The policy that it names, be it of a Create that failed.
    pub fn named_policy(&self) -> Option<&PolicyId> {
        match self {
            Self::Policy(id) | Self::FailedCreate { policy: id, .. } => Some(id),
            _ => None,
        }
    }
}

fn failed_create(text: &str) -> Option<PhysicalId> {
    let (policy, request_id) = text.split_once(':')?;
    let policy = PolicyId::parse(policy)?;
    Some(PhysicalId::FailedCreate { policy, request_id: request_id.to_owned() })
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(id) => write!(f, "{id}"),
            Self::NothingCreated => f.write_str(NOTHING_CREATED),
            Self::FailedCreate { policy, request_id } => {
                write!(f, "{FAILED_CREATE}{policy}:{request_id}")
            }
            Self::Unknown(request_id) => write!(f, "{UNKNOWN}{request_id}"),
            Self::Invented(text) => f.write_str(text),
        }
    }
}
