//! The matrix: a command on a scene × every call that it makes there × every fault.

use std::collections::BTreeMap;
use std::env;
use std::time::Duration;

use org_policy::aws::Session;
use org_policy::{Answer, answer};
use serde_json::Value;
use test_world::World;
use test_world::cloudformation::CloudFormation;
use test_world::simulation::in_virtual_time;
use test_world::world::{ConnectionError, Fault, State};
use tokio::time::timeout;

/// No command takes longer, whatever is wrong: each call is given up after two minutes.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Of so many cases one is tested, unless all are: so many that it meets each fault at some call, and each call.
const SOME: usize = 5;

/// An organization and its stacks, and a command that reads them.
pub struct Scene {
    pub world: World,
    pub cloudformation: CloudFormation,
    pub arguments: Vec<String>,
}

/// What a command says of each thing that it is about, and how it says there that something could not be read.
pub struct Form {
    /// The parts of the answer, each under a name of its own.
    pub parts: fn(&Answer) -> BTreeMap<String, Value>,
    /// Why a part could not be read.
    pub error: fn(&Value) -> Option<&str>,
    /// The exit status if something could not be read.
    pub status: u8,
}

/// One way to disturb one call.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    /// It fails once.
    Once(Fault),
    /// From then on every call of the operation fails.
    Always(Fault),
}

/// What has to follow.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// The same answer.
    Same,
    /// It is said what could not be read.
    Said,
    /// One of the two.
    SameOrSaid,
}

/// Each with what has to follow.
fn disturbances() -> Vec<(Disturbance, Expected)> {
    let mut all = Vec::new();
    for fault in [
        Fault::Error("TooManyRequestsException"),
        Fault::Error("Throttling"),
        Fault::Error("ServiceException"),
        Fault::Status(500),
        Fault::Status(503),
        Fault::LostAnswer,
        Fault::Hang { takes_effect: false },
        Fault::Credentials,
    ] {
        all.push((Disturbance::Once(fault), Expected::Same));
    }
    for error in ConnectionError::ALL {
        let fault = Fault::Broken { error, takes_effect: false };
        all.push((Disturbance::Once(fault), Expected::SameOrSaid));
        all.push((Disturbance::Always(fault), Expected::Said));
    }
    for cut in [Fault::CutShort(0.5), Fault::CutShort(0.99)] {
        all.push((Disturbance::Once(cut), Expected::SameOrSaid));
        all.push((Disturbance::Always(cut), Expected::Said));
    }
    for fault in [
        Fault::Error("TooManyRequestsException"),
        Fault::Error("Throttling"),
        Fault::Status(500),
        Fault::Hang { takes_effect: false },
        Fault::Error("AccessDeniedException"),
        Fault::Error("AccessDenied"),
        Fault::Error("ExpiredTokenException"),
        // A token of a page that is no longer taken.
        Fault::ErrorWithReason("InvalidInputException", "INVALID_NEXT_TOKEN"),
    ] {
        all.push((Disturbance::Always(fault), Expected::Said));
    }
    for fault in [
        Fault::Error("AccessDeniedException"),
        Fault::ErrorWithReason("InvalidInputException", "INVALID_NEXT_TOKEN"),
    ] {
        all.push((Disturbance::Once(fault), Expected::SameOrSaid));
    }
    all
}

impl Scene {
    /// The same, to be disturbed.
    fn copy(&self) -> Scene {
        let (world, cloudformation) = (self.world.fork(), self.cloudformation.copy());
        world.answer_for(&cloudformation);
        Scene { world, cloudformation, arguments: self.arguments.clone() }
    }

    /// What the command says.
    pub fn answer(&self) -> Answer {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let answered = in_virtual_time(async {
            let session = Session::on(self.world.sdk_config());
            timeout(LONGEST, answer(&arguments, &session)).await
        });
        answered.expect("it ends").expect("a command that reads AWS")
    }

