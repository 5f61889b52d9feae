//! The same with real sockets and the function's own HTTP client, in real time: a server on this machine closes
//! connections when a test says so.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_organizations::config::{Credentials, SharedCredentialsProvider};
use cfn_org_policy::aws::config::http_client;
use cfn_org_policy::protocol::response::Response;
use serde_json::json;

use super::{NOTHING_CREATED, UNKNOWN};
use test_world::Stack;
use test_world::fixtures::{policy_properties, with};
use test_world::stack::{failure, succeeded};

/// What the server does with the next connection, or with the next request on the one at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Closes the connection before there is a request.
    CloseBefore,
    /// Closes it after a part of the request.
    CloseDuring,
    /// Closes it after the request, without an answer.
    CloseAfter,
    /// Sends a part of the answer, then closes.
    CloseWhileAnswering,
    /// Answers with a policy, and keeps the connection.
    Answer,
    /// Answers that there are too many policies, and keeps the connection.
    Refuse,
    /// Answers with a policy, and closes the connection once the client is idle.
    AnswerAndCloseIdle,
}

const CREATED: &str =
    r#"{"Policy":{"PolicySummary":{"Id":"p-12345678","Arn":"arn:aws:organizations::1:policy"}}}"#;
const REFUSED: &str = r#"{"__type":"ConstraintViolationException","Message":"too many","Reason":"POLICY_NUMBER_LIMIT_EXCEEDED"}"#;

/// A server that acts by this list. It tells each operation that came in whole.
fn serve(acts: Vec<Act>) -> (SdkConfig, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let config = config(listener.local_addr().expect("it listens").port());
    let (calls, operations) = channel();
    thread::spawn(move || {
        let mut acts = acts.into_iter();
        let mut connection: Option<BufReader<TcpStream>> = None;
        for act in &mut acts {
            let mut stream = connection
                .take()
                .unwrap_or_else(|| BufReader::new(listener.accept().expect("a connection").0));
            let operation = match act {
                Act::CloseBefore => continue,
                Act::CloseDuring => {
                    stream.read_exact(&mut [0; 10]).expect("a request begins");
                    continue;
                }
                _ => read_request(&mut stream),
            };
            calls.send(operation).expect("the test listens");
            match act {
                Act::Answer => answer(stream.get_mut(), 200, CREATED),
                Act::Refuse => answer(stream.get_mut(), 400, REFUSED),
                Act::AnswerAndCloseIdle => {
                    answer(stream.get_mut(), 200, CREATED);
                    continue;
                }
                Act::CloseWhileAnswering => {
                    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\n").expect("it is read");
                    continue;
                }
                _ => continue,
            }
            connection = Some(stream);
        }
        // Keeps what is open until the client has gone.
        thread::sleep(Duration::from_secs(10));
    });
    (config, operations)
}

/// The function's own HTTP client, and a plain address.
fn config(port: u16) -> SdkConfig {
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .build()
}

/// The operation of a request, which is read to its end.
fn read_request(stream: &mut BufReader<TcpStream>) -> String {
    let (mut operation, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a line");
        let line = line.trim_end().to_lowercase();
        if let Some(target) = line.strip_prefix("x-amz-target: awsorganizationsv20161128.") {
            operation = target.to_owned();
        } else if let Some(number) = line.strip_prefix("content-length: ") {
            length = number.parse().expect("a number");
        } else if line.is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).expect("a body");
    operation
}

fn answer(stream: &mut TcpStream, status: u16, body: &str) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} S\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).expect("it is read");
}

/// A policy without targets: its Create is CreatePolicy and nothing else.
async fn create(stack: &Stack, service_timeout: u64) -> Response {
    let declared = json!({"Targets": [], "ServiceTimeout": service_timeout});
    stack.create("Daily", with(&policy_properties(), declared)).await.1
}

const CLOSING: [Act; 4] =
    [Act::CloseBefore, Act::CloseDuring, Act::CloseAfter, Act::CloseWhileAnswering];

#[tokio::test]
async fn a_connection_closed_at_any_point_leaves_the_outcome_unknown() {
    for act in CLOSING {
        let (config, _operations) = serve(vec![act, Act::Refuse]);
        let response = create(&Stack::new(&config, "backup"), 60).await;
        assert!(failure(&response).contains("POLICY_NUMBER_LIMIT"), "{act:?}: {response:?}");
        assert_eq!(response.physical_resource_id, UNKNOWN, "{act:?}");
    }
}

#[tokio::test]
async fn a_call_on_a_closed_connection_is_repeated() {
    for act in CLOSING {
        let (config, _operations) = serve(vec![act, Act::Answer]);
        let response = create(&Stack::new(&config, "backup"), 60).await;
        succeeded(&response);
        assert_eq!(response.physical_resource_id, "p-12345678", "{act:?}");
    }
}

/// The function is frozen after an event; meanwhile the server closes the idle connection.
#[tokio::test]
async fn a_connection_closed_while_the_function_was_frozen_is_no_failure() {
    for then in [vec![Act::Answer], vec![Act::CloseAfter, Act::Answer]] {
        let (config, operations) = serve([vec![Act::AnswerAndCloseIdle], then].concat());
        let stack = Stack::new(&config, "backup");
        succeeded(&create(&stack, 60).await);
        // Nothing of this thread runs, as in a frozen function; so nobody sees the connection closed.
        thread::sleep(Duration::from_millis(200));
        succeeded(&create(&stack, 60).await);
        assert!(operations.try_iter().count() >= 2);
    }
}

/// An idle connection that the server closes just when the next request comes.
#[tokio::test]
async fn a_kept_connection_closed_after_the_next_request_leaves_the_outcome_unknown() {
    let (config, _operations) = serve(vec![Act::Answer, Act::CloseAfter, Act::Refuse]);
    let stack = Stack::new(&config, "backup");
    succeeded(&create(&stack, 60).await);
    let response = create(&stack, 60).await;
    failure(&response);
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-2");
}

/// Nobody listens, so nothing was sent, though the client reports an i/o error.
#[tokio::test]
async fn without_a_connection_nothing_was_created() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let config = config(listener.local_addr().expect("it listens").port());
    drop(listener);
    let response = create(&Stack::new(&config, "backup"), 2).await;
    assert!(failure(&response).contains("time ran out"), "{response:?}");
    assert_eq!(response.physical_resource_id, NOTHING_CREATED);
}
