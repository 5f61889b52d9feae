//! What holds at every instant of every run: a guard is never off, and what is others' is theirs.

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

/// What an event may do to the attachments of policies that were there before its story began.
/// With those that it makes itself it does as it likes.
pub struct Permission {
    /// Only theirs change; none for an event that makes its policy.
    pub policies: BTreeSet<String>,
    /// They come onto all of these before they go off any other, and off these they never go. None
    /// for an event that takes its policy away.
    pub wanted: Option<BTreeSet<String>>,
}

impl Permission {
    /// Follows the changes from what was there.
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
