//! A stack that the function has deployed, a table and a topic in memory, and a CloudFormation that carries out what it is
//! told to.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use org_policy::aws::{Problem, Session};
use org_policy::hold::Hold;
use serde_json::{Value, json};
use test_world::World;
use test_world::cloudformation::change_sets::{ROOT, available, revised};
use test_world::cloudformation::{self, CloudFormation};
use test_world::fixtures::{guard_properties, policy_properties, template_of, with};
use test_world::simulation::in_virtual_time;
use test_world::stack::{Resource, Stack};
use test_world::world::PRODUCTION;
use tokio::time::{sleep, timeout};
use watch::heal::memory::{BORN, HEALED, Items, REFUSED, TO_HEAL, UNTOLD, WATCH};
use watch::heal::{Error, Run, heal};
use watch::mail::Mail;
use watch::memory::Seconds;
use watch::news::DAY;
use watch::watch::Topic;

pub const STACK: &str = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1";
pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:111111111111:function:f";
/// When the runs begin; the memory began long before.
pub const NOW: Seconds = 100 * DAY;
/// Runs come every five minutes, and Lambda ends each after a quarter of an hour.
pub const EVERY: Seconds = 300;
pub const LAMBDA: Seconds = 900;

/// What happens to a call of the table or of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is refused.
    Refused,
    /// It takes effect, and its answer is lost.
    Lost,
    /// It does not answer, until Lambda ends the run.
    Hangs,
    /// It takes effect and does not answer, until Lambda ends the run.
    HangsDone,
}

/// A table and a topic.
#[derive(Default)]
pub struct Kept {
    pub items: RefCell<BTreeMap<(String, String), String>>,
    leases: RefCell<BTreeMap<String, Seconds>>,
    pub mails: RefCell<Vec<Mail>>,
    pub calls: Cell<usize>,
    trouble: Cell<Option<(usize, Trouble)>>,
    pub topic_is_gone: Cell<bool>,
    /// Somebody puts a hold just before the call of this number.
    pub held_before: Cell<Option<usize>>,
}

impl Kept {
    async fn call<T>(&self, effect: impl FnOnce() -> T) -> Result<T, Problem> {
        let number = self.calls.replace(self.calls.get() + 1);
        if self.held_before.get() == Some(number) {
            self.hold(NOW + DAY);
        }
        let trouble = self.trouble.get().filter(|(at, _)| *at == number).map(|(_, what)| what);
        let failed = || Problem { operation: "call".to_owned(), cause: "it has failed".to_owned() };
        match trouble {
            None => Ok(effect()),
            Some(Trouble::Refused) => Err(failed()),
            Some(Trouble::Lost) => {
                effect();
                Err(failed())
            }
            Some(Trouble::Hangs) => std::future::pending().await,
            Some(Trouble::HangsDone) => {
                effect();
                std::future::pending().await
            }
        }
    }

    pub fn set(&self, kind: &str, key: &str, value: &str) {
        self.items.borrow_mut().insert((kind.to_owned(), key.to_owned()), value.to_owned());
    }

    pub fn hold(&self, until: Seconds) {
        let hold = Hold { until, reason: "recovery".to_owned(), by: "arn:aws:x".to_owned() };
        self.set(org_policy::hold::KIND, STACK, &hold.stored());
    }

    pub fn get(&self, kind: &str, key: &str) -> Option<String> {
        self.items.borrow().get(&(kind.to_owned(), key.to_owned())).cloned()
    }

    pub fn of(&self, kind: &str) -> BTreeMap<String, String> {
        let items = self.items.borrow();
        let of = items.iter().filter(|((one, _), _)| one == kind);
        of.map(|((_, key), value)| (key.clone(), value.clone())).collect()
    }
}

impl Items for Kept {
    async fn all(&self, kind: &str) -> Result<BTreeMap<String, String>, Problem> {
        self.call(|| self.of(kind)).await
    }

    async fn put(&self, kind: &str, key: &str, value: &str) -> Result<(), Problem> {
        self.call(|| self.set(kind, key, value)).await
    }

    async fn remove(&self, kind: &str, key: &str) -> Result<(), Problem> {
        let key = (kind.to_owned(), key.to_owned());
        self.call(|| drop(self.items.borrow_mut().remove(&key))).await
    }

    async fn begin(&self, what: &str, now: Seconds, until: Seconds) -> Result<bool, Problem> {
        self.call(|| {
            let mut leases = self.leases.borrow_mut();
            if leases.get(what).is_some_and(|until| *until > now) {
                return false;
            }
            leases.insert(what.to_owned(), until);
            true
        })
        .await
    }

