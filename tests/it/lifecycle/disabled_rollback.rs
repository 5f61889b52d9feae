//! Stacks whose rollback is disabled: CloudFormation refuses a SUCCESS with another physical id.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use test_world::World;
use test_world::engine::{Behaviour, CleanUp, Engine, Summary, Template};
use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::simulation::in_virtual_time;
use test_world::stack::succeeded;
use test_world::world::{BACKUP_POLICY, NO_SUCH_UNIT, PRODUCTION};

use super::{created, exists, read};

fn stack(properties: Value) -> Template {
    Template::from([("Daily".to_owned(), properties)])
}

fn engine(world: &World, behaviour: Behaviour) -> Engine {
    Engine::new(world, behaviour, 1)
}

#[test]
fn a_refused_replacement_goes_with_the_policy_that_it_was_to_replace() {
    in_virtual_time(async {
        let world = World::new();
        let before = read(&world).await;
        let engine = engine(&world, Behaviour::default());
        engine.deploy("stack", &stack(guard_properties())).await.expect("it is made");
        let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
        let retyped = stack(with(&guard_properties(), retyped));
        engine.deploy_without_rollback("stack", &retyped).await.expect_err("refused");
        assert!(exists(&world, POLICY), "the guard is on");
        engine.delete("stack").await.expect("it goes");
        engine.wait_for_invocations().await;
        assert_eq!(read(&world).await, before);
    });
}

/// CloudFormation's list does not show at once that the resource is being deleted.
#[test]
fn a_refused_replacement_goes_though_the_list_lags() {
    for seconds in [5, 9] {
        in_virtual_time(async {
            let world = World::new();
            let before = read(&world).await;
            let list_lag = Duration::from_secs(seconds);
            let engine = engine(&world, Behaviour { list_lag, ..Behaviour::default() });
            engine.deploy("stack", &stack(guard_properties())).await.expect("it is made");
            let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
            let retyped = stack(with(&guard_properties(), retyped));
            engine.deploy_without_rollback("stack", &retyped).await.expect_err("refused");
            sleep(Duration::from_secs(60)).await;
            engine.delete("stack").await.expect("it goes");
            engine.wait_for_invocations().await;
            assert_eq!(read(&world).await, before, "lag {seconds}");
        });
    }
}

/// The next try succeeds, under another name.
#[test]
fn a_refused_replacement_goes_when_another_takes_its_place() {
    in_virtual_time(async {
        let world = World::new();
        let engine = engine(&world, Behaviour::default());
        engine.deploy("stack", &stack(guard_properties())).await.expect("it is made");
        let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
        let retyped = with(&guard_properties(), retyped);
        let refused = engine.deploy_without_rollback("stack", &stack(retyped.clone())).await;
        refused.expect_err("refused");
        let renamed = with(&retyped, json!({"Name": "renamed"}));
        engine.deploy("stack", &stack(renamed)).await.expect("another replacement");
        engine.wait_for_invocations().await;
        let (id, _) = engine.holds("stack")["Daily"].clone();
        let left: Vec<String> = world.change(|state| state.policies.keys().cloned().collect());
        assert_eq!(left, [id, "p-FullAWSAccess".to_owned()]);
    });
}

/// The stack is deleted at once, and the new policy's tags do not show yet.
#[test]
fn a_refused_replacement_goes_though_its_tags_lag() {
    in_virtual_time(async {
        let world = World::new();
        let before = read(&world).await;
        world.change(|state| state.tag_lag = Duration::from_secs(9));
        let engine = engine(&world, Behaviour::default());
        engine.deploy("stack", &stack(guard_properties())).await.expect("it is made");
        let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": []});
        let retyped = stack(with(&guard_properties(), retyped));
        engine.deploy_without_rollback("stack", &retyped).await.expect_err("refused");
        engine.delete("stack").await.expect("it goes");
        engine.wait_for_invocations().await;
        assert_eq!(read(&world).await, before);
    });
}

