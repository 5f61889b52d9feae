//! Each kind of drift is told once, in the right words, and once when it is gone.

use test_world::world::{PRODUCTION, SECURITY, State};
use watch::mail::Mail;
use watch::trail::Change;

use crate::harness::{STACK, Watched, guards, hours, nothing};

/// A change by somebody's hand, and what the mail says of it.
struct Edit {
    make: fn(&mut State, &str),
    subject: &'static str,
    lines: &'static [&'static str],
}

const HEAL: &str = "Put it back: org-policy heal backup --region us-east-1";
const DRIFT: &str = "Look at it: org-policy drift --stack backup --region us-east-1";
const GUARD: &str = "Organization drift: 1 guard changed";
const TITLE: &str = "GUARD NEW: Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000002) of type SERVICE_CONTROL_POLICY";

const EDITS: [Edit; 9] = [
    Edit {
        make: |state, id| {
            let policy = state.policy(id);
            policy.content = policy.content.replace("\"a:C\"", "\"a:D\"");
        },
        subject: GUARD,
        lines: &[TITLE, "! statement 0: Action \"a:C\" is no longer denied", HEAL],
    },
    Edit {
        make: |state, id| state.policy(id).description = "by hand".to_owned(),
        subject: GUARD,
        lines: &[TITLE, "~ Description: \"Managed by cfn-org-policy\" → \"by hand\"", HEAL],
    },
    Edit {
        make: |state, id| state.policy(id).name.push_str("-old"),
        subject: GUARD,
        lines: &[
            "GUARD NEW: Guard (Custom::OrgPolicy): policy \"guard-old\" (p-0000000002) of type SERVICE_CONTROL_POLICY",
            "~ renamed: \"guard\" → \"guard-old\"",
            HEAL,
        ],
    },
    Edit {
        make: |state, id| state.detach(id, PRODUCTION),
        subject: GUARD,
        lines: &[
            TITLE,
            "- detached from /Production (ou-ab12-33333333): 1 account",
            "! it no longer holds at /Production (ou-ab12-33333333): 1 account",
            HEAL,
        ],
    },
    Edit {
        make: |state, id| state.attach(id, SECURITY),
        subject: GUARD,
        lines: &[
            TITLE,
            "+ attached to /Security (ou-ab12-11111111): 1 account, which no template says",
            HEAL,
        ],
    },
    Edit {
        make: |state, id| state.tag(id, "team", "c"),
        subject: GUARD,
        lines: &[TITLE, "~ Tags.team: \"a\" → \"c\"", HEAL],
    },
    Edit {
        make: |state, id| {
            state.tags.get_mut(id).expect("tags").retain(|key, _| !key.starts_with("cfn-org"));
        },
        subject: GUARD,
        lines: &[
            TITLE,
            "- the tags that name its stack are gone: the function would not delete it",
            HEAL,
        ],
    },
    Edit {
        make: |state, id| {
            let other = "arn:aws:cloudformation:us-east-1:111111111111:stack/other/9";
            state.tag(id, "cfn-org-policy:stack-id", other);
        },
        subject: GUARD,
        lines: &[TITLE, "~ its tags name ", DRIFT],
    },
    Edit {
        make: |state, id| state.remove_policy(id),
        subject: GUARD,
        lines: &[TITLE, "- the policy is gone", HEAL],
    },
];

fn has(mail: &Mail, lines: &[&str]) {
    for line in lines {
        assert!(
            mail.body.lines().any(|found| found.trim().starts_with(line)),
            "{line}\n{}",
            mail.body
        );
    }
}

#[test]
fn each_is_told_once_and_again_when_it_is_gone() {
    for edit in EDITS {
        let watched = Watched::new();
        let id = watched.id("Guard");
        let before = watched.deployed.world.change(|state| state.clone());
        let make =
            |watched: &Watched| watched.deployed.world.change(|state| (edit.make)(state, &id));
        let put_back =
            |watched: &Watched| watched.deployed.world.change(|state| *state = before.clone());
        let mails = hours(&watched, &[&nothing, &make, &nothing, &put_back, &nothing]);
        let told: Vec<bool> = mails.iter().map(Option::is_some).collect();
        assert_eq!(told, [false, true, false, true, false], "{:?}\n{mails:#?}", edit.lines);
        let (there, gone) =
            (mails[1].as_ref().expect("a mail"), mails[3].as_ref().expect("a mail"));
        assert_eq!(there.subject, edit.subject);
        has(there, edit.lines);
        assert_eq!(gone.subject, "Organization drift: 1 finding settled");
        has(gone, &["GUARD GONE, was first seen 2026-11-28T01:0"]);
    }
}

