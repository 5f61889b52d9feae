//! The rules, a case a line: over reports, and over what is kept.

use std::collections::BTreeSet;

use cfn_org_policy::policy::drift::{Drift, Part, Verdict};
use cfn_org_policy::policy::ownership::ResourceKey;
use org_policy::drift::{ResourceReport, StackReport, State};
use org_policy::hold::Hold;
use org_policy::plan::Unknown;
use policy_document::difference::{Difference, Part as DifferencePart};
use watch::heal::judge::{Why, is_looked_at, memory, stack, tell};
use watch::heal::memory::{Memory, Refused};
use watch::memory::Seconds;
use watch::news::DAY;

use super::scene::{FUNCTION, NOW, STACK};

const HOUR: Seconds = 3600;

fn changed(path: &str) -> Drift {
    Drift::Changed(Difference {
        path: path.to_owned(),
        part: DifferencePart::Value,
        old: Some("a".into()),
        new: Some("b".into()),
    })
}

fn resource(logical_id: &str, drift: &[Drift]) -> ResourceReport {
    ResourceReport {
        logical_id: logical_id.to_owned(),
        resource_type: "Custom::OrgPolicy".to_owned(),
        service_token: Some(FUNCTION.to_owned()),
        verdict: Verdict { drift: drift.to_vec(), ..Verdict::default() },
        ..ResourceReport::default()
    }
}

/// A stack in which the guard is detached from somewhere.
fn drifted() -> StackReport {
    StackReport {
        name: "backup".to_owned(),
        id: STACK.to_owned(),
        status: "UPDATE_COMPLETE".to_owned(),
        since: None,
        held: None,
        state: State::Quiet,
        resources: vec![
            resource("Daily", &[]),
            resource("Guard", &[Drift::Detached("ou-1".to_owned())]),
        ],
        unresolved: Vec::new(),
    }
}

fn unknown(path: &str) -> Unknown {
    Unknown { path: path.to_owned(), reason: "a loop".to_owned() }
}

#[test]
fn content_name_description_and_attachments_are_put_back() {
    for drift in [
        Drift::Detached("ou-1".to_owned()),
        Drift::Attached("ou-1".to_owned()),
        changed("Content.Statement"),
        changed("Name"),
        changed("Description"),
        Drift::ChangedUnseen(Part::Content),
        Drift::ChangedUnseen(Part::Targets),
    ] {
        let mut report = drifted();
        report.resources[1] = resource("Guard", std::slice::from_ref(&drift));
        report.resources[1].losses = vec!["it denied nothing else".to_owned()];
        let lines = stack(&report, FUNCTION).unwrap_or_else(|why| panic!("{drift:?}: {why}"));
        assert!(lines[0].starts_with("Guard (Custom::OrgPolicy)"), "{lines:?}");
    }
    let mut report = drifted();
    report.resources.pop();
    assert_eq!(stack(&report, FUNCTION), Ok(Vec::new()), "nothing has drifted");
}

