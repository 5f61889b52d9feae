//! Lambda: invocations, some of which die, and redeliveries.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::function::{Handler, Times};
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::Response;
use policy_document::quotas::Quotas;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::resources::summary;
use super::{Engine, api};
use crate::stack::LAMBDA_TIMEOUT;

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
        let work = handler.handle(&envelope, rest, times);
        if self.chance(self.behaviour.crashes) {
            return timeout(self.between(0.0, 20.0), work).await.ok();
        }
        Some(work.await)
    }

    fn function(&self) -> Handler {
        let stacks = self.stacks.clone();
        let silent = self.behaviour.silent;
        let asked = self.asked.clone();
        let answers: api::Answers = Arc::new(move |id| {
            asked.fetch_add(1, Ordering::Relaxed);
            let stacks = stacks.lock().expect("one thread");
            let stack = stacks.get(id.split('/').nth(1)?).filter(|_| !silent)?;
            Some(stack.iter().map(|(id, resource)| summary(id, resource)).collect())
        });
        let latency = Duration::from_millis(100);
        Handler {
            clients: Clients::new(&self.world.sdk_config()),
            cloudformation: CloudFormation::new(&api::sdk_config(latency, answers)),
            quotas: Quotas::default(),
        }
    }
}
