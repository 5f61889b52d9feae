//! The engine's own API, as far as the function asks it: ListStackResources, answered as an in-memory HTTP connector
//! under the real SDK client.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::connector;

/// A resource as ListStackResources shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    pub logical_id: String,
    pub physical_id: String,
    pub status: &'static str,
    /// As ISO 8601 writes it.
    pub since: String,
}

/// Answers with the resources of the stack of this id; none is a refusal.
pub type Answers = Arc<dyn Fn(&str) -> Option<Vec<Summary>> + Send + Sync>;

/// An answer to ListStackResources.
pub(super) enum Answer {
    Refused,
    /// There never was a stack of this id.
    NoStack,
    Resources(Vec<Summary>),
}

/// The way in for the code under test.
pub fn sdk_config(latency: Duration, answers: Answers) -> SdkConfig {
    answering(latency, move |id| answers(id).map_or(Answer::Refused, Answer::Resources))
}

pub(super) fn answering(
    latency: Duration,
    answer: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> SdkConfig {
    let answer = Arc::new(answer);
    connector::sdk_config(move |request| {
        let answer = answer.clone();
        async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let id = stack_id(&request);
            let (status, body) = match answer(&id) {
                Answer::Resources(summaries) => (200, listing(&summaries)),
                Answer::NoStack => {
                    let message = format!("Stack with id {id} does not exist");
                    (400, error("ValidationError", &message))
                }
                Answer::Refused => (400, error("Throttling", "Rate exceeded")),
            };
            Ok(HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body)))
        }
    })
}

/// A CloudFormation that tells nothing.
pub fn silent() -> SdkConfig {
    sdk_config(Duration::ZERO, Arc::new(|_| None))
}

/// The StackName of a request, which has to be ListStackResources.
fn stack_id(request: &HttpRequest) -> String {
    let body = request.body().bytes().expect("awsQuery bodies are in memory");
    let body = std::str::from_utf8(body).expect("awsQuery bodies are text");
    assert!(body.starts_with("Action=ListStackResources&"), "{body}");
    let (_, name) = body.split_once("&StackName=").expect("it names the stack");
    let name = name.split('&').next().expect("a first part");
    name.replace("%3A", ":").replace("%2F", "/")
}

fn listing(summaries: &[Summary]) -> String {
    let members: String = summaries
        .iter()
        .map(|Summary { logical_id, physical_id, status, since }| {
            format!(
                "<member><LogicalResourceId>{logical_id}</LogicalResourceId>\
                 <PhysicalResourceId>{physical_id}</PhysicalResourceId>\
                 <ResourceType>Custom::OrgPolicy</ResourceType>\
                 <ResourceStatus>{status}</ResourceStatus>\
                 <LastUpdatedTimestamp>{since}</LastUpdatedTimestamp></member>"
            )
        })
        .collect();
    format!(
        "<ListStackResourcesResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <ListStackResourcesResult><StackResourceSummaries>{members}</StackResourceSummaries>\
         </ListStackResourcesResult></ListStackResourcesResponse>"
    )
}

fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error></ErrorResponse>"
    )
}
