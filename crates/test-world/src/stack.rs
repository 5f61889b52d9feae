//! CloudFormation as one stack sees it: it sends events and holds physical ids.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::function::{Handler, Times};
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::{Response, Status};
use policy_document::quotas::Quotas;
use serde_json::Value;
use tokio::time::Instant;

use super::engine;
use super::fixtures::Event;

/// Lambda's longest time-out, which template.yaml sets.
pub const LAMBDA_TIMEOUT: Duration = Duration::from_secs(900);

/// A stack whose resources are all answered by one function.
pub struct Stack {
    pub handler: Handler,
    pub id: String,
    /// The type of all its resources.
    pub resource_type: &'static str,
    requests: Cell<usize>,
}

/// A resource as CloudFormation remembers it.
#[derive(Clone, Debug)]
pub struct Resource {
    pub logical_id: String,
    pub physical_id: String,
    pub properties: Value,
}

impl Stack {
    pub fn new(config: &SdkConfig, name: &str) -> Stack {
        Stack {
            handler: Handler {
                clients: Clients::new(config),
                cloudformation: CloudFormation::new(&engine::silent()),
                quotas: Quotas::default(),
            },
            id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1"),
            resource_type: "Custom::OrgPolicy",
            requests: Cell::new(0),
        }
    }

    /// From now on CloudFormation answers like this: with the resources of the stack of this id, or not at all.
    pub fn cloudformation_answers(
        &mut self,
        answers: impl Fn(&str) -> Option<Vec<engine::Summary>> + Send + Sync + 'static,
    ) {
        let config = engine::sdk_config(Duration::ZERO, Arc::new(answers));
        self.handler.cloudformation = CloudFormation::new(&config);
    }

    /// Sends an event, and checks what holds for every response.
    pub async fn send(&self, event: &Value) -> Response {
        self.send_with(event, LAMBDA_TIMEOUT).await
    }

    /// As `send`, with this much time for Lambda.
    pub async fn send_with(&self, event: &Value, lambda: Duration) -> Response {
        self.deliver(event, Instant::now(), lambda).await
    }

    /// As `send_with`, for an event that was sent earlier.
    pub async fn deliver(&self, event: &Value, sent: Instant, lambda: Duration) -> Response {
        let mut rest = event.clone().into();
        let envelope = Envelope::open(&mut rest).expect("the event has a ResponseURL");
        let deadline = Instant::now() + lambda;
        // Without optimization the future is too large for the stack of a test's thread.
        let work = Box::pin(self.handler.handle(&envelope, rest, Times { sent, deadline }));
        let response = work.await;
        assert!(Instant::now() <= deadline, "answered too late: {response:?}");
        assert!(!response.physical_resource_id.is_empty());
        assert_eq!(response.status == Status::Failed, !response.reason.is_empty());
        response
    }

    pub async fn create(&self, logical_id: &str, properties: Value) -> (Resource, Response) {
        let response = self.send(&self.create_event(logical_id, &properties)).await;
        let resource = Resource {
            logical_id: logical_id.to_owned(),
            physical_id: response.physical_resource_id.clone(),
            properties,
        };
        (resource, response)
    }

    /// Sends the Update. After a success CloudFormation holds the answered id and sends a Delete
    /// for the former one, if that was another; after a failure it sends the rollback's Update.
    /// Both are left to the test.
    pub async fn update(&self, resource: &mut Resource, properties: Value) -> Response {
        let response = self.send(&self.update_event(resource, &properties)).await;
        if response.status == Status::Success {
            resource.physical_id = response.physical_resource_id.clone();
            resource.properties = properties;
        } else {
            assert_eq!(response.physical_resource_id, resource.physical_id, "FAILED echoes the id");
        }
        response
    }

    pub async fn delete(&self, resource: &Resource) -> Response {
        let response = self.send(&self.delete_event(resource)).await;
        assert_eq!(response.physical_resource_id, resource.physical_id);
        response
    }

    pub fn create_event(&self, logical_id: &str, properties: &Value) -> Value {
        self.event(Event::create(logical_id).properties(properties.clone()))
    }

    pub fn update_event(&self, resource: &Resource, properties: &Value) -> Value {
        self.event(Event::update(resource).properties(properties.clone()))
    }

    pub fn delete_event(&self, resource: &Resource) -> Value {
        self.event(Event::delete(resource))
    }

    fn event(&self, event: Event) -> Value {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        event
            .set("RequestId", format!("request-{number}"))
            .set("ResourceType", self.resource_type)
            .set("StackId", &*self.id)
            // Without a date: the test says how old the event is.
            .set("ResponseURL", "https://example.com/answer?signature=secret")
            .build()
    }
}

/// Fails the test with the Reason, unless the response is SUCCESS.
#[track_caller]
pub fn succeeded(response: &Response) {
    assert_eq!(response.status, Status::Success, "{}", response.reason);
}

/// The Reason of a FAILED response.
#[track_caller]
pub fn failure(response: &Response) -> &str {
    assert_eq!(response.status, Status::Failed, "{response:?}");
    &response.reason
}
