//! How the response is sent, in real time, to a listener on this machine.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cfn_org_policy::error::Error;
use cfn_org_policy::function::{self, Handler};
use cfn_org_policy::protocol::deliver::Responder;
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::{Attribute, Outcome, Response, Status};
use cfn_org_policy::protocol::response_url::ResponseUrl;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tracing_subscriber::fmt::MakeWriter;

use test_world::fixtures::{Event, policy_properties, setup, with};

const SECRET: &str = "X-Amz-Signature=5ec7e7";

/// A stand-in for S3: it gives one answer after another, and repeats the last one.
struct Bucket {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Silence,
    HangUp,
}

impl Bucket {
    async fn open(answers: &'static [Answer]) -> Bucket {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = answers[n.min(answers.len() - 1)];
                tokio::spawn(serve(stream, answer, seen.clone()));
            }
        });
        Bucket { url: format!("http://127.0.0.1:{port}/answer?{SECRET}"), requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<String>>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        let n = stream.read(&mut buffer).await.unwrap();
        request.extend_from_slice(&buffer[..n]);
    }
    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
    match answer {
        Answer::Status(status) => {
            let location = "Location: http://127.0.0.1:1/elsewhere\r\n";
            let head = format!(
                "HTTP/1.1 {status} X\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).await.unwrap();
        }
        Answer::Silence => tokio::time::sleep(Duration::from_secs(60)).await,
        Answer::HangUp => {}
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn responder() -> Responder {
    // The process has one TLS provider; another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Responder::new(Some("http://127.0.0.1:4566")).unwrap()
}

fn envelope() -> Envelope {
    Envelope::open(&mut Event::create("Daily").build().into()).unwrap()
}

fn failed(reason: &str) -> Response {
    Response::failed(&envelope(), "p-12345678".to_owned(), &Error::Undelivered(reason.to_owned()))
}

async fn deliver(bucket: &Bucket, patience: Duration) -> Result<(), Error> {
    let url = ResponseUrl::new(&bucket.url);
    responder().deliver(&url, &failed("x"), Instant::now() + patience).await
}

const SECONDS: Duration = Duration::from_secs(20);

/// Has the function work on an event and respond.
async fn run(handler: &Handler, event: &Value, deadline: SystemTime) -> Result<(), Error> {
    function::run(handler, &responder(), event.to_string().as_bytes(), deadline).await
}

#[tokio::test]
async fn one_put_with_an_empty_content_type_and_the_body_as_it_is() {
    let bucket = Bucket::open(&[Answer::Status(200)]).await;
    deliver(&bucket, SECONDS).await.unwrap();
    let requests = bucket.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("PUT /answer?{SECRET} HTTP/1.1\r\n")), "{head}");
    assert!(head.lines().any(|line| line.trim_end() == "content-type:"), "{head}");
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({
            "Status": "FAILED", "Reason": "send the response to CloudFormation: x",
            "PhysicalResourceId": "p-12345678",
            "StackId": "stack", "RequestId": "request-1", "LogicalResourceId": "Daily",
        })
    );
}

#[tokio::test]
async fn server_errors_and_broken_connections_are_tried_again() {
    let bucket = Bucket::open(&[
        Answer::Status(500),
        Answer::HangUp,
        Answer::Status(503),
        Answer::Status(200),
    ])
    .await;
    deliver(&bucket, SECONDS).await.unwrap();
    assert_eq!(bucket.requests().len(), 4);
}

#[tokio::test]
async fn a_server_that_is_silent_is_tried_again() {
    let bucket = Bucket::open(&[Answer::Silence, Answer::Status(200)]).await;
    deliver(&bucket, SECONDS).await.unwrap();
}

