//! The Lambda function: log, clients, the loop.

// The layers of Lambda's runtime and of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

use std::fmt;
use std::io::{self, Write, stdout};
use std::process::ExitCode;
use std::str::FromStr;
use std::{env, panic};

use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::aws::{Clients, config};
use cfn_org_policy::error::{self, chain};
use cfn_org_policy::function::{self, Handler};
use cfn_org_policy::protocol::deliver::Responder;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use policy_document::quotas::Quotas;
use tracing::{Level, error, info};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    start_log();
    info!("cfn-org-policy {}", env!("CARGO_PKG_VERSION"));
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    error!("{}", chain(&*error));
    ExitCode::FAILURE
}

/// Handles one event after the other, until Lambda ends the process.
async fn serve() -> Result<(), Error> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a TLS provider is installed already")?;
    let responder = Responder::new(setting("AWS_ENDPOINT_URL").as_deref())?;
    let handler = handler().await;
    let (handler, responder) = (&handler, &responder);
    let run = |event: LambdaEvent<Vec<u8>>| async move {
        let deadline = event.context.deadline();
        let responded = function::run(handler, responder, &event.payload, deadline).await;
        responded.map_err(Failed)
    };
    Runtime::new(service_fn(run)).layer(MapRequestLayer::new(as_bytes)).run().await
}

/// Lambda's runtime parses the payload before the handler gets it, and what it cannot parse nobody
/// answers. So it is given the payload's bytes, as a list of numbers, which it can always parse.
fn as_bytes(mut invocation: LambdaInvocation) -> LambdaInvocation {
    let bytes: &[u8] = &invocation.body;
    // Numbers in memory only: this cannot fail.
    invocation.body = serde_json::to_vec(bytes).unwrap_or_default().into();
    invocation
}

/// An invocation that failed. Lambda's runtime logs what this prints by Debug.
struct Failed(error::Error);

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<Failed> for Diagnostic {
    fn from(Failed(error): Failed) -> Self {
        let error_type = match error {
            error::Error::Undelivered(_) => "ResponseNotDelivered",
            _ => "NotACustomResourceEvent",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

/// CloudFormation is asked in the function's own account; the organization is worked on in the role
/// that `MANAGEMENT_ROLE_ARN` names, if it names one.
async fn handler() -> Handler {
    let own = config::load().await;
    let management = match setting("MANAGEMENT_ROLE_ARN") {
        Some(role) => config::in_role(&own, role).await,
        None => own.clone(),
    };
    Handler {
        clients: Clients::new(&management),
        cloudformation: CloudFormation::new(&own),
        quotas: quotas(),
    }
}

/// The built-in quotas, where the overrides cannot be read: without a function no stack gets a response.
fn quotas() -> Quotas {
    let overrides = setting("POLICY_CONTENT_LIMITS").unwrap_or_default();
    Quotas::with_overrides(&overrides).unwrap_or_else(|problem| {
        error!("POLICY_CONTENT_LIMITS is left aside: {problem}");
        Quotas::default()
    })
}

/// An environment variable, unless it is empty.
fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `LOG_LEVEL` is for this program's own lines. The libraries get no say below warnings: some of
/// them would print whole events, and with them the presigned URL. A panic is logged like any error.
fn start_log() {
    let level = setting("LOG_LEVEL").and_then(|level| Level::from_str(&level).ok());
    let filter = Targets::new()
        .with_target("cfn_org_policy", level.unwrap_or(Level::INFO))
        .with_default(Level::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time() // Lambda's log has a time for every line.
        .with_writer(|| OneLine);
    tracing_subscriber::registry().with(lines).with(filter).init();
    panic::set_hook(Box::new(|panic| error!("{panic}")));
}

/// Standard output, to which each entry of the log is written as one line. Names, tags, AWS's messages
/// and the rest of what others write may hold what would begin a new line or redraw a terminal: it is
/// written as an escape.
struct OneLine;

impl Write for OneLine {
    /// The log's formatter writes an entry as a whole, with the line's end.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let mut line = String::with_capacity(text.len());
        for character in text.strip_suffix('\n').unwrap_or(&text).chars() {
            if is_text(character) {
                line.push(character);
            } else {
                line.extend(character.escape_default());
            }
        }
        line.push('\n');
        stdout().write_all(line.as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        stdout().flush()
    }
}

/// Whether it neither controls a terminal, nor ends a line, nor turns the direction of the text.
fn is_text(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !turns
}
