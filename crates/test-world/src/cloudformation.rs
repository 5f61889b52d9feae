//! A CloudFormation that answers what a test has put there, for whoever reads stacks. It has no way in of its own: a
//! [`World`](crate::World) that is told of it answers for it, too, with the same faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

/// What is answered here.
const OPERATIONS: [&str; 4] =
    ["DescribeStacks", "GetTemplate", "ListExports", "ListStackResources"];

/// A stack, as a test has put it there.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub id: String,
    pub status: String,
    /// When it was last deployed; empty for some time ago.
    pub since: String,
    pub parameters: Vec<(String, String)>,
    pub template: String,
    pub resources: Vec<Resource>,
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
    /// The operation that is refused, and the code of the refusal.
    pub refused: Option<(String, String)>,
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
        let field = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(self.change(|state| {
            state.calls.push(operation.to_owned());
            if let Some((refused, code)) = &state.refused
                && refused == operation
            {
                return error(code, &format!("may not call cloudformation:{operation}"));
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
            if operation == "DescribeStacks" && !fields.contains_key("StackName") {
                let stacks = state.stacks.iter();
                let stacks = stacks.map(|(name, stack)| description(name, stack)).collect();
                return answered(operation, &page.of("Stacks", stacks));
            }
            let asked = field("StackName");
            let found =
                state.stacks.iter().find(|(name, stack)| *name == asked || stack.id == *asked);
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
                _ => {
                    assert_eq!(field("TemplateStage"), "Processed");
                    format!("<TemplateBody>{}</TemplateBody>", escaped(&stack.template))
                }
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
    let Stack { id, status, parameters, since, .. } = stack;
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
         <Parameters>{parameters}</Parameters>"
    )
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

fn answered(operation: &str, result: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn error(code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (400, body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
