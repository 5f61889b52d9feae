//! The events that CloudFormation sends, and their answers.

use aws_smithy_types::date_time::Format;
use cfn_org_policy::protocol::response::Response;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::changes::Change;
use super::{Engine, SERVICE_TIMEOUT, SentEvent};
use crate::fixtures::Event;

impl Engine {
    /// Sends a Create or an Update; the future is its answer, or none after CloudFormation's patience.
    pub(super) fn ask_for(
        &self,
        stack: &str,
        change: &Change,
    ) -> impl Future<Output = Option<Response>> + use<> {
        let Change { logical_id, before, properties } = change;
        let event = match before {
            None => {
                self.set(stack, logical_id, |resource| {
                    resource.status = "CREATE_IN_PROGRESS";
                    resource.properties.clone_from(properties);
                });
                self.event("Create", stack, logical_id, properties)
            }
            Some(before) => {
                self.set(stack, logical_id, |resource| resource.status = "UPDATE_IN_PROGRESS");
                let mut event = self.event("Update", stack, logical_id, properties);
                event["PhysicalResourceId"] = json!(before.physical_id);
                event["OldResourceProperties"] = before.properties.clone();
                event
            }
        };
        self.send(event)
    }

    pub(super) fn event(
        &self,
        request_type: &str,
        stack: &str,
        logical_id: &str,
        properties: &Value,
    ) -> Value {
        let sent = self.now().fmt(Format::DateTime).expect("a date").replace(['-', ':'], "");
        let sent = format!("{}Z", &sent[..15]);
        let url = format!("https://example.com/?X-Amz-Date={sent}&X-Amz-Signature=secret");
        Event::new(request_type, logical_id)
            .set("RequestId", format!("request-{}", self.number()))
            .set("ResponseURL", url)
            .set("StackId", self.stack_id(stack))
            .properties(properties.clone())
            .build()
    }

    pub(super) fn send(&self, event: Value) -> impl Future<Output = Option<Response>> + use<> {
        let (answered, answer) = oneshot::channel();
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let sent = SentEvent {
            request_id: text("RequestId"),
            request_type: text("RequestType"),
            stack_id: text("StackId"),
            logical_id: text("LogicalResourceId"),
            physical_id: text("PhysicalResourceId"),
        };
        let mut inner = self.inner.borrow_mut();
        inner.events.push(sent);
        inner.pending.insert(text("RequestId"), answered);
        drop(inner);
        let lambda = self.clone();
        self.invocations.borrow_mut().spawn_local(async move { lambda.deliver(event).await });
        async move { timeout(SERVICE_TIMEOUT, answer).await.ok()?.ok() }
    }
}
