//! The table: one item for each finding that was told, and one for each document that was read.
//!
//! A table, not one object: a hold is an item that somebody else writes, an item is written only where it has changed, and
//! a condition on one item keeps two runs apart.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use cfn_org_policy::aws::types::{PolicyDescription, PolicyId};
use org_policy::aws::{Problem, WatchTable};
use org_policy::drift::{Document, Rotation};
use serde::{Deserialize, Serialize};

use crate::heal::memory::{BORN, Items, TO_HEAL, WATCH, stored};
use crate::memory::{Memory, Seconds};
use crate::watch::Store;

/// The kinds, besides those that healing reads: findings, documents, policies that events have named, and who runs.
const TOLD: &str = "told";
const DOCUMENT: &str = "document";
const NAMED: &str = "named";
const RUN: &str = "run";

/// The single value that says where the next look goes on.
const AFTER: &str = "after";

/// A document as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    arn: String,
    name: String,
    policy_type: String,
    description: String,
    content: String,
    read: u64,
}

/// Remembers that events have named these policies.
///
/// # Errors
/// The call that failed.
pub async fn name(table: &WatchTable, policies: &BTreeSet<PolicyId>) -> Result<(), Problem> {
    write(table, NAMED, &BTreeMap::new(), &alone(policies), nothing).await
}

/// Writes what differs.
async fn write<K: Ord + ToString, T: PartialEq>(
    table: &WatchTable,
    kind: &str,
    before: &BTreeMap<K, T>,
    after: &BTreeMap<K, T>,
    value: impl Fn(&T) -> String,
) -> Result<(), Problem> {
    for (key, new) in after.iter().filter(|(key, new)| before.get(*key) != Some(*new)) {
        table.put(kind, &key.to_string(), &value(new)).await?;
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        table.remove(kind, &key.to_string()).await?;
    }
    Ok(())
}

/// Keys without values.
fn alone<K: Clone + Ord>(keys: &BTreeSet<K>) -> BTreeMap<K, ()> {
    keys.iter().map(|key| (key.clone(), ())).collect()
}

fn nothing((): &()) -> String {
    String::new()
}

impl Items for WatchTable {
    async fn all(&self, kind: &str) -> Result<BTreeMap<String, String>, Problem> {
        self.all(kind).await
    }

    async fn put(&self, kind: &str, key: &str, value: &str) -> Result<(), Problem> {
        self.put(kind, key, value).await
    }

    async fn remove(&self, kind: &str, key: &str) -> Result<(), Problem> {
        self.remove(kind, key).await
    }

    async fn begin(&self, what: &str, now: Seconds, until: Seconds) -> Result<bool, Problem> {
        self.claim(RUN, what, now, until).await
    }

    async fn end(&self, what: &str) -> Result<(), Problem> {
        self.remove(RUN, what).await
    }
}

impl Store for WatchTable {
    /// What cannot be read as it was written is left out: then a finding is told once more, and a document read again.
    async fn load(&self) -> Result<Memory, Problem> {
        let told = self.all(TOLD).await?.into_iter();
        let told = told.filter_map(|(key, value)| Some((key, serde_json::from_str(&value).ok()?)));
        let documents = self.all(DOCUMENT).await?.into_iter();
        let documents =
            documents.filter_map(|(key, value)| Some((PolicyId::parse(&key)?, document(&value)?)));
        let rotation = Rotation { documents: documents.collect(), ..Rotation::default() };
        let mut memory = Memory { told: told.collect(), rotation, ..Memory::default() };
        let named = self.all(NAMED).await?;
        memory.named = named.keys().filter_map(|id| PolicyId::parse(id)).collect();
        memory.to_heal = self.all(TO_HEAL).await?.into_keys().collect();
        let watch = self.all(WATCH).await?;
        memory.rotation.after = watch.get(AFTER).and_then(|id| PolicyId::parse(id));
        memory.born = watch.get(BORN).and_then(|born| born.parse().ok());
        Ok(memory)
    }

    /// Findings first: if it ends on the way, documents are read once more.
    async fn save(&self, before: &Memory, after: &Memory) -> Result<(), Problem> {
        write(self, TOLD, &before.told, &after.told, stored).await?;
        write(self, TO_HEAL, &alone(&before.to_heal), &alone(&after.to_heal), nothing).await?;
        write(self, WATCH, &watch(before), &watch(after), String::clone).await?;
        write(self, NAMED, &alone(&before.named), &alone(&after.named), nothing).await?;
        let (before, after) = (&before.rotation.documents, &after.rotation.documents);
        write(self, DOCUMENT, before, after, stored_document).await
    }
}

/// The single values.
fn watch(memory: &Memory) -> BTreeMap<String, String> {
    let after = memory.rotation.after.as_ref().map(|id| (AFTER.to_owned(), id.to_string()));
    let born = memory.born.map(|born| (BORN.to_owned(), born.to_string()));
    after.into_iter().chain(born).collect()
}

fn document(value: &str) -> Option<Document> {
    let Stored { arn, name, policy_type, description, content, read } =
        serde_json::from_str(value).ok()?;
    let description =
        PolicyDescription { arn, name, policy_type, description, content, aws_managed: false };
    Some(Document { description, read: SystemTime::UNIX_EPOCH + Duration::from_secs(read) })
}

fn stored_document(document: &Document) -> String {
    let PolicyDescription { arn, name, policy_type, description, content, .. } =
        document.description.clone();
    let read = document.read.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    stored(&Stored { arn, name, policy_type, description, content, read })
}
