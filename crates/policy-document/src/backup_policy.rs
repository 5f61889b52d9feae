//! What can never be right in a backup policy, and where it stands.

use serde_json::Value;

use crate::fault::Fault;

/// Every schedule, Region, vault ARN and role ARN below `at` that can never be right.
pub fn faults(_document: &Value, _at: &str) -> Vec<Fault> {
    Vec::new()
}

/// Whether a text has the form of a Region's code.
pub fn is_region(_text: &str) -> bool {
    true
}