/// It is told again when it grows, and once a day.
#[test]
fn more_of_it_is_told_and_what_lasts_every_day() {
    let watched = Watched::new();
    let id = watched.id("Guard");
    let detach =
        |watched: &Watched| watched.deployed.world.change(|state| state.detach(&id, PRODUCTION));
    let attach =
        |watched: &Watched| watched.deployed.world.change(|state| state.attach(&id, SECURITY));
    let mut happens: Vec<&dyn Fn(&Watched)> = vec![&detach, &nothing, &attach];
    happens.extend(std::iter::repeat_n(&nothing as &dyn Fn(&Watched), 40));
    let mails = hours(&watched, &happens);
    let hours: Vec<usize> = (0..mails.len()).filter(|hour| mails[*hour].is_some()).collect();
    assert_eq!(hours, [0, 2, 26]);
    let (grown, lasting) =
        (mails[2].as_ref().expect("a mail"), mails[26].as_ref().expect("a mail"));
    has(grown, &["GUARD MORE, first seen 2026-11-28T00:0", "+ attached to /Security"]);
    has(lasting, &["GUARD STILL THERE, first seen 2026-11-28T00:0"]);
}

/// A stack that has failed, a policy that nobody holds, an account without an effective policy.
#[test]
fn what_needs_a_person_is_told() {
    let watched = Watched::new();
    let happens = |watched: &Watched| {
        let id = watched.id("Guard");
        watched.deployed.cloudformation.change(|state| {
            state.stacks.get_mut(STACK).expect("the stack").status =
                "UPDATE_ROLLBACK_FAILED".to_owned();
        });
        watched.deployed.world.change(|state| {
            let stray = state.add_policy("SERVICE_CONTROL_POLICY", "old", "{}");
            for (key, value) in state.tags[&id].clone() {
                let value =
                    if key.ends_with("stack-id") { value.replace("backup", "gone") } else { value };
                state.tag(&stray, &key, &value);
            }
        });
    };
    let mails = hours(&watched, &[&happens, &nothing]);
    let mail = mails[0].as_ref().expect("a mail");
    assert_eq!(mail.subject, "Organization drift: 2 findings open");
    has(
        mail,
        &[
            "NEW: stack backup (UPDATE_ROLLBACK_FAILED)",
            "! its last deployment has failed",
            "See why: aws cloudformation describe-stack-events --stack-name backup --region us-east-1",
            "NEW: policy \"old\" (p-",
            "Take it over: org-policy adopt --name \"old\"",
        ],
    );
    assert_eq!(mails[1], None);
}

#[test]
fn who_it_was_is_told_as_far_as_somebody_knows_in_time() {
    let detached = |watched: &Watched| {
        let id = watched.id("Guard");
        watched.deployed.world.change(|state| state.detach(&id, PRODUCTION));
    };
    let look = |prepare: &dyn Fn(&Watched)| {
        let watched = Watched::new();
        let change = |at: &str, policy: &str| Change {
            at: format!("2026-11-28T00:00:0{at}Z"),
            call: "DetachPolicy".to_owned(),
            by: format!("arn:aws:iam::111111111111:user/u{at}"),
            policy: cfn_org_policy::aws::types::PolicyId::parse(policy).expect("an id"),
        };
        let (guard, daily) = (watched.id("Guard"), watched.id("Daily"));
        let changes = (1..6).map(|at| change(&at.to_string(), &guard)).chain([change("9", &daily)]);
        watched.services.changes.borrow_mut().extend(changes);
        prepare(&watched);
        hours(&watched, &[&detached]).remove(0).expect("a mail").body
    };
    let body = look(&nothing);
    let lately: Vec<&str> = body.lines().filter(|line| line.contains("Lately")).collect();
    assert_eq!(lately.len(), 3, "{body}");
    assert_eq!(
        lately[0].trim(),
        "Lately: 2026-11-28T00:00:05Z DetachPolicy by arn:aws:iam::111111111111:user/u5"
    );
    let slow =
        look(&|watched| watched.services.trail_takes.set(std::time::Duration::from_secs(300)));
    let failing = look(&|watched| watched.services.failing.set(Some("trail")));
    for body in [slow, failing] {
        assert!(body.contains("- detached from /Production") && !body.contains("Lately"), "{body}");
    }
}

/// Five hundred policies detached in a minute.
#[test]
fn a_storm_is_one_mail() {
    let watched = Watched::new();
    let ids = guards(&watched.deployed, 500);
    watched.deployed.world.change(|state| state.page_size = 100);
    let daily = watched.id("Daily");
    let storm = |watched: &Watched| {
        watched.deployed.world.change(|state| {
            ids.iter().for_each(|(id, unit)| state.detach(id, unit));
            state.policy(&daily).description = "by hand".to_owned();
        });
    };
    let mails = hours(&watched, &[&nothing, &storm, &nothing]);
    assert_eq!((&mails[0], &mails[2]), (&None, &None));
    let mail = mails[1].as_ref().expect("a mail");
    assert_eq!(mail.subject, "Organization drift: 500 guards changed, 1 finding open");
    let told: Vec<&str> = mail.body.lines().filter(|line| line.contains("NEW: ")).collect();
    assert_eq!(told.len(), 501);
    assert!(told[..500].iter().all(|line| line.starts_with("GUARD NEW: Guard")), "{told:#?}");
}
