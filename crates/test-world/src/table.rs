//! The table and the topic of a watch, as whoever holds a stack calls them. A [`World`](crate::World) that is told of them
//! answers for them, with the same faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

#[derive(Clone, Debug, Default)]
pub struct State {
    /// The table's name.
    pub name: String,
    /// The values, by kind and key.
    pub items: BTreeMap<(String, String), String>,
    /// What was sent: the topic, the subject, the text.
    pub mails: Vec<(String, String, String)>,
    /// At most so many items in a page; no limit if it is 0.
    pub page_size: usize,
}

/// A table with two keys, and topics. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Table(Arc<Mutex<State>>);

impl Table {
    /// An empty one of this name.
    pub fn new(name: &str) -> Self {
        Self(Arc::new(Mutex::new(State { name: name.to_owned(), ..State::default() })))
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().expect("no test panics here"))
    }

    /// What is answered to this operation; none if it is another service's.
    pub(super) fn answer(
        &self,
        operation: &str,
        fields: &Map<String, Value>,
    ) -> Option<(u16, String)> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        self.change(|state| {
            if operation == "Publish" {
                let mail = (text("TopicArn"), text("Subject"), text("Message"));
                state.mails.push((mail.0.to_owned(), mail.1.to_owned(), mail.2.to_owned()));
                let id = "<PublishResult><MessageId>m</MessageId></PublishResult>";
                return Some((200, format!("<PublishResponse>{id}</PublishResponse>")));
            }
            if !["Query", "PutItem", "DeleteItem"].contains(&operation) {
                return None;
            }
            if text("TableName") != state.name {
                let code = "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException";
                return Some((
                    400,
                    json!({"__type": code, "message": "no such table"}).to_string(),
                ));
            }
            let answer = match operation {
                "PutItem" => {
                    let item = &fields["Item"];
                    state.items.insert(key(item), of(item, "value"));
                    json!({})
                }
                "DeleteItem" => {
                    state.items.remove(&key(&fields["Key"]));
                    json!({})
                }
                _ => state.page(fields),
            };
            Some((200, answer.to_string()))
        })
    }
}

impl State {
    fn page(&self, fields: &Map<String, Value>) -> Value {
        let kind = of(&fields["ExpressionAttributeValues"], ":kind");
        let from = fields.get("ExclusiveStartKey").map(key);
        let all = self.items.iter().filter(|(item, _)| item.0 == kind);
        let rest = all.filter(|(item, _)| from.as_ref().is_none_or(|from| *item > from));
        let size = if self.page_size == 0 { usize::MAX } else { self.page_size };
        let page: Vec<_> = rest.clone().take(size).collect();
        let item = |((kind, key), value): &(&(String, String), &String)| json!({"kind": {"S": kind}, "key": {"S": key}, "value": {"S": value}});
        let mut answer = json!({"Items": page.iter().map(item).collect::<Vec<Value>>()});
        if page.len() < rest.count()
            && let Some(((kind, key), _)) = page.last()
        {
            answer["LastEvaluatedKey"] = json!({"kind": {"S": kind}, "key": {"S": key}});
        }
        answer
    }
}

fn of(item: &Value, name: &str) -> String {
    item[name]["S"].as_str().expect("a text").to_owned()
}

fn key(item: &Value) -> (String, String) {
    (of(item, "kind"), of(item, "key"))
}
