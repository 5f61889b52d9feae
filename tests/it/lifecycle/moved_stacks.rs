//! Whole stacks in which a policy moves from one resource to another, with siblings that fail and what follows then.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use test_world::World;
use test_world::engine::{Behaviour, Engine, Template};
use test_world::fixtures::{POLICY, policy_properties, with};
use test_world::simulation::in_virtual_time;
use test_world::world::{BACKUP_POLICY, NO_SUCH_UNIT};

use super::moves::adopting;
use super::{read, tags};

fn engine(world: &World) -> Engine {
    Engine::new(world, Behaviour::default(), 1)
}

fn only(logical_id: &str, properties: Value) -> Template {
    Template::from([(logical_id.to_owned(), properties)])
}

#[test]
fn a_stack_moves_a_policy_and_is_deleted() {
    for lag in [0, 9] {
        in_virtual_time(async {
            let world = World::new();
            let before = read(&world).await;
            world.change(|state| state.point_lag = Duration::from_secs(lag));
            let engine = engine(&world);
            engine.deploy("stack", &only("Old", policy_properties())).await.expect("it is made");
            engine.deploy("stack", &only("New", adopting())).await.expect("it moves");
            assert!(world.history().iter().all(|change| change.attached), "lag {lag}");
            assert!(!tags(&world, POLICY).iter().any(|tag| tag.contains("former")), "lag {lag}");
            engine.delete("stack").await.expect("it goes");
            engine.wait_for_invocations().await;
            assert_eq!(read(&world).await, before, "lag {lag}");
        });
    }
}

/// A sibling fails: the stack is rolled back, and says so. Then the policy has its owner again, and is as it was.
#[test]
fn a_move_that_rolls_back_gives_back_what_it_took() {
    for lag in [0, 9] {
        in_virtual_time(async {
            let world = World::new();
            let begin = read(&world).await;
            world.change(|state| state.point_lag = Duration::from_secs(lag));
            let engine = engine(&world);
            let made = only("Old", policy_properties());
            engine.deploy("stack", &made).await.expect("it is made");
            let before = world.change(|state| state.snapshot_of_any_event());
            let mut moving = only("New", adopting());
            let bad = json!({"Name": "bad", "Type": BACKUP_POLICY, "Content": {"plans": {}},
                "Targets": [NO_SUCH_UNIT]});
            moving.insert("Bad".to_owned(), bad);
            let reasons = engine.deploy("stack", &moving).await.expect_err("a target is missing");
            assert_eq!(reasons.len(), 1, "{reasons:?}");
            engine.wait_for_invocations().await;
            assert_eq!(world.change(|state| state.snapshot_of_any_event()), before, "lag {lag}");
            engine.deploy("stack", &made).await.expect("nothing to do");
            engine.delete("stack").await.expect("it goes");
            engine.wait_for_invocations().await;
            assert_eq!(read(&world).await, begin, "lag {lag}");
        });
    }
}

/// Its tags still show the owner of before, who has just given it back, and is gone.
#[test]
fn a_move_does_not_go_by_old_tags() {
    for lag in [0, 9] {
        in_virtual_time(async {
            let world = World::new();
            world.change(|state| state.point_lag = Duration::from_secs(lag));
            let engine = engine(&world);
            engine.deploy("stack", &only("Old", policy_properties())).await.expect("it is made");
            let before = world.change(|state| state.snapshot_of_any_event());
            engine.deploy("other", &only("Borrower", adopting())).await.expect("it moves");
            engine.delete("other").await.expect("it goes back");
            let mut moving = only("New", adopting());
            moving.insert(
                "Bad".to_owned(),
                with(
                    &policy_properties(),
                    json!({"Name": "bad",
                "Targets": [NO_SUCH_UNIT]}),
                ),
            );
            engine.deploy("stack", &moving).await.expect_err("a target is missing");
            engine.wait_for_invocations().await;
            assert_eq!(world.change(|state| state.snapshot_of_any_event()), before, "lag {lag}");
        });
    }
}

/// With rollback disabled the former resource is still there when its successor is renamed, too.
#[test]
fn a_policy_in_the_middle_of_a_move_is_not_moved_again() {
    in_virtual_time(async {
        let world = World::new();
        let engine = engine(&world);
        engine.deploy("stack", &only("Old", policy_properties())).await.expect("it is made");
        let before = world.change(|state| state.snapshot_of_any_event());
        for name in ["New", "Newer"] {
            let mut moving = only(name, adopting());
            let bad = json!({"Name": "bad", "Targets": [NO_SUCH_UNIT]});
            moving.insert("Bad".to_owned(), with(&policy_properties(), bad));
            engine.deploy_without_rollback("stack", &moving).await.expect_err("a target");
        }
        engine.rollback_stack("stack").await.expect("it goes back");
        engine.wait_for_invocations().await;
        assert_eq!(world.change(|state| state.snapshot_of_any_event()), before);
    });
}

/// The statuses and ids that CloudFormation reports, by logical id.
#[test]
fn what_the_engine_holds_after_a_move_is_the_policy() {
    in_virtual_time(async {
        let world = World::new();
        let engine = engine(&world);
        engine.deploy("stack", &only("Old", policy_properties())).await.expect("it is made");
        engine.deploy("stack", &only("New", adopting())).await.expect("it moves");
        let held: BTreeMap<String, (String, Value)> = engine.holds("stack");
        assert_eq!(held.keys().collect::<Vec<_>>(), ["New"]);
        assert_eq!(held["New"].0, POLICY);
    });
}
