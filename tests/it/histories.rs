//! Random histories of several stacks: creates, updates, renames, changes of type, moves of targets, deletes, all of them
//! with failures, crashes, second deliveries and others' changes in between. At the end the organization equals what the
//! living stacks declare, plus what was others' from the beginning.
//!
//! A history follows from its number. `make test` runs some, `make soak` many more; a failing one prints its number, and
//! `FIRST=<number> HISTORIES=1` replays it, with `LOG=1` as it is and with the function's log. Without, proptest looks
//! for the smallest history that still fails.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::Level;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use test_world::World;
use test_world::engine::{Engine, Habits, Template, stack_id};
use test_world::simulation::{in_virtual_time, on_all_processors};
use test_world::world::{
    BACKUP, BACKUP_POLICY, Disorder, ListLag, NO_SUCH_UNIT, PRODUCTION, PRODUCTION_ACCOUNT, ROOT,
    SANDBOX, SCP, SECURITY, State,
};

const STACKS: [&str; 3] = ["blue", "green", "red"];
const TARGETS: [&str; 6] = [ROOT, SECURITY, BACKUP, PRODUCTION, SANDBOX, PRODUCTION_ACCOUNT];
const STACK_TAG: &str = "cfn-org-policy:stack-id";

/// What happens in an organization.
#[derive(Clone, Debug)]
struct History {
    disorder: Busy,
    steps: Vec<Step>,
}

/// How the services behave meanwhile.
#[derive(Clone, Debug)]
struct Busy {
    seed: u64,
    throttled: bool,
    lag_ms: u64,
    conflict: f64,
    lost_answer: f64,
    time_out: f64,
    crashes: f64,
    repeats: f64,
}

#[derive(Clone, Debug)]
enum Step {
    /// Stacks change at the same time: each to a template, or away with it.
    Stacks(BTreeMap<usize, Option<BTreeMap<usize, Declaration>>>),
    /// Somebody changes the so-manyth policy by hand.
    Others(usize, Meddling),
}

#[derive(Clone, Debug)]
enum Meddling {
    Attach(usize),
    DetachAll,
    Rewrite,
    Remove,
    Untag,
}

/// A resource, out of few possibilities, so that stacks get in each other's way.
#[derive(Clone, Debug, PartialEq)]
struct Declaration {
    name: usize,
    is_scp: bool,
    content: usize,
    targets: BTreeSet<usize>,
    missing_target: bool,
    tag: usize,
    only_declared: bool,
}

fn histories() -> impl Strategy<Value = History> {
    let declaration = (
        0..4_usize,
        any::<bool>(),
        0..3_usize,
        btree_set(0..TARGETS.len(), 0..4),
        proptest::bool::weighted(0.1),
        0..3_usize,
        proptest::bool::weighted(0.3),
    );
    let declaration = declaration.prop_map(
        |(name, is_scp, content, targets, missing_target, tag, only_declared)| Declaration {
            name,
            is_scp,
            content,
            targets,
            missing_target,
            tag,
            only_declared,
        },
    );
    let template = proptest::option::weighted(0.85, btree_map(0..3_usize, declaration, 0..4));
    let meddling = prop_oneof![
        (0..TARGETS.len()).prop_map(Meddling::Attach),
        Just(Meddling::DetachAll),
        Just(Meddling::Rewrite),
        Just(Meddling::Remove),
        Just(Meddling::Untag),
    ];
    let step = prop_oneof![
        4 => btree_map(0..STACKS.len(), template, 1..3).prop_map(Step::Stacks),
        1 => (0..6_usize, meddling).prop_map(|(n, meddling)| Step::Others(n, meddling)),
    ];
    let chance = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    let busy = (
        any::<u64>(),
        any::<bool>(),
        prop_oneof![Just(0), 0..3_000_u64],
        chance(0.3),
        chance(0.1),
        chance(0.02),
        chance(0.1),
        chance(0.2),
    );
    let busy = busy.prop_map(
        |(seed, throttled, lag_ms, conflict, lost_answer, time_out, crashes, repeats)| Busy {
            seed,
            throttled,
            lag_ms,
            conflict,
            lost_answer,
            time_out,
            crashes,
            repeats,
        },
    );
    (busy, vec(step, 1..8)).prop_map(|(disorder, steps)| History { disorder, steps })
}

impl Declaration {
    fn properties(&self) -> Value {
        let mut targets: Vec<&str> = self.targets.iter().map(|n| TARGETS[*n]).collect();
        targets.extend(self.missing_target.then_some(NO_SUCH_UNIT));
        json!({
            "Name": format!("policy-{}", self.name),
            "Type": if self.is_scp { SCP } else { BACKUP_POLICY },
            "Content": {"content": format!("{}", self.content)},
            "Targets": targets,
            "Tags": [{"Key": "tag", "Value": format!("{}", self.tag)}],
            "ManageAttachments": if self.only_declared { "Declared" } else { "All" },
        })
    }
}