/// One thing about one resource, and the whole stack is left.
#[test]
fn anything_else_is_left_to_a_person() {
    type Change = fn(&mut StackReport);
    let cases: [(&str, Change); 20] = [
        ("a deployment is under way", |report| report.state = State::InProgress),
        ("a deployment is under way", |report| report.state = State::Stuck { hours: 3 }),
        ("its last deployment has failed (UPDATE_COMPLETE); deploy it", |report| {
            report.state = State::Failed { remedy: "deploy it" };
        }),
        ("it may hold more resources than could be looked at: a loop", |report| {
            report.unresolved.push(unknown("Resources"));
        }),
        ("Daily: its policy was deleted", |report| {
            report.resources[0] = resource("Daily", &[Drift::Deleted]);
        }),
        ("Guard: its policy was deleted", |report| {
            report.resources[1] = resource("Guard", &[Drift::Deleted]);
        }),
        ("Daily: the tags that name its stack were taken off", |report| {
            report.resources[0] = resource("Daily", &[Drift::Unowned]);
        }),
        ("Daily: the tags of its policy name resource Other of stack arn:x", |report| {
            let owner =
                ResourceKey { stack_id: "arn:x".to_owned(), logical_id: "Other".to_owned() };
            report.resources[0] = resource("Daily", &[Drift::OwnedBy(owner)]);
        }),
        ("Guard: tags of its policy were changed (Tags.team)", |report| {
            report.resources[1].verdict.drift.push(changed("Tags.team"));
        }),
        ("Daily: tags of its policy were changed (Tags.team)", |report| {
            report.resources[0] = resource("Daily", &[changed("Tags.team")]);
        }),
        ("Guard: Targets is not as declared, and as the digest says", |report| {
            report.resources[1].verdict.as_applied.insert(Part::Targets);
        }),
        ("Guard: Targets has drifted, and not all of it is known", |report| {
            report.resources[1].verdict.unknown.insert(Part::Targets);
        }),
        ("Daily: it is off", |report| report.resources[0].off.push("it is off".to_owned())),
        ("Guard: policies of its type are off", |report| {
            report.resources[1].off.push("policies of its type are off".to_owned());
        }),
        ("read policy p-1: no answer", |report| {
            report.resources[0].error = Some("read policy p-1: no answer".to_owned());
        }),
        ("Daily: it could not be judged: a loop", |report| {
            report.resources[0].hidden.push(unknown(""));
        }),
        ("Daily: its template does not say which function", |report| {
            report.resources[0].service_token = None;
        }),
        ("Guard: its template does not say which function", |report| {
            report.resources[1].service_token = None;
        }),
        ("Daily: its ServiceToken is arn:other", |report| {
            report.resources[0].service_token = Some("arn:other".to_owned());
        }),
        ("Guard: its ServiceToken is arn:other", |report| {
            report.resources[1].service_token = Some("arn:other".to_owned());
        }),
    ];
    for (says, change) in cases {
        let mut report = drifted();
        change(&mut report);
        let why = stack(&report, FUNCTION).expect_err(says).to_string();
        assert!(why.contains(says), "{why}\n{says}");
    }
}

/// What is not known of another part than the one that has drifted does not matter: the update writes what is declared.
#[test]
fn another_part_may_be_unknown() {
    let mut report = drifted();
    report.resources[1].verdict.unknown = BTreeSet::from([Part::Tags, Part::Content]);
    assert!(stack(&report, FUNCTION).is_ok());
    report.resources[0].verdict.unknown = BTreeSet::from([Part::Targets]);
    report.resources[0].hidden.push(unknown("Targets"));
    assert!(stack(&report, FUNCTION).is_ok());
}

fn kept() -> Memory {
    Memory { born: Some(NOW - DAY), ..Memory::default() }
}

fn hold(until: Seconds) -> Hold {
    Hold { until, reason: "a recovery".to_owned(), by: "arn:aws:x".to_owned() }
}

