//! The tree of organizational units: targets become ids.

use std::collections::{BTreeMap, BTreeSet};

use super::target::Target;
use crate::aws::organizations::Reader;
use crate::aws::types::Named;
use crate::error::Error;

/// The tree of OUs, walked by name. What has been read of it is kept for the next path.
pub struct Tree<'a> {
    organizations: &'a Reader,
    units: BTreeMap<String, Vec<Named>>,
}

impl<'a> Tree<'a> {
    /// Nothing of it is read yet.
    pub fn new(organizations: &'a Reader) -> Self {
        Self { organizations, units: BTreeMap::new() }
    }

    /// The target's id.
    ///
    /// # Errors
    /// A path that leads nowhere or to several OUs, a call that failed.
    pub async fn resolve(&mut self, target: &Target) -> Result<String, Error> {
        match target {
            Target::Id(id) => Ok(id.clone()),
            Target::Root => self.root().await,
            Target::Path(names) => {
                let mut parent = self.root().await?;
                let mut walked = String::new();
                for name in names {
                    let units = self.units_under(&parent).await?;
                    parent = step(&walked, name, units)
                        .map_err(|cause| Error::OuPath { path: target.to_string(), cause })?;
                    walked = format!("{walked}/{name}");
                }
                Ok(parent)
            }
        }
    }

    async fn root(&self) -> Result<String, Error> {
        let root = self.organizations.root_id().await;
        root.map_err(|cause| Error::call("read the root", cause))
    }

    async fn units_under(&mut self, parent: &str) -> Result<&[Named], Error> {
        if !self.units.contains_key(parent) {
            let units = self.organizations.units_under(parent).await;
            let operation = || format!("read the organizational units of {parent}");
            let units = units.map_err(|cause| Error::call(operation(), cause))?;
            self.units.insert(parent.to_owned(), units);
        }
        Ok(self.units.get(parent).map(Vec::as_slice).unwrap_or_default())
    }

    /// The ids of former targets, and the paths among them that lead nowhere any more.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn resolve_those_there(
        &mut self,
        targets: impl IntoIterator<Item = &Target>,
    ) -> Result<(BTreeSet<String>, Vec<String>), Error> {
        let (mut ids, mut lost) = (BTreeSet::new(), Vec::new());
        for target in targets {
            match self.resolve(target).await {
                Ok(id) => {
                    ids.insert(id);
                }
                Err(Error::OuPath { path, .. }) => lost.push(path),
                Err(error) => return Err(error),
            }
        }
        Ok((ids, lost))
    }
}

/// The id of the one OU of this name among `units`, the children of the OU at `walked`.
fn step(walked: &str, name: &str, units: &[Named]) -> Result<String, String> {
    let parent = if walked.is_empty() { "the root" } else { walked };
    let same: Vec<&Named> = units.iter().filter(|unit| unit.name == name).collect();
    match same.as_slice() {
        [unit] => Ok(unit.id.clone()),
        [] if units.is_empty() => Err(format!("{parent} holds no organizational units")),
        [] => {
            let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
            Err(format!(
                "{parent} holds no organizational unit {name:?}, but {} (names are case-sensitive)",
                names.join(", ")
            ))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|unit| unit.id.as_str()).collect();
            Err(format!(
                "{parent} holds several organizational units {name:?}: name one by its id ({})",
                ids.join(", ")
            ))
        }
    }
}
