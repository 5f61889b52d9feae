//! A CloudFormation that answers what a test has put there, for whoever reads stacks. It has no way in of its own: a
//! [`World`](crate::World) that is told of it answers for it, too, with the same faults on demand.

pub mod change_sets;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use self::change_sets::ChangeSets;

/// What is answered here.
const OPERATIONS: [&str; 9] = [
    "CreateChangeSet",
    "DeleteChangeSet",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetTemplate",
    "ListExports",
    "ListStackResources",
];

/// A stack, as a test has put it there.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub id: String,
    pub status: String,
    /// When it was last deployed; empty for some time ago.
    pub since: String,
    pub parameters: Vec<(String, String)>,
    pub template: String,
    /// As it was sent; the same, if this is empty.
    pub original: String,
    pub resources: Vec<Resource>,
    /// The ARN of the outermost stack, if it is a nested one.
    pub root: String,
    /// Capabilities, tags, topics and the like, as DescribeStacks shows them.
    pub more: Value,
    /// The first one first.
    pub events: Vec<Value>,
}

/// A resource of a stack.
#[derive(Clone, Debug)]
pub struct Resource {
    pub logical_id: String,
    pub resource_type: String,
    pub physical_id: String,
    /// CREATE_COMPLETE, say.
    pub status: String,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    /// By name.
    pub stacks: BTreeMap<String, Stack>,
    pub exports: BTreeMap<String, String>,
    /// What the stacks are after the next answers about one of them, the last first.
    pub next_stacks: Vec<BTreeMap<String, Stack>>,
    pub change_sets: ChangeSets,
    /// The operation that is refused, and the code of the refusal.
    pub refused: Option<(String, String)>,
    /// The words of the refusal; if this is empty, that it may not be called.
    pub words: String,
    /// The operations that were called.
    pub calls: Vec<String>,
    /// At most so many entries in a page; no limit if it is 0.
    pub page_size: usize,
}

/// CloudFormation. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct CloudFormation(Arc<Mutex<State>>);

impl CloudFormation {
    /// Another one, in the state this one is in now. Its calls begin anew.
    pub fn copy(&self) -> Self {
        let state = self.change(|state| State { calls: Vec::new(), ..state.clone() });
        Self(Arc::new(Mutex::new(state)))
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().expect("no test panics here"))
    }

    /// What is answered to this operation with these fields: a status and a body. None if it is none of CloudFormation's
    /// that are answered here.
    pub(super) fn answer(
        &self,
        operation: &str,
        fields: &Map<String, Value>,
    ) -> Option<(u16, String)> {
        if !OPERATIONS.contains(&operation) {
            return None;
        }
        let fields = fields.iter();
        let form: BTreeMap<String, String> = fields
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        Some(self.change(|state| {
            state.calls.push(operation.to_owned());
            if let Some((refused, code)) = &state.refused
                && refused == operation
            {
                if state.change_sets.turns_to_executing {
                    state.change_sets.executed.push(form.clone());
                    for stack in state.stacks.values_mut() {
                        stack.status = "UPDATE_IN_PROGRESS".to_owned();
                        stack.since = "2026-11-28T10:00:00Z".to_owned();
                    }
                }
                return match state.words.as_str() {
                    "" => error(code, &format!("may not call cloudformation:{operation}")),
                    words => error(code, words),
                };
            }
            if operation == "DescribeChangeSet" {
                return state.change_sets.description(&form);
            }
            let page =
                Page { size: state.page_size, begin: field("NextToken").parse().unwrap_or(0) };
            if operation == "ListExports" {
                let exports = state.exports.iter();
                let exports = exports.map(|(name, value)| {
                    format!("<Name>{name}</Name><Value>{}</Value>", escaped(value))
                });
                return answered(operation, &page.of("Exports", exports.collect()));
            }
            if operation == "DescribeStacks" && !form.contains_key("StackName") {
                let stacks = state.stacks.iter();
                let stacks = stacks.map(|(name, stack)| description(name, stack)).collect();
                return answered(operation, &page.of("Stacks", stacks));
            }
            let asked = field("StackName");
            let found =
                state.stacks.iter_mut().find(|(name, stack)| *name == asked || stack.id == *asked);
            let Some((name, stack)) = found else {
                return error("ValidationError", &format!("Stack with id {asked} does not exist"));
            };
            let result = match operation {
                "DescribeStacks" => {
                    let described = description(name, stack);
                    if let Some(next) = state.next_stacks.pop() {
                        state.stacks = next;
                    }
                    format!("<Stacks><member>{described}</member></Stacks>")
                }
                "ListStackResources" => {
                    let resources = stack.resources.iter().map(summary).collect();
                    page.of("StackResourceSummaries", resources)
                }
                "DescribeStackEvents" => {
                    let newest_first: Value = stack.events.iter().rev().cloned().collect();
                    xml(&json!({"StackEvents": newest_first}))
                }
                "CreateChangeSet" => return state.change_sets.made(&stack.id, &form),
                "DeleteChangeSet" => return state.change_sets.deleted(&form),
                "ExecuteChangeSet" => {
                    // A repeated call is known by its token (API reference, ExecuteChangeSet).
                    if state.change_sets.is_executed(&form) {
                        return answered(operation, "");
                    }
                    stack.status = "UPDATE_IN_PROGRESS".to_owned();
                    stack.since = "2026-11-28T10:00:00Z".to_owned();
                    return state.change_sets.executed(&form);
                }
                "GetTemplate" => {
                    let is_original = field("TemplateStage") == "Original";
                    let body = match stack.original.as_str() {
                        original if is_original && !original.is_empty() => escaped(original),
                        _ => escaped(&stack.template),
                    };
                    format!("<TemplateBody>{body}</TemplateBody>")
                }
                other => panic!("{other}"),
            };
            answered(operation, &result)
        }))
    }
}

