//! The table: one item for each finding that was told, and one for each document that was read.
//!
//! A table, not one object: a hold is an item that somebody else writes, an item is written only where it has changed, and
//! a condition on one item keeps two runs apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use cfn_org_policy::aws::types::{PolicyDescription, PolicyId};
use org_policy::aws::Problem;
use org_policy::drift::{Document, Rotation};
use serde::{Deserialize, Serialize};

use crate::heal::memory::Items;
use crate::memory::{Memory, Seconds};
use crate::watch::Store;

/// The table's keys: the kind of an item, and what it is about.
const KIND: &str = "kind";
const KEY: &str = "key";
const VALUE: &str = "value";
const UNTIL: &str = "until";

/// The kinds: findings, documents, policies that events have named, stacks to heal, single values, and who runs.
const TOLD: &str = "told";
const DOCUMENT: &str = "document";
const NAMED: &str = "named";
const TO_HEAL: &str = "to_heal";
const WATCH: &str = "watch";
const RUN: &str = "run";

/// The single values: where the next look goes on, and since when there is a memory.
const AFTER: &str = "after";
const BORN: &str = "born";

/// A table of Amazon DynamoDB.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

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

impl Table {
    /// The table of this name.
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self { client: Client::new(config), name }
    }

    /// Begins a run, if none is under way; one that has not ended by itself is over at `until`.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn begin_run(&self, now: Seconds, until: Seconds) -> Result<bool, Problem> {
        self.begin_run_of(RUN, now, until).await
    }

    async fn begin_run_of(
        &self,
        what: &str,
        now: Seconds,
        until: Seconds,
    ) -> Result<bool, Problem> {
        let call = self.client.put_item().table_name(&self.name);
        let call = call.set_item(Some(item(RUN, what, &[(UNTIL, number(until))])));
        let call = call.condition_expression("attribute_not_exists(#until) OR #until <= :now");
        let call = call.expression_attribute_names("#until", UNTIL);
        match call.expression_attribute_values(":now", number(now)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(self.problem("begin a run in", error)),
        }
    }

    /// Ends the run.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn end_run(&self) -> Result<(), Problem> {
        self.delete(RUN, RUN).await
    }

    /// Remembers that events have named these policies.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn name(&self, policies: &BTreeSet<PolicyId>) -> Result<(), Problem> {
        let named = policies.iter().map(|id| (id.to_string(), ())).collect();
        self.write(NAMED, &BTreeMap::new(), &named, |()| String::new()).await
    }

    async fn keys(&self, kind: &str) -> Result<BTreeSet<String>, Problem> {
        Ok(self.values(kind).await?.into_keys().collect())
    }

    async fn values(&self, kind: &str) -> Result<BTreeMap<String, String>, Problem> {
        let mut found = BTreeMap::new();
        let mut from = None;
        loop {
            let call = self.client.query().table_name(&self.name).consistent_read(true);
            let call = call.key_condition_expression("#kind = :kind");
            let call = call.expression_attribute_names("#kind", KIND);
            let call = call.expression_attribute_values(":kind", text(kind));
            let page = call.set_exclusive_start_key(from).send().await;
            let page = page.map_err(|error| self.problem("read", error))?;
            found.extend(page.items.unwrap_or_default().into_iter().filter_map(|mut item| {
                let mut take = |name| match item.remove(name) {
                    Some(AttributeValue::S(text)) => Some(text),
                    _ => None,
                };
                Some((take(KEY)?, take(VALUE)?))
            }));
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// Writes what differs.
    async fn write<T: PartialEq>(
        &self,
        kind: &str,
        before: &BTreeMap<String, T>,
        after: &BTreeMap<String, T>,
        value: impl Fn(&T) -> String,
    ) -> Result<(), Problem> {
        for (key, new) in after.iter().filter(|(key, new)| before.get(*key) != Some(*new)) {
            let call = self.client.put_item().table_name(&self.name);
            let call = call.set_item(Some(item(kind, key, &[(VALUE, text(&value(new)))])));
            call.send().await.map_err(|error| self.problem("write", error))?;
        }
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.delete(kind, key).await?;
        }
        Ok(())
    }

    async fn delete(&self, kind: &str, key: &str) -> Result<(), Problem> {
        let call = self.client.delete_item().table_name(&self.name);
        let call = call.key(KIND, text(kind)).key(KEY, text(key));
        call.send().await.map(drop).map_err(|error| self.problem("delete from", error))
    }

    fn problem<E>(&self, what: &str, error: SdkError<E>) -> Problem
    where
        E: std::error::Error + 'static,
    {
        Problem {
            operation: format!("{what} table {}", self.name),
            cause: DisplayErrorContext(error).to_string(),
        }
    }
}

