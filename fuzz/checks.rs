//! What has to hold of every input. Each check takes the bytes of an event; make fuzz invents them, and
//! tests/it/fuzz.rs replays those that are kept.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::error::Error;
use cfn_org_policy::function::{Handler, Times};
use cfn_org_policy::policy::desired::{Declared, Desired};
use cfn_org_policy::protocol::event::Event;
use cfn_org_policy::protocol::request::{Envelope, Request};
use cfn_org_policy::protocol::response::{Response, Status};
use policy_document::document::{Substitution, minify, parse, same_meaning};
use policy_document::quotas::Quotas;
use serde_json::{Map, Value};
use tokio::runtime::Builder;
use tokio::time::Instant;

use test_world::connector;
use test_world::fixtures;

const PRESIGNED_URL: &str = "https://example.com/answer?X-Amz-Signature=5ec7e75ec7e7";
const SIGNATURE: &str = "5ec7e75ec7e7";

/// Nobody can answer for the stack by anything that is left or printed.
pub fn envelope(data: &[u8]) {
    any_bytes(data);
    let Some(event) = event(data) else { return };
    let somebody_waits = event["ResponseURL"] == PRESIGNED_URL;
    let mut read = Event::read(event.to_string().as_bytes());
    for (name, value) in event.as_object().into_iter().flatten() {
        assert_eq!(read.get(name), Some(value), "each field is read as serde_json reads it");
    }
    let opened = Envelope::open(&mut read);
    assert_eq!(opened.is_ok(), somebody_waits);
    let Ok(envelope) = opened else { return };
    let left = format!("{read:?}");
    let request = Request::parse(read);
    let printed = format!("{envelope:?} {left} {request:?}");
    assert!(!printed.contains(SIGNATURE), "{printed}");
}

/// Whatever stands in one field of an event, its envelope is read.
fn any_bytes(rest: &[u8]) {
    drop(Event::read(rest));
    let envelope = format!("{{\"ResponseURL\":\"{PRESIGNED_URL}\",\"StackId\":\"stack\",");
    for name in ["ResourceProperties", "OldResourceProperties", "Other"] {
        let event = [envelope.as_bytes(), format!("\"{name}\":").as_bytes(), rest, b"}"].concat();
        let mut event = Event::read(&event);
        let envelope = Envelope::open(&mut event);
        // Behind a comma the rest may have fields of its own, the same ones among them.
        if !rest.contains(&b',') {
            assert_eq!(envelope.expect("it has a URL").stack_id, "stack");
        }
        drop(Request::parse(event));
    }
}

/// A template is taken as declared or told its faults; its Delete is taken always.
pub fn properties(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Value>(data) else { return };
    let properties = properties_of(&input);
    if !properties.is_object() {
        return;
    }
    let former = input.get("OldResourceProperties").filter(|former| former.is_object());
    let desired = |request_type: &str| {
        let event = fixtures::Event::new(request_type, "Daily")
            .set("PhysicalResourceId", "p-12345678")
            .set("OldResourceProperties", former.cloned())
            .properties(properties.clone());
        let request = Request::parse(event.build().into()).expect("it has what an event needs");
        Desired::parse(&request, &Quotas::default())
    };
    match (desired("Create"), desired("Update")) {
        (Ok(Desired::Present(created)), Ok(Desired::Present(updated))) => {
            [created, updated].iter().for_each(|declared| can_be_sent(declared));
        }
        (Err(Error::Properties(created)), Err(Error::Properties(updated))) => {
            assert!(!created.is_empty());
            assert_eq!(created, updated);
        }
        ends => panic!("{ends:?}"),
    }
    assert!(matches!(desired("Delete"), Ok(Desired::Absent(_))));
}

fn can_be_sent(declared: &Declared) {
    let Declared { name, policy_type, description, content, tags, .. } = declared;
    let lengths = [(name, 128), (policy_type, usize::MAX), (description, 512)];
    for (text, limit) in lengths {
        assert!((1..=limit).contains(&text.chars().count()), "{text:?}");
    }
    assert!(content.is_object(), "{content}");
    let limit = match policy_type.as_str() {
        "SERVICE_CONTROL_POLICY" => 10_240,
        "BACKUP_POLICY" => 10_000,
        _ => usize::MAX,
    };
    assert!(minify(content).chars().count() <= limit);
    assert!(tags.len() <= 47 && tags.keys().all(|key| !key.is_empty()), "{tags:?}");
}

/// A document that is read and filled in is the same to whoever reads what is sent.
pub fn document(data: &[u8]) {
    let Some(input) = std::str::from_utf8(data).ok().and_then(read) else { return };
    let properties = properties_of(&input);
    let content = match &properties["Content"] {
        Value::String(text) => read(text),
        object => Some(object.clone()),
    };
    let Some(content) = content else { return };
    let variables = properties["Variables"].as_object().into_iter().flatten();
    let variables: BTreeMap<String, String> = variables
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let mut substitution = Substitution::new(&variables);
    let filled = substitution.apply(&content, "Content");
    if substitution.faults.is_empty() && substitution.unused().count() == variables.len() {
        assert_eq!(filled, content, "without a variable nothing is put in");
    }
    let sent = minify(&filled);
    let received = read(&sent).expect("what is sent is a document");
    assert_eq!(received, filled);
    assert_eq!(minify(&received), sent, "keys keep their order");
    for policy_type in ["BACKUP_POLICY", "SERVICE_CONTROL_POLICY"] {
        assert!(same_meaning(policy_type, &filled, &received));
        let same = same_meaning(policy_type, &content, &filled);
        assert_eq!(same_meaning(policy_type, &filled, &content), same);
    }
}

