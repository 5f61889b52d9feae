//! The table: one item for each finding that was told, and one for each document that was read.
//!
//! A table, not one object: a hold is an item that somebody else writes, an item is written only where it has changed, and
//! a condition on one item keeps two runs apart.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use cfn_org_policy::aws::types::{PolicyDescription, PolicyId};
use org_policy::aws::Problem;
use org_policy::drift::Content;
use serde::{Deserialize, Serialize};

use crate::memory::{Seconds, Told};
use crate::watch::{Kept, Store};

/// The table's keys: the kind of an item, and what it is about.
const KIND: &str = "kind";
const KEY: &str = "key";
const VALUE: &str = "value";
const UNTIL: &str = "until";

const TOLD: &str = "told";
const CONTENT: &str = "content";
const RUN: &str = "run";

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
        let call = self.client.put_item().table_name(&self.name);
        let call = call.set_item(Some(item(RUN, RUN, &[(UNTIL, number(until))])));
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

impl Store for Table {
    /// What cannot be read as it was written is left out: then a finding is told once more, and a document read again.
    async fn load(&self) -> Result<Kept, Problem> {
        let told = self.values(TOLD).await?.into_iter();
        let memory =
            told.filter_map(|(key, value)| Some((key, serde_json::from_str::<Told>(&value).ok()?)));
        let mut kept = Kept { memory: memory.collect(), ..Kept::default() };
        let contents = self.values(CONTENT).await?.into_iter();
        kept.contents.known = contents
            .filter_map(|(key, value)| Some((PolicyId::parse(&key)?, content(&value)?)))
            .collect();
        Ok(kept)
    }

    async fn save(&self, before: &Kept, after: &Kept) -> Result<(), Problem> {
        let json = |told: &Told| serde_json::to_string(told).unwrap_or_default();
        self.write(TOLD, &before.memory, &after.memory, json).await?;
        let by_text = |kept: &Kept| -> BTreeMap<String, Content> {
            let known = kept.contents.known.iter();
            known.map(|(id, content)| (id.to_string(), content.clone())).collect()
        };
        self.write(CONTENT, &by_text(before), &by_text(after), stored).await
    }
}

fn content(value: &str) -> Option<Content> {
    let Stored { arn, name, policy_type, description, content, read } =
        serde_json::from_str(value).ok()?;
    let description =
        PolicyDescription { arn, name, policy_type, description, content, aws_managed: false };
    Some(Content { description, read: SystemTime::UNIX_EPOCH + Duration::from_secs(read) })
}

fn stored(content: &Content) -> String {
    let PolicyDescription { arn, name, policy_type, description, content: document, .. } =
        content.description.clone();
    let read = content.read.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let stored = Stored { arn, name, policy_type, description, content: document, read };
    serde_json::to_string(&stored).unwrap_or_default()
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