fn template(declarations: &BTreeMap<usize, Declaration>) -> Template {
    let resources = declarations.iter();
    resources.map(|(n, declared)| (format!("Policy{n}"), declared.properties())).collect()
}

/// A stack's last template: no name is another's, and all of it can be done.
fn last_template(stack: &str) -> Template {
    let properties = |n: usize| {
        json!({
            "Name": format!("{stack}-{n}"),
            "Type": if n == 0 { SCP } else { BACKUP_POLICY },
            "Content": {"last": stack},
            "Targets": [TARGETS[n], TARGETS[n + 1]],
        })
    };
    (0..3).map(|n| (format!("Policy{n}"), properties(n))).collect()
}

/// A history being lived.
struct Life {
    world: World,
    engine: Engine,
    /// Of these nobody knows how they should be.
    meddled: BTreeSet<String>,
    /// The stacks whose rollback or deletion failed.
    broken: BTreeSet<String>,
    others: BTreeMap<String, String>,
}

impl Life {
    fn begin(busy: &Busy) -> Life {
        fastrand::seed(busy.seed);
        let world = World::new();
        world.change(|state| {
            for policy_type in [BACKUP_POLICY, SCP] {
                let id = state.add_policy(policy_type, "policy-0", "{\"theirs\":1}");
                state.attach(&id, SANDBOX);
            }
            let lag = Duration::from_millis(busy.lag_ms);
            state.list_lag = Some(ListLag::For(lag));
            state.attachment_lag = lag;
            state.deletion_lag = lag;
            state.in_use_lag = lag / 2;
            state.changes_in_progress = lag / 2;
        });
        if busy.throttled {
            world.throttle();
        }
        world.conflict();
        world.disorder(Disorder {
            seed: busy.seed,
            conflict: busy.conflict,
            lost_answer: busy.lost_answer,
            server_error: busy.lost_answer / 2.0,
            time_out: busy.time_out,
            latency: Duration::from_millis(50)..Duration::from_millis(400),
        });
        let habits = Habits { crashes: busy.crashes, repeats: busy.repeats, silent: false };
        Life {
            engine: Engine::new(&world, habits, busy.seed),
            others: world.change(|state| state.picture()),
            world,
            meddled: BTreeSet::new(),
            broken: BTreeSet::new(),
        }
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Stacks(stacks) => {
                let changes = stacks.iter().map(|(n, declarations)| async {
                    let stack = STACKS[*n];
                    let result = match declarations {
                        Some(declarations) => {
                            self.engine.deploy(stack, &template(declarations)).await
                        }
                        None => self.engine.delete(stack).await,
                    };
                    (stack, result.err().unwrap_or_default())
                });
                let results: Vec<_> = futures_util::future::join_all(changes).await;
                for (stack, reasons) in results {
                    let whole = |reason: &String| {
                        !reason.starts_with("rollback of") && !reason.starts_with("deletion of")
                    };
                    if !reasons.iter().all(whole) {
                        println!("{stack} is broken: {reasons:?}");
                        self.broken.insert(stack.to_owned());
                    }
                }
            }
            Step::Others(n, meddling) => self.meddle(*n, meddling),
        }
        self.engine.settle().await;
    }

    /// Others change a policy of one of the stacks.
    fn meddle(&mut self, n: usize, meddling: &Meddling) {
        self.world.change(|state| {
            let tagged = state.tags.iter().filter(|(_, tags)| tags.contains_key(STACK_TAG));
            let Some(id) = tagged.map(|(id, _)| id.clone()).nth(n) else { return };
            match meddling {
                Meddling::Attach(target) => state.attach(&id, TARGETS[*target]),
                Meddling::DetachAll => detach_everywhere(state, &id),
                Meddling::Rewrite => state.policy(&id).content = "{\"rewritten\":1}".to_owned(),
                Meddling::Remove => state.remove_policy(&id),
                Meddling::Untag => drop(state.tags.remove(&id)),
            }
            self.meddled.insert(id);
        });
    }

    /// Every policy of ours is held by its resource, and is as declared; others' are as they were.
    fn check(&self) -> Result<(), TestCaseError> {
        for stack in STACKS {
            let held = self.engine.holds(stack);
            let held_ids: BTreeSet<&String> = held.values().map(|(id, _)| id).collect();
            let tagged: Vec<String> = self.world.change(|state| {
                let mine =
                    |tags: &BTreeMap<String, String>| tags.get(STACK_TAG) == Some(&stack_id(stack));
                state.tags.iter().filter(|(_, tags)| mine(tags)).map(|(id, _)| id.clone()).collect()
            });
            for id in &tagged {
                let known = held_ids.contains(id)
                    || self.meddled.contains(id)
                    || self.broken.contains(stack);
                prop_assert!(known, "{id} of {stack} is an orphan; held: {held:?}");
            }
            for (id, properties) in held.values() {
                if !self.meddled.contains(id) && !self.broken.contains(stack) {
                    self.check_policy(id, properties)?;
                }
            }
        }
        let picture = self.world.change(|state| state.picture());
        for (key, theirs) in &self.others {
            prop_assert_eq!(picture.get(key), Some(theirs), "{} is others'", key);
        }
        Ok(())
    }

    fn check_policy(&self, id: &str, properties: &Value) -> Result<(), TestCaseError> {
        let found = self.world.change(|state| {
            let policy = state.policies.get(id)?;
            let targets: BTreeSet<String> = policy.targets.clone();
            Some((policy.name.clone(), policy.policy_type.clone(), policy.content.clone(), targets))
        });
        let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
        let targets = properties["Targets"].as_array().into_iter().flatten();
        let targets = targets.filter_map(Value::as_str).map(str::to_owned).collect();
        let declared = (text("Name"), text("Type"), properties["Content"].to_string(), targets);
        prop_assert_eq!(found, Some(declared), "{}", id);
        Ok(())
    }

    /// All goes well now: every stack gets its last template, and is deleted in the end.
    async fn end(&mut self) -> Result<(), TestCaseError> {
        self.world.clear_faults();
        self.world.set_latency(Duration::from_millis(100));
        // Others take their hands off: a Delete of declared attachments rightly stops at theirs.
        self.world.change(|state| {
            for id in &self.meddled {
                if state.policies.contains_key(id) {
                    detach_everywhere(state, id);
                }
            }
        });
        for stack in STACKS {
            let result = self.engine.deploy(stack, &last_template(stack)).await;
            prop_assert_eq!(result, Ok(()), "the last template of {}", stack);
        }
        self.engine.settle().await;
        self.broken.clear();
        // What somebody has taken our tags off is left behind; all else is ours again.
        let nobodys = std::mem::take(&mut self.meddled);
        self.check()?;
        for stack in STACKS {
            prop_assert_eq!(self.engine.delete(stack).await, Ok(()), "the deletion of {}", stack);
        }
        self.engine.settle().await;
        let left = self.world.change(|state| {
            let left = |id: &&String| nobodys.contains(*id) && !state.tags.contains_key(*id);
            let left: Vec<String> = state.policies.keys().filter(left).cloned().collect();
            left.iter().for_each(|id| state.remove_policy(id));
            state.picture()
        });
        prop_assert_eq!(&left, &self.others, "what is left at the end");
        Ok(())
    }
}

