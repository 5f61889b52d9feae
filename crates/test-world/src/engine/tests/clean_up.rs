//! Deletes.

use std::collections::BTreeSet;

use super::*;

/// The names of the policies that were made.
fn names(world: &World) -> BTreeSet<String> {
    let names = |state: &mut crate::world::State| {
        let made = state.policies.values().filter(|policy| !policy.aws_managed);
        made.map(|policy| policy.name.clone()).collect()
    };
    world.change(names)
}

#[test]
fn what_is_retained_gets_no_delete() {
    in_virtual_time(async {
        let (world, engine) = engine(Behaviour::default());
        engine.set_deletion_policy(STACK, "A", DeletionPolicy::Retain);
        engine.set_deletion_policy(STACK, "B", DeletionPolicy::RetainExceptOnCreate);
        let all = ["A", "B", "C"].map(|id| (id, json!({})));
        engine.deploy(STACK, &policies(all)).await.expect("a stack");
        assert_eq!(sent(&engine), ["Create A", "Create B", "Create C"]);

        // A leaves the template, then the stack goes.
        let rest = ["B", "C"].map(|id| (id, json!({})));
        engine.deploy(STACK, &policies(rest)).await.expect("an update");
        assert_eq!(sent(&engine), [""; 0]);
        let id = engine.stack_id(STACK);
        assert_eq!(listed(&engine, &id).await, ["B CREATE_COMPLETE", "C CREATE_COMPLETE"]);
        let c = engine.holds(STACK)["C"].0.clone();
        engine.delete(STACK).await.expect("a deletion");
        assert_eq!(sent(&engine), [format!("Delete C {c}")]);
        assert_eq!(names(&world), BTreeSet::from(["A", "B"].map(str::to_owned)));
        let left = ["B DELETE_SKIPPED", "C DELETE_COMPLETE"];
        assert_eq!(listed(&engine, &id).await, left);
    });
}

#[test]
fn a_rolled_back_creation_is_retained_only_with_retain() {
    in_virtual_time(async {
        let (world, engine) = engine(Behaviour::default());
        engine.set_deletion_policy(STACK, "A", DeletionPolicy::Retain);
        engine.set_deletion_policy(STACK, "B", DeletionPolicy::RetainExceptOnCreate);
        engine.deploy(STACK, &policies([])).await.expect("an empty stack");
        // A and B are done when C fails.
        world.set_latency(SECOND);
        let small = json!({"Targets": []});
        let failing = json!({"Targets": [PRODUCTION, SANDBOX, NO_SUCH_UNIT]});
        let all = [("A", small.clone()), ("B", small), ("C", failing)];
        engine.deploy(STACK, &policies(all)).await.expect_err("C fails");
        let deleted = sent(&engine).into_iter().filter(|event| event.starts_with("Delete"));
        let deleted: Vec<String> = deleted.map(|event| event[..8].to_owned()).collect();
        assert_eq!(deleted, ["Delete B", "Delete C"]);
        assert_eq!(names(&world), BTreeSet::from(["A".to_owned()]));
    });
}

/// A stack whose update replaces A and drops B, while no policy can be deleted: its events and its result.
async fn failing_clean_up(
    forgets_clean_ups: bool,
) -> (World, Engine, Vec<String>, Result<(), Vec<String>>) {
    let (world, engine) = engine(Behaviour { forgets_clean_ups, ..Behaviour::default() });
    let both = policies([("A", json!({})), ("B", json!({}))]);
    engine.deploy(STACK, &both).await.expect("a stack");
    let former = engine.holds(STACK);
    sent(&engine);
    world.fail_always("DeletePolicy", Fault::Error("AccessDeniedException"));
    let replacing = json!({"Type": SCP, "Content": {"Statement": []}});
    let result = engine.deploy(STACK, &policies([("A", replacing)])).await;
    let mut events = sent(&engine);
    assert_eq!(events.remove(0), format!("Update A {}", former["A"].0));
    let ids =
        ["A", "B"].map(|id| (format!("Delete {id} {}", former[id].0), format!("Delete {id}")));
    for event in &mut events {
        let (_, name) = ids.iter().find(|(whole, _)| whole == event).expect("a former id");
        event.clone_from(name);
    }
    (world, engine, events, result)
}

