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
    /// The Create of this RequestId failed, and it is not known whether it created a policy.
    Unknown(String),
    /// Not one of ours: CloudFormation made it up when a Create got no response.
    Invented(String),
}

const NOTHING_CREATED: &str = "cfn-org-policy:nothing-created";
const UNKNOWN: &str = "cfn-org-policy:unknown:";

impl PhysicalId {
    /// Reads what an earlier response said, or what CloudFormation made up.
    pub fn read(text: &str) -> Self {
        if let Some(id) = PolicyId::parse(text) {
            Self::Policy(id)
        } else if text == NOTHING_CREATED || text.is_empty() {
            Self::NothingCreated
        } else if let Some(request_id) = text.strip_prefix(UNKNOWN) {
            Self::Unknown(request_id.to_owned())
        } else {
            Self::Invented(text.to_owned())
        }
    }

    /// Whether there is, or was, a policy behind it.
    pub fn is_policy(&self) -> bool {
        matches!(self, Self::Policy(_))
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(id) => write!(f, "{id}"),
            Self::NothingCreated => f.write_str(NOTHING_CREATED),
            Self::Unknown(request_id) => write!(f, "{UNKNOWN}{request_id}"),
            Self::Invented(text) => f.write_str(text),
        }
    }
}
