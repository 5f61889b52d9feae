//! The engine's own API, as far as the function asks it: ListStackResources and DescribeStacks, answered as an in-memory
//! HTTP connector under the real SDK client.

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

/// What is said of a stack.
pub(super) enum Answer {
    Refused,
    /// There never was a stack of this id.
    NoStack,
    Stack {
        resources: Vec<Summary>,
        is_being_deleted: bool,
    },
}

/// The way in for the code under test. A stack all of whose resources are being deleted is being deleted itself.
pub fn sdk_config(latency: Duration, answers: Answers) -> SdkConfig {
    answering(latency, move |id| {
        answers(id).map_or(Answer::Refused, |resources| {
            let is_being_deleted = resources.iter().all(|r| r.status.starts_with("DELETE_"));
            Answer::Stack { resources, is_being_deleted }
        })
    })
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
            let (operation, id) = question(&request);
            let (status, body) = match answer(&id) {
                Answer::Stack { is_being_deleted, .. } if operation == "DescribeStacks" => {
                    (200, description(is_being_deleted))
                }
                Answer::Stack { resources, .. } => (200, listing(&resources)),
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

/// The operation of a request, and its StackName.
fn question(request: &HttpRequest) -> (String, String) {
    let body = request.body().bytes().expect("awsQuery bodies are in memory");
    let body = std::str::from_utf8(body).expect("awsQuery bodies are text");
    let field = |name: &str| {
        let (_, value) = body.split_once(name).expect("it has the field");
        value.split('&').next().expect("a first part").replace("%3A", ":").replace("%2F", "/")
    };
    let operation = field("Action=");
    assert!(["ListStackResources", "DescribeStacks"].contains(&&*operation), "{body}");
    (operation, field("&StackName="))
}

fn description(is_being_deleted: bool) -> String {
    let status = if is_being_deleted { "DELETE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" };
    format!(
        "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <DescribeStacksResult><Stacks><member><StackName>stack</StackName>\
         <CreationTime>2026-11-22T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>\
         </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )
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
