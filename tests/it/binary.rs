//! The compiled function between a stand-in for Lambda's runtime API and one for S3 and AWS: what it does with the bytes
//! of an event that no JSON value can hold, what its log prints, and what Lambda is told.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// What stands in an event for the URL that the stand-in gives it.
const RESPONSE_URL: &str = "<ResponseURL>";
const PATIENCE: Duration = Duration::from_secs(60);
/// What the log of every process begins with.
const FIRST_LINE: &str = concat!(" INFO cfn-org-policy ", env!("CARGO_PKG_VERSION"), "\n");

/// What one invocation came to.
#[derive(Debug)]
struct Invocation {
    /// What CloudFormation got.
    responses: Vec<Value>,
    /// The operations of AWS that were called.
    calls: Vec<String>,
    /// What Lambda got in place of a success.
    error: Option<Value>,
    /// The function's log, after its first line.
    log: String,
}

impl Invocation {
    /// The one response.
    #[track_caller]
    fn response(&self) -> &Value {
        let [response] = self.responses.as_slice() else { panic!("{self:?}") };
        assert_eq!(self.error, None);
        response
    }

    /// The Reason of the one response, which is FAILED.
    #[track_caller]
    fn reason(&self) -> &str {
        let response = self.response();
        assert_eq!(response["Status"], "FAILED", "{response}");
        response["Reason"].as_str().expect("a text")
    }
}

/// Lambda, S3 and AWS on one port. AWS knows no policy and no target.
#[derive(Clone)]
struct StandIn {
    event: Arc<Mutex<Option<Vec<u8>>>>,
    /// The status with which S3 answers.
    s3: u16,
    seen: UnboundedSender<Seen>,
}

enum Seen {
    Response(Value),
    Call(String),
    End(Option<Value>),
}

impl StandIn {
    async fn serve(self, mut stream: TcpStream) {
        while let Some((head, body)) = read_request(&mut stream).await {
            let json = || serde_json::from_slice::<Value>(&body).unwrap_or_default();
            let line = head.lines().next().unwrap_or_default();
            let ok = (200, "", Vec::new());
            let (status, headers, answer) = if line.contains("/invocation/next ") {
                let event = self.event.lock().unwrap().take();
                let Some(event) = event else { return std::future::pending().await };
                let headers = "Lambda-Runtime-Aws-Request-Id: 1\r\n\
                               Lambda-Runtime-Deadline-Ms: 99999999999999\r\n";
                (200, headers, event)
            } else if line.contains("/invocation/1/response ") {
                self.seen.send(Seen::End(None)).unwrap();
                ok
            } else if line.contains("/invocation/1/error ") {
                self.seen.send(Seen::End(Some(json()))).unwrap();
                ok
            } else if line.starts_with("PUT /answer ") {
                self.seen.send(Seen::Response(json())).unwrap();
                (self.s3, "", Vec::new())
            } else {
                let target = head.lines().find_map(|line| line.strip_prefix("x-amz-target: "));
                let operation = target.and_then(|target| target.split('.').next_back());
                self.seen.send(Seen::Call(operation.unwrap_or(line).to_owned())).unwrap();
                let answer = match operation {
                    Some("DescribePolicy") => json!({"__type": "PolicyNotFoundException"}),
                    Some("CreatePolicy") => json!({"__type": "AccessDeniedException",
                        "Message": "no\n INFO SUCCESS p-forged12"}),
                    _ => json!({"__type": "TargetNotFoundException"}),
                };
                (400, "", answer.to_string().into_bytes())
            };
            let length = answer.len();
            let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n");
            stream.write_all(&[head.as_bytes(), &answer].concat()).await.unwrap();
        }
    }
}

/// The head and the body of the next request on the connection.
async fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let end = request.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(request[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("content-length").then(|| value.parse().unwrap())
            });
            let whole = end + 4 + length.unwrap_or(0);
            if request.len() >= whole {
                return Some((head, request[end + 4..whole].to_vec()));
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
}

