//! All accounts at a glance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::accounts::{Accounts, Effective};
use super::findings::{Finding, findings};
use super::organization::PlaceId;
use super::setting::{Meaning, Path, When};

/// Accounts with the same effective policy, wherever its values came from.
#[derive(Clone, Debug)]
pub struct Group {
    /// The accounts.
    pub accounts: Vec<PlaceId>,
    /// The effective policy of the first of them.
    pub effective: Arc<Effective>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// All accounts.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The accounts, in groups of those alike, the largest first.
    pub groups: Vec<Group>,
    /// How many accounts have a setting that hangs on an order of attachment that is not known.
    pub undecided: usize,
}

impl Summary {
    /// The accounts without any effective policy.
    pub fn without(&self) -> impl Iterator<Item = PlaceId> {
        let empty = self.groups.iter().filter(|group| group.effective.is_empty());
        empty.flat_map(|group| group.accounts.iter().copied())
    }
}

/// What makes two effective policies alike: the values that each setting may have, and what decides.
type Alike<'a> = Vec<(Path, BTreeSet<(Meaning<'a>, Option<&'a When>)>)>;

/// Puts the accounts into groups of those alike.
pub fn summary(accounts: &Accounts, policy_type: &str) -> Summary {
    // Most accounts share their effective policy with others: each is looked at once.
    let mut shared: BTreeMap<*const Effective, (&Arc<Effective>, Vec<PlaceId>)> = BTreeMap::new();
    for (account, effective) in accounts.iter() {
        let entry = shared.entry(Arc::as_ptr(effective)).or_insert((effective, Vec::new()));
        entry.1.push(account);
    }
    let mut shared: Vec<_> = shared.into_values().collect();
    shared.sort_by(|(_, one), (_, other)| one.cmp(other));
    let mut groups: BTreeMap<Alike, (&Arc<Effective>, Vec<PlaceId>)> = BTreeMap::new();
    for (effective, accounts) in shared {
        groups.entry(alike(effective)).or_insert((effective, Vec::new())).1.extend(accounts);
    }
    let mut groups: Vec<Group> = groups
        .into_values()
        .map(|(effective, mut accounts)| {
            accounts.sort();
            let findings = findings(effective, policy_type);
            Group { accounts, effective: Arc::clone(effective), findings }
        })
        .collect();
    groups.sort_by_key(|group| {
        (std::cmp::Reverse(group.accounts.len()), group.accounts.first().copied())
    });
    let undecided = groups.iter().filter(|group| group.effective.undecided() > 0);
    let undecided = undecided.map(|group| group.accounts.len()).sum();
    Summary { groups, undecided }
}

fn alike(effective: &Effective) -> Alike<'_> {
    let path = |path: &Path| if effective.folds_keys { path.folded() } else { path.clone() };
    let settings = effective.settings.iter();
    settings
        .map(|setting| {
            let candidates = setting.candidates.iter();
            let candidates =
                candidates.map(|candidate| (candidate.value.meaning(), candidate.when.as_ref()));
            (path(&setting.path), candidates.collect())
        })
        .collect()
}
