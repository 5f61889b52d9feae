//! How long a document may be, by its type: which are refused before AWS is asked, and what else is known.

use std::collections::BTreeMap;

/// Largest Content of a policy, in characters as sent (white space counts over the API).
///
/// Sources: "Quotas and service limits for AWS Organizations", as of 2026-05-15, which raised SCPs
/// from 5,120; the CloudFormation reference of AWS::Organizations::Policy (2026-09) for Inspector,
/// Bedrock and upgrade rollout. That RCPs have 5,120, counted as written, others saw on the service.
/// Whether the Version that AWS adds to an RCP without one counts is not known. Of the types that
/// are not in the table, no limit is known.
const CONTENT_CHARACTERS: [(&str, usize); 11] = [
    ("SERVICE_CONTROL_POLICY", 10_240),
    ("RESOURCE_CONTROL_POLICY", 5_120),
    ("AISERVICES_OPT_OUT_POLICY", 2_500),
    ("BACKUP_POLICY", 10_000),
    ("BEDROCK_POLICY", 10_000),
    ("CHATBOT_POLICY", 10_000),
    ("DECLARATIVE_POLICY_EC2", 10_000),
    ("INSPECTOR_POLICY", 10_000),
    ("SECURITYHUB_POLICY", 10_000),
    ("TAG_POLICY", 10_000),
    ("UPGRADE_ROLLOUT_POLICY", 10_000),
];

/// The types of which a document that is too large is not even sent. Others are left to AWS.
const REFUSED_BEFORE_AWS: [&str; 3] =
    ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "BACKUP_POLICY"];

/// How many policies of a type may be attached directly to one root, OU or account, AWS's own included;
/// and how many an organization may have, without AWS's own.
///
/// Source: "Quotas and service limits for AWS Organizations", as of 2026-05-15. Of the types that are not in the
/// table, or have none, no quota of attachments is known.
const NUMBERS: [(&str, Option<usize>, usize); 8] = [
    ("SERVICE_CONTROL_POLICY", Some(10), 10_000),
    ("RESOURCE_CONTROL_POLICY", Some(5), 1_000),
    ("AISERVICES_OPT_OUT_POLICY", Some(5), 1_000),
    ("BACKUP_POLICY", Some(10), 1_000),
    ("CHATBOT_POLICY", None, 1_000),
    ("DECLARATIVE_POLICY_EC2", None, 1_000),
    ("SECURITYHUB_POLICY", None, 1_000),
    ("TAG_POLICY", Some(10), 1_000),
];

/// How many policies of this type may be attached directly to one root, OU or account, as far as is known.
pub fn most_attached(policy_type: &str) -> Option<usize> {
    NUMBERS.iter().find(|(name, ..)| *name == policy_type)?.1
}

/// How many policies of this type an organization may have, as far as is known.
pub fn most_policies(policy_type: &str) -> Option<usize> {
    Some(NUMBERS.iter().find(|(name, ..)| *name == policy_type)?.2)
}

/// Largest Content of this type, in characters as sent, as far as is known.
pub fn largest_content(policy_type: &str) -> Option<usize> {
    let (_, characters) = CONTENT_CHARACTERS.iter().find(|(name, _)| *name == policy_type)?;
    Some(*characters)
}

/// Quotas have changed under people's feet, so each can be overridden.
#[derive(Clone, Debug)]
pub struct Quotas {
    content_characters: BTreeMap<String, usize>,
}

impl Default for Quotas {
    fn default() -> Self {
        let limits = REFUSED_BEFORE_AWS.into_iter().filter_map(|policy_type| {
            Some((policy_type.to_owned(), largest_content(policy_type)?))
        });
        Self { content_characters: limits.collect() }
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

    /// Largest Content of this type, in characters as sent, for warnings: what is known here, or the override.
    pub fn known(&self, policy_type: &str) -> Option<usize> {
        self.content_characters(policy_type).or_else(|| largest_content(policy_type))
    }

    /// Largest Content of this type, in characters as sent; none where AWS has the only word.
    pub fn content_characters(&self, policy_type: &str) -> Option<usize> {
        self.content_characters.get(policy_type).copied()
    }
}