/// Has the function handle one event, with this status of S3's answers.
async fn invoke_with(event: &[u8], s3: u16) -> Invocation {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let url = format!("http://{address}/answer");
    let (seen, mut sights) = unbounded_channel();
    let event = Arc::new(Mutex::new(Some(replace(event, RESPONSE_URL, &url))));
    let stand_in = StandIn { event, s3, seen };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(stand_in.clone().serve(stream));
        }
    });

    let mut process = Command::new(env!("CARGO_BIN_EXE_cfn-org-policy"))
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "f"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_ENDPOINT_URL", &format!("http://{address}")),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdout = process.stdout.take().unwrap();
    let log = tokio::spawn(async move {
        let mut log = String::new();
        stdout.read_to_string(&mut log).await.unwrap();
        log
    });

    let (mut responses, mut calls) = (Vec::new(), Vec::new());
    let error = loop {
        let sight = timeout(PATIENCE, sights.recv()).await;
        match sight.expect("Lambda is told an end").unwrap() {
            Seen::Response(response) => responses.push(response),
            Seen::Call(operation) => calls.push(operation),
            Seen::End(error) => break error,
        }
    };
    process.kill().await.unwrap();
    let log = log.await.unwrap();
    let log = log.strip_prefix(FIRST_LINE).unwrap_or_else(|| panic!("{log}")).to_owned();
    Invocation { responses, calls, error, log }
}

async fn invoke(event: &[u8]) -> Invocation {
    invoke_with(event, 200).await
}

fn replace(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes());
    let Some(at) = at else { return bytes.to_vec() };
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

/// An event as bytes, whose fields after the envelope are written by the test.
fn event(request_type: &str, fields: &[u8]) -> Vec<u8> {
    let envelope = json!({
        "RequestType": request_type,
        "ResponseURL": RESPONSE_URL,
        "StackId": "stack",
        "RequestId": "request-1",
        "LogicalResourceId": "Daily",
        "ResourceType": "Custom::OrgPolicy",
        "PhysicalResourceId": "p-12345678",
    });
    let envelope = envelope.to_string();
    [envelope.trim_end_matches('}').as_bytes(), b",", fields, b"}"].concat()
}

/// A Delete that is done at once: it looks for no policy.
fn delete_of_nothing(fields: &[u8]) -> Vec<u8> {
    let event = String::from_utf8_lossy(&event("Delete", b"")).into_owned();
    let nothing = event.replace("p-12345678", "cfn-org-policy:nothing-created");
    [nothing.trim_end_matches('}').as_bytes(), fields, b"}"].concat()
}

/// Properties with this Content, under this name.
fn properties(name: &str, content: &[u8]) -> Vec<u8> {
    let others = r#"{"Name":"daily","Type":"BACKUP_POLICY","Targets":["r-ab12"],"Content":"#;
    [format!("\"{name}\":{others}").as_bytes(), content, b"}"].concat()
}

fn with_content(content: &[u8]) -> Vec<u8> {
    properties("ResourceProperties", content)
}

