//! One writing call on a policy, as a value that prints itself as the log shows it.

use std::time::Duration;

use super::ownership::DIGEST;
use crate::aws::types::{PolicyChange, PolicyId, Tags};

/// One writing call on a policy that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Set tags.
    Tag(Tags),
    /// Set the tags that make a policy the resource's own, and make sure of them later.
    TakeOver {
        /// The tags.
        tags: Tags,
        /// How much later.
        wait: Duration,
    },
    /// Take tags off.
    Untag(Vec<String>),
    /// Change content, name or description in place.
    Update(PolicyChange),
    /// Attach the policy to a target.
    Attach(String),
    /// Detach it from a target.
    Detach(String),
}

impl Step {
    /// The operation and its object, as log and errors show them; `policy` is a label.
    pub fn describe(&self, policy: &str) -> String {
        match self {
            Self::Tag(tags) => format!("tag {policy} with {}", list(tags)),
            Self::TakeOver { tags, wait } => {
                let tagged = Self::Tag(tags.clone()).describe(policy);
                format!("{tagged}, and make sure of it after {} s", wait.as_secs())
            }
            Self::Untag(keys) => format!("untag {policy} of {}", keys.join(", ")),
            Self::Update(_) => format!("update {policy}"),
            Self::Attach(target) => format!("attach {policy} to {target}"),
            Self::Detach(target) => format!("detach {policy} from {target}"),
        }
    }

    /// The operation and its object, and what the log shows besides.
    pub fn in_full(&self, policy: &str) -> String {
        match self.detail() {
            Some(detail) => format!("{}: {detail}", self.describe(policy)),
            None => self.describe(policy),
        }
    }

    /// The tags that make a policy the resource's own, if the step sets such.
    pub fn taking_over(&mut self) -> Option<&mut Tags> {
        match self {
            Self::TakeOver { tags, .. } => Some(tags),
            _ => None,
        }
    }

    fn detail(&self) -> Option<String> {
        let Self::Update(change) = self else { return None };
        let name = change.name.as_ref().map(|name| format!("name {name:?}"));
        let description = change.description.as_ref().map(|text| format!("description {text:?}"));
        let content = change.content.as_deref().map(size);
        let parts: Vec<String> = [name, description, content].into_iter().flatten().collect();
        Some(parts.join(", "))
    }
}

/// The tags, as the log shows them. A digest tells a reader nothing.
fn list(tags: &Tags) -> String {
    let shown = tags.iter().filter(|(key, _)| *key != DIGEST);
    let shown: Vec<String> = shown.map(|(key, value)| format!("{key}={value}")).collect();
    let digest = tags.contains_key(DIGEST).then(|| "its digest".to_owned());
    let shown = (!shown.is_empty()).then(|| shown.join(", "));
    shown.into_iter().chain(digest).collect::<Vec<String>>().join(" and ")
}

/// The size of a document, as the log shows it.
pub fn size(content: &str) -> String {
    format!("content of {} characters", content.chars().count())
}

/// A policy that is there, as log and errors show it.
pub fn label(name: &str, id: &PolicyId) -> String {
    format!("policy {name:?} ({id})")
}
