//! Whatever goes wrong at any call of a heal: nothing is lost, nothing is told wrongly, and there is never a fourth one.

use test_world::cloudformation::State;
use test_world::world::Fault;
use watch::heal::memory::UNTOLD;

use super::scene::{EVERY, LAMBDA, NOW, Scene, Trouble};

/// Of so many faults at calls to AWS one is tested, unless `CASES=all` says all: so many that it meets each fault at some
/// call, and each call.
const SOME: usize = 4;

/// The calls of an undisturbed heal: to AWS, and to table and topic.
fn calls() -> (Vec<String>, usize) {
    let scene = Scene::drifted();
    scene.world.reset_calls();
    assert_eq!(scene.runs(NOW).healed.len(), 1);
    (scene.world.calls(), scene.kept.calls.get())
}

/// After the trouble is over, and a few runs later.
#[track_caller]
fn assert_all_is_well(scene: &Scene, case: &str) {
    scene.world.clear_faults();
    for later in 1..=4 {
        let _ = scene.run(NOW + LAMBDA + later * EVERY);
    }
    assert!(scene.is_attached(), "{case}");
    let executed = scene.executed();
    assert!((1..=3).contains(&executed), "{case}: {executed}");
    assert!(scene.counted().len() >= executed, "{case}: all that was executed is counted");
    let mails = scene.mails();
    let told = |number: usize| {
        let number = format!("heal {number} of 3 within a day");
        mails.iter().any(|mail| mail.body.contains(&number))
    };
    // One may be counted of which nobody knows that it was not begun.
    assert!((1..=3).filter(|number| told(*number)).count() >= executed, "{case}: {mails:?}");
    let left = mails.iter().find(|mail| mail.subject.contains("not put back"));
    assert_eq!(left, None, "{case}: what has passed was told");
    assert_eq!(scene.kept.of(UNTOLD).len(), 0, "{case}");
    assert!(!scene.is_refused(), "{case}");
}

#[test]
fn trouble_with_table_or_topic_loses_nothing() {
    let (_, calls) = calls();
    assert!(calls > 10, "{calls}");
    for number in 0..calls {
        for trouble in [Trouble::Refused, Trouble::Lost, Trouble::Hangs, Trouble::HangsDone] {
            let scene = Scene::drifted();
            let ended = scene.run_with(NOW, Some((number, trouble)));
            let hangs = matches!(trouble, Trouble::Hangs | Trouble::HangsDone);
            let case = format!("{trouble:?} at call {number}");
            assert_eq!(ended.is_none(), hangs, "{case}");
            assert_all_is_well(&scene, &case);
        }
    }
}

#[test]
fn a_fault_at_any_call_to_aws_loses_nothing() {
    let (calls, _) = calls();
    assert!(calls.len() > 20, "{calls:?}");
    let step = if std::env::var("CASES").as_deref() == Ok("all") { 1 } else { SOME };
    let mut case = 0_usize;
    for (number, operation) in calls.iter().enumerate() {
        for fault in [
            Fault::Error("ServiceException"),
            Fault::Error("AccessDeniedException"),
            Fault::LostAnswer,
            Fault::Hang { takes_effect: true },
            Fault::Credentials,
        ] {
            case += 1;
            if !case.is_multiple_of(step) {
                continue;
            }
            let scene = Scene::drifted();
            scene.world.reset_calls();
            scene.world.fail_call(number, fault);
            let _ = scene.run(NOW);
            assert_all_is_well(&scene, &format!("{fault:?} at call {number}, {operation}"));
        }
    }
}

/// A deployment that begins at any call stops it, up to the last one: CloudFormation refuses it then.
#[test]
fn a_deployment_that_begins_at_any_call_stops_it() {
    let (calls, _) = calls();
    let last = calls.iter().position(|call| call == "ExecuteChangeSet").expect("it is executed");
    for (number, operation) in calls.iter().enumerate().take(last + 1) {
        assert_stopped(number, operation, |state| {
            let stack = state.stacks.get_mut("backup").expect("the stack");
            stack.status = "UPDATE_IN_PROGRESS".to_owned();
            stack.since = "2026-11-28T09:30:00Z".to_owned();
            state.words = "is in UPDATE_IN_PROGRESS state and can not be updated".to_owned();
            state.refused =
                Some(("ExecuteChangeSet".to_owned(), "InvalidChangeSetStatus".to_owned()));
        });
    }
}

/// One that begins and ends between two calls has changed what was looked at.
#[test]
fn a_deployment_that_has_ended_stops_it_too() {
    let (calls, _) = calls();
    let first = calls.iter().position(|call| call == "DescribeStacks").expect("it is read");
    let execute = calls.iter().position(|call| call == "ExecuteChangeSet").expect("executed");
    let last = calls[..execute].iter().rposition(|call| call == "DescribeStacks").expect("read");
    assert!(last > first);
    for (number, operation) in calls.iter().enumerate().take(last + 1).skip(first + 1) {
        assert_stopped(number, operation, |state| {
            let stack = state.stacks.get_mut("backup").expect("the stack");
            stack.since = "2026-11-28T09:30:00Z".to_owned();
        });
    }
}

/// What happens in CloudFormation just before this call stops the heal, and nobody is told.
#[track_caller]
fn assert_stopped(number: usize, operation: &str, happens: fn(&mut State)) {
    let scene = Scene::drifted();
    scene.world.reset_calls();
    let cloudformation = scene.cloudformation.clone();
    scene.world.on_call(number, move |_| cloudformation.change(happens));
    let run = scene.runs(NOW);
    let case = format!("at call {number}, {operation}: {run:?}");
    assert_eq!((run.healed.len(), run.left.len()), (0, 1), "{case}");
    scene.assert_untouched();
    assert_eq!(scene.mails(), [], "{case}");
}