/// Properties that had this Content before an Update to good ones.
fn with_old_content(content: &[u8]) -> Vec<u8> {
    [properties("OldResourceProperties", content), with_content(br#"{"plans":{}}"#)].join(&b',')
}

/// A document of so many levels.
fn nested(levels: usize) -> Vec<u8> {
    [br#"{"a":"#.repeat(levels - 1), b"{}".to_vec(), b"}".repeat(levels - 1)].concat()
}

const TOO_DEEP: &str =
    "read properties: Content: is nested more than 127 levels deep: make it flatter";

#[tokio::test]
async fn content_of_any_depth_is_answered() {
    // 127 levels can be read: what AWS says of them is another matter.
    let create = invoke(&event("Create", &with_content(&nested(127)))).await;
    assert!(create.reason().starts_with("create policy"), "{create:?}");
    assert_eq!(create.calls[0], "CreatePolicy");
    for levels in [128, 129, 10_000] {
        for request_type in ["Create", "Update"] {
            let answered = invoke(&event(request_type, &with_content(&nested(levels)))).await;
            assert_eq!(answered.reason(), TOO_DEEP, "{levels}");
            assert!(answered.calls.is_empty());
        }
    }
    let text = serde_json::to_vec(&String::from_utf8(nested(10_000)).unwrap()).unwrap();
    let answered = invoke(&event("Create", &with_content(&text))).await;
    assert_eq!(answered.reason(), TOO_DEEP);
}

/// The largest payload that Lambda takes from CloudFormation has 1,048,576 bytes.
#[tokio::test]
async fn the_largest_event_is_answered() {
    let room = 1_048_576 - event("Create", &with_content(b"")).len();
    let deep = [b"[".repeat(room / 2), b"]".repeat(room / 2)].concat();
    let answered = invoke(&event("Create", &with_content(&deep))).await;
    assert_eq!(answered.reason(), TOO_DEEP);
    let long = [br#"{"a":""#.as_slice(), &b"x".repeat(room - 8), br#""}"#].concat();
    let answered = invoke(&event("Create", &with_content(&long))).await;
    assert!(answered.reason().contains("characters without white space"), "{answered:?}");
    let unclosed = b"[".repeat(room);
    let answered = invoke(&event("Create", &with_content(&unclosed))).await;
    answered.reason();
}

/// A Delete is worked by the physical id (`lifecycle/delete.rs` has the rest), an Update as if all had changed.
#[tokio::test]
async fn what_only_describes_the_past_need_not_be_readable() {
    let unreadable: [&[u8]; 6] =
        [&nested(200), &nested(10_000), b"\"\xff\"", b"\"\\ud800\"", b"1e999", b"[}"];
    let mut updates = Vec::new();
    for content in unreadable {
        let delete = invoke(&delete_of_nothing(&with_content(content))).await;
        assert_eq!(delete.response()["Status"], "SUCCESS", "{delete:?}");
        updates.push(event("Update", &with_old_content(content)));
    }
    for properties in ["7", "\"x\"", "[]", "true", "null"] {
        let delete = format!("\"ResourceProperties\":{properties}");
        let delete = invoke(&delete_of_nothing(delete.as_bytes())).await;
        assert_eq!(delete.response()["Status"], "SUCCESS", "{delete:?}");
        let old = format!("\"OldResourceProperties\":{properties},");
        let fields = [old.as_bytes(), &with_content(br#"{"plans":{}}"#)].concat();
        updates.push(event("Update", &fields));
    }
    // Each looks twice whether the policy has vanished, and here time is real.
    for update in join_all(updates.iter().map(|update| invoke(update))).await {
        assert!(update.calls.contains(&"DescribePolicy".to_owned()), "{update:?}");
        assert!(update.reason().starts_with("create policy"), "{update:?}");
        assert_eq!(update.response()["PhysicalResourceId"], "p-12345678");
    }
}

#[tokio::test]
async fn what_is_no_json_or_no_unicode_is_answered_with_its_place() {
    for (content, problem) in [
        (b"{\"a\":\"\xff\"}".as_slice(), "invalid unicode code point at line 1 column 7"),
        (b"{\"\xff\":1}", "invalid unicode code point at line 1 column 3"),
        (b"\"\\ud800\"", "unexpected end of hex escape at line 1 column 8"),
        (b"{\"a\":1e999}", "number out of range at line 1 column 10"),
        (b"x", "expected value at line 1 column 1"),
    ] {
        let answered = invoke(&event("Create", &with_content(content))).await;
        let expected = format!("read properties: Content: is no JSON text: {problem}");
        assert_eq!(answered.reason(), expected);
    }
    for properties in ["7", "\"x\"", "[]", "true"] {
        let fields = format!("\"ResourceProperties\":{properties}");
        for request_type in ["Create", "Update"] {
            let answered = invoke(&event(request_type, fields.as_bytes())).await;
            let reason = answered.reason();
            assert!(
                reason.starts_with("read event: ResourceProperties is no object; "),
                "{reason}"
            );
        }
    }
    // Beside what is used, nothing matters; in what is used, the response says so.
    let beside = [b"\"Other\":\"\xff\",\"\xff\":1,".as_slice(), &with_content(b"[]")].concat();
    let answered = invoke(&event("Create", &beside)).await;
    assert!(answered.reason().contains("Content: must be an object"), "{answered:?}");
    let stack = [b"\"StackId\":\"\xff\",".as_slice(), &with_content(b"{}")].concat();
    let answered = invoke(&event("Delete", &stack)).await;
    assert!(answered.reason().contains("StackId: is no JSON text: "), "{answered:?}");
    assert!(answered.calls.is_empty());
}

#[tokio::test]
async fn of_a_field_that_stands_twice_the_last_counts() {
    let fields =
        br#""StackId":"another","ResourceProperties":{"Name":"x"},"LogicalResourceId":"Weekly","#;
    let fields = [fields.as_slice(), &with_content(b"{}")].concat();
    let answered = invoke(&event("Create", &fields)).await;
    assert!(answered.reason().starts_with("create policy \"daily\""), "{answered:?}");
    assert_eq!(answered.response()["StackId"], "another");
    assert_eq!(answered.response()["LogicalResourceId"], "Weekly");
    // A good one after a bad one counts, and the other way round.
    let (good, bad) = (with_content(b"{}"), with_content(b"\xff"));
    let answered = invoke(&event("Create", &[&bad, b",".as_slice(), &good].concat())).await;
    assert!(answered.reason().starts_with("create policy \"daily\""), "{answered:?}");
    let answered = invoke(&event("Create", &[&good, b",".as_slice(), &bad].concat())).await;
    assert!(answered.reason().starts_with("read properties: Content: is no JSON"), "{answered:?}");
}

/// Whatever brings a line's end or a terminal's commands, the log shows them as text.
#[tokio::test]
async fn log_lines_cannot_be_forged() {
    let forged = "x\n INFO SUCCESS p-forged12\r\n\u{1b}[2J\u{9b}2J\u{202e}\u{2028}\u{85}y";
    let name = json!(forged).to_string();
    let unknown = [b"\"ResourceProperties\":{".as_slice(), name.as_bytes(), b":1}"].concat();
    let logical_id = format!("\"LogicalResourceId\":{name},");
    let create = [logical_id.as_bytes(), &with_content(b"{}")].concat();
    for (fields, lines) in [(unknown, 3), (create, 6)] {
        let Invocation { log, .. } = invoke(&event("Create", &fields)).await;
        assert_eq!(log.lines().count(), lines, "{log}");
        for line in log.lines() {
            assert!([" INFO ", " WARN ", "ERROR "].iter().any(|level| line.starts_with(level)));
            assert!(!line.starts_with(" INFO SUCCESS"), "{log}");
            let redraws = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
            assert!(!line.contains(redraws), "{line:?}");
        }
        assert!(log.contains(r"x\n INFO SUCCESS p-forged12\r\n") || log.contains(r"no\n INFO"));
    }
}

/// As docs/TROUBLESHOOTING.md quotes them.
#[tokio::test]
async fn an_error_of_the_invocation_reads_the_same_in_the_log_and_to_lambda() {
    let undelivered = invoke_with(&event("Delete", &with_content(b"{}")), 403).await;
    let message = "send the response to CloudFormation: 403 Forbidden";
    let error = json!({"errorType": "ResponseNotDelivered", "errorMessage": message});
    assert_eq!(undelivered.error, Some(error));
    assert!(undelivered.log.ends_with(&format!("\nERROR {message}\n")), "{}", undelivered.log);

    let stray = invoke(b"{}").await;
    let message = "read event: it has no ResponseURL; invoke this function as the ServiceToken of a \
                   CloudFormation custom resource";
    let error = json!({"errorType": "NotACustomResourceEvent", "errorMessage": message});
    assert_eq!(stray.error, Some(error));
    assert_eq!(stray.log, format!("ERROR {message}\n"));
}
