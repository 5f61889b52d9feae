//! The Lambda functions, the one that looks and the one that heals: log, clients, the loop.

// The layers of Lambda's runtime and of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

use std::env;
use std::process::ExitCode;
use std::time::SystemTime;

use aws_config::SdkConfig;
use cfn_org_policy::aws::config;
use cfn_org_policy::error::chain;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use org_policy::aws::{Problem, Session};
use org_policy::terminal::count;
use serde_json::Value;
use tracing::{error, info};
use watch::aws::store::Table;
use watch::aws::topic::SnsTopic;
use watch::aws::trail::CloudTrail;
use watch::event::policies_named;
use watch::heal::heal;
use watch::memory::Seconds;
use watch::metrics;
use watch::watch::{READING, run};

/// Lambda's longest time-out, which the template sets: by then a run is over.
const LONGEST: Seconds = 900;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cfn_org_policy::log::start(&["cfn_org_policy", "org_policy", "watch"]);
    info!("watch {}", env!("CARGO_PKG_VERSION"));
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    error!("{}", chain(&*error));
    ExitCode::FAILURE
}

/// What a run needs.
struct Watch {
    config: SdkConfig,
    table: Table,
    topic: SnsTopic,
    trail: CloudTrail,
}

/// Runs once for each event, until Lambda ends the process.
async fn serve() -> Result<(), Error> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "a TLS provider is installed already")?;
    let config = config::load().await;
    let watch = &Watch {
        table: Table::new(&config, setting("TABLE")?),
        topic: SnsTopic::new(&config, setting("TOPIC_ARN")?),
        trail: CloudTrail::new(&config),
        config,
    };
    if setting("TASK")? == "heal" {
        let function_arn = &setting("FUNCTION_ARN")?;
        let put_back = |_: LambdaEvent<Value>| async move { put_back(watch, function_arn).await };
        return Runtime::new(service_fn(put_back)).run().await;
    }
    let handle = |event: LambdaEvent<Value>| async move { handle(watch, &event.payload).await };
    Runtime::new(service_fn(handle)).run().await
}

/// What events name is remembered before anything else: if another run is under way, the next one reads it first.
async fn handle(watch: &Watch, event: &Value) -> Result<(), Diagnostic> {
    let table = &watch.table;
    let started = now();
    let not_reached = |problem: Problem| failed("TableNotReached", problem.to_string());
    table.name(&policies_named(event)).await.map_err(not_reached)?;
    if !table.begin_run(started, started + LONGEST).await.map_err(not_reached)? {
        info!("another run is under way: this one leaves it to that");
        return Ok(());
    }
    let session = Session::on(watch.config.clone());
    let run = run(&session, table, &watch.topic, &watch.trail, started, READING).await;
    if let Err(problem) = table.end_run().await {
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
async fn put_back(watch: &Watch, function_arn: &str) -> Result<(), Diagnostic> {
    let session = Session::on(watch.config.clone());
    let run = heal(&session, &watch.table, &watch.topic, function_arn, now()).await;
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

fn now() -> Seconds {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Seconds::try_from(since.as_secs()).unwrap_or(Seconds::MAX)
}