#[test]
fn a_refused_replacement_goes_when_the_type_is_as_it_was() {
    in_virtual_time(async {
        let world = World::new();
        let engine = engine(&world, Behaviour::default());
        engine.deploy("stack", &stack(guard_properties())).await.expect("it is made");
        let before = read(&world).await;
        let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
        let retyped = stack(with(&guard_properties(), retyped));
        engine.deploy_without_rollback("stack", &retyped).await.expect_err("refused");
        engine.deploy("stack", &stack(guard_properties())).await.expect("as it was");
        engine.wait_for_invocations().await;
        assert_eq!(read(&world).await, before);
    });
}

#[test]
fn a_policy_made_again_in_vain_goes_with_its_resource() {
    in_virtual_time(async {
        let world = World::new();
        let before = read(&world).await;
        let engine = engine(&world, Behaviour::default());
        engine.deploy("stack", &stack(policy_properties())).await.expect("it is made");
        world.change(|state| state.remove_policy(POLICY));
        let again = stack(with(&policy_properties(), json!({"Revision": "2"})));
        engine.deploy_without_rollback("stack", &again).await.expect_err("refused");
        engine.delete("stack").await.expect("it goes");
        engine.wait_for_invocations().await;
        assert_eq!(read(&world).await, before);
    });
}

/// The Delete of a failed Create comes before or after a second Create, or never.
#[test]
fn a_create_that_is_tried_again_keeps_its_policy_whenever_the_clean_up_comes() {
    for failed_creates in [CleanUp::First, CleanUp::Last, CleanUp::Forgotten] {
        in_virtual_time(async {
            let world = World::new();
            let before = read(&world).await;
            let behaviour = Behaviour { failed_creates, ..Behaviour::default() };
            let engine = engine(&world, behaviour);
            let bad = with(&policy_properties(), json!({"Targets": [PRODUCTION, NO_SUCH_UNIT]}));
            engine.deploy_without_rollback("stack", &stack(bad)).await.expect_err("a target");
            let good = stack(policy_properties());
            engine.deploy_without_rollback("stack", &good).await.expect("a second try");
            engine.wait_for_invocations().await;
            let (id, _) = engine.holds("stack")["Daily"].clone();
            assert!(exists(&world, &id), "{failed_creates:?}");
            engine.delete("stack").await.expect("it goes");
            engine.wait_for_invocations().await;
            assert_eq!(read(&world).await, before, "{failed_creates:?}");
        });
    }
}

/// CloudFormation does not answer the first time.
#[tokio::test(start_paused = true)]
async fn a_refused_replacement_goes_though_cloudformation_is_silent_at_first() {
    let (world, mut stack) = setup();
    let before = read(&world).await;
    let mut resource = created(&stack, guard_properties()).await;
    let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
    succeeded(&stack.update(&mut resource, with(&guard_properties(), retyped)).await);
    POLICY.clone_into(&mut resource.physical_id);
    let asked = AtomicUsize::new(0);
    let answers = move |_: &str| {
        let summary = Summary {
            logical_id: "Daily".to_owned(),
            physical_id: POLICY.to_owned(),
            status: "DELETE_IN_PROGRESS",
            since: "2026-11-22T09:00:00Z".to_owned(),
        };
        (asked.fetch_add(1, Ordering::Relaxed) > 0).then(|| vec![summary])
    };
    stack.cloudformation_answers(answers);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

/// Nobody documents what CloudFormation lists of a resource whose former policy is being cleaned up.
#[tokio::test(start_paused = true)]
async fn a_replacement_that_was_taken_stays_whatever_the_list_shows() {
    let (world, mut stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let former = resource.clone();
    let retyped = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
    succeeded(&stack.update(&mut resource, with(&guard_properties(), retyped)).await);
    let summary = |logical_id: &str, status, physical_id: &str| Summary {
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.to_owned(),
        status,
        since: "2026-11-22T09:00:00Z".to_owned(),
    };
    let list = vec![
        summary("Daily", "DELETE_IN_PROGRESS", &former.physical_id),
        summary("Other", "UPDATE_COMPLETE", "p-other1234"),
    ];
    let answers = move |_: &str| Some(list.clone());
    stack.cloudformation_answers(answers);
    succeeded(&stack.delete(&former).await);
    assert!(!exists(&world, &former.physical_id));
    assert!(exists(&world, &resource.physical_id), "the living guard");
}
