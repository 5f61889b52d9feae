//! What is read from Organizations and written to it, free of the SDK.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The tags of a policy.
pub type Tags = BTreeMap<String, String>;

/// A policy's id: `p-` and 8 to 128 letters, digits or underscores (API reference, PolicyId).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyId(String);

impl PolicyId {
    /// The id, if `text` is one.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("p-")?;
        let valid = (8..=128).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id and the ARN of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHandle {
    /// The id.
    pub id: PolicyId,
    /// The ARN.
    pub arn: String,
}

/// A policy as DescribePolicy returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDescription {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The type's name.
    pub policy_type: String,
    /// The description.
    pub description: String,
    /// The document as stored.
    pub content: String,
    /// Whether it is AWS's own.
    pub aws_managed: bool,
}

/// AWS Backup's settings in a Region, each by resource type: those that the Region knows, and
/// whether it is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionSettings {
    /// Whether backup plans that select by tags take the type (the service opt-in).
    pub opted_in: BTreeMap<String, bool>,
    /// Whether AWS Backup manages the type's backups fully. DynamoDB's advanced features are this.
    pub fully_managed: BTreeMap<String, bool>,
}

/// A policy to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// The name, unique per type.
    pub name: String,
    /// The type's name.
    pub policy_type: String,
    /// The description; never empty.
    pub description: String,
    /// The document as sent.
    pub content: String,
    /// All tags, ours among them.
    pub tags: Tags,
}

/// What UpdatePolicy is to change; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new document as sent.
    pub content: Option<String>,
}

/// The id and the name of an OU or a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// A policy type to enable on the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnableType {
    /// The type's name.
    pub policy_type: String,
    /// The root.
    pub root_id: String,
    /// Somebody has asked for it already: only wait.
    pub pending: bool,
}

impl fmt::Display for EnableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy_type, root_id, pending } = self;
        match pending {
            false => write!(f, "enable policy type {policy_type} on root {root_id}"),
            true => write!(f, "wait for policy type {policy_type} to be enabled on root {root_id}"),
        }
    }
}

/// The root, and the policy types that are enabled there or about to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyTypes {
    /// The root's id.
    pub root_id: String,
    /// The id of the management account, from the root's ARN.
    pub management_account: String,
    /// ENABLED.
    pub enabled: BTreeSet<String>,
    /// PENDING_ENABLE: somebody has asked for them.
    pub pending: BTreeSet<String>,
}

/// The root, and the status of one policy type there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootStatus {
    /// The root's id.
    pub root_id: String,
    /// ENABLED.
    pub enabled: bool,
    /// PENDING_ENABLE: somebody has asked for it.
    pub pending: bool,
}

/// What CloudFormation says of a resource that may hold a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// It holds the policy, and is not being deleted.
    Holds,
    /// It is being deleted, or its deletion has failed and may be tried again.
    Deleting,
    /// It is listed, and does not hold the policy.
    HoldsAnother,
    /// It is not listed, or was deleted, or its whole stack was.
    Gone,
    /// CloudFormation does not say.
    Unknown,
}
