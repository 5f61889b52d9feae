//! Every deadline from none to plenty of time: the response is in time, has the right physical id and says how many
//! steps were done, and the next event carries on from there.

use std::collections::BTreeMap;
use std::time::Duration;

use cfn_org_policy::protocol::response::{Response, Status};
use serde_json::{Value, json};
use tokio::time::Instant;

use test_world::fixtures::{policy_properties, with};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded};
use test_world::world::{
    BACKUP, BACKUP_ACCOUNT, PRODUCTION, PRODUCTION_ACCOUNT, ROOT, SANDBOX, SCP, SECURITY,
};
use test_world::{Stack, World};

const LOGICAL_ID: &str = "Daily";

/// What ends the work.
#[derive(Clone, Copy, Debug)]
enum Bound {
    /// Lambda's time-out.
    Lambda(Duration),
    /// How long CloudFormation waits, in seconds.
    ServiceTimeout(u64),
}

impl Bound {
    fn lambda(self) -> Duration {
        match self {
            Self::Lambda(left) => left,
            Self::ServiceTimeout(_) => LAMBDA_TIMEOUT,
        }
    }

    fn time(self) -> Duration {
        match self {
            Self::Lambda(left) => left,
            Self::ServiceTimeout(seconds) => Duration::from_secs(seconds),
        }
    }

    /// When the response must be ready: the PUT and its retries need some time too.
    fn latest_answer(self) -> Duration {
        self.time() - Duration::from_secs(10).min(self.time() / 4)
    }

    fn bind(self, event: &Value) -> Value {
        let mut event = event.clone();
        if let Self::ServiceTimeout(seconds) = self {
            event["ResourceProperties"]["ServiceTimeout"] = json!(seconds.to_string());
        }
        event
    }
}

/// The event that meets its deadline.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Create,
    Update,
    Replacement,
    Delete,
}

/// Four targets and two tags.
fn before() -> Value {
    let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]);
    let targets = [PRODUCTION, SANDBOX, SECURITY, BACKUP];
    with(&policy_properties(), json!({"Targets": targets, "Tags": tags}))
}

/// Two targets stay, two go, and three come.
fn changed() -> Value {
    with(
        &before(),
        json!({
            "Content": {"plans": {"weekly": {}}},
            "Targets": [PRODUCTION, SANDBOX, ROOT, BACKUP_ACCOUNT, PRODUCTION_ACCOUNT],
            "Tags": [{"Key": "b", "Value": "2"}],
        }),
    )
}

fn of_another_type() -> Value {
    with(&changed(), json!({"Name": "guard", "Type": SCP, "Content": {"Statement": []}}))
}

/// Where every run of a sweep begins.
struct Setup {
    kind: Kind,
    world: World,
    event: Value,
    held: Option<String>,
    throttled: bool,
}

impl Setup {
    async fn of(kind: Kind, throttled: bool) -> Setup {
        let world = World::new();
        let stack = Stack::new(&world.sdk_config(), "backup");
        if kind == Kind::Create {
            let event = stack.create_event(LOGICAL_ID, &before());
            return Setup { kind, world: slow(world), event, held: None, throttled };
        }
        let (resource, response) = stack.create(LOGICAL_ID, before()).await;
        succeeded(&response);
        let event = match kind {
            Kind::Update => stack.update_event(&resource, &changed()),
            Kind::Replacement => stack.update_event(&resource, &of_another_type()),
            _ => stack.delete_event(&resource),
        };
        let held = Some(resource.physical_id);
        Setup { kind, world: slow(world), event, held, throttled }
    }

    fn fork(&self) -> World {
        let world = self.world.fork();
        if self.throttled {
            world.throttle();
        }
        world
    }

    /// What an event with enough time leaves.
    async fn undisturbed(&self) -> Snapshot {
        let world = self.world.fork();
        succeeded(&send(&world, &self.event, LAMBDA_TIMEOUT).await);
        snapshot(&world)
    }
}

fn slow(world: World) -> World {
    world.set_latency(Duration::from_millis(100));
    world
}

type Snapshot = BTreeMap<String, String>;

fn snapshot(world: &World) -> Snapshot {
    world.change(|state| state.snapshot())
}

/// In a new process.
async fn send(world: &World, event: &Value, lambda: Duration) -> Response {
    fastrand::seed(0);
    Stack::new(&world.sdk_config(), "backup").send_with(event, lambda).await
}

