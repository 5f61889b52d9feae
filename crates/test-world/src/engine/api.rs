//! The engine's own API, as far as the function asks it: ListStackResources, answered as an in-memory HTTP connector
//! under the real SDK client.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use crate::connector;

/// A resource as ListStackResources shows it.
pub struct Summary {
    pub logical_id: String,
    pub physical_id: String,
    pub status: &'static str,
    /// As ISO 8601 writes it.
    pub since: String,
}

/// Answers with the resources of the stack of this id; none is a refusal.
pub type Answers = Arc<dyn Fn(&str) -> Option<Vec<Summary>> + Send + Sync>;

/// The way in for the code under test.
pub fn sdk_config(latency: Duration, answers: Answers) -> SdkConfig {
    connector::sdk_config(move |request| {
        let answers = answers.clone();
        async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let (status, body) = match answers(&stack_id(&request)) {
                Some(summaries) => (200, listing(&summaries)),
                None => (400, REFUSAL.to_owned()),
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

const REFUSAL: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
    <Message>Rate exceeded</Message></Error></ErrorResponse>";
