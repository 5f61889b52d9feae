//! Whole stacks, their events all at once, under the documented throttles: one resource fails while its siblings still
//! wait for their turn, and CloudFormation does not wait for them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use test_world::World;
use test_world::engine::{Behaviour, Engine, Template};
use test_world::fixtures::{template, throttled_organization, with};
use test_world::simulation::in_virtual_time;
use test_world::world::{NO_SUCH_UNIT, SCP};

const POLICIES: usize = 30;

/// Five policies on each OU, which may hold ten at most.
fn five_per_unit(units: &[String]) -> Template {
    template(POLICIES, 5, units)
}

/// The template with every resource changed.
fn changed(template: &Template, change: impl Fn(usize) -> Value) -> Template {
    let resources = template.iter().enumerate();
    resources.map(|(n, (id, properties))| (id.clone(), with(properties, change(n)))).collect()
}

/// The template with one target that does not exist.
fn spoiled(template: &Template) -> Template {
    let mut template = template.clone();
    let properties = template.get_mut("Policy007").expect("there are more than seven");
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
    let (world, units) = throttled_organization(POLICIES.div_ceil(5));
    let engine = Engine::new(&world, Behaviour::default(), seed);
    let good = five_per_unit(&units);
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
    simulate(Some(five_per_unit), |good| {
        changed(good, |n| json!({"Content": {"plans": {"new": {}}}, "Description": format!("{n}")}))
    });
}

#[test]
fn a_stack_whose_replacements_fail_is_as_before_and_can_be_tried_again() {
    simulate(Some(five_per_unit), |good| {
        changed(good, |_| json!({"Type": SCP, "Content": {"Statement": []}}))
    });
}

/// CloudFormation does not say how many resources contend for the throttle, so the waits are guesses; it works all the
/// same.
#[test]
fn a_stack_is_made_changed_and_deleted_though_cloudformation_does_not_answer() {
    in_virtual_time(async {
        fastrand::seed(0);
        let (world, units) = throttled_organization(POLICIES.div_ceil(5));
        let before = snapshot(&world);
        let engine = Engine::new(&world, Behaviour { silent: true, ..Behaviour::default() }, 0);
        let made = five_per_unit(&units);
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