/// The ids of the resource's policies.
fn own(world: &World) -> Vec<String> {
    world
        .change(|state| state.policies.keys().filter(|id| id.starts_with("p-0")).cloned().collect())
}

/// One deadline, and what must hold.
struct Run<'a> {
    setup: &'a Setup,
    bound: Bound,
    world: World,
    answer: Response,
}

impl<'a> Run<'a> {
    async fn of(setup: &'a Setup, bound: Bound) -> Run<'a> {
        let world = setup.fork();
        let started = Instant::now();
        let answer = send(&world, &bound.bind(&setup.event), bound.lambda()).await;
        let taken = started.elapsed();
        // Timers go by the millisecond.
        let latest = bound.latest_answer() + Duration::from_millis(1);
        assert!(taken <= latest, "{bound:?}: {taken:?}: {answer:?}");
        Run { setup, bound, world, answer }
    }

    fn title(&self) -> String {
        format!("{:?} within {:?}: {}", self.setup.kind, self.bound, self.answer.reason)
    }

    fn check_id(&self) {
        let (id, title) = (self.answer.physical_resource_id.as_str(), self.title());
        if let Some(held) = &self.setup.held {
            assert_eq!(id, held, "{title}");
            return;
        }
        let made = own(&self.world);
        match id.strip_prefix("cfn-org-policy:") {
            None => assert_eq!(made, [id], "{title}"),
            Some(failed) if failed.starts_with("failed:") => {
                assert_eq!(made.len(), 1, "{title}");
                assert_eq!(failed, format!("failed:{}:request-1", made[0]), "{title}");
            }
            Some("nothing-created") => assert!(made.is_empty(), "{title}: {made:?}"),
            Some(unknown) => assert_eq!(unknown, "unknown:request-1", "{title}"),
        }
    }

    /// Each step done is a call that the throttle admitted. One more call may have been under way, and the clean-up of
    /// a replacement makes changes too.
    fn check_steps(&self) {
        let title = self.title();
        let (done, planned) = steps(&self.answer.reason).unwrap_or_else(|| panic!("{title}"));
        let reads =
            |operation: &str| operation.starts_with("List") || operation.starts_with("Desc");
        let changes = self.world.attempts(|operation| !reads(operation)).admitted;
        let tidies = self.setup.kind == Kind::Replacement;
        assert!(done <= changes && (changes <= done + 1 || tidies), "{title}, {changes} changes");
        assert!(done < planned || (done, planned) == (0, 0), "{title}");
    }

    /// No target that stays was detached, and all new targets were attached before any old one was detached.
    fn check_guard(&self) {
        let stays = |target: &str| target == PRODUCTION || target == SANDBOX;
        let held = self.setup.held.as_ref();
        let history = self.world.history().into_iter().filter(|c| Some(&c.policy) == held);
        let mut come = 0;
        for change in history {
            come += usize::from(change.attached);
            let may = change.attached || (come == 3 && !stays(&change.target));
            assert!(may, "{}: {change:?}", self.title());
        }
    }

    /// After FAILED, the rollback and the next event succeed if they have enough time.
    async fn carry_on(&self, undisturbed: &Snapshot) {
        let (world, title) = (&self.world, self.title());
        if self.setup.kind == Kind::Create {
            let mut delete = self.setup.event.clone();
            delete["RequestType"] = json!("Delete");
            delete["PhysicalResourceId"] = json!(self.answer.physical_resource_id);
            succeeded(&send(world, &delete, LAMBDA_TIMEOUT).await);
            assert_eq!(snapshot(world), snapshot(&self.setup.world), "{title}");
        }
        succeeded(&send(world, &self.setup.event, LAMBDA_TIMEOUT).await);
        assert_eq!(&snapshot(world), undisturbed, "{title}, carried on");
    }

    /// Only the policy that CloudFormation knows of is left, or the response says that the clean-up failed.
    fn check_clean_up(&self) {
        let told = self.answer.reason.contains("; cleaning up failed as well: ");
        assert!(own(&self.world).len() <= 1 || told, "{}", self.title());
    }

    async fn check(&self, undisturbed: &Snapshot) {
        if self.answer.status == Status::Success {
            assert_eq!(&snapshot(&self.world), undisturbed, "{}", self.title());
            return;
        }
        self.check_id();
        self.check_steps();
        self.check_clean_up();
        if self.setup.kind != Kind::Delete {
            self.check_guard();
        }
        self.carry_on(undisturbed).await;
    }
}

/// "time ran out after 3 of 7 steps"
fn steps(reason: &str) -> Option<(usize, usize)> {
    let (done, rest) = reason.split_once("time ran out after ")?.1.split_once(" of ")?;
    Some((done.parse().ok()?, rest.split_once(" steps")?.0.parse().ok()?))
}

/// Longer and longer deadlines, until several in a row were enough; then one with plenty of time.
async fn sweep(kind: Kind, throttled: bool, bounds: impl Iterator<Item = Bound>) {
    const ENOUGH: usize = 4;
    let setup = Setup::of(kind, throttled).await;
    let undisturbed = setup.undisturbed().await;
    let (mut runs, mut failures, mut successes) = (0, 0, 0);
    for bound in bounds {
        let run = Run::of(&setup, bound).await;
        run.check(&undisturbed).await;
        runs += 1;
        let success = run.answer.status == Status::Success;
        successes = if success { successes + 1 } else { 0 };
        failures += usize::from(!success);
        if successes == ENOUGH {
            break;
        }
    }
    assert_eq!(successes, ENOUGH, "{kind:?}: the last of {runs} deadlines were not enough");
    println!("{kind:?}, throttled: {throttled}: {runs} deadlines, {failures} met");
    Run::of(&setup, Bound::Lambda(LAMBDA_TIMEOUT)).await.check(&undisturbed).await;
}

fn lambda(step: u64) -> impl Iterator<Item = Bound> {
    (0..=60_000 / step).map(move |n| Bound::Lambda(Duration::from_millis(n * step)))
}

macro_rules! swept {
    ($($name:ident: $kind:ident,)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            sweep(Kind::$kind, false, lambda(40)).await;
            sweep(Kind::$kind, true, lambda(200)).await;
            sweep(Kind::$kind, true, (1..=60).map(Bound::ServiceTimeout)).await;
        }
    )*};
}

