//! A CloudFormation behind a port that answers what a test has put there.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A stack, as a test has put it there.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub id: String,
    pub status: String,
    /// When it was last deployed; empty for some time ago.
    pub since: String,
    pub parameters: Vec<(String, String)>,
    pub outputs: Vec<(String, String)>,
    pub template: String,
    pub resources: Vec<Resource>,
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
    /// The operation that is refused, and the code of the refusal.
    pub refused: Option<(String, String)>,
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
                return error(code, &format!("may not call cloudformation:{operation}"));
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
            let Some(asked) = form.get("StackName") else {
                assert_eq!(operation, "DescribeStacks");
                let all = state.stacks.iter().map(|(name, stack)| description(name, stack));
                return answered(
                    operation,
                    &format!("<Stacks>{}</Stacks>", all.collect::<String>()),
                );
            };
            let found =
                state.stacks.iter().find(|(name, stack)| *name == asked || stack.id == *asked);
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
                "GetTemplate" => {
                    assert_eq!(form["TemplateStage"], "Processed");
                    let body = escaped(&stack.template);
                    answered(operation, &format!("<TemplateBody>{body}</TemplateBody>"))
                }
                other => panic!("{other}"),
            }
        })
    }
}

fn description(name: &str, stack: &Stack) -> String {
    let Stack { id, status, parameters, outputs, since, .. } = stack;
    let pairs = |pairs: &[(String, String)], what: &str| -> String {
        let pair = |(key, value): &(String, String)| {
            let value = escaped(value);
            format!(
                "<member><{what}Key>{key}</{what}Key><{what}Value>{value}</{what}Value></member>"
            )
        };
        pairs.iter().map(pair).collect()
    };
    let (parameters, outputs) = (pairs(parameters, "Parameter"), pairs(outputs, "Output"));
    let since = if since.is_empty() { "2026-11-22T00:00:00Z" } else { since };
    format!(
        "<member><StackId>{id}</StackId><StackName>{name}</StackName>\
         <CreationTime>{since}</CreationTime><StackStatus>{status}</StackStatus>\
         <Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs></member>"
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
    let decoded = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}
