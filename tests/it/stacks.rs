//! Whole stacks, their events all at once, under the documented throttles: one resource fails while its siblings still
//! wait for their turn, and CloudFormation does not wait for them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use test_world::World;
use test_world::engine::{Behaviour, Engine, Template};
use test_world::fixtures::with;
use test_world::simulation::in_virtual_time;
use test_world::world::{BACKUP_POLICY, NO_SUCH_UNIT, ROOT, SCP};

const POLICIES: usize = 30;

/// A throttled organization with so many OUs that none needs more than ten policies.
fn organization_with_units() -> (World, Vec<String>) {
    let world = World::new();
    world.throttle();
    world.set_latency(Duration::from_millis(100));
    let add = |n| world.change(|state| state.add_unit(ROOT, &format!("unit-{n}")));
    let units = (0..POLICIES.div_ceil(5)).map(add).collect();
    (world, units)
}

fn template(units: &[String]) -> Template {
    let properties = |n: usize| {
        json!({
            "Name": format!("policy-{n}"),
            "Type": BACKUP_POLICY,
            "Content": {"plans": {}},
            "Targets": [units[n / 5]],
        })
    };
    (0..POLICIES).map(|n| (format!("Policy{n:02}"), properties(n))).collect()
}

/// The template with every resource changed.
fn changed(template: &Template, change: impl Fn(usize) -> Value) -> Template {
    let resources = template.iter().enumerate();
    resources.map(|(n, (id, properties))| (id.clone(), with(properties, change(n)))).collect()
}

/// The template with one target that does not exist.
fn spoiled(template: &Template) -> Template {
    let mut template = template.clone();
    let properties = template.get_mut("Policy07").expect("there are more than seven");
    *properties = with(properties, json!({"Targets": [NO_SUCH_UNIT]}));
    template
}

fn snapshot(world: &World) -> BTreeMap<String, String> {
    world.change(|state| state.snapshot_of_any_event())
}

/// Fails a stack, and checks what is left. Each seed has an engine of its own.
async fn fails(
    seed: u64,
    first: Option<fn(&[String]) -> Template>,
    second: fn(&Template) -> Template,
) {
    fastrand::seed(seed);
    let (world, units) = organization_with_units();
    let engine = Engine::new(&world, Behaviour::default(), seed);
    let good = template(&units);
    let mut wanted = good.clone();
    if let Some(first) = first {
        engine.deploy("stack", &first(&units)).await.expect("nothing fails");
        wanted = second(&good);
    }
    let before = snapshot(&world);
    let reasons = engine.deploy("stack", &spoiled(&wanted)).await.expect_err("a target is missing");
    engine.wait_for_invocations().await;
    assert_eq!(reasons.len(), 1, "seed {seed}: {reasons:?}");
    assert!(reasons[0].contains("TargetNotFoundException"), "seed {seed}: {reasons:?}");
    assert_eq!(snapshot(&world), before, "seed {seed}");

    engine.deploy("stack", &wanted).await.unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
    let after = snapshot(&world);
    assert_eq!(engine.holds("stack").len(), POLICIES);
    engine.delete("stack").await.unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
    assert!(after.len() > before.len() || first.is_some());
}

fn simulate(first: Option<fn(&[String]) -> Template>, second: fn(&Template) -> Template) {
    for seed in 0..2 {
        in_virtual_time(fails(seed, first, second));
    }
}

#[test]
fn a_stack_whose_creation_fails_leaves_nothing_and_can_be_tried_again() {
    simulate(None, Clone::clone);
}

#[test]
fn a_stack_whose_update_fails_is_as_before_and_can_be_tried_again() {
    simulate(Some(template), |good| {
        changed(good, |n| json!({"Content": {"plans": {"new": {}}}, "Description": format!("{n}")}))
    });
}

#[test]
fn a_stack_whose_replacements_fail_is_as_before_and_can_be_tried_again() {
    simulate(Some(template), |good| {
        changed(good, |_| json!({"Type": SCP, "Content": {"Statement": []}}))
    });
}

/// CloudFormation does not say how many resources contend for the throttle, so the waits are guesses; it works all the
/// same.
#[test]
fn a_stack_is_made_changed_and_deleted_though_cloudformation_does_not_answer() {
    in_virtual_time(async {
        fastrand::seed(0);
        let (world, units) = organization_with_units();
        let before = snapshot(&world);
        let engine = Engine::new(&world, Behaviour { silent: true, ..Behaviour::default() }, 0);
        let made = template(&units);
        engine.deploy("stack", &made).await.expect("nothing fails");
        assert_eq!(snapshot(&world).len(), before.len() + POLICIES);

        let other = changed(&made, |_| json!({"Content": {"plans": {"new": {}}}, "Targets": []}));
        engine.deploy("stack", &other).await.expect("nothing fails");
        for (physical_id, _) in engine.holds("stack").into_values() {
            let policy = world.change(|state| state.policy(&physical_id).clone());
            assert_eq!(policy.content, "{\"plans\":{\"new\":{}}}");
            assert!(policy.targets.is_empty());
        }
        engine.delete("stack").await.expect("nothing fails");
        assert!(world.throttled() > POLICIES, "the throttles were felt");
        assert_eq!(snapshot(&world), before);
    });
}