    async fn end(&self, what: &str) -> Result<(), Problem> {
        self.call(|| {
            self.leases.borrow_mut().remove(what);
        })
        .await
    }
}

impl Topic for Kept {
    async fn tell(&self, mail: &Mail) -> Result<(), Problem> {
        if self.topic_is_gone.get() {
            return Err(Problem { operation: "tell".to_owned(), cause: "no topic".to_owned() });
        }
        self.call(|| self.mails.borrow_mut().push(mail.clone())).await
    }
}

/// How CloudFormation ends the next update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The function gets the events, and all is well.
    Well,
    /// A resource fails, and it is rolled back.
    RolledBack,
    /// It goes on for so many seconds before it ends well.
    After(u64),
}

pub struct Scene {
    pub world: World,
    pub cloudformation: CloudFormation,
    pub kept: Kept,
    pub ending: Cell<Ending>,
    function: Stack,
    resources: RefCell<Vec<Resource>>,
    carried_out: Cell<usize>,
    /// How many calls have set it up.
    set_up: Cell<usize>,
}

impl Scene {
    /// A stack with a backup policy and a guard; the watch has found drift in it.
    pub fn new() -> Self {
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        world.answer_for(&cloudformation);
        // What the function calls is not disturbed.
        let function = Stack::new(&world.undisturbed_config(), "backup");
        let declared = [("Daily", policy_properties()), ("Guard", guard_properties())];
        let resources = in_virtual_time(async {
            let mut resources = Vec::new();
            for (logical_id, properties) in &declared {
                let properties = with(properties, json!({"Revision": ""}));
                let (resource, response) = function.create(logical_id, properties).await;
                assert_eq!(response.reason, "");
                resources.push(resource);
            }
            resources
        });
        let kept = Kept::default();
        kept.set(WATCH, BORN, "0");
        kept.set(TO_HEAL, STACK, "");
        let scene = Self {
            world,
            cloudformation,
            kept,
            ending: Cell::new(Ending::Well),
            function,
            resources: RefCell::new(resources),
            carried_out: Cell::new(0),
            set_up: Cell::new(0),
        };
        scene.deploy("");
        scene.world.change(|state| state.show_all());
        scene.set_up.set(scene.world.writes().len());
        scene
    }

    /// The same, and the guard is detached by hand.
    pub fn drifted() -> Self {
        let scene = Self::new();
        scene.detach();
        scene
    }

    pub fn id(&self, logical_id: &str) -> String {
        let resources = self.resources.borrow();
        let found = resources.iter().find(|resource| resource.logical_id == logical_id);
        found.expect("a resource").physical_id.clone()
    }

    pub fn detach(&self) {
        let guard = self.id("Guard");
        self.world.change(|state| state.detach(&guard, PRODUCTION));
    }

    pub fn is_attached(&self) -> bool {
        let guard = self.id("Guard");
        self.world.change(|state| state.policy(&guard).targets.contains(PRODUCTION))
    }

    /// What CloudFormation shows of the stack, deployed with this Revision.
    fn deploy(&self, revision: &str) {
        let own = json!({"Revision": {"Ref": "Revision"}});
        let declared = [("Daily", policy_properties()), ("Guard", guard_properties())];
        let declared = declared.map(|(name, properties)| (name, with(&properties, own.clone())));
        let mut template = template_of(&declared);
        template["Parameters"] = json!({"Revision": {"Type": "String", "Default": ""}});
        let number = self.carried_out.get();
        let held = self.resources.borrow();
        let resource = |resource: &Resource| cloudformation::Resource {
            logical_id: resource.logical_id.clone(),
            resource_type: "Custom::OrgPolicy".to_owned(),
            physical_id: resource.physical_id.clone(),
            status: "UPDATE_COMPLETE".to_owned(),
        };
        self.cloudformation.change(|state| {
            let stack = state.stacks.entry("backup".to_owned()).or_default();
            stack.id = STACK.to_owned();
            stack.status = "UPDATE_COMPLETE".to_owned();
            stack.since = format!("2026-11-28T09:{number:02}:00Z");
            stack.template = template.to_string();
            stack.parameters = vec![("Revision".to_owned(), revision.to_owned())];
            stack.resources = held.iter().map(resource).collect();
            let answer = vec![available(&[revised("Daily"), revised("Guard")])];
            state.change_sets.answers.insert(ROOT.to_owned(), answer);
        });
    }

    pub fn stack(&self, change: impl FnOnce(&mut cloudformation::Stack)) {
        self.cloudformation.change(|state| change(state.stacks.get_mut("backup").expect("it")));
    }