#[test]
fn what_is_kept_can_forbid_it() {
    type Change = fn(&mut Memory);
    let cases: [(&str, Change); 12] = [
        ("", |_| {}),
        ("the watch has no memory yet", |kept| kept.born = None),
        (
            "the memory of the watch began at 1970-04-10T00:00:01Z, and nobody knows what was healed before: nothing is healed before 1970-04-11T00:00:01Z",
            |kept| {
                kept.born = Some(NOW - DAY + 1);
            },
        ),
        ("it is held until 1970-04-11T00:00:01Z by arn:aws:x: a recovery", |kept| {
            kept.holds.insert(STACK.to_owned(), Some(hold(NOW + 1)));
        }),
        ("", |kept| drop(kept.holds.insert(STACK.to_owned(), Some(hold(NOW))))),
        ("", |kept| drop(kept.holds.insert("arn:other".to_owned(), Some(hold(NOW + 1))))),
        ("its hold cannot be read, so it counts", |kept| {
            kept.holds.insert(STACK.to_owned(), None);
        }),
        ("", |kept| drop(kept.healed.insert(STACK.to_owned(), Some(vec![NOW, NOW])))),
        ("it was put back three times today and has drifted again: a person is needed", |kept| {
            kept.healed.insert(STACK.to_owned(), Some(vec![NOW - DAY + 1, NOW - 1, NOW]));
        }),
        ("", |kept| {
            kept.healed.insert(STACK.to_owned(), Some(vec![NOW - DAY, NOW - 1, NOW]));
        }),
        ("", |kept| drop(kept.healed.insert("arn:other".to_owned(), Some(vec![NOW; 3])))),
        ("how often it was put back cannot be read", |kept| {
            kept.healed.insert(STACK.to_owned(), None);
        }),
    ];
    for (number, (says, change)) in cases.into_iter().enumerate() {
        let mut kept = kept();
        change(&mut kept);
        let why = memory(&kept, STACK, NOW).map(|why| why.to_string()).unwrap_or_default();
        assert_eq!(why.is_empty(), says.is_empty(), "case {number}: {why}");
        assert!(why.starts_with(says), "case {number}: {why}");
    }
}

/// When these refusals are told that a run every five minutes meets, in minutes.
fn told(refusals: &[(Seconds, &Why)]) -> Vec<Seconds> {
    let mut before: Option<Refused> = None;
    let mut times = Vec::new();
    for (minute, why) in refusals {
        let (is_told, kept) = tell(before.as_ref(), why, NOW + minute * 60);
        if is_told {
            times.push(*minute);
        }
        before = Some(kept);
    }
    times
}

#[test]
fn a_refusal_is_told_once_a_day_and_what_passes_only_if_it_does_not() {
    let (young, other) = (Why::Young(NOW), Why::ThreeTimes);
    let problem = |text: &str| Why::Problem(text.to_owned());
    let (a, b) = (problem("read a"), problem("read b"));
    assert_eq!(told(&[(0, &young), (5, &young), (1439, &young), (1440, &young)]), [0, 1440]);
    assert_eq!(told(&[(0, &young), (5, &other), (10, &other)]), [0, 5]);
    assert_eq!(told(&[(0, &a), (5, &b), (29, &a)]), [0; 0]);
    assert_eq!(told(&[(0, &a), (5, &b), (30, &a), (35, &b)]), [30]);
    assert_eq!(told(&[(0, &Why::InProgress("UPDATE_IN_PROGRESS".to_owned()))]), [0; 0]);
    // In between something could not be read, which is no news of the refusal.
    assert_eq!(told(&[(0, &young), (5, &a), (40, &b), (45, &young)]), [0]);
    assert_eq!(told(&[(0, &a), (5, &young)]), [5]);
}

#[test]
fn a_stack_that_was_refused_is_looked_at_again_when_there_is_a_reason() {
    let refused = |why: &Why| tell(None, why, NOW).1;
    let (held, three) = (Why::Held(hold(NOW + DAY)), Why::ThreeTimes);
    let deleted = Why::Refused("x".to_owned());
    let problem = Why::Problem("x".to_owned());
    for (before, by_memory, after, expected) in [
        (None, None, 0, true),
        (None, Some(&held), 0, true),
        (Some(&held), Some(&held), HOUR, false),
        (Some(&held), Some(&held), DAY, true),
        (Some(&held), None, 300, true),
        (Some(&held), Some(&three), 300, true),
        (Some(&deleted), None, 300, false),
        (Some(&deleted), None, 900, true),
        (Some(&problem), None, 300, true),
    ] {
        let before = before.map(refused);
        let looked = is_looked_at(before.as_ref(), by_memory, NOW + after);
        assert_eq!(looked, expected, "{before:?} {by_memory:?} {after}");
    }
}