/// One page of a listing.
struct Page {
    /// No limit if it is 0.
    size: usize,
    begin: usize,
}

impl Page {
    fn of(&self, list: &str, members: Vec<String>) -> String {
        let size = if self.size == 0 { members.len() } else { self.size };
        let end = (self.begin + size).min(members.len());
        let shown = members[self.begin..end].iter();
        let shown: String = shown.map(|member| format!("<member>{member}</member>")).collect();
        let token = match end < members.len() {
            true => format!("<NextToken>{end}</NextToken>"),
            false => String::new(),
        };
        format!("<{list}>{shown}</{list}>{token}")
    }
}

fn description(name: &str, stack: &Stack) -> String {
    let Stack { id, status, parameters, since, root, more, .. } = stack;
    let since = if since.is_empty() { "2026-11-22T00:00:00Z" } else { since };
    let parameter = |(key, value): &(String, String)| {
        format!(
            "<member><ParameterKey>{key}</ParameterKey><ParameterValue>{}</ParameterValue></member>",
            escaped(value)
        )
    };
    let parameters: String = parameters.iter().map(parameter).collect();
    format!(
        "<StackId>{id}</StackId><StackName>{name}</StackName>\
         <CreationTime>{since}</CreationTime><StackStatus>{status}</StackStatus>\
         <Parameters>{parameters}</Parameters>{}{}",
        element("RootId", root),
        xml(more),
    )
}

fn element(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<{name}>{}</{name}>", escaped(text)) }
}

/// A value in the shape of AWS's JSON, as the XML that the service really answers with.
pub fn xml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => escaped(text),
        Value::Array(items) => {
            items.iter().map(|item| format!("<member>{}</member>", xml(item))).collect()
        }
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("<{name}>{}</{name}>", xml(value)))
            .collect(),
        other => other.to_string(),
    }
}

fn summary(resource: &Resource) -> String {
    let Resource { logical_id, resource_type, physical_id, status } = resource;
    format!(
        "<LogicalResourceId>{logical_id}</LogicalResourceId>\
         <PhysicalResourceId>{physical_id}</PhysicalResourceId>\
         <ResourceType>{resource_type}</ResourceType>\
         <ResourceStatus>{status}</ResourceStatus>\
         <LastUpdatedTimestamp>2026-11-22T00:00:00Z</LastUpdatedTimestamp>"
    )
}

pub fn answered(operation: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

pub fn error(code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (400, body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