    /// The template, changed.
    pub fn template(&self, change: impl FnOnce(&mut Value)) {
        self.stack(|stack| {
            let mut template = serde_json::from_str(&stack.template).expect("JSON");
            change(&mut template);
            stack.template = template.to_string();
        });
    }

    /// How many updates were begun: a repeated call has the same token.
    pub fn executed(&self) -> usize {
        self.cloudformation.change(|state| {
            let executed = state.change_sets.executed.iter();
            let tokens = executed.map(|form| form["ClientRequestToken"].clone());
            tokens.collect::<BTreeSet<String>>().len()
        })
    }

    /// One run at this time, which Lambda ends after a quarter of an hour; none if it did.
    pub fn run(&self, now: Seconds) -> Option<Result<Run, Error>> {
        self.run_with(now, None)
    }

    /// The same, with trouble at a call of table or topic.
    pub fn run_with(
        &self,
        now: Seconds,
        trouble: Option<(usize, Trouble)>,
    ) -> Option<Result<Run, Error>> {
        self.kept.calls.set(0);
        self.kept.trouble.set(trouble);
        let ended = in_virtual_time(async {
            let session = Session::on(self.world.sdk_config());
            let run = heal(&session, &self.kept, &self.kept, FUNCTION, now);
            let lambda = Duration::from_secs(LAMBDA.unsigned_abs());
            tokio::select! {
                ended = timeout(lambda, run) => ended.ok(),
                () = self.carry_out() => None,
            }
        });
        self.kept.trouble.set(None);
        // What CloudFormation was told goes on without the run.
        in_virtual_time(async {
            while self.carried_out.get() < self.executed() {
                self.carry_out_next().await;
            }
        });
        ended
    }

    /// CloudFormation, as long as anybody waits for it.
    async fn carry_out(&self) {
        loop {
            sleep(Duration::from_millis(50)).await;
            if self.carried_out.get() < self.executed() {
                self.carry_out_next().await;
            }
        }
    }

    async fn carry_out_next(&self) {
        if let Ending::After(seconds) = self.ending.get() {
            sleep(Duration::from_secs(seconds)).await;
        }
        let revision = self.cloudformation.change(|state| {
            let form = state.change_sets.made.last().expect("a change set").clone();
            let number = form.keys().filter(|key| key.ends_with(".ParameterValue")).count();
            assert_eq!(number, 1, "{form:?}");
            let value = form.iter().find(|(key, _)| key.ends_with(".ParameterValue"));
            value.expect("Revision").1.clone()
        });
        if self.ending.get() == Ending::RolledBack {
            self.carried_out.set(self.executed());
            let number = self.carried_out.get();
            return self.stack(|stack| {
                stack.status = "UPDATE_ROLLBACK_COMPLETE".to_owned();
                stack.since = format!("2026-11-28T09:{number:02}:00Z");
            });
        }
        let mut resources = self.resources.borrow().clone();
        for resource in &mut resources {
            let properties = with(&resource.properties, json!({"Revision": revision}));
            let response = self.function.update(resource, properties).await;
            assert_eq!(response.reason, "");
        }
        self.resources.replace(resources);
        self.world.change(|state| state.show_all());
        self.carried_out.set(self.executed());
        self.deploy(&revision);
    }

    /// A run that neither fails nor is ended.
    #[track_caller]
    pub fn runs(&self, now: Seconds) -> Run {
        self.run(now).expect("it ends").expect("it does not fail")
    }

    /// The mails since the last time.
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.mails.take()
    }

    /// When the stack was healed, as it is counted.
    pub fn counted(&self) -> Vec<Seconds> {
        let counted = self.kept.get(HEALED, STACK);
        counted.map(|text| serde_json::from_str(&text).expect("a list")).unwrap_or_default()
    }

    /// Nothing was executed, counted or left behind, and no policy was touched.
    #[track_caller]
    pub fn assert_untouched(&self) {
        assert_eq!(self.executed(), 0);
        assert_eq!(self.counted(), Vec::<Seconds>::new());
        assert_eq!(self.kept.of(UNTOLD), BTreeMap::new());
        assert_eq!(self.world.writes().len(), self.set_up.get());
        self.cloudformation.change(|state| {
            let (made, deleted) = (&state.change_sets.made, &state.change_sets.deleted);
            let made: Vec<&String> = made.iter().map(|form| &form["ChangeSetName"]).collect();
            assert_eq!(made, deleted.iter().collect::<Vec<_>>());
        });
    }

    pub fn is_refused(&self) -> bool {
        !self.kept.of(REFUSED).is_empty()
    }
}