impl Items for Table {
    async fn all(&self, kind: &str) -> Result<BTreeMap<String, String>, Problem> {
        self.values(kind).await
    }

    async fn put(&self, kind: &str, key: &str, value: &str) -> Result<(), Problem> {
        let values = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        self.write(kind, &BTreeMap::new(), &values, String::clone).await
    }

    async fn remove(&self, kind: &str, key: &str) -> Result<(), Problem> {
        self.delete(kind, key).await
    }

    async fn begin(&self, what: &str, now: Seconds, until: Seconds) -> Result<bool, Problem> {
        self.begin_run_of(what, now, until).await
    }

    async fn end(&self, what: &str) -> Result<(), Problem> {
        self.delete(RUN, what).await
    }
}

impl Store for Table {
    /// What cannot be read as it was written is left out: then a finding is told once more, and a document read again.
    async fn load(&self) -> Result<Memory, Problem> {
        let told = self.values(TOLD).await?.into_iter();
        let told = told.filter_map(|(key, value)| Some((key, serde_json::from_str(&value).ok()?)));
        let documents = self.values(DOCUMENT).await?.into_iter();
        let documents =
            documents.filter_map(|(key, value)| Some((PolicyId::parse(&key)?, document(&value)?)));
        let rotation = Rotation { documents: documents.collect(), ..Rotation::default() };
        let mut memory = Memory { told: told.collect(), rotation, ..Memory::default() };
        memory.named =
            self.keys(NAMED).await?.iter().filter_map(|id| PolicyId::parse(id)).collect();
        memory.to_heal = self.keys(TO_HEAL).await?;
        let watch = self.values(WATCH).await?;
        memory.rotation.after = watch.get(AFTER).and_then(|id| PolicyId::parse(id));
        memory.born = watch.get(BORN).and_then(|born| born.parse().ok());
        Ok(memory)
    }

    /// Findings first: if it ends on the way, documents are read once more.
    async fn save(&self, before: &Memory, after: &Memory) -> Result<(), Problem> {
        self.write(TOLD, &before.told, &after.told, json).await?;
        let keys = |keys: &BTreeSet<String>| keys.iter().map(|key| (key.clone(), ())).collect();
        self.write(TO_HEAL, &keys(&before.to_heal), &keys(&after.to_heal), |()| String::new())
            .await?;
        self.write(WATCH, &watch(before), &watch(after), String::clone).await?;
        let named = |memory: &Memory| memory.named.iter().map(|id| (id.to_string(), ())).collect();
        self.write(NAMED, &named(before), &named(after), |()| String::new()).await?;
        self.write(DOCUMENT, &documents(before), &documents(after), stored).await
    }
}

fn documents(memory: &Memory) -> BTreeMap<String, Document> {
    let known = memory.rotation.documents.iter();
    known.map(|(id, document)| (id.to_string(), document.clone())).collect()
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

fn stored(document: &Document) -> String {
    let PolicyDescription { arn, name, policy_type, description, content, .. } =
        document.description.clone();
    let read = document.read.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    json(&Stored { arn, name, policy_type, description, content, read })
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn item(kind: &str, key: &str, more: &[(&str, AttributeValue)]) -> HashMap<String, AttributeValue> {
    let keys = [(KIND, text(kind)), (KEY, text(key))];
    let all = keys.iter().chain(more);
    all.map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: Seconds) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