#[tokio::test]
async fn a_refused_signature_is_an_error_at_once() {
    let bucket = Bucket::open(&[Answer::Status(403)]).await;
    let error = deliver(&bucket, SECONDS).await.unwrap_err();
    assert_eq!(error.to_string(), "send the response to CloudFormation: 403 Forbidden");
    assert_eq!(bucket.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let bucket = Bucket::open(&[Answer::Status(307)]).await;
    let error = deliver(&bucket, SECONDS).await.unwrap_err();
    assert_eq!(error.to_string(), "send the response to CloudFormation: 307 Temporary Redirect");
}

#[tokio::test]
async fn tries_are_bounded_in_count_and_time() {
    let bucket = Bucket::open(&[Answer::Status(500)]).await;
    let error = deliver(&bucket, Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "send the response to CloudFormation: 500 Internal Server Error (6 tries)"
    );
    assert_eq!(bucket.requests().len(), 6);

    let bucket = Bucket::open(&[Answer::Silence]).await;
    let started = Instant::now();
    let error = deliver(&bucket, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.to_string(), "send the response to CloudFormation: no time was left for it");
    assert!(started.elapsed() < Duration::from_secs(2));
}

/// The response goes to https URLs only; to plain http only at the local endpoint in AWS_ENDPOINT_URL.
#[tokio::test]
async fn plain_http_goes_to_the_local_endpoint_only() {
    let bucket = Bucket::open(&[Answer::Status(200)]).await;
    let url = ResponseUrl::new(&bucket.url);
    let until = Instant::now() + SECONDS;
    for endpoint in [None, Some("http://localhost:4566"), Some("not a URL")] {
        responder();
        let responder = Responder::new(endpoint).unwrap();
        let error = responder.deliver(&url, &failed("x"), until).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "send the response to CloudFormation: ResponseURL is not https"
        );
    }
    for url in ["ftp://127.0.0.1/", "http://example.com/"] {
        let error = responder().deliver(&ResponseUrl::new(url), &failed("x"), until).await;
        assert!(error.is_err(), "{url}");
    }
    let error =
        responder().deliver(&ResponseUrl::new(SECRET), &failed("x"), until).await.unwrap_err();
    assert_eq!(error.to_string(), "send the response to CloudFormation: ResponseURL is no URL");
    assert!(bucket.requests().is_empty());
}

#[test]
fn a_long_reason_is_cut_at_its_end() {
    for filler in ["x", "ü", "\"", "\n", "😀"] {
        let response = failed(&format!("begin {}", filler.repeat(9_000)));
        let body = response.body();
        assert!(body.len() <= 4_096 && body.len() > 4_088, "{filler:?}: {}", body.len());
        let body: Value = serde_json::from_str(&body).unwrap();
        assert!(
            body["Reason"]
                .as_str()
                .unwrap()
                .starts_with("send the response to CloudFormation: begin ")
        );
        assert_eq!(body["PhysicalResourceId"], "p-12345678");
    }
}

fn success(target_ids: String) -> Response {
    let attributes = vec![
        ("PolicyId", Attribute::Text("p-12345678".to_owned())),
        ("TargetIds", Attribute::List(vec![target_ids])),
    ];
    let physical_id = "p-12345678".to_owned();
    Response::success(&envelope(), Outcome { physical_id, attributes })
}

#[test]
fn too_many_target_ids_are_left_out() {
    let room = 4_096 - success(String::new()).body().len();
    let fits = success("x".repeat(room)).body();
    assert_eq!(fits.len(), 4_096, "inclusive");
    let body: Value = serde_json::from_str(&success("x".repeat(room + 1)).body()).unwrap();
    assert_eq!(body["Data"], json!({"PolicyId": "p-12345678"}));
    assert_eq!(body["Status"], "SUCCESS");
}