/// Reads JSON text as `serde_json` does, but for keys that stand twice.
fn read(text: &str) -> Option<Value> {
    match (parse(text, "Content"), serde_json::from_str::<Value>(text)) {
        (Ok(read), expected) => {
            assert_eq!(read, expected.expect("what we can read, serde_json can"));
            Some(read)
        }
        (Err(faults), Ok(_)) => {
            assert!(!faults.is_empty());
            assert!(faults.iter().all(|fault| fault.problem == "this key stands here twice"));
            None
        }
        (Err(faults), Err(_)) => {
            assert_eq!(faults.len(), 1, "{faults:?}");
            None
        }
    }
}

/// Whatever CloudFormation asks and Organizations answers, CloudFormation is answered in its own
/// terms. What Organizations answers stands in the event, as a list in `Organizations`.
pub fn answer(data: &[u8]) {
    let Some(mut event) = event(data) else { return };
    let names_our_fault = |text: &str| text.contains("the function has a bug");
    let says_so_itself = names_our_fault(&event.to_string());
    let answers = match event.get_mut("Organizations").map(Value::take) {
        Some(Value::Array(answers)) => answers,
        _ => Vec::new(),
    };
    let mut event = Event::read(event.to_string().as_bytes());
    let Ok(envelope) = Envelope::open(&mut event) else { return };
    let response = handle(&envelope, event, answers);

    assert!(!response.physical_resource_id.is_empty());
    let failed = response.status == Status::Failed;
    assert_eq!(failed, !response.reason.is_empty());
    if failed && let Some(held) = &envelope.physical_id {
        assert_eq!(&response.physical_resource_id, held);
    }
    // The handler turns a panic into this Reason; libFuzzer stops at the panic itself.
    assert!(!names_our_fault(&response.reason) || says_so_itself, "{}", response.reason);

    let body = response.body();
    assert!(!body.contains(SIGNATURE), "{body}");
    let told: Map<String, Value> = serde_json::from_str(&body).expect("a body is a JSON object");
    assert_eq!(told["Status"], if failed { "FAILED" } else { "SUCCESS" });
    assert_eq!(told["StackId"], envelope.stack_id);
    assert_eq!(told["RequestId"], envelope.request_id);
    assert_eq!(told["LogicalResourceId"], envelope.logical_id);
    assert_eq!(told["PhysicalResourceId"], response.physical_resource_id);
    let reason = told.get("Reason").map(|reason| reason.as_str().expect("a text"));
    assert!(response.reason.starts_with(reason.unwrap_or_default()), "{body}");
    if within_limits(&response) {
        assert!(body.len() <= 4_096, "{} bytes: {body}", body.len());
        assert_eq!(reason.is_some(), failed, "{body}");
    } else if body.len() > 4_096 {
        let target_ids = told.get("Data").and_then(|data| data.get("TargetIds"));
        assert!(reason.is_none() && target_ids.is_none(), "more could be cut: {body}");
    }
}

/// Whether the texts that cannot be cut are as short as CloudFormation and Organizations keep them.
fn within_limits(response: &Response) -> bool {
    let Response { physical_resource_id, stack_id, request_id, logical_resource_id, .. } = response;
    let attribute =
        |name: &str| response.data.get(name).and_then(Value::as_str).unwrap_or_default();
    [
        (physical_resource_id.as_str(), 1_024),
        (stack_id, 255),
        (request_id, 255),
        (logical_resource_id, 255),
        (attribute("Arn"), 255),
        (attribute("Type"), 255),
    ]
    .iter()
    .all(|(text, limit)| text.len() <= *limit && !text.contains(char::is_control))
}

fn handle(envelope: &Envelope, event: Event, answers: Vec<Value>) -> Response {
    let script = Script { answers: answers.into(), calls: Arc::default() };
    let config = connector::sdk_config(move |_| {
        let broken = || ConnectorError::io("the connection broke".into());
        ready(script.next().ok_or_else(broken))
    });
    // A new one for each event: it keeps the root's id.
    let clients = Clients::new(&config);
    let cloudformation = CloudFormation::new(&config);
    let handler = Handler { clients, cloudformation, quotas: Quotas::default() };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime on one thread, without sockets").block_on(async {
        let sent = Instant::now();
        let times = Times { sent, deadline: sent + Duration::from_secs(60) };
        handler.handle(envelope, event, times).await
    })
}

/// What Organizations answers to one call after another, the last one for ever; to answers that are
/// none, and where there are none, the connection breaks.
#[derive(Clone, Debug)]
struct Script {
    answers: Arc<[Value]>,
    calls: Arc<AtomicUsize>,
}

impl Script {
    fn next(&self) -> Option<HttpResponse> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = self.answers.get(call).or(self.answers.last())?;
        let status = u16::try_from(answer["Status"].as_u64()?).ok()?;
        let body = SdkBody::from(answer["Body"].to_string());
        Some(HttpResponse::new(status.try_into().ok()?, body))
    }
}

/// An event that any input can be, with a presigned URL to look for in place of its own; none if it
/// tells that elsewhere.
fn event(data: &[u8]) -> Option<Value> {
    let mut event: Value = serde_json::from_slice(data).ok()?;
    if event.to_string().contains(SIGNATURE) {
        return None;
    }
    let url = event.get_mut("ResponseURL");
    if let Some(url) = url.filter(|url| url.as_str().is_some_and(|url| !url.is_empty())) {
        *url = Value::from(PRESIGNED_URL);
    }
    Some(event)
}

/// The properties of an event; to begin with less, an input can be the properties alone.
fn properties_of(input: &Value) -> &Value {
    input.get("ResourceProperties").unwrap_or(input)
}
