//! Lambda: invocations, some of which die, and redeliveries.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_config::SdkConfig;
use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::function::{Handler, Times};
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::Response;
use policy_document::quotas::Quotas;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::api::{self, Answer};
use super::{Behaviour, Engine};
use crate::stack::LAMBDA_TIMEOUT;

tokio::task_local! {
    static AT_WORK: String;
}

/// The RequestId of the event that is being worked on here, if one is.
pub fn event_at_work() -> Option<String> {
    AT_WORK.try_with(Clone::clone).ok()
}

impl Engine {
    /// Delivers the event, up to three times if the invocation dies, and sometimes again after the response.
    pub(super) async fn deliver(&self, event: Value) {
        let sent = Instant::now();
        for attempt in 1..=3 {
            sleep(self.between(0.05, 0.5)).await;
            let answer = self.invoke(&event, sent).await;
            let done = answer.is_some() && !self.chance(self.behaviour.repeats);
            if let Some(answer) = answer {
                let waiting = self.inner.borrow_mut().pending.remove(&answer.request_id);
                // Nobody waits for the response of a cancelled event.
                if let Some(waiting) = waiting {
                    drop(waiting.send(answer));
                }
            }
            if done {
                return;
            }
            sleep(Duration::from_secs(60 * attempt)).await;
        }
    }

    /// One invocation, in a new process.
    async fn invoke(&self, event: &Value, sent: Instant) -> Option<Response> {
        let mut rest = event.clone().into();
        let envelope = Envelope::open(&mut rest).expect("the event has a ResponseURL");
        let times = Times { sent, deadline: Instant::now() + LAMBDA_TIMEOUT };
        let handler = self.function();
        // The function's own random numbers follow from the seed, whatever other invocations have drawn.
        fastrand::seed(self.inner.borrow_mut().rng.u64(..));
        let id = envelope.request_id.clone();
        let work = AT_WORK.scope(id, handler.handle(&envelope, rest, times));
        if self.chance(self.behaviour.crashes) {
            return timeout(self.between(0.0, 20.0), work).await.ok();
        }
        Some(work.await)
    }

    fn function(&self) -> Handler {
        Handler {
            clients: Clients::new(&self.world.sdk_config()),
            cloudformation: CloudFormation::new(&self.sdk_config()),
            quotas: Quotas::default(),
        }
    }
    /// The way in for the function, and for a test that asks ListStackResources as the function does.
    pub fn sdk_config(&self) -> SdkConfig {
        let stacks = self.stacks.clone();
        let Behaviour { silent, list_lag, .. } = self.behaviour;
        let asked = self.asked.clone();
        api::answering(Duration::from_millis(100), move |id| {
            asked.fetch_add(1, Ordering::Relaxed);
            if silent {
                return Answer::Refused;
            }
            let stacks = stacks.lock().expect("one thread");
            let Some(stack) = stacks.get(id) else { return Answer::NoStack };
            let is_being_deleted = stack.is_being_deleted();
            stack
                .shown(list_lag)
                .map_or(Answer::NoStack, |resources| Answer::Stack { resources, is_being_deleted })
        })
    }
}
