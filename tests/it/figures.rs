//! How long stacks take under the documented throttles, in virtual time, beside what the throttles themselves ask for.
//! `make bench-stack` prints the table of docs/RELIABILITY.md.

mod beside_a_look;

use std::env;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use test_world::World;
use test_world::engine::{Behaviour, Engine, Template};
use test_world::fixtures::{template, throttled_organization, with};
use test_world::simulation::{in_virtual_time, on_all_processors};
use test_world::world::{BACKUP_POLICY, Disorder, NO_SUCH_UNIT, SHARED_BUCKET};

/// Calls a second, and calls at once, that create, delete, attach and detach share.
const RATE: f64 = 2.0;
const BURST: f64 = 3.0;

/// What is measured.
#[derive(Clone, Copy, Debug)]
enum Scenario {
    /// So many policies, one target each.
    Create(usize),
    /// As `Create(100)`, with changes that conflict and answers that are lost.
    CreateInDisorder,
    /// As `Create`, and CloudFormation does not say how many contend.
    CreateBlindly(usize),
    /// As `Create`, and ListStackResources shows the stack as it was a few seconds ago.
    CreateByAStaleList(usize),
    /// As `Create`, but without targets: half the calls.
    CreateWithoutTargets(usize),
    /// A hundred policies get other contents, and each another target.
    Update,
    /// A hundred policies with a target each.
    Delete,
    /// One policy on so many targets.
    Targets(usize),
    /// As `Create(100)`, but one target does not exist: until all is rolled back.
    RollBack,
    /// So many policies that are there already, made by hand.
    Adopt(usize),
    /// So many policies of the stack get other logical ids.
    Move(usize),
    /// So many policies, which somebody else has removed.
    DeleteVanished(usize),
}

/// The project's own goals: multiples of the bound, and calls sent for each that the throttle let through.
#[derive(Clone, Copy, Debug, Default)]
struct Goals {
    median: Option<f64>,
    worst: Option<f64>,
    sent: Option<f64>,
}

const LIST_LAG: Duration = Duration::from_secs(5);
const CONFLICTS: f64 = 0.30;
const LOST_ANSWERS: f64 = 0.05;

impl Scenario {
    fn name(self) -> String {
        match self {
            Self::Create(n) => format!("create {n} policies"),
            Self::CreateInDisorder => "create 100, 30 % conflicts, 5 % lost answers".to_owned(),
            Self::CreateBlindly(n) => format!("create {n}, CloudFormation says nothing"),
            Self::CreateByAStaleList(n) => {
                format!("create {n}, CloudFormation's list is {} s old", LIST_LAG.as_secs())
            }
            Self::CreateWithoutTargets(n) => format!("create {n} without targets"),
            Self::Update => "update 100, content and target".to_owned(),
            Self::Delete => "delete 100".to_owned(),
            Self::Targets(n) => format!("one policy on {n} targets"),
            Self::RollBack => "create 100, one fails: until rolled back".to_owned(),
            Self::Adopt(n) => format!("adopt {n} unowned policies"),
            Self::Move(n) => format!("move {n} policies to other logical ids"),
            Self::DeleteVanished(n) => format!("delete {n} that have vanished"),
        }
    }

    /// The seconds that the shared throttle asks for at the least; none where that depends on when something fails, or
    /// where other throttles ask for more.
    fn bound(self) -> Option<f64> {
        let calls = match self {
            Self::Create(n) | Self::CreateBlindly(n) | Self::CreateByAStaleList(n) => {
                2.0 * n as f64
            }
            Self::CreateWithoutTargets(n) => n as f64,
            // A call is repeated until it is neither refused nor its answer lost.
            Self::CreateInDisorder => 200.0 / (1.0 - CONFLICTS - LOST_ANSWERS),
            Self::Update | Self::Delete => 200.0,
            Self::Targets(n) => 1.0 + n as f64,
            Self::RollBack | Self::Adopt(_) | Self::Move(_) | Self::DeleteVanished(_) => {
                return None;
            }
        };
        Some((calls - BURST) / RATE)
    }

    fn goals(self) -> Goals {
        let (median, worst, sent) = match self {
            Self::Create(20) => (Some(1.25), None, Some(3.0)),
            Self::Create(100) => (Some(1.10), None, Some(3.0)),
            Self::CreateBlindly(20) => (Some(1.25), Some(1.6), None),
            Self::CreateInDisorder | Self::Update | Self::Delete => (Some(1.15), None, None),
            Self::Targets(1_000) => (Some(525.0 / 499.0), None, None),
            _ => (None, None, None),
        };
        Goals { median, worst, sent }
    }
}

/// One run.
#[derive(Clone, Copy, Debug)]
struct Figures {
    seconds: f64,
    /// Calls of the shared bucket sent for each that it let through; not a number where there were none.
    sent: f64,
    /// Calls of all buckets sent.
    calls: f64,
    /// ListStackResources a second.
    asked: f64,
}

