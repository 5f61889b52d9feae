//! `org-policy hold`: the item, the mail, what `drift` shows of it, and every call that fails.

use org_policy::hold::{Hold, KIND};
use org_policy::{Answer, Session, answer};
use serde_json::{Value, json};
use test_world::World;
use test_world::cloudformation::Stack;
use test_world::fixtures::{guard_properties, policy_properties};
use test_world::simulation::in_virtual_time;
use test_world::table::Table;
use test_world::world::{Fault, PRODUCTION};

use crate::scene::Deployed;

const STACK: &str = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1";
const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:told";
const CALLER: &str = "arn:aws:sts::111111111111:assumed-role/Admin/anna";

/// A stack with a guard that somebody has detached, and a watch.
struct Scene {
    deployed: Deployed,
    table: Table,
    guard: String,
}

fn scene() -> Scene {
    let deployed = Deployed::new();
    let ids =
        deployed.deploy("backup", &[("Daily", policy_properties()), ("Guard", guard_properties())]);
    let table = Table::new("memory");
    deployed.world.answer_for_table(&table);
    let guard = ids["Guard"].clone();
    deployed.world.change(|state| state.detach(&guard, PRODUCTION));
    let scene = Scene { deployed, table, guard };
    scene.watch("watch", "memory", true);
    scene
}

impl Scene {
    /// A stack of a watch with this table.
    fn watch(&self, name: &str, table: &str, heals: bool) {
        let output = |key: &str, value: &str| json!({"OutputKey": key, "OutputValue": value});
        let mut outputs = vec![
            output("TableName", table),
            output("TopicArn", TOPIC),
            output("WatchFunctionName", "look"),
        ];
        outputs.extend(heals.then(|| output("HealerFunctionName", "heal")));
        let stack = Stack {
            id: format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1"),
            status: "CREATE_COMPLETE".to_owned(),
            template: "{}".to_owned(),
            more: json!({"Outputs": outputs}),
            ..Stack::default()
        };
        self.deployed.cloudformation.change(|state| state.stacks.insert(name.to_owned(), stack));
    }

    fn world(&self) -> &World {
        &self.deployed.world
    }

    fn answer(&self, arguments: &[&str]) -> Answer {
        let answered = in_virtual_time(async {
            let session = Session::on(self.world().sdk_config());
            answer(arguments, &session).await
        });
        answered.expect("a command line")
    }

    fn hold(&self, policy: &str) -> Answer {
        self.answer(&["hold", policy, "--hours", "2", "--reason", "a restore"])
    }

    fn kept(&self) -> Option<Hold> {
        let key = (KIND.to_owned(), STACK.to_owned());
        self.table.change(|state| state.items.get(&key).map(|text| Hold::read(text).expect("it")))
    }

    fn mails(&self) -> Vec<(String, String, String)> {
        self.table.change(|state| std::mem::take(&mut state.mails))
    }
}

#[test]
fn a_hold_is_kept_told_and_seen_until_it_is_released() {
    let scene = scene();
    let guard = scene.guard.clone();
    for policy in [guard.as_str(), "guard"] {
        let held = scene.hold(policy);
        assert_eq!((held.status, held.complaints.len()), (0, 0), "{held:?}");
        let hold = scene.kept().expect("a hold");
        assert_eq!((hold.by.as_str(), hold.reason.as_str()), (CALLER, "a restore"));
        let line = hold.line();
        assert!(line.starts_with("held until 20") && line.contains(CALLER), "{line}");
        let says =
            format!("Stack backup is {line}\nRelease it: org-policy hold {policy} --release\n");
        assert_eq!(held.output, says);
        let mails = scene.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].0, TOPIC);
        assert_eq!(mails[0].1, "Organization drift: backup is held: drift stays");
        let text =
            format!("Stack backup is {line}. Until then the watch does not put back its drift.");
        assert_eq!(mails[0].2, text);
        let drift = scene.answer(&["drift", "--stack", "backup"]);
        assert!(drift.output.contains(&format!("\n  {line}\n")), "{drift:?}");
        let json = scene.answer(&["drift", "--once", "--format", "json"]);
        let json: Value = serde_json::from_str(&json.output).expect("JSON");
        assert_eq!(json["stacks"][0]["held"], line);
    }
    let released = scene.answer(&["hold", "guard", "--release"]);
    assert_eq!(released.output, "Stack backup is released: the watch heals it again\n");
    assert_eq!(scene.kept(), None);
    let mails = scene.mails();
    let says =
        format!("Stack backup was released by {CALLER}: the watch puts back its drift again.");
    assert_eq!((mails.len(), mails[0].2.as_str()), (1, says.as_str()));
    assert!(!scene.answer(&["drift"]).output.contains("held until"));
}

