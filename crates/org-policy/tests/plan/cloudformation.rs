//! A CloudFormation behind a port that answers what a test has put there.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::change_sets::ChangeSets;

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
}

#[derive(Debug, Default)]
pub struct State {
    /// By name.
    pub stacks: BTreeMap<String, Stack>,
    pub exports: BTreeMap<String, String>,
    /// Whether StackSets work in the organization.
    pub stacksets: bool,
    /// What the stacks are after the next answers about one of them, the last first.
    pub next_stacks: Vec<BTreeMap<String, Stack>>,
    pub change_sets: ChangeSets,
    /// The operation that is refused, and the code of the refusal.
    pub refused: Option<(String, String)>,
    /// The words of the refusal; if this is empty, that it may not be called.
    pub words: String,
    /// The operations that were called.
    pub calls: Vec<String>,
}

/// CloudFormation. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct CloudFormation(Arc<Mutex<State>>);

impl CloudFormation {
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().expect("no test panics here"))
    }

    /// Serves until the process ends, and says under which address.
    pub fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let cloudformation = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let cloudformation = cloudformation.clone();
                thread::spawn(move || cloudformation.connection(stream));
            }
        });
        address
    }

    fn connection(&self, mut stream: TcpStream) {
        while let Some(form) = request(&mut stream) {
            let (status, body) = self.answer(&form);
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
            if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, form: &BTreeMap<String, String>) -> (u16, String) {
        self.change(|state| {
            let operation = form["Action"].as_str();
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
            if operation == "ListExports" {
                let export = |(name, value): (&String, &String)| {
                    format!("<member><Name>{name}</Name><Value>{value}</Value></member>")
                };
                let members: String = state.exports.iter().map(export).collect();
                return answered(operation, &format!("<Exports>{members}</Exports>"));
            }
            if operation == "DescribeOrganizationsAccess" {
                let status = if state.stacksets { "ENABLED" } else { "DISABLED" };
                return answered(operation, &format!("<Status>{status}</Status>"));
            }
            if operation == "DescribeChangeSet" {
                return state.change_sets.description(form);
            }
            let Some(asked) = form.get("StackName") else {
                let stacks: String =
                    state.stacks.iter().map(|(name, stack)| description(name, stack)).collect();
                return answered(operation, &format!("<Stacks>{stacks}</Stacks>"));
            };
            let found =
                state.stacks.iter_mut().find(|(name, stack)| *name == asked || stack.id == *asked);
            let Some((name, stack)) = found else {
                return error("ValidationError", &format!("Stack with id {asked} does not exist"));
            };
            match operation {
                "DescribeStacks" => {
                    let described = description(name, stack);
                    let answer = answered(operation, &format!("<Stacks>{described}</Stacks>"));
                    if let Some(next) = state.next_stacks.pop() {
                        state.stacks = next;
                    }
                    answer
                }
                "ListStackResources" => answered(operation, &listing(stack)),
                "DescribeStackEvents" => {
                    let newest_first: Value = stack.events.iter().rev().cloned().collect();
                    answered(operation, &xml(&json!({"StackEvents": newest_first})))
                }
                "CreateChangeSet" => state.change_sets.made(&stack.id, form),
                "DeleteChangeSet" => state.change_sets.deleted(form),
                "ExecuteChangeSet" => {
                    stack.status = "UPDATE_IN_PROGRESS".to_owned();
                    stack.since = "2026-11-28T10:00:00Z".to_owned();
                    state.change_sets.executed(form)
                }
                "GetTemplate" => {
                    let is_original = form["TemplateStage"] == "Original";
                    let body = match stack.original.as_str() {
                        original if is_original && !original.is_empty() => escaped(original),
                        _ => escaped(&stack.template),
                    };
                    answered(operation, &format!("<TemplateBody>{body}</TemplateBody>"))
                }
                other => panic!("{other}"),
            }
        })
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
        "<member><StackId>{id}</StackId><StackName>{name}</StackName>\
         <CreationTime>{since}</CreationTime><StackStatus>{status}</StackStatus>\
         <Parameters>{parameters}</Parameters>{}{}</member>",
        element("RootId", root),
        xml(more),
    )
}

fn listing(stack: &Stack) -> String {
    let resource = |resource: &Resource| {
        let Resource { logical_id, resource_type, physical_id } = resource;
        format!(
            "<member><LogicalResourceId>{logical_id}</LogicalResourceId>\
             <PhysicalResourceId>{physical_id}</PhysicalResourceId>\
             <ResourceType>{resource_type}</ResourceType>\
             <ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
             <LastUpdatedTimestamp>2026-11-22T00:00:00Z</LastUpdatedTimestamp></member>"
        )
    };
    let members: String = stack.resources.iter().map(resource).collect();
    format!("<StackResourceSummaries>{members}</StackResourceSummaries>")
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

/// The form of the next request.
fn request(stream: &mut TcpStream) -> Option<BTreeMap<String, String>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|end| end + 4);
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length?.trim().parse().ok()?;
            if bytes.len() >= head + length {
                return Some(form(&String::from_utf8_lossy(&bytes[head..head + length])));
            }
        }
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().replace('+', " ").into_bytes();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend(rest.replace('+', " ").into_bytes());
    }
    String::from_utf8(bytes).expect("UTF-8")
}
