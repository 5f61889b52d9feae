//! Random histories of looks, heals and holds, with trouble at calls of table and topic. Nothing is healed that may not be,
//! every heal is told, and once things are quiet, what may be healed is.

use std::collections::BTreeMap;

use fastrand::Rng;
use org_policy::aws::Session;
use test_world::simulation::{in_virtual_time, on_all_processors};
use watch::heal::memory::{BORN, TO_HEAL, UNTOLD, WATCH};
use watch::memory::Seconds;
use watch::news::DAY;
use watch::watch::{READING, run};

use super::scene::{NOW, STACK, Scene, Trouble};
use crate::harness::Services;

/// After so long, a stack that was left is looked at again.
const PAUSE: Seconds = 20 * 60;

struct History {
    scene: Scene,
    watch: Services,
    rng: Rng,
    seed: u64,
    now: Seconds,
    /// Drift that a heal puts back.
    is_detached: bool,
    /// Drift that it leaves to a person.
    is_tagged: bool,
    held_until: Seconds,
    healed: Vec<Seconds>,
    told: usize,
}

impl History {
    fn live(seed: u64) -> usize {
        let scene = Scene::new();
        let (rng, watch) = (Rng::with_seed(seed), Services::default());
        let mut history = History {
            scene,
            watch,
            rng,
            seed,
            now: NOW,
            is_detached: false,
            is_tagged: false,
            held_until: 0,
            healed: Vec::new(),
            told: 0,
        };
        // Sometimes the memory has just begun.
        let born = if history.rng.u8(0..4) == 0 { NOW } else { 0 };
        history.scene.kept.set(WATCH, BORN, &born.to_string());
        for _ in 0..history.rng.usize(5..25) {
            history.step(born);
        }
        history.end(born);
        history.healed.len()
    }

    fn step(&mut self, born: Seconds) {
        match self.rng.u8(0..24) {
            0..8 => {
                self.scene.detach();
                self.is_detached = true;
                self.look();
            }
            8 => self.tag(true),
            9 | 10 => self.tag(false),
            11 => {
                self.held_until = self.now + self.rng.i64(1..25) * 3600;
                self.scene.kept.hold(self.held_until);
            }
            12 | 13 => self.release(),
            14 => self.look(),
            15 => self.now += self.rng.i64(1..30) * 3600,
            _ => {
                self.now += self.rng.i64(300..3000);
                let trouble = [Trouble::Refused, Trouble::Lost, Trouble::Hangs, Trouble::HangsDone];
                let at = (self.rng.usize(0..16), trouble[self.rng.usize(0..4)]);
                let trouble = (self.rng.u8(0..4) == 0).then_some(at);
                self.heal(born, trouble);
            }
        }
    }

    fn tag(&mut self, is_tagged: bool) {
        let guard = self.scene.id("Guard");
        self.scene.world.change(|state| match is_tagged {
            true => state.tag(&guard, "team", "x"),
            false => drop(state.tags.get_mut(&guard).and_then(|tags| tags.remove("team"))),
        });
        self.is_tagged = is_tagged;
    }

    fn release(&mut self) {
        let key = (org_policy::hold::KIND.to_owned(), STACK.to_owned());
        self.scene.kept.items.borrow_mut().remove(&key);
        self.held_until = 0;
    }

    /// The watch looks, and says what is to be healed.
    fn look(&mut self) {
        let looked = in_virtual_time(async {
            let session = Session::on(self.scene.world.sdk_config());
            let watch = &self.watch;
            run(&session, watch, watch, watch, self.now, READING).await
        });
        looked.expect("a look");
        let mut items = self.scene.kept.items.borrow_mut();
        items.retain(|(kind, _), _| kind != TO_HEAL);
        let hints = self.watch.memory.borrow().to_heal.clone();
        items.extend(hints.into_iter().map(|stack| ((TO_HEAL.to_owned(), stack), String::new())));
    }

    /// Whether the stack may be healed now.
    fn may_be_healed(&self, born: Seconds) -> bool {
        let lately = self.healed.iter().filter(|at| self.now - **at < DAY).count();
        self.is_detached
            && !self.is_tagged
            && self.held_until <= self.now
            && self.now - born >= DAY
            && lately < 3
    }

    fn heal(&mut self, born: Seconds, trouble: Option<(usize, Trouble)>) {
        let (before, may) = (self.scene.executed(), self.may_be_healed(born));
        let is_hinted = !self.scene.kept.of(TO_HEAL).is_empty();
        drop(self.scene.run_with(self.now, trouble));
        let executed = self.scene.executed() - before;
        assert!(executed <= usize::from(may && is_hinted), "seed {}: at {}", self.seed, self.now);
        if executed == 1 {
            assert!(self.scene.is_attached(), "seed {}", self.seed);
            self.healed.push(self.now);
            self.is_detached = false;
        }
        let mails = self.scene.mails();
        let heals = mails.iter().filter(|mail| mail.subject.contains("put back ("));
        self.told += heals.count();
    }

    /// Things are quiet.
    fn end(&mut self, born: Seconds) {
        self.now += 2 * DAY;
        self.look();
        for _ in 0..3 {
            self.now += PAUSE;
            self.heal(born, None);
        }
        let seed = self.seed;
        assert!(!self.may_be_healed(born), "seed {seed}: what may be healed is");
        assert_eq!(self.scene.is_attached(), !self.is_detached, "seed {seed}");
        assert_eq!(self.scene.kept.of(UNTOLD), BTreeMap::new(), "seed {seed}");
        assert!(self.told >= self.healed.len(), "seed {seed}: every heal is told");
    }
}

#[test]
fn nothing_is_healed_that_may_not_be_and_nothing_is_left_that_may() {
    let histories = std::env::var("HISTORIES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let first = std::env::var("FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let heals = on_all_processors(first..first + histories, History::live);
    println!("{} histories, {} heals", heals.len(), heals.iter().sum::<usize>());
}
