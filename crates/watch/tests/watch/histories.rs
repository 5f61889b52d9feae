//! Random histories: changes by hand, deployments, events that are late, doubled or lost, and looks. Nothing is told that
//! is not so; and once things are quiet, what is so is told.

use std::collections::BTreeSet;
use std::time::Duration;

use cfn_org_policy::aws::types::PolicyId;
use fastrand::Rng;
use serde_json::{Value, json};
use test_world::deployed::Clock;
use test_world::fixtures::with;
use test_world::simulation::{in_virtual_time, on_all_processors};
use test_world::world::{PRODUCTION, SECURITY, State};

use crate::harness::{STACK, Watched, policies};

const NAMES: [&str; 2] = ["Daily", "Guard"];

/// What the stack declares, and what is there.
struct History {
    watched: Watched,
    rng: Rng,
    clock: Clock,
    revision: usize,
    /// The policies that have drifted, as nobody but the history knows.
    drifted: BTreeSet<&'static str>,
    /// The organization as it was deployed.
    deployed: State,
}

fn declared(revision: usize) -> [(&'static str, Value); 2] {
    policies(revision).map(|(name, properties)| {
        (name, with(&properties, json!({"Description": format!("revision {revision}")})))
    })
}

impl History {
    async fn live(seed: u64, watched: Watched) {
        let rng = Rng::with_seed(seed);
        let clock = Clock::start();
        let deployed = watched.deployed.world.change(|state| state.clone());
        let drifted = BTreeSet::new();
        let lag = Duration::from_secs(9 * (seed % 2));
        watched.deployed.world.change(|state| (state.point_lag, state.attachment_lag) = (lag, lag));
        let mut history = History { watched, rng, clock, revision: 1, drifted, deployed };
        for _ in 0..history.rng.usize(4..16) {
            history.step(seed).await;
        }
        // Things are quiet: the first look may still find the stack just deployed.
        for _ in 0..2 {
            history.wait(3600).await;
            history.look_in(seed, None).await;
        }
        let remembered = history.remembered();
        assert_eq!(remembered, history.drifted, "seed {seed}: what lasts is what was told");
    }

    async fn step(&mut self, seed: u64) {
        let step = self.rng.u8(0..10);
        if std::env::var_os("LOG").is_some() {
            println!("{} step {step}", self.clock.text());
        }
        match step {
            0..3 => self.by_hand(),
            3 => self.put_back(),
            4 => self.named(),
            5 => self.deploy().await,
            6 => self.deploy_beside_a_look(seed).await,
            7 => {
                let seconds = self.rng.u64(1..30);
                self.wait(seconds).await;
            }
            _ => self.look(seed).await,
        }
    }

    async fn wait(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn by_hand(&mut self) {
        const HANDS: [fn(&mut State, &str); 5] = [
            |state, id| state.policy(id).description = "by hand".to_owned(),
            |state, id| state.detach(id, PRODUCTION),
            |state, id| state.attach(id, SECURITY),
            |state, id| state.tag(id, "team", "x"),
            |state, id| {
                let policy = state.policy(id);
                policy.content =
                    policy.content.replace("a:B", "a:X").replace("eu-west-1", "eu-west-3");
            },
        ];
        let (name, hand) = (NAMES[self.rng.usize(0..2)], HANDS[self.rng.usize(0..HANDS.len())]);
        let id = self.watched.id(name);
        self.watched.deployed.world.change(|state| hand(state, &id));
        self.drifted.insert(name);
    }

    /// Somebody puts everything back by hand.
    fn put_back(&mut self) {
        self.watched.deployed.world.change(|state| *state = self.deployed.clone());
        self.drifted.clear();
    }

    fn is_as_deployed(&mut self) {
        self.drifted.clear();
        self.deployed = self.watched.deployed.world.change(|state| state.clone());
    }

    /// Events come late, more than once, or never.
    fn named(&mut self) {
        let id = PolicyId::parse(&self.watched.id(NAMES[self.rng.usize(0..2)])).expect("an id");
        self.watched.services.memory.borrow_mut().named.insert(id);
    }

    async fn deploy(&mut self) {
        // What is changed by hand just before a deployment, the function may not see, nor put back.
        self.wait(10).await;
        self.revision += 1;
        let pause = Duration::from_secs(self.rng.u64(0..30));
        self.watched.deployed.update(STACK, &declared(self.revision), pause, self.clock).await;
        self.is_as_deployed();
    }

    async fn deploy_beside_a_look(&mut self, seed: u64) {
        self.wait(10).await;
        let before = self.drifted.clone();
        let reading = self.time_to_read();
        self.watched.services.reading.set(reading);
        self.revision += 1;
        let (first, second) = (self.rng.u64(0..60), self.rng.u64(0..90));
        let pause = Duration::from_secs(self.rng.u64(0..30));
        let policies = declared(self.revision);
        let deploy = async {
            self.wait(first).await;
            self.watched.deployed.update(STACK, &policies, pause, self.clock).await;
        };
        let look = async {
            self.wait(second).await;
            self.watched.look(self.clock).await
        };
        let ((), mail) = tokio::join!(deploy, look);
        self.is_as_deployed();
        self.check(seed, mail.map(|mail| mail.body), &before);
    }

    /// Often there is no time for all: nothing is read in the first ten seconds.
    fn time_to_read(&mut self) -> Option<Duration> {
        self.rng.bool().then(|| Duration::from_millis(self.rng.u64(9_000..13_000)))
    }

    async fn look(&mut self, seed: u64) {
        let reading = self.time_to_read();
        self.look_in(seed, reading).await;
    }

    async fn look_in(&mut self, seed: u64, reading: Option<Duration>) {
        self.watched.services.reading.set(reading);
        let before = self.drifted.clone();
        let mail = self.watched.look(self.clock).await;
        self.check(seed, mail.map(|mail| mail.body), &before);
    }

    /// Nothing is told as there that is not, nor as gone that is there.
    fn check(&self, seed: u64, mail: Option<String>, before: &BTreeSet<&'static str>) {
        let mail = mail.unwrap_or_default();
        if std::env::var_os("LOG").is_some() {
            println!("{} drifted {:?}, before {before:?}\n{mail}", self.clock.text(), self.drifted);
        }
        for line in mail.lines().filter(|line| !line.starts_with([' ', 'T'])) {
            let Some(name) = NAMES.iter().find(|name| line.contains(&format!(": {name} "))) else {
                continue;
            };
            match line.contains("GONE") {
                true => assert!(!self.drifted.contains(name), "seed {seed}: {line}"),
                false => assert!(before.contains(name), "seed {seed}: {line}"),
            }
        }
    }

    fn remembered(&self) -> BTreeSet<&'static str> {
        let memory = self.watched.services.memory.borrow();
        let is_told =
            |name: &&&str| memory.told.keys().any(|key| key.contains(&format!(" {name} ")));
        NAMES.iter().filter(is_told).copied().collect()
    }
}

#[test]
fn nothing_is_told_wrongly_and_nothing_is_missed() {
    let histories = std::env::var("HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let first = std::env::var("FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let looks = on_all_processors(first..first + histories, |seed| {
        let watched = Watched::new();
        in_virtual_time(History::live(seed, watched));
    });
    println!("{} histories", looks.len());
}