swept! {
    a_create_meets_every_deadline: Create,
    an_update_meets_every_deadline: Update,
    a_replacement_meets_every_deadline: Replacement,
    a_delete_meets_every_deadline: Delete,
}

/// More calls than the throttle admits in 15 minutes, Lambda's longest time-out.
const MANY: usize = 2_000;

/// A slow, throttled organization, and the ids of its accounts.
fn organization_with_many_accounts() -> (World, Vec<String>) {
    let world = slow(World::new());
    let accounts = world.change(|state| {
        let names = (0..MANY).map(|n| format!("account {n}"));
        names.map(|name| state.add_account(SANDBOX, &name)).collect()
    });
    world.throttle();
    (world, accounts)
}

fn attached(world: &World, id: &str) -> usize {
    world.change(|state| state.policy(id).targets.len())
}

#[tokio::test(start_paused = true)]
async fn a_create_with_too_many_targets_is_answered_and_can_be_taken_back() {
    let (world, accounts) = organization_with_many_accounts();
    let stack = Stack::new(&world.sdk_config(), "backup");
    let many = with(&before(), json!({"Targets": accounts}));
    let (resource, response) = stack.create(LOGICAL_ID, many).await;
    let (done, planned) = steps(failure(&response)).expect("it tells how far it came");
    assert_eq!(planned, MANY + 1);
    let policy = own(&world)[0].clone();
    assert_eq!(resource.physical_id, format!("cfn-org-policy:failed:{policy}:request-1"));
    assert!((done - 1..=done).contains(&attached(&world, &policy)), "{done}");
    let mut deletes = 0;
    while stack.delete(&resource).await.status == Status::Failed {
        deletes += 1;
        assert!(deletes < 3, "{} left", attached(&world, &policy));
    }
    assert_eq!(own(&world), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_update_to_too_many_targets_is_carried_on_by_the_next() {
    let (world, accounts) = organization_with_many_accounts();
    let stack = Stack::new(&world.sdk_config(), "backup");
    let (mut resource, response) = stack.create(LOGICAL_ID, before()).await;
    succeeded(&response);
    let many = with(&before(), json!({"Targets": accounts}));
    let response = stack.update(&mut resource, many.clone()).await;
    let (done, _) = steps(failure(&response)).expect("it tells how far it came");
    assert!(done > MANY / 2, "{}", response.reason);

    world.reset_calls();
    succeeded(&stack.update(&mut resource, many).await);
    let attaches = world.attempts(|operation| operation == "AttachPolicy").admitted;
    assert!(attaches <= MANY - done + 20, "{attaches} after {done}");
    assert_eq!(attached(&world, &resource.physical_id), MANY);
}
