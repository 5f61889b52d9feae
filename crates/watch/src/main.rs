//! The Lambda functions, the one that looks and the one that heals: log, clients, the loop.

// The layers of Lambda's runtime and of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

use std::env;
use std::process::ExitCode;

use aws_config::SdkConfig;
use cfn_org_policy::aws::config;
use cfn_org_policy::error::chain;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use org_policy::aws::{Problem, Session, WatchTable};
use org_policy::terminal::count;
use serde_json::Value;
use tracing::{error, info};
use watch::aws::store;
use watch::aws::topic::SnsTopic;
use watch::aws::trail::CloudTrail;
use watch::event::policies_named;
use watch::heal::heal;
use watch::heal::memory::Items;
use watch::memory::Seconds;
use watch::metrics;
use watch::watch::{READING, run};

/// Lambda's longest time-out, which the template sets: by then a run is over.
const LONGEST: Seconds = 900;
/// What only one run may do at a time.
const LOOK: &str = "run";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cfn_org_policy::log::start(&["cfn_org_policy", "org_policy", "watch"]);
    info!("watch {}", env!("CARGO_PKG_VERSION"));
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    error!("{}", chain(&*error));
    ExitCode::FAILURE
}

/// What the template sets, and the configuration.
struct Settings {
    config: SdkConfig,
    table: String,
    topic: String,
}

/// Runs once for each event, until Lambda ends the process.
async fn serve() -> Result<(), Error> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a TLS provider is installed already")?;
    let settings = &Settings {
        config: config::load().await,
        table: setting("TABLE")?,
        topic: setting("TOPIC_ARN")?,
    };
    if setting("TASK")? == "heal" {
        let function_arn = &setting("FUNCTION_ARN")?;
        let put_back =
            |_: LambdaEvent<Value>| async move { put_back(settings, function_arn).await };
        return Runtime::new(service_fn(put_back)).run().await;
    }
    let look = |event: LambdaEvent<Value>| async move { look(settings, &event.payload).await };
    Runtime::new(service_fn(look)).run().await
}

/// What events name is remembered before anything else: if another run is under way, the next one reads it first.
async fn look(settings: &Settings, event: &Value) -> Result<(), Diagnostic> {
    let session = &Session::on(settings.config.clone());
    let table = &WatchTable::new(session, &settings.table);
    let topic = &SnsTopic { session, arn: &settings.topic };
    let started = session.seconds();
    let not_reached = |problem: Problem| failed("TableNotReached", problem.to_string());
    store::name(table, &policies_named(event)).await.map_err(not_reached)?;
    if !table.begin(LOOK, started, started + LONGEST).await.map_err(not_reached)? {
        info!("another run is under way: this one leaves it to that");
        return Ok(());
    }
    let run = run(session, table, topic, &CloudTrail::new(session), started, READING).await;
    if let Err(problem) = table.end(LOOK).await {
        error!("{problem}; the next run begins when this one would have had to end");
    }
    let run = run.map_err(|error| failed("NotLooked", error.to_string()))?;
    info!("{}; {} told", run.report.summary().line(), count(run.told.len(), "finding"));
    for problem in &run.report.problems {
        error!("{problem}");
    }
    let function = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    // The metrics are read from a line that is nothing else.
    println!("{}", metrics::line(&run, started * 1000, &function));
    Ok(())
}

/// What the event says does not matter: that it comes says that it is time.
async fn put_back(settings: &Settings, function_arn: &str) -> Result<(), Diagnostic> {
    let session = &Session::on(settings.config.clone());
    let table = &WatchTable::new(session, &settings.table);
    let topic = &SnsTopic { session, arn: &settings.topic };
    let run = heal(session, table, topic, function_arn, session.seconds()).await;
    let run = run.map_err(|error| failed("NotHealed", error.to_string()))?;
    match run.is_second {
        true => info!("another run is under way: this one leaves it to that"),
        false => info!(
            "{} healed, {} left",
            count(run.healed.len(), "stack"),
            count(run.left.len(), "stack")
        ),
    }
    Ok(())
}

/// What Lambda's runtime logs, and counts as an error of the function.
fn failed(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message }
}

fn setting(name: &str) -> Result<String, Error> {
    env::var(name)
        .map_err(|_| format!("{name} is not set: deploy the function by its template").into())
}
