//! Attachments: what is true, what the lists show of it, and what was.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::state::{Policy, State};

/// An AttachPolicy or DetachPolicy that took effect.
#[derive(Clone, Debug, PartialEq)]
pub struct AttachmentChange {
    pub policy: String,
    pub name: String,
    pub policy_type: String,
    pub target: String,
    /// False: detached.
    pub attached: bool,
    pub at: Instant,
}

/// A change of an attachment that the lists may not show yet.
#[derive(Clone, Debug)]
pub(super) struct Unsettled {
    target: String,
    at: Instant,
}

impl State {
    /// The policies of the type that are attached to the target.
    pub(super) fn attached_to<'a>(
        &'a self,
        target: &'a str,
        policy_type: &'a str,
    ) -> impl Iterator<Item = (&'a String, &'a Policy)> {
        self.policies.iter().filter(move |(_, policy)| {
            policy.policy_type == policy_type && policy.targets.contains(target)
        })
    }

    /// What AttachPolicy and DetachPolicy do: others' changes through [`State::attach`] and
    /// [`State::detach`] show at once and are no part of the history.
    pub(super) fn change_attachment(&mut self, id: &str, target: &str, attached: bool) {
        let at = Instant::now();
        let policy = self.policy(id);
        if attached {
            policy.targets.insert(target.to_owned());
        } else {
            policy.targets.remove(target);
        }
        if policy.targets.is_empty() {
            policy.last_detached = Some(at);
        }
        policy.last_changed = Some(at);
        policy.unsettled.push(Unsettled { target: target.to_owned(), at });
        let change = AttachmentChange {
            policy: id.to_owned(),
            name: policy.name.clone(),
            policy_type: policy.policy_type.clone(),
            target: target.to_owned(),
            attached,
            at,
        };
        self.history.push(change);
    }

    /// The targets as the lists show them: as they were `attachment_lag` ago.
    pub(super) fn shown_targets(&self, policy: &Policy) -> BTreeSet<String> {
        let mut shown = policy.targets.clone();
        let now = Instant::now();
        let unseen = policy.unsettled.iter().filter(|change| change.at + self.attachment_lag > now);
        // Each change turns what was there into its opposite, so undoing it does the same.
        for Unsettled { target, .. } in unseen {
            if !shown.remove(target) {
                shown.insert(target.clone());
            }
        }
        shown
    }
}

impl Policy {
    /// Nobody is left in doubt about the attachment to the target.
    pub(super) fn settle(&mut self, target: &str) {
        self.unsettled.retain(|change| change.target != target);
    }
}
