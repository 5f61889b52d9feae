//! The difference between two effective policies, by what they mean.

use std::collections::BTreeMap;

use super::accounts::Effective;
use super::setting::{Path, Setting};

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its keys.
    pub path: Path,
    /// What it was; none if it was not set.
    pub old: Option<Setting>,
    /// What it is; none if it is not set.
    pub new: Option<Setting>,
}

/// The settings that two effective policies do not have in common. Where a value came from, the
/// order of a list, and case where it does not count are no difference.
pub fn differences(old: &Effective, new: &Effective) -> Vec<Change> {
    let folds = old.folds_keys && new.folds_keys;
    let (old, new) = (by_path(old, folds), by_path(new, folds));
    let paths = old.keys().chain(new.keys().filter(|path| !old.contains_key(*path)));
    let mut changes: Vec<Change> = paths
        .filter_map(|path| {
            let (old, new) = (old.get(path), new.get(path));
            if old.map(|setting| setting.meanings()) == new.map(|setting| setting.meanings()) {
                return None;
            }
            let shown = new.or(old).map(|setting| setting.path.clone()).unwrap_or_default();
            Some(Change { path: shown, old: old.copied().cloned(), new: new.copied().cloned() })
        })
        .collect();
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn by_path(effective: &Effective, folds: bool) -> BTreeMap<Path, &Setting> {
    let path = |setting: &Setting| {
        if folds { setting.path.folded() } else { setting.path.clone() }
    };
    effective.settings.iter().map(|setting| (path(setting), setting)).collect()
}