/// Collects the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Whole events, logged at TRACE; the PUT succeeds, is refused, or the connection breaks.
#[tokio::test]
async fn the_presigned_url_is_in_no_log_and_no_error() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let (_world, stack) = setup();
    for answers in [&[Answer::Status(200)], &[Answer::Status(403)], &[Answer::HangUp]] {
        let bucket = Bucket::open(answers).await;
        let mut event = stack.create_event("Daily", &json!({"Nmae": "x"}));
        event["ResponseURL"] = json!(bucket.url);
        let soon = SystemTime::now() + Duration::from_secs(3);
        let result = run(&stack.handler, &event, soon).await;
        assert!(!format!("{result:?}").contains("5ec7e7"));
        let text = result.as_ref().map_err(Error::to_string);
        assert!(!format!("{text:?}").contains("5ec7e7"));
        let mut event = event.into();
        let envelope = Envelope::open(&mut event).unwrap();
        assert!(!format!("{envelope:?} {event:?}").contains("5ec7e7"));
        assert_eq!(envelope.response_url.to_string(), "***");
    }
    let log = log.text();
    assert!(log.contains("FAILED cfn-org-policy:nothing-created: read properties: "), "{log}");
    // The HTTP library's own TRACE lines hold it; main.rs lets no library speak below warnings.
    let ours = log.lines().filter(|line| line.contains("cfn_org_policy"));
    assert!(!ours.collect::<String>().contains("5ec7e7"));
}

/// A plan is logged step by step; what stands in a step cannot look like another one.
#[tokio::test(start_paused = true)]
async fn a_step_of_a_plan_is_one_entry_of_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().without_time().with_writer(log.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let (_world, stack) = setup();
    let (mut resource, _) = stack.create("Daily", policy_properties()).await;
    let tags = json!([{"Key": "k", "Value": "v\ndelete policy \"guard\""}]);
    stack.update(&mut resource, with(&policy_properties(), json!({"Tags": tags}))).await;
    let log = log.text();
    assert!(log.contains("plan: tag policy") && !log.contains("plan: delete"), "{log}");
}

#[tokio::test]
async fn a_delivered_response_is_a_success_of_the_invocation_even_if_it_is_failed() {
    let (_world, stack) = setup();
    let bucket = Bucket::open(&[Answer::Status(200)]).await;
    for properties in [json!({}), policy_properties()] {
        let mut event = stack.create_event("Daily", &properties);
        event["ResponseURL"] = json!(bucket.url);
        run(&stack.handler, &event, SystemTime::now() + SECONDS).await.unwrap();
    }
    let statuses: Vec<Value> = bucket
        .requests()
        .iter()
        .map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap())
        .map(|body: Value| body["Status"].clone())
        .collect();
    assert_eq!(statuses, ["FAILED", "SUCCESS"]);
}

#[tokio::test]
async fn an_event_without_a_response_url_is_an_error() {
    let (world, stack) = setup();
    for event in [json!({}), json!(7), json!({"ResponseURL": 7}), json!({"ResponseURL": ""})] {
        let error = run(&stack.handler, &event, SystemTime::now()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "read event: it has no ResponseURL; invoke this function as the ServiceToken of a \
             CloudFormation custom resource"
        );
    }
    assert!(world.calls().is_empty());
}

/// cargo-lambda sends a deadline of 1970.
#[tokio::test]
async fn a_deadline_that_cannot_be_real_is_no_deadline() {
    let (_world, stack) = setup();
    let bucket = Bucket::open(&[Answer::Status(200)]).await;
    let mut event = stack.create_event("Daily", &policy_properties());
    event["ResponseURL"] = json!(bucket.url);
    run(&stack.handler, &event, SystemTime::UNIX_EPOCH).await.unwrap();
    assert!(bucket.requests()[0].contains("SUCCESS"));
}

/// Whatever the event says beside its URL, it gets a response.
#[tokio::test]
async fn an_event_past_its_deadline_is_still_answered() {
    let (_world, stack) = setup();
    let bucket = Bucket::open(&[Answer::Status(200)]).await;
    let event = json!({"ResponseURL": bucket.url, "RequestType": "Read"});
    let soon = SystemTime::now() + Duration::from_secs(2);
    run(&stack.handler, &event, soon).await.unwrap();
    assert_eq!(bucket.requests().len(), 1);
}

#[test]
fn a_status_prints_as_cloudformation_writes_it() {
    assert_eq!(json!([Status::Success, Status::Failed]), json!(["SUCCESS", "FAILED"]));
}