    /// Disturbs each call in every way; says how many cases there were. `make test` takes some of them, and `CASES=all`
    /// all.
    pub fn disturb(&self, form: &Form) -> usize {
        let undisturbed = self.copy();
        let whole = undisturbed.answer();
        assert_eq!(whole.complaints, Vec::<String>::new());
        let calls = undisturbed.world.calls();
        let step = if env::var("CASES").as_deref() == Ok("all") { 1 } else { SOME };
        let (mut cases, mut numbered) = (0, 0_usize);
        for (number, operation) in calls.iter().enumerate() {
            for (disturbance, expected) in disturbances() {
                numbered += 1;
                if !numbered.is_multiple_of(step) {
                    continue;
                }
                let scene = self.copy();
                match disturbance {
                    Disturbance::Once(fault) => scene.world.fail_call(number, fault),
                    // Once for each operation.
                    Disturbance::Always(_) if calls[..number].contains(operation) => continue,
                    Disturbance::Always(fault) => scene.world.fail_always(operation, fault),
                }
                let case = format!("{disturbance:?} at call {number}, {operation}");
                check(form, &whole, &scene.answer(), expected, &case);
                assert!(scene.world.writes().is_empty(), "{case}");
                cases += 1;
            }
        }
        cases
    }

    /// Something changes just before each call; each part of the answer is as before it, or as after it, or it is said
    /// that it could not be read.
    pub fn change_between_calls(&self, form: &Form, change: Hand) -> usize {
        let undisturbed = self.copy();
        let before = (form.parts)(&undisturbed.answer());
        let changed = self.copy();
        let apply = change(&changed);
        changed.world.change(|state| apply(state));
        let later = changed.answer();
        let after = (form.parts)(&later);
        let calls = undisturbed.world.calls();
        for (number, operation) in calls.iter().enumerate() {
            let scene = self.copy();
            scene.world.on_call(number, change(&scene));
            let answer = scene.answer();
            let case = format!("a change before call {number}, {operation}");
            if !answer.complaints.is_empty() {
                check_said(form, &answer, &case);
                continue;
            }
            for (name, part) in (form.parts)(&answer) {
                let error = (form.error)(&part);
                error.iter().for_each(|error| check_line(error, &case));
                let known = [before.get(&name), after.get(&name)].contains(&Some(&part));
                assert!(
                    error.is_some() || known,
                    "{case}: {name} is {part:#}\n{before:#?}\n{after:#?}"
                );
            }
        }
        calls.len()
    }
}

/// Somebody else, who does something in a scene.
pub type Hand<'a> = &'a dyn Fn(&Scene) -> Change;
/// What somebody else does.
pub type Change = Box<dyn FnOnce(&mut State) + Send>;

fn check(form: &Form, whole: &Answer, answer: &Answer, expected: Expected, case: &str) {
    if answer == whole {
        assert_ne!(expected, Expected::Said, "{case}");
        return;
    }
    assert_ne!(expected, Expected::Same, "{case}: {answer:#?}");
    assert_eq!(answer.status, form.status, "{case}: {answer:#?}");
    check_said(form, answer, case);
    if answer.complaints.is_empty() {
        check_parts(form, whole, answer, case);
    }
}

/// What could not be read is said in one line, or in one line of each part concerned.
fn check_said(form: &Form, answer: &Answer, case: &str) {
    match answer.complaints.as_slice() {
        [] => {}
        [line] => {
            assert_eq!(answer.output, "", "{case}");
            assert_eq!(answer.status, form.status, "{case}");
            check_line(line, case);
        }
        lines => panic!("{case}: {lines:#?}"),
    }
}

/// The parts that say no error are as without the fault.
fn check_parts(form: &Form, whole: &Answer, answer: &Answer, case: &str) {
    let (whole, answer) = ((form.parts)(whole), (form.parts)(answer));
    let mut errors = 0;
    for (name, part) in &answer {
        match (form.error)(part) {
            Some(error) => {
                errors += 1;
                check_line(error, case);
            }
            None => assert_eq!(Some(part), whole.get(name), "{case}: {name}"),
        }
    }
    assert!(errors > 0, "{case}: {answer:#?}");
}

/// Operation, object, cause, remedy.
fn check_line(line: &str, case: &str) {
    assert!(!line.contains('\n'), "{case}: {line}");
    assert!(line.contains(": ") && line.contains("; "), "{case}: {line}");
}
