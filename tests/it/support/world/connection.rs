//! The way of a call: from the SDK client through the connector into the organization and back.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::json;

use super::World;
use super::faults::{Fault, PANIC_TEXT};
use super::input::Input;
use super::operations::{Answer, Refusal};
use crate::support::connector;

/// One end of a client in the world: of the code under test, or of the test that only inspects.
pub(super) fn connect(world: &World, inspecting: bool) -> SdkConfig {
    let world = world.clone();
    connector::sdk_config(move |request| {
        let world = world.clone();
        async move {
            let (operation, input) = parse(&request, inspecting);
            if inspecting {
                return Ok(answered(world.execute(&operation, &input)));
            }
            serve(&world, &operation, &input).await
        }
    })
}

/// One call from its arrival to its answer.
async fn serve(
    world: &World,
    operation: &str,
    input: &Input,
) -> Result<HttpResponse, ConnectorError> {
    let arrival = world.record(operation, input);
    pause(arrival.half_way).await;
    let answer = match arrival.change {
        Err(code) => Ok(planned(code, None)),
        Ok(_) => {
            world.run_hook(arrival.number);
            take_effect(world, operation, input, arrival.fault).await
        }
    };
    pause(arrival.half_way).await;
    answer
}

/// What happens half-way: the call takes effect, unless a fault is in its way.
async fn take_effect(
    world: &World,
    operation: &str,
    input: &Input,
    fault: Option<Fault>,
) -> Result<HttpResponse, ConnectorError> {
    let execute = || answered(world.execute(operation, input));
    match fault {
        None => Ok(execute()),
        Some(Fault::Error(code)) => Ok(planned(code, None)),
        Some(Fault::ErrorWithReason(code, reason)) => Ok(planned(code, Some(reason))),
        Some(Fault::Status(status)) => Ok(respond(status, String::new())),
        Some(Fault::LostAnswer) => {
            execute();
            Err(ConnectorError::io("the connection broke before the answer".into()))
        }
        Some(Fault::Hang { takes_effect }) => {
            if takes_effect {
                execute();
            }
            std::future::pending().await
        }
        Some(Fault::Panic) => panic!("{PANIC_TEXT}"),
    }
}

/// Sleeps; not even a yield for no time at all, so that a world without latency needs no timer.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn parse(request: &HttpRequest, inspecting: bool) -> (String, Input) {
    let target =
        request.headers().get("x-amz-target").expect("every awsJson request names its operation");
    let operation =
        target.strip_prefix("AWSOrganizationsV20161128.").expect("the service is Organizations");
    let body = request.body().bytes().expect("awsJson bodies are in memory");
    let fields = serde_json::from_slice(body).expect("awsJson bodies are JSON objects");
    (operation.to_owned(), Input { fields, inspecting })
}

fn planned(code: &'static str, reason: Option<&str>) -> HttpResponse {
    answered(Err(Refusal::planned(code, reason)))
}

fn answered(answer: Answer) -> HttpResponse {
    match answer {
        Ok(body) => respond(200, body.to_string()),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> HttpResponse {
    let mut body = json!({"__type": refusal.code, "Message": refusal.message});
    if let Some(reason) = &refusal.reason {
        body["Reason"] = json!(reason);
    }
    // The service model marks this one alone as a fault of the server.
    let status = if refusal.code == "ServiceException" { 500 } else { 400 };
    respond(status, body.to_string())
}

fn respond(status: u16, body: String) -> HttpResponse {
    HttpResponse::new(status.try_into().expect("a status code"), SdkBody::from(body))
}