#[test]
fn the_hours_are_counted_from_now() {
    let scene = scene();
    scene.hold("guard");
    let two = scene.kept().expect("a hold").until;
    scene.answer(&["hold", "guard", "--hours", "24", "--reason", "a restore"]);
    let hours = (scene.kept().expect("a hold").until - two) as f64 / 3600.0;
    assert!((21.9..22.1).contains(&hours), "{hours}");
}

/// A hold that has ended is not shown, nor one of a stack without drift; one that cannot be read is no fuss.
#[test]
fn drift_shows_what_holds_and_says_if_it_cannot_know() {
    let scene = scene();
    let old = Hold { until: 1, reason: "x".to_owned(), by: "y".to_owned() };
    let key = (KIND.to_owned(), STACK.to_owned());
    scene.table.change(|state| state.items.insert(key, old.stored()));
    assert!(!scene.answer(&["drift"]).output.contains("held until"));
    let scene = self::scene();
    scene.hold("guard");
    let guard = scene.guard.clone();
    scene.world().change(|state| state.attach(&guard, PRODUCTION));
    assert!(!scene.answer(&["drift"]).output.contains("held until"), "nothing has drifted");
    scene.world().change(|state| state.detach(&guard, PRODUCTION));
    scene.world().fail_always("Query", Fault::Error("AccessDeniedException"));
    let drift = scene.answer(&["drift"]);
    assert_eq!(drift.status, 2, "{drift:?}");
    assert!(drift.output.contains("whether a stack is held is not known: read table memory"));
}

#[test]
fn what_cannot_be_held_is_said_and_nothing_is_written() {
    type Change = fn(&Scene);
    let cases: [(&str, &[&str], Change); 7] = [
        ("no stack of this account and Region is a watch", &["guard"], |scene| {
            scene.deployed.cloudformation.change(|state| drop(state.stacks.remove("watch")));
        }),
        (
            "there are several watches: memory (stack watch), other (stack zwei); say which with --table NAME",
            &["guard"],
            |scene| scene.watch("zwei", "other", true),
        ),
        (
            "no watch has the table \"x\"; these are there: memory (stack watch)",
            &["guard", "--table", "x"],
            |_| {},
        ),
        ("hold policy \"nobody\": there is none of this id or name", &["nobody"], |_| {}),
        ("several have this name: ", &["guard"], |scene| {
            scene.world().change(|state| state.add_policy("BACKUP_POLICY", "guard", "{}"));
        }),
        ("its tags name no stack, so nothing heals it", &["guard"], |scene| {
            let guard = scene.guard.clone();
            scene.world().change(|state| drop(state.tags.remove(&guard)));
        }),
        (
            "its tags name stack arn:aws:cloudformation:us-east-1:111111111111:stack/gone/1; heal stack",
            &["guard"],
            |scene| {
                let gone = "arn:aws:cloudformation:us-east-1:111111111111:stack/gone/1";
                let guard = scene.guard.clone();
                scene.world().change(|state| state.tag(&guard, "cfn-org-policy:stack-id", gone));
            },
        ),
    ];
    for (says, arguments, change) in cases {
        let scene = scene();
        change(&scene);
        let answer =
            scene.answer(&[&["hold", "--hours", "1", "--reason", "x"], arguments].concat());
        assert_eq!((answer.status, answer.output.as_str()), (1, ""), "{says}: {answer:?}");
        assert_eq!(answer.complaints.len(), 1);
        assert!(answer.complaints[0].contains(says), "{says}\n{answer:?}");
        assert!((scene.kept(), scene.mails().len()) == (None, 0), "{says}");
    }
    let scene = scene();
    scene.watch("zwei", "other", true);
    let chosen =
        scene.answer(&["hold", "guard", "--table", "memory", "--hours", "1", "--reason", "x"]);
    assert_eq!(chosen.status, 0, "{chosen:?}");
}

