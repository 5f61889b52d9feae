//! The digest of a policy: what the function has applied, short enough for a tag. It is there for
//! whoever looks for drift without knowing what was declared. No decision of the function hangs on it.
//!
//! Its four parts are told apart, so that a part that is not known leaves the others to be compared.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use policy_document::document::normal_form;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The form of the tag's value. Another form gets another word, so that it is never taken for drift.
const FORM: &str = "v1";
/// Half of SHA-256: a tag's value has room for 256 characters, and 128 bits are not hit by accident.
const HASH_BYTES: usize = 16;

/// What was applied to a policy, each part as its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Of the name.
    pub name: Hash,
    /// Of the description.
    pub description: Hash,
    /// Of the type, and of the content in its normal form.
    pub content: Hash,
    /// Of the ids of the declared targets.
    pub targets: Hash,
}

/// The hash of one part, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash(String);

impl Digest {
    /// Reads the value of the tag; none if it has another form.
    pub fn read(value: &str) -> Option<Self> {
        let mut parts = value.split(':');
        if parts.next() != Some(FORM) {
            return None;
        }
        let mut hash = || parts.next().and_then(Hash::read);
        let (name, description, content, targets) = (hash()?, hash()?, hash()?, hash()?);
        parts.next().is_none().then_some(Self { name, description, content, targets })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, description, content, targets } = self;
        write!(f, "{FORM}:{}:{}:{}:{}", name.0, description.0, content.0, targets.0)
    }
}

impl Hash {
    /// Of a name.
    pub fn of_name(name: &str) -> Self {
        Self::of(&json!(["name", name]))
    }

    /// Of a description.
    pub fn of_description(description: &str) -> Self {
        Self::of(&json!(["description", description]))
    }

    /// Of a document: the same for all documents of this type that mean the same.
    pub fn of_content(policy_type: &str, content: &Value) -> Self {
        Self::of(&json!(["content", policy_type, normal_form(policy_type, content)]))
    }

    /// Of targets, by their ids.
    pub fn of_targets(ids: &BTreeSet<String>) -> Self {
        Self::of(&json!(["targets", ids]))
    }

    /// As JSON no two parts are the same text.
    fn of(part: &Value) -> Self {
        let hash = Sha256::digest(part.to_string());
        let mut digits = String::new();
        for byte in hash.iter().take(HASH_BYTES) {
            // Writing to a String cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Self(digits)
    }

    fn read(digits: &str) -> Option<Self> {
        let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        let is_hash = digits.len() == 2 * HASH_BYTES && digits.chars().all(is_digit);
        is_hash.then(|| Self(digits.to_owned()))
    }
}
