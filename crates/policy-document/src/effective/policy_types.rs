//! What differs between the policy types when their policies merge.
//!
//! Sources: the Organizations user guide ("Inheritance operators", "Tag policy syntax"), and what
//! others saw DescribeEffectivePolicy return for tag, chat and backup policies (September 2026).

use crate::check::iam::{RCP, SCP};

use super::assumptions::{Assumptions, Names};

/// Those that control access. They do not merge.
pub(super) const CONTROL: [&str; 2] = [SCP, RCP];

/// Whether policies of this type merge into an effective policy.
pub fn merges(policy_type: &str) -> bool {
    !CONTROL.contains(&policy_type)
}

/// How policies of one type merge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merging {
    /// Keys that differ in upper and lower case only are one key.
    pub folds_keys: bool,
    /// AWS shows keys in lower case, however they are written.
    pub shows_lower_case: bool,
    /// Numbers, booleans and null become texts before they are compared and merged.
    pub texts_only: bool,
    /// What an empty tag means: see [`super::accounts`].
    pub completes_tags: bool,
}

pub(super) fn merging(policy_type: &str, assumptions: Assumptions) -> Merging {
    let captured = matches!(policy_type, "TAG_POLICY" | "CHATBOT_POLICY");
    Merging {
        folds_keys: captured || policy_type == "S3_POLICY" || assumptions.names == Names::Folded,
        shows_lower_case: captured,
        texts_only: captured || policy_type == "BACKUP_POLICY",
        completes_tags: policy_type == "TAG_POLICY",
    }
}