#[test]
fn a_watch_that_does_not_heal_is_said() {
    let scene = scene();
    scene.watch("watch", "memory", false);
    let answer = scene.hold("guard");
    assert!(answer.output.ends_with("so it would put nothing back anyway\n"), "{answer:?}");
}

/// A nested stack is healed through its outermost one, and held there.
#[test]
fn a_policy_of_a_nested_stack_holds_the_outermost_one() {
    let scene = scene();
    let nested = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup-Inner-1/2";
    scene.deployed.cloudformation.change(|state| {
        let inner = Stack {
            id: nested.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            root: STACK.to_owned(),
            ..Stack::default()
        };
        state.stacks.insert("backup-Inner-1".to_owned(), inner);
    });
    let guard = scene.guard.clone();
    scene.world().change(|state| state.tag(&guard, "cfn-org-policy:stack-id", nested));
    assert_eq!(scene.hold("guard").status, 0);
    assert!(scene.kept().is_some());
}

#[test]
fn words_are_bounded_and_in_one_line() {
    let long = "x".repeat(201);
    let name = "x".repeat(256);
    for wrong in [
        &["hold", "guard"][..],
        &["hold", "guard", "--hours", "1"],
        &["hold", "guard", "--reason", "x"],
        &["hold", "guard", "--hours", "0", "--reason", "x"],
        &["hold", "guard", "--hours", "25", "--reason", "x"],
        &["hold", "guard", "--hours", "1.5", "--reason", "x"],
        &["hold", "guard", "--hours", "1", "--reason", " "],
        &["hold", "guard", "--hours", "1", "--reason", &long],
        &["hold", &name, "--hours", "1", "--reason", "x"],
        &["hold", "", "--hours", "1", "--reason", "x"],
        &["hold", "guard", "--release", "--hours", "1"],
        &["hold", "guard", "--release", "--reason", "x"],
    ] {
        let scene = scene();
        let refused = in_virtual_time(async {
            let session = Session::on(scene.world().sdk_config());
            answer(wrong, &session).await
        });
        assert_eq!(refused, None, "{wrong:?}");
    }
    let scene = scene();
    let reason = "one\ntwo\u{202e}\u{1b}[31m";
    let held = scene.answer(&["hold", "guard", "--hours", "1", "--reason", reason]);
    let hold = scene.kept().expect("a hold");
    assert_eq!(hold.reason, "one\u{fffd}two\u{fffd}\u{fffd}[31m");
    assert_eq!(held.output.lines().count(), 2);
    assert_eq!(scene.mails()[0].2.lines().count(), 1);
}

/// Whatever fails at whichever call: nothing is told that is not so, and what is kept and not told is said.
#[test]
fn a_call_that_fails_is_said() {
    let undisturbed = scene();
    undisturbed.world().reset_calls();
    undisturbed.hold("guard");
    let calls = undisturbed.world().calls();
    assert!(calls.contains(&"PutItem".to_owned()) && calls.contains(&"Publish".to_owned()));
    for (number, operation) in calls.iter().enumerate() {
        for fault in [
            Fault::Error("ServiceException"),
            Fault::Error("AccessDeniedException"),
            Fault::LostAnswer,
            Fault::Hang { takes_effect: false },
            Fault::Credentials,
        ] {
            let scene = scene();
            scene.world().reset_calls();
            scene.world().fail_call(number, fault);
            let answer = scene.hold("guard");
            let case = format!("{fault:?} at call {number}, {operation}: {answer:?}");
            let (kept, told) = (scene.kept().is_some(), !scene.mails().is_empty());
            match answer.status {
                0 => assert!(kept && told && answer.complaints.is_empty(), "{case}"),
                1 if operation == "Publish" => {
                    assert!(
                        kept && answer.complaints[0].contains("it is done all the same"),
                        "{case}"
                    );
                }
                1 => assert!(!told && answer.output.is_empty(), "{case}"),
                other => panic!("{other}: {case}"),
            }
        }
    }
}
