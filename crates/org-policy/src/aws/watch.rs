//! The table and the topic of the watch: its items, and what is told. No policy is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, config as dynamodb};
use aws_sdk_sns::config as sns;
use cfn_org_policy::aws::config;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::error::CallError;

use super::{Problem, Session};

/// The attributes of an item: its kind, what it is about, and the rest as a text; or until when it counts.
const KIND: &str = "kind";
const KEY: &str = "key";
const VALUE: &str = "value";
const UNTIL: &str = "until";

/// The table of a watch.
#[derive(Clone, Debug)]
pub struct WatchTable {
    client: Client,
    calls: Arc<CallContext>,
    name: String,
}

impl WatchTable {
    /// With the credentials and the Region of the session.
    pub fn new(session: &Session, name: &str) -> Self {
        let config = config::without_sdk_retries(session.config());
        let config = dynamodb::Builder::from(&config).interceptor(MarkUnsent);
        let client = Client::from_conf(config.build());
        Self { client, calls: session.calls(), name: name.to_owned() }
    }

    /// The values of a kind, by what they are about.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn all(&self, kind: &str) -> Result<BTreeMap<String, String>, Problem> {
        let call = self.client.query().table_name(&self.name).consistent_read(true);
        let call = call.key_condition_expression("#kind = :kind");
        let call = call.expression_attribute_names("#kind", KIND);
        let call = call.expression_attribute_values(":kind", text(kind));
        let (mut found, mut from) = (BTreeMap::new(), None);
        loop {
            let page = call.clone().set_exclusive_start_key(from);
            let page = self.calls.send(|| page.clone().send()).await;
            let page = page.map_err(|error| self.problem("read", "Query", &error))?;
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

    /// Writes an item.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn put(&self, kind: &str, key: &str, value: &str) -> Result<(), Problem> {
        let item = item(kind, key, VALUE, text(value));
        let call = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = self.calls.send(|| call.clone().send()).await;
        put.map(drop).map_err(|error| self.problem("write to", "PutItem", &error))
    }

    /// Writes an item that counts until then, unless there is one that counts now; says whether it was written. Times are
    /// seconds since 1970.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn claim(
        &self,
        kind: &str,
        key: &str,
        now: i64,
        until: i64,
    ) -> Result<bool, Problem> {
        let call = self.client.put_item().table_name(&self.name);
        let call = call.set_item(Some(item(kind, key, UNTIL, number(until))));
        let call = call.condition_expression("attribute_not_exists(#until) OR #until <= :now");
        let call = call.expression_attribute_names("#until", UNTIL);
        let call = call.expression_attribute_values(":now", number(now));
        match self.calls.send(|| call.clone().send()).await {
            Ok(_) => Ok(true),
            Err(error) if error.message.contains("ConditionalCheckFailedException") => Ok(false),
            Err(error) => Err(self.problem("write to", "PutItem", &error)),
        }
    }

    /// Deletes an item. One that is not there is no error.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn remove(&self, kind: &str, key: &str) -> Result<(), Problem> {
        let call = self.client.delete_item().table_name(&self.name);
        let call = call.key(KIND, text(kind)).key(KEY, text(key));
        let deleted = self.calls.send(|| call.clone().send()).await;
        deleted.map(drop).map_err(|error| self.problem("delete from", "DeleteItem", &error))
    }

    fn problem(&self, what: &str, action: &str, error: &CallError) -> Problem {
        let operation = format!("{what} table {}", self.name);
        Problem::of_call(operation, &format!("dynamodb:{action}"), error)
    }
}

/// Sends a mail to everybody who listens to the topic.
///
/// # Errors
/// A call that failed.
pub async fn publish(
    session: &Session,
    topic: &str,
    subject: &str,
    message: &str,
) -> Result<(), Problem> {
    let config = config::without_sdk_retries(session.config());
    let client =
        aws_sdk_sns::Client::from_conf(sns::Builder::from(&config).interceptor(MarkUnsent).build());
    let call = client.publish().topic_arn(topic).subject(subject).message(message);
    let sent = session.calls().send(|| call.clone().send()).await;
    sent.map(drop).map_err(|error| Problem::of_call(format!("tell {topic}"), "sns:Publish", &error))
}

fn item(
    kind: &str,
    key: &str,
    attribute: &str,
    value: AttributeValue,
) -> HashMap<String, AttributeValue> {
    let attributes = [(KIND, text(kind)), (KEY, text(key)), (attribute, value)];
    attributes.map(|(name, value)| (name.to_owned(), value)).into()
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
