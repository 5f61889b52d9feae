//! What was told, so that it is told once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Key};

/// A moment: seconds since 1970, UTC.
pub type Seconds = i64;

/// What was told of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// As it was told last.
    pub finding: Finding,
    /// All lines that were ever told of it, as long as it lasts.
    pub lines: BTreeSet<String>,
    /// When it was found first.
    pub since: Seconds,
    /// When it was told last.
    pub told: Seconds,
}

/// What was told and still lasts, by the findings' keys.
pub type Memory = BTreeMap<Key, Told>;
