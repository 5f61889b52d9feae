//! The Lambda function: log, clients, the loop.

// The layers of Lambda's runtime and of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

use std::process::ExitCode;
use std::{env, fmt};

use cfn_org_policy::aws::still_wanted::CloudFormation;
use cfn_org_policy::aws::{Clients, config};
use cfn_org_policy::error::{self, chain};
use cfn_org_policy::function::{self, Handler};
use cfn_org_policy::log;
use cfn_org_policy::protocol::deliver::Responder;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use policy_document::quotas::Quotas;
use tracing::{error, info};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::start(&["cfn_org_policy"]);
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
