//! What happens in a stack, as its events tell it.

use std::time::SystemTime;

use aws_sdk_cloudformation::primitives::{DateTime, DateTimeFormat};

use super::Problem;
use super::stacks::{Stacks, problem};

/// Something that has happened in a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// What tells it from all others.
    pub id: String,
    /// The resource's name in the template; the stack's own name for the stack itself.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// UPDATE_COMPLETE, say.
    pub status: String,
    /// Why.
    pub reason: String,
}

impl Stacks {
    /// The events of a stack after this one, the first one first; only the last one, if none is named.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn events_after(
        &self,
        stack: &str,
        last: Option<&str>,
    ) -> Result<Vec<StackEvent>, Problem> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let call = self.client.describe_stack_events().stack_name(stack).set_next_token(token);
            let page = self.calls.send(|| call.clone().send()).await;
            let page = page.map_err(|error| {
                problem(&format!("read the events of stack {stack}"), "DescribeStackEvents", &error)
            })?;
            for event in page.stack_events.unwrap_or_default() {
                let id = event.event_id.unwrap_or_default();
                if last == Some(id.as_str()) {
                    found.reverse();
                    return Ok(found);
                }
                found.push(StackEvent {
                    id,
                    logical_id: event.logical_resource_id.unwrap_or_default(),
                    resource_type: event.resource_type.unwrap_or_default(),
                    status: event.resource_status.map_or(String::new(), |s| s.as_str().to_owned()),
                    reason: event.resource_status_reason.unwrap_or_default(),
                });
                if last.is_none() {
                    return Ok(found);
                }
            }
            token = page.next_token;
            if token.is_none() {
                found.reverse();
                return Ok(found);
            }
        }
    }
}

/// The time in UTC, to the second: `2026-11-28T09:15:00Z`.
pub fn now() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    written(seconds.map_or(0, |passed| i64::try_from(passed.as_secs()).unwrap_or_default()))
}

/// A moment, in seconds since 1970, in the same form.
pub fn written(seconds: i64) -> String {
    DateTime::from_secs(seconds).fmt(DateTimeFormat::DateTime).unwrap_or_default()
}