/// A busy organization, and a stack with so many policies in it, ten at most on a target.
struct Setup {
    world: World,
    engine: Engine,
    units: Vec<String>,
}

impl Setup {
    fn new(scenario: Scenario, seed: u64) -> Setup {
        fastrand::seed(seed);
        let many = if let Scenario::Targets(n) = scenario { n } else { 20 };
        let (world, units) = throttled_organization(many);
        let silent = matches!(scenario, Scenario::CreateBlindly(_));
        let stale = matches!(scenario, Scenario::CreateByAStaleList(_));
        let list_lag = if stale { LIST_LAG } else { Duration::ZERO };
        let behaviour = Behaviour { silent, list_lag, ..Behaviour::default() };
        let engine = Engine::new(&world, behaviour, seed);
        Setup { world, engine, units }
    }

    fn template(&self, policies: usize) -> Template {
        template(policies, 10, &self.units)
    }

    fn with_another_target(&self, template: &Template) -> Template {
        let change = |(n, properties): (usize, &Value)| {
            let target = &self.units[10 + n / 10];
            with(properties, json!({"Content": {"plans": {"new": {}}}, "Targets": [target]}))
        };
        let ids = template.keys().cloned();
        ids.zip(template.values().enumerate().map(change)).collect()
    }

    async fn deploy(&self, template: &Template) {
        self.engine.deploy("stack", template).await.expect("nothing fails");
    }

    /// Plays the scenario, and says when its own part began.
    async fn play(&self, scenario: Scenario) -> Instant {
        let begin = || {
            self.world.reset_calls();
            self.engine.reset_asked();
            Instant::now()
        };
        let hundred = self.template(100);
        let mut began = begin();
        match scenario {
            Scenario::Create(n) | Scenario::CreateBlindly(n) | Scenario::CreateByAStaleList(n) => {
                self.deploy(&self.template(n)).await;
            }
            Scenario::CreateWithoutTargets(n) => {
                let template = self.template(n).into_iter();
                let bare = template.map(|(id, policy)| (id, with(&policy, json!({"Targets": []}))));
                self.deploy(&bare.collect()).await;
            }
            Scenario::CreateInDisorder => {
                self.world.disorder(Disorder {
                    seed: fastrand::u64(..),
                    conflict: CONFLICTS,
                    lost_answer: LOST_ANSWERS,
                    ..Disorder::default()
                });
                self.deploy(&hundred).await;
                assert_eq!(self.policies(), 100, "no orphans");
            }
            Scenario::Update => {
                self.deploy(&hundred).await;
                began = begin();
                self.deploy(&self.with_another_target(&hundred)).await;
            }
            Scenario::Delete => {
                self.deploy(&hundred).await;
                began = begin();
                self.engine.delete("stack").await.expect("nothing fails");
                assert_eq!(self.policies(), 0);
            }
            Scenario::Targets(_) => {
                let policy = with(&self.template(1)["Policy000"], json!({"Targets": self.units}));
                self.deploy(&Template::from([("Policy".to_owned(), policy)])).await;
            }
            Scenario::RollBack => {
                let mut template = hundred;
                let bad = template.get_mut("Policy042").expect("there is one");
                *bad = with(bad, json!({"Targets": [NO_SUCH_UNIT]}));
                self.engine.deploy("stack", &template).await.expect_err("a target is missing");
                let took = began.elapsed();
                self.engine.wait_for_invocations().await;
                assert_eq!(self.policies(), 0, "no orphans");
                // What the overtaken ones do afterwards keeps nobody waiting.
                return Instant::now() - took;
            }
            Scenario::Adopt(n) => {
                let template = self.template(n);
                template.values().for_each(|properties| self.make_by_hand(properties));
                self.deploy(&adopting(&template, |_| json!("true"))).await;
                assert_eq!(self.policies(), n, "none was made");
            }
            Scenario::Move(n) => {
                let template = self.template(n);
                self.deploy(&template).await;
                began = begin();
                let holds = self.engine.holds("stack");
                let moved = adopting(&template, |id| json!(holds[id].0)).into_iter();
                let moved = moved.map(|(id, policy)| (id.replace("Policy", "Moved"), policy));
                self.deploy(&moved.collect()).await;
                assert_eq!(self.policies(), n, "none was made or lost");
            }
            Scenario::DeleteVanished(n) => {
                self.deploy(&self.template(n)).await;
                for (policy, _) in self.engine.holds("stack").into_values() {
                    self.world.change(|state| state.remove_policy(&policy));
                }
                began = begin();
                self.engine.delete("stack").await.expect("nothing fails");
            }
        }
        began
    }