#[test]
fn a_clean_up_that_fails_is_reported() {
    in_virtual_time(async {
        let (_, engine, events, result) = failing_clean_up(false).await;
        assert_eq!(events, ["Delete A", "Delete B"]);
        let mut reports = result.expect_err("two Deletes fail");
        reports.sort();
        let starts = ["deletion of A: ", "deletion of B: "];
        assert!(reports.iter().zip(starts).all(|(report, start)| report.starts_with(start)));
        assert_eq!(engine.forgotten(), [""; 0]);
        let listed = listed(&engine, &engine.stack_id(STACK)).await;
        assert_eq!(listed, ["A UPDATE_COMPLETE", "B DELETE_FAILED"]);
    });
}

#[test]
fn a_clean_up_that_fails_is_tried_twice_more_and_forgotten() {
    in_virtual_time(async {
        let (world, engine, mut events, result) = failing_clean_up(true).await;
        assert_eq!(result, Ok(()), "UPDATE_COMPLETE all the same");
        events.sort();
        assert_eq!(events, [["Delete A"; 3], ["Delete B"; 3]].concat());
        assert_eq!(engine.forgotten().len(), 2, "{:?}", engine.forgotten());
        let id = engine.stack_id(STACK);
        assert_eq!(listed(&engine, &id).await, ["A UPDATE_COMPLETE"]);

        // What is left behind is no longer the stack's.
        world.clear_faults();
        let a = engine.holds(STACK)["A"].0.clone();
        engine.delete(STACK).await.expect("a deletion");
        assert_eq!(sent(&engine), [format!("Delete A {a}")]);
        assert_eq!(names(&world), BTreeSet::from(["A", "B"].map(str::to_owned)));
    });
}

#[test]
fn what_a_deletion_cannot_delete_stays_in_the_stack() {
    in_virtual_time(async {
        let behaviour = Behaviour { forgets_clean_ups: true, ..Behaviour::default() };
        let (world, engine) = engine(behaviour);
        engine.deploy(STACK, &policies([("A", json!({}))])).await.expect("a stack");
        let delete = format!("Delete A {}", engine.holds(STACK)["A"].0);
        sent(&engine);
        world.fail_always("DeletePolicy", Fault::Error("AccessDeniedException"));
        engine.delete(STACK).await.expect_err("it cannot be deleted");
        assert_eq!(sent(&engine), [&*delete]);
        let id = engine.stack_id(STACK);
        assert_eq!(listed(&engine, &id).await, ["A DELETE_FAILED"]);
        world.clear_faults();
        engine.delete(STACK).await.expect("a deletion");
        assert_eq!(sent(&engine), [&*delete]);
        assert_eq!(listed(&engine, &id).await, ["A DELETE_COMPLETE"]);
    });
}

#[test]
fn the_clean_up_of_a_rollback_is_forgotten_after_an_update_only() {
    in_virtual_time(async {
        let behaviour = Behaviour { forgets_clean_ups: true, ..Behaviour::default() };
        let failing = policies([("A", json!({"Targets": [NO_SUCH_UNIT]}))]);
        for is_update in [false, true] {
            let (world, engine) = engine(behaviour);
            if is_update {
                let other = policies([("B", json!({}))]);
                engine.deploy(STACK, &other).await.expect("a stack");
            }
            sent(&engine);
            world.fail_always("DeletePolicy", Fault::Error("AccessDeniedException"));
            engine.deploy(STACK, &failing).await.expect_err("A fails");
            let deletes = sent(&engine).len() - 1;
            let a = engine.holds(STACK).contains_key("A");
            let forgotten = engine.forgotten().len();
            let expected = if is_update { (3, false, 1) } else { (1, true, 0) };
            assert_eq!((deletes, a, forgotten), expected, "{is_update}");
        }
    });
}
