//! Random histories of several stacks: creates, updates, renames, changes of type and of targets, moves, adoptions and
//! deletes, with and without rollback, with failures, crashes, redeliveries, reads that lag, a CloudFormation that lags
//! or is silent, and changes by hand in between. At the end the organization has what the stacks declare, and the
//! policies of other owners are unchanged. `oracle.rs` has what must hold after each step.
//!
//! Its number determines a history. `make test` runs some, `make soak` many more. A failing one prints its number, and
//! `FIRST=<number> HISTORIES=1` replays it: proptest then looks for the smallest history that still fails. With `LOG=1`
//! the history runs unchanged and the function's log is printed.

mod changing_hands;
mod generate;
mod life;
mod oracle;
mod planned;

use std::cell::Cell;
use std::env;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::time::Instant;
use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use test_world::simulation::{in_virtual_time, on_all_processors};

use self::generate::{History, histories};
use self::life::Life;
use self::planned::{Log, TALLY};

async fn live(history: &History) -> Result<(), TestCaseError> {
    BEGAN.set(Some(Instant::now()));
    let log = Log::default();
    let _listening = listen(log.clone());
    let mut life = Life::begin(&history.disorder, log);
    for step in &history.steps {
        life.take(step).await?;
    }
    life.end().await
}

/// Listens to the function's own lines only: the SDK draws random numbers for its log, which would change the history.
/// With `LOG=1` they are printed, too.
fn listen(log: Log) -> DefaultGuard {
    let own = Targets::new().with_target("cfn_org_policy", Level::INFO);
    let lines = || layer().with_timer(VirtualTime).with_ansi(false);
    let lines = env::var_os("LOG").map(|_| lines());
    registry().with(log).with(lines).with(own).set_default()
}

/// The seconds since the simulation began.
struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        let began = BEGAN.get().unwrap_or_else(Instant::now);
        write!(line, "{:9.3}", began.elapsed().as_secs_f64())
    }
}

thread_local! {
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Runs the history of this number; if it fails, looks for the smallest one that fails.
fn try_history(number: u64) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let log = env::var_os("LOG").is_some();
    let smaller = if log { 0 } else { Config::default().max_shrink_iters };
    let config = Config {
        cases: 1,
        failure_persistence: None,
        max_shrink_iters: smaller,
        ..Config::default()
    };
    let result = TestRunner::new_with_rng(config, rng)
        .run(&histories(), |history| in_virtual_time(live(&history)));
    if let Err(failure) = result {
        panic!("history {number} (FIRST={number} HISTORIES=1): {failure}");
    }
}

#[test]
fn after_any_history_the_organization_is_as_the_living_stacks_declare() {
    let (first, count) = (number("FIRST", 0), number("HISTORIES", 200));
    on_all_processors(first..first + count, |number| {
        try_history(number);
        let lived = number - first + 1;
        if lived.is_multiple_of(500) {
            println!("{lived} of {count}");
        }
    });
    println!("{count} histories from number {first}: no violation\n{TALLY}");
}
