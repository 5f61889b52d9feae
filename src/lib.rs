//! AWS Organizations policies, and what AWS Backup needs beside them, as CloudFormation resources.
//!
//! ```text
//! event → request → desired → observed → plan → apply → response
//! ```
//!
//! One way; the only way back is a policy that CreatePolicy finds there already, which is observed
//! and planned for once more. The modules below stand in the order in which an event meets them;
//! `settings` has the same stages for the second resource.

// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

pub mod function;
pub mod protocol;
pub mod policy;
pub mod settings;
pub mod aws;
pub mod progress;
pub mod error;

use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

use crate::error::Error;
use crate::function::{Handler, Times};
use crate::protocol::request::Envelope;
use crate::protocol::response::Responder;

/// Left to Lambda after the last moment for the answer.
const RETURN_MARGIN: Duration = Duration::from_millis(500);

/// Lambda's longest time-out, for a stand-in that sends no real deadline: cargo-lambda's lies in 1970.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(900);

/// Works one event off and answers CloudFormation, whatever the work came to.
///
/// `deadline` is Lambda's. After a delivered answer this is Ok, also when the answer was FAILED:
/// an error would make Lambda run an event again that CloudFormation is done with.
///
/// # Errors
/// When there is nobody to answer (no custom-resource event), or the answer could not be
/// delivered; the latter is worth a second run.
pub async fn answer(
    handler: &Handler,
    responder: &Responder,
    mut event: Value,
    deadline: SystemTime,
) -> Result<(), Error> {
    let (now, clock) = (Instant::now(), SystemTime::now());
    let deadline = now + deadline.duration_since(clock).unwrap_or(LONGEST_TIMEOUT);
    let envelope = Envelope::open(&mut event)?;
    let age = envelope.sent.and_then(|sent| clock.duration_since(sent.try_into().ok()?).ok());
    let sent = now.checked_sub(age.unwrap_or_default()).unwrap_or(now);
    let response = handler.handle(&envelope, event, Times { sent, deadline }).await;
    let until = deadline.checked_sub(RETURN_MARGIN).unwrap_or(deadline);
    responder.deliver(&envelope.response_url, &response, until).await
}
