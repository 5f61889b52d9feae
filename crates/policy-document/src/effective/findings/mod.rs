//! What is wrong with an effective policy as a whole, where no policy alone may be wrong.
//!
//! AWS withholds an invalid effective policy from the account, which silently keeps its last valid
//! one. `ListEffectivePolicyValidationErrors` tells of it afterwards; this tells before.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Rule;
use crate::check::backup::POLICY_TYPE;

use super::accounts::Effective;
use super::organization::PolicyId;

mod backup;
mod rules;

pub use rules::rules;

/// The most combinations of undecided values that are looked at.
const MOST_COMBINATIONS: usize = 64;

/// One thing that is wrong with an effective policy.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The code that AWS reports it with, as far as others have seen it.
    pub aws_code: Option<&'static str>,
    /// Where in the effective policy, as a JSON pointer.
    pub pointer: String,
    /// What was found there: `11 rules`.
    pub found: String,
    /// What is allowed there: `at most 10`.
    pub allowed: String,
    /// The policies that contribute to what was found.
    pub policies: BTreeSet<PolicyId>,
    /// False if it hangs on an order of attachment that is not known.
    pub certain: bool,
}

/// What is wrong with an effective policy, by place in the document.
pub fn findings(effective: &Effective, policy_type: &str) -> Vec<Finding> {
    if policy_type != POLICY_TYPE {
        return Vec::new();
    }
    let (combinations, complete) = effective.combinations(MOST_COMBINATIONS);
    let mut found: BTreeMap<(String, &str, String), (usize, Finding)> = BTreeMap::new();
    for combination in &combinations {
        for finding in backup::findings(effective, combination) {
            let key = (finding.pointer.clone(), finding.rule.code, finding.found.clone());
            let (times, known) = found.entry(key).or_insert_with(|| (0, finding.clone()));
            *times += 1;
            known.policies.extend(finding.policies);
        }
    }
    found
        .into_values()
        .map(|(times, finding)| Finding {
            certain: complete && times == combinations.len(),
            ..finding
        })
        .collect()
}
