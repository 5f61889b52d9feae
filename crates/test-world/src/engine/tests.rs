//! The engine alone: which events it sends, and what ListStackResources shows. The function and the organization are as
//! in the other tests.

mod clean_up;
mod disabled_rollback;
mod listing;

use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::retry::RetryConfig;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use serde_json::json;
use tokio::time::sleep;

use super::*;
use crate::fixtures::{policy_properties, with};
use crate::simulation::in_virtual_time;
use crate::world::{Fault, NO_SUCH_UNIT, PRODUCTION, SANDBOX, SCP};

const SECOND: Duration = Duration::from_secs(1);
/// The stack of all these tests.
const STACK: &str = "backup";

fn engine(behaviour: Behaviour) -> (World, Engine) {
    let world = World::new();
    let engine = Engine::new(&world, behaviour, 0);
    (world, engine)
}

/// A template of backup policies, each named as its resource, with these changes.
fn policies<const N: usize>(declared: [(&str, Value); N]) -> Template {
    let declared = declared.into_iter().map(|(id, changes)| {
        let named = with(&policy_properties(), json!({"Name": id}));
        (id.to_owned(), with(&named, changes))
    });
    declared.collect()
}

/// What ListStackResources answers: each resource's logical id and status, or the error.
async fn listed(engine: &Engine, stack_id: &str) -> Vec<String> {
    let config = engine.sdk_config().into_builder().retry_config(RetryConfig::disabled()).build();
    let client = Client::new(&config);
    match client.list_stack_resources().stack_name(stack_id).send().await {
        Ok(answer) => {
            let shown = answer.stack_resource_summaries().iter().map(|resource| {
                let status = resource.resource_status().expect("a status").as_str();
                format!("{} {status}", resource.logical_resource_id().expect("an id"))
            });
            shown.collect()
        }
        Err(error) => vec![format!("{}", DisplayErrorContext(&error))],
    }
}

/// The events since the last look, as "Delete Policy p-0000000001".
fn sent(engine: &Engine) -> Vec<String> {
    let events = std::mem::take(&mut engine.inner.borrow_mut().events).into_iter();
    let text = |event: SentEvent| {
        let SentEvent { request_type, logical_id, physical_id, .. } = event;
        format!("{request_type} {logical_id} {physical_id}").trim_end().to_owned()
    };
    events.map(text).collect()
}
