//! Every call of a run disturbed, and a deployment beside it: nothing is lost, and nothing told that is not so.

use std::collections::BTreeSet;
use std::time::Duration;

use test_world::deployed::Clock;
use test_world::simulation::in_virtual_time;
use test_world::world::{ConnectionError, Fault, PRODUCTION, SECURITY};

use crate::harness::{STACK, Watched, policies};

/// Of so many cases one is tested, unless all are.
const SOME: usize = 3;

fn drifted() -> Watched {
    let watched = Watched::new();
    let (daily, guard) = (watched.id("Daily"), watched.id("Guard"));
    watched.deployed.world.change(|state| {
        state.detach(&guard, PRODUCTION);
        state.attach(&daily, SECURITY);
    });
    watched
}

/// The headings of all mails, without times.
fn told(watched: &Watched) -> Vec<String> {
    let mails = watched.services.mails.borrow();
    let lines = mails.iter().flat_map(|mail| mail.body.lines());
    let headings = lines.filter(|line| line.contains(": ") && !line.starts_with([' ', 'T']));
    headings.map(str::to_owned).collect()
}

fn expected() -> Vec<String> {
    let watched = drifted();
    in_virtual_time(async { watched.look(Clock::start()).await });
    let told = told(&watched);
    assert_eq!(told.len(), 2, "{told:#?}");
    told
}

/// Disturbed looks, then one that is not.
fn look_twice(watched: &Watched) {
    in_virtual_time(async {
        let clock = Clock::start();
        // It may fail: then the next one tells.
        drop(watched.try_look(clock).await);
        watched.deployed.world.clear_faults();
        watched.services.failing.set(None);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        watched.try_look(clock).await.expect("a look");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        watched.try_look(clock).await.expect("a look");
    });
}

#[test]
fn whatever_call_fails_all_is_told_once() {
    let expected: BTreeSet<String> = expected().into_iter().collect();
    let faults = [
        Fault::Error("TooManyRequestsException"),
        Fault::Error("AccessDeniedException"),
        Fault::ErrorWithReason("InvalidInputException", "INVALID_NEXT_TOKEN"),
        Fault::Status(500),
        Fault::LostAnswer,
        Fault::Hang { takes_effect: false },
        Fault::Credentials,
        Fault::CutShort(0.5),
        Fault::CutShort(0.99),
        Fault::Broken { error: ConnectionError::ALL[0], takes_effect: false },
    ];
    let undisturbed = drifted();
    undisturbed.deployed.world.reset_calls();
    in_virtual_time(async { undisturbed.look(Clock::start()).await });
    let calls = undisturbed.deployed.world.calls();
    let all = std::env::var("CASES").as_deref() == Ok("all");
    let mut cases = 0;
    for (number, operation) in calls.iter().enumerate() {
        for (which, fault) in faults.iter().enumerate() {
            for always in [false, true] {
                if always && matches!(fault, Fault::Credentials) {
                    continue;
                }
                if !all && !(number + which + usize::from(always)).is_multiple_of(SOME) {
                    continue;
                }
                let watched = drifted();
                watched.deployed.world.reset_calls();
                let writes = watched.deployed.world.writes().len();
                match always {
                    true => watched.deployed.world.fail_always(operation, *fault),
                    false => watched.deployed.world.fail_call(number, *fault),
                }
                look_twice(&watched);
                let told = told(&watched);
                let once: BTreeSet<String> = told.iter().cloned().collect();
                let case = format!("{fault:?} at call {number}, {operation}, always: {always}");
                assert_eq!(once, expected, "{case}");
                assert_eq!(told.len(), once.len(), "{case}: told twice");
                assert_eq!(watched.deployed.world.writes().len(), writes, "{case}");
                cases += 1;
            }
        }
    }
    println!("{cases} cases");
}

/// What could not be remembered is told once more; nothing is lost.
#[test]
fn whatever_the_watch_cannot_do_all_is_told() {
    for (call, times) in [("load", 1), ("tell", 1), ("save", 2), ("trail", 1)] {
        let watched = drifted();
        watched.services.failing.set(Some(call));
        look_twice(&watched);
        assert_eq!(told(&watched).len(), times * 2, "{call}");
    }
}

/// A look that begins at any time before, in, or after a deployment tells nothing, nor do the next ones; also where reads
/// show for a while what was before.
#[test]
fn a_deployment_beside_a_look_is_no_drift() {
    look_beside(false);
}

#[test]
fn a_rollback_beside_a_look_is_no_drift() {
    look_beside(true);
}

fn look_beside(rolls_back: bool) {
    for (second, lag) in (0..120).step_by(4).flat_map(|second| [(second, 0), (second, 9)]) {
        let watched = Watched::new();
        let lag = Duration::from_secs(lag);
        watched.deployed.world.change(|state| (state.point_lag, state.attachment_lag) = (lag, lag));
        in_virtual_time(async {
            let clock = Clock::start();
            // It knows the documents of before.
            assert_eq!(watched.look(clock).await, None);
            let deploy = async {
                tokio::time::sleep(Duration::from_secs(20)).await;
                let pause = Duration::from_secs(20);
                match rolls_back {
                    true => watched.deployed.roll_back(STACK, &renamed(), pause, clock).await,
                    false => watched.deployed.update(STACK, &renamed(), pause, clock).await,
                }
            };
            let looks = async {
                tokio::time::sleep(Duration::from_secs(second)).await;
                let first = watched.look(clock).await;
                tokio::time::sleep(Duration::from_secs(60)).await;
                (first, watched.look(clock).await)
            };
            let ((), looks) = tokio::join!(deploy, looks);
            assert_eq!(looks, (None, None), "a look {second} seconds into it, lag {lag:?}");
        });
    }
}

/// Everything is changed.
fn renamed() -> [(&'static str, serde_json::Value); 2] {
    policies(2).map(|(logical_id, properties)| {
        let description = serde_json::json!({"Description": "new"});
        (logical_id, test_world::fixtures::with(&properties, description))
    })
}
