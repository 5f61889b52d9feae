//! What is kept from one run to the next.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::types::PolicyId;
use org_policy::drift::Rotation;
use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Key};

/// A moment: seconds since 1970, UTC.
pub type Seconds = i64;

/// What was told of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// As it was told last.
    pub finding: Finding,
    /// All facts that were ever told of it, as long as it lasts.
    pub facts: BTreeSet<String>,
    /// When it was found first.
    pub since: Seconds,
    /// When it was told last.
    pub told: Seconds,
}

/// What is kept from one run to the next. If it is lost, every finding is told once more.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What was told and still lasts, by the findings' keys.
    pub told: BTreeMap<Key, Told>,
    /// The documents that were read, and where a look goes on.
    pub rotation: Rotation,
    /// The policies that events have named, which the next look reads first.
    pub named: BTreeSet<PolicyId>,
    /// The stacks whose drift an update would put back, by their ARN.
    pub to_heal: BTreeSet<String>,
    /// When this memory began; healing waits for a day.
    pub born: Option<Seconds>,
}
