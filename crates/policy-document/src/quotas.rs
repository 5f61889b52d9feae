//! The quotas we check before AWS does, in one table.

use std::collections::BTreeMap;

/// Largest Content of a policy, in characters as sent (white space counts over the API).
///
/// Source: "Quotas and service limits for AWS Organizations", as of 2026-05-15, which raised SCPs
/// from 5,120. That RCPs have 5,120, counted as written, others saw on the service. Whether the
/// Version that AWS adds to an RCP without one counts is not known. Types that are not in the table
/// are left to AWS.
const CONTENT_CHARACTERS: [(&str, usize); 3] = [
    ("SERVICE_CONTROL_POLICY", 10_240),
    ("RESOURCE_CONTROL_POLICY", 5_120),
    ("BACKUP_POLICY", 10_000),
];

/// Quotas have changed under people's feet, so each can be overridden.
#[derive(Clone, Debug)]
pub struct Quotas {
    content_characters: BTreeMap<String, usize>,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            content_characters: CONTENT_CHARACTERS
                .map(|(policy_type, limit)| (policy_type.to_owned(), limit))
                .into(),
        }
    }
}

impl Quotas {
    /// The table with `overrides` on top, written `TYPE=characters` and separated by commas (the
    /// environment variable `POLICY_CONTENT_LIMITS`).
    ///
    /// # Errors
    /// The entry that cannot be read.
    pub fn with_overrides(overrides: &str) -> Result<Self, String> {
        let mut quotas = Self::default();
        for entry in overrides.split(',').map(str::trim).filter(|e| !e.is_empty()) {
            let (policy_type, limit) = entry
                .split_once('=')
                .and_then(|(t, limit)| Some((t.trim(), limit.trim().parse().ok()?)))
                .ok_or_else(|| format!("{entry:?} is not TYPE=characters"))?;
            quotas.content_characters.insert(policy_type.to_owned(), limit);
        }
        Ok(quotas)
    }

    /// Largest Content of this type, in characters as sent; none where AWS has the only word.
    pub fn content_characters(&self, policy_type: &str) -> Option<usize> {
        self.content_characters.get(policy_type).copied()
    }
}