    /// Makes the policy and attaches it, as somebody would without this project.
    fn make_by_hand(&self, properties: &Value) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        self.world.change(|state| {
            let name = text(&properties["Name"]);
            let policy = state.add_policy(BACKUP_POLICY, &name, &properties["Content"].to_string());
            state.attach(&policy, &text(&properties["Targets"][0]));
        });
    }

    fn policies(&self) -> usize {
        self.world.change(|state| state.policies.values().filter(|p| !p.aws_managed).count())
    }
}

/// The template with AdoptExisting in each resource, chosen by its logical id.
fn adopting(template: &Template, adopt: impl Fn(&str) -> Value) -> Template {
    let change = |(id, properties): (&String, &Value)| {
        (id.clone(), with(properties, json!({"AdoptExisting": adopt(id)})))
    };
    template.iter().map(change).collect()
}

fn measure(scenario: Scenario, seed: u64) -> Figures {
    in_virtual_time(async {
        let setup = Setup::new(scenario, seed);
        let seconds = setup.play(scenario).await.elapsed().as_secs_f64();
        let shared = setup.world.attempts(|operation| SHARED_BUCKET.contains(&operation));
        Figures {
            seconds,
            sent: shared.sent as f64 / shared.admitted as f64,
            calls: setup.world.attempts(|_| true).sent as f64,
            asked: setup.engine.asked() as f64 / seconds,
        }
    })
}

/// The scenario with so many seeds, sorted by their time.
fn measure_all(scenario: Scenario, seeds: u64) -> Vec<Figures> {
    let mut figures = on_all_processors(0..seeds, |seed| measure(scenario, seed));
    figures.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    figures
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Holds a few runs against the goals of the scenario.
fn assert_goals(scenario: Scenario) {
    let figures = measure_all(scenario, 5);
    let bound = scenario.bound().expect("it has one");
    let goals = scenario.goals();
    let within = |value: f64, goal: Option<f64>| goal.is_none_or(|goal| value <= goal);
    let seconds = median(figures.iter().map(|f| f.seconds).collect());
    assert!(within(seconds / bound, goals.median), "{figures:?}");
    assert!(within(figures[figures.len() - 1].seconds / bound, goals.worst), "{figures:?}");
    assert!(within(median(figures.iter().map(|f| f.sent).collect()), goals.sent), "{figures:?}");
}

#[test]
fn twenty_policies_take_little_longer_than_the_throttle_asks_for() {
    assert_goals(Scenario::Create(20));
}

#[test]
fn twenty_policies_do_so_too_while_cloudformation_says_nothing() {
    assert_goals(Scenario::CreateBlindly(20));
}

#[test]
#[ignore = "make bench-stack"]
fn bench_stack() {
    let seeds = env::var("SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30);
    println!("median and worst of {seeds} seeds, in virtual time\n");
    let columns =
        "bound | median | goal | worst | goal | sent per accepted | goal | calls | asks/s";
    println!("| | {columns} |");
    println!("|{}", " --- |".repeat(columns.split(" | ").count() + 1));
    for scenario in [
        Scenario::Create(100),
        Scenario::Create(20),
        Scenario::Create(9),
        Scenario::CreateInDisorder,
        Scenario::Update,
        Scenario::Delete,
        Scenario::Targets(1_000),
        Scenario::RollBack,
        Scenario::CreateBlindly(100),
        Scenario::CreateBlindly(20),
        Scenario::CreateByAStaleList(100),
        Scenario::CreateByAStaleList(20),
        Scenario::CreateWithoutTargets(100),
        Scenario::CreateWithoutTargets(20),
        Scenario::Adopt(20),
        Scenario::Move(20),
        Scenario::DeleteVanished(20),
    ] {
        print_row(scenario, &measure_all(scenario, seeds));
    }
}

fn print_row(scenario: Scenario, figures: &[Figures]) {
    let of = |value: fn(&Figures) -> f64| figures.iter().map(value).collect();
    let times = |seconds: f64| match scenario.bound() {
        Some(bound) => format!("{:.2} × ({seconds:.1} s)", seconds / bound),
        None => format!("{seconds:.1} s"),
    };
    let goal = |goal: Option<f64>| goal.map_or(String::new(), |goal| format!("≤ {goal:.2}"));
    let goals = scenario.goals();
    let sent = median(of(|f| f.sent));
    println!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {:.1} |",
        scenario.name(),
        scenario.bound().map_or(String::new(), |bound| format!("{bound:.1} s")),
        times(median(of(|f| f.seconds))),
        goal(goals.median),
        times(figures[figures.len() - 1].seconds),
        goal(goals.worst),
        if sent.is_nan() { String::new() } else { format!("{sent:.1}") },
        goal(goals.sent),
        median(of(|f| f.calls)),
        median(of(|f| f.asked)),
    );
}