/// By somebody else, so that it shows at once.
fn detach_everywhere(state: &mut State, id: &str) {
    for target in state.policy(id).targets.clone() {
        state.detach(id, &target);
    }
}

async fn live(history: &History) -> Result<(), TestCaseError> {
    BEGAN.set(Some(Instant::now()));
    let mut life = Life::begin(&history.disorder);
    for step in &history.steps {
        life.take(step).await;
        life.check()?;
    }
    life.end().await
}

/// The function's own lines only: the SDK would draw numbers for its lines, and the history would be another.
fn start_log() -> DefaultGuard {
    let own = Targets::new().with_target("cfn_org_policy", Level::INFO);
    let lines = layer().with_timer(VirtualTime).with_ansi(false);
    registry().with(lines).with(own).set_default()
}

/// The seconds since the simulation began, for a log that can be followed.
struct VirtualTime;

impl FormatTime for VirtualTime {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        let began = BEGAN.get().unwrap_or_else(Instant::now);
        write!(line, "{:9.3}", began.elapsed().as_secs_f64())
    }
}

thread_local! {
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Lives the history of this number; if it fails, the smallest like it.
fn try_history(number: u64) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let log = env::var_os("LOG").is_some();
    let smaller = if log { 0 } else { Config::default().max_shrink_iters };
    let config = Config {
        cases: 1,
        failure_persistence: None,
        max_shrink_iters: smaller,
        ..Config::default()
    };
    let _log = log.then(start_log);
    let result = TestRunner::new_with_rng(config, rng)
        .run(&histories(), |history| in_virtual_time(live(&history)));
    if let Err(failure) = result {
        panic!("history {number} (FIRST={number} HISTORIES=1): {failure}");
    }
}

#[test]
fn after_any_history_the_organization_is_as_the_living_stacks_declare() {
    let (first, count) = (number("FIRST", 0), number("HISTORIES", 30));
    on_all_processors(first..first + count, |number| {
        try_history(number);
        let lived = number - first + 1;
        if lived.is_multiple_of(500) {
            println!("{lived} of {count}");
        }
    });
    println!("{count} histories from number {first}: no violation");
}
