//! What a look knows from earlier ones, and what it reads first: AWS lets policies be read slowly.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use cfn_org_policy::aws::types::{PolicyDescription, PolicyId};
use tokio::time::Instant;

/// What is kept from one look to the next, so that looks that are too short for everything get round.
#[derive(Clone, Debug, Default)]
pub struct Rotation {
    /// The documents that were read.
    pub documents: BTreeMap<PolicyId, Document>,
    /// The policies that are read before all others.
    pub first: BTreeSet<PolicyId>,
    /// The last policy whose tags and targets were read, where the look before did not come to the end.
    pub after: Option<PolicyId>,
    /// No reading begins after this; without it, everything is read.
    pub until: Option<Instant>,
}

/// A document that was read. Name and description come along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What DescribePolicy has said.
    pub description: PolicyDescription,
    /// When.
    pub read: SystemTime,
}

impl Rotation {
    /// The order in which the documents of these policies are read: those that are first, those that are not known, the
    /// oldest.
    pub fn documents_in_order(&self, ids: &BTreeSet<PolicyId>) -> Vec<PolicyId> {
        let mut order: Vec<PolicyId> = ids.iter().cloned().collect();
        order.sort_by_key(|id| {
            let read = self.documents.get(id).map(|document| document.read);
            (!self.first.contains(id), read)
        });
        order
    }

    /// The order in which the tags and targets of these policies are read: those that are first, then on from where the
    /// look before has ended.
    pub fn policies_in_order(&self, ids: &BTreeSet<PolicyId>) -> Vec<PolicyId> {
        let is_due = |id: &&PolicyId| self.after.as_ref().is_none_or(|after| *id > after);
        let first = ids.intersection(&self.first);
        let then = ids.difference(&self.first).filter(is_due);
        first.chain(then).cloned().collect()
    }

    /// Remembers where the next look goes on: behind the last of the order that was read, or at the beginning.
    pub fn go_on_behind(&mut self, order: &[PolicyId], is_read: impl Fn(&PolicyId) -> bool) {
        let read = order.iter().take_while(|id| is_read(id));
        let last = read.filter(|id| !self.first.contains(*id)).last();
        self.after = match order.iter().all(&is_read) {
            true => None,
            false => last.cloned().or(self.after.take()),
        };
    }

    /// Forgets the documents for which this does not hold.
    pub fn keep(&mut self, holds: impl Fn(&PolicyId, &Document) -> bool) {
        self.documents.retain(|id, document| holds(id, document));
    }

    /// Whether no time is left to begin another reading.
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}
