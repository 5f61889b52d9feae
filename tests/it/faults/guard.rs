//! What holds at every moment of every run: a guard is never off, and the policies of other owners do not change.

use std::collections::{BTreeMap, BTreeSet};

use test_world::World;
use test_world::world::AttachmentChange;

/// The targets of each policy.
pub type Attachments = BTreeMap<String, BTreeSet<String>>;

pub fn attachments(world: &World) -> Attachments {
    world.change(|state| {
        let policies = state.policies.iter();
        policies.map(|(id, policy)| (id.clone(), policy.targets.clone())).collect()
    })
}

/// How an event may change the attachments of policies that were there before it. Policies that it creates are not
/// restricted.
pub struct Permission {
    /// The policies whose attachments may change; none if the event creates its policy.
    pub policies: BTreeSet<String>,
    /// The policies must be attached to all of these before they are detached anywhere, and must never be detached from
    /// these. None if the event removes its policy.
    pub wanted: Option<BTreeSet<String>>,
}

impl Permission {
    /// Follows the changes, beginning with the attachments before the event.
    #[track_caller]
    pub fn check(&self, before: &Attachments, history: &[AttachmentChange], case: &str) {
        let mut now = before.clone();
        for change in history {
            let Some(targets) = now.get_mut(&change.policy) else {
                continue;
            };
            assert!(self.policies.contains(&change.policy), "{case}: {change:?}");
            if change.attached {
                targets.insert(change.target.clone());
            } else {
                targets.remove(&change.target);
            }
            if let Some(wanted) = &self.wanted {
                assert_eq!(change.attached, wanted.contains(&change.target), "{case}: {change:?}");
                let complete = change.attached || targets.is_superset(wanted);
                assert!(complete, "{case}: a guard is off: {change:?}, left {targets:?}");
            }
        }
    }
}
