//! An organization that is watched: its stacks, the watch's memory, and the mails.

use std::cell::{Cell, RefCell};
use std::time::{Duration, UNIX_EPOCH};

use org_policy::aws::{Problem, Session};
use serde_json::{Value, json};
use test_world::deployed::{Clock, Deployed};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::simulation::in_virtual_time;
use test_world::world::ROOT;
use watch::mail::Mail;
use watch::memory::{Memory, Seconds};
use watch::trail::Change;
use watch::watch::{Error, READING, Run, Store, Topic, Trail, run};

/// What the watch uses, in memory. A call of this number fails, if one is set.
#[derive(Default)]
pub struct Services {
    pub memory: RefCell<Memory>,
    pub mails: RefCell<Vec<Mail>>,
    pub changes: RefCell<Vec<Change>>,
    pub failing: Cell<Option<&'static str>>,
    /// How long CloudTrail takes.
    pub trail_takes: Cell<Duration>,
    /// How long policies are read in a run, if not as long as always.
    pub reading: Cell<Option<Duration>>,
}

impl Services {
    fn call(&self, call: &'static str) -> Result<(), Problem> {
        match self.failing.get() == Some(call) {
            true => Err(Problem { operation: call.to_owned(), cause: "no".to_owned() }),
            false => Ok(()),
        }
    }
}

impl Store for Services {
    async fn load(&self) -> Result<Memory, Problem> {
        self.call("load").map(|()| self.memory.borrow().clone())
    }

    async fn save(&self, _: &Memory, after: &Memory) -> Result<(), Problem> {
        self.call("save")?;
        *self.memory.borrow_mut() = after.clone();
        Ok(())
    }
}

impl Topic for Services {
    async fn tell(&self, mail: &Mail) -> Result<(), Problem> {
        self.call("tell")?;
        self.mails.borrow_mut().push(mail.clone());
        Ok(())
    }
}

impl Trail for Services {
    async fn changes(&self, _: Seconds) -> Result<Vec<Change>, Problem> {
        tokio::time::sleep(self.trail_takes.get()).await;
        self.call("trail").map(|()| self.changes.borrow().clone())
    }
}

/// An organization, and who watches it.
pub struct Watched {
    pub deployed: Deployed,
    pub services: Services,
}

/// A stack with a backup policy and a guard.
pub const STACK: &str = "backup";

/// Its policies; another revision changes nothing else.
pub fn policies(revision: usize) -> [(&'static str, Value); 2] {
    let own = json!({"Revision": revision.to_string(), "Tags": [{"Key": "team", "Value": "a"}]});
    [("Daily", with(&policy_properties(), own.clone())), ("Guard", with(&guard_properties(), own))]
}

impl Watched {
    pub fn new() -> Self {
        let deployed = Deployed::new();
        deployed.deploy(STACK, &policies(1));
        Self { deployed, services: Services::default() }
    }

    /// The id of a policy.
    pub fn id(&self, logical_id: &str) -> String {
        let resources = self.deployed.resources(STACK);
        let found = resources.into_iter().find(|resource| resource.logical_id == logical_id);
        found.expect("the resource").physical_id
    }

    /// A look, which must not write.
    pub async fn try_look(&self, clock: Clock) -> Result<Run, Error> {
        let now = UNIX_EPOCH + Duration::from_secs(clock.seconds().unsigned_abs());
        let session = Session::at(self.deployed.world.sdk_config(), now);
        let services = &self.services;
        let reading = services.reading.get().unwrap_or(READING);
        run(&session, services, services, services, clock.seconds(), reading).await
    }

    /// A look, and its mail if there is one.
    pub async fn look(&self, clock: Clock) -> Option<Mail> {
        let before = self.services.mails.borrow().len();
        self.try_look(clock).await.expect("a look");
        let mails = self.services.mails.borrow();
        assert!(mails.len() <= before + 1, "one mail");
        mails.get(before).cloned()
    }
}

/// Looks every hour, after what happens in the hour; answers with the mails.
pub fn hours(watched: &Watched, happens: &[&dyn Fn(&Watched)]) -> Vec<Option<Mail>> {
    in_virtual_time(async {
        let clock = Clock::start();
        let mut mails = Vec::new();
        for happens in happens {
            happens(watched);
            mails.push(watched.look(clock).await);
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        mails
    })
}

/// A stack "guards" with so many guards, each attached to a unit of its own; answers with the ids of policies and units.
pub fn guards(deployed: &Deployed, number: usize) -> Vec<(String, String)> {
    let names: Vec<String> = (0..number).map(|number| format!("Guard{number:03}")).collect();
    let units: Vec<String> = deployed
        .world
        .change(|state| names.iter().map(|name| state.add_unit(ROOT, name)).collect());
    let policy = |(name, unit): (&String, &String)| {
        with(&guard_properties(), json!({"Name": name, "Targets": [unit]}))
    };
    let properties: Vec<Value> = names.iter().zip(&units).map(policy).collect();
    let stack: Vec<(&str, Value)> = names.iter().map(String::as_str).zip(properties).collect();
    let ids = deployed.deploy("guards", &stack);
    names.iter().map(|name| ids[name].clone()).zip(units).collect()
}

/// Nothing happens.
pub fn nothing(_: &Watched) {}
