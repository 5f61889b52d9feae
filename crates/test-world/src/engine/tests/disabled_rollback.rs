//! Deploys with rollback disabled, and what comes after.

use cfn_org_policy::policy::physical_id::PhysicalId;

use super::*;

const REFUSED: &str = "Replacement type updates not supported on stack with disable-rollback";

fn good() -> Value {
    json!({})
}

/// The policy is created; then its attachment fails.
fn bad() -> Value {
    json!({"Targets": [NO_SUCH_UNIT]})
}

/// The stack of A, which is there, and B, whose Create has failed. Answers with B's physical id.
async fn with_failed_create(engine: &Engine) -> String {
    let both = policies([("A", good()), ("B", bad())]);
    let reasons = engine.deploy_without_rollback(STACK, &both).await.expect_err("B fails");
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].starts_with("B: "), "{reasons:?}");
    assert_eq!(sent(engine), ["Create A", "Create B"]);
    let listed = listed(engine, &engine.stack_id(STACK)).await;
    assert_eq!(listed, ["A CREATE_COMPLETE", "B CREATE_FAILED"]);
    engine.holds(STACK)["B"].0.clone()
}

/// The policy that the Create with this physical id has made before it failed.
fn made_by(failed: &str) -> String {
    let physical_id = PhysicalId::read(failed);
    physical_id.named_policy().expect("it has made a policy").to_string()
}

/// The Deletes of the failed Create, and its Creates, when it is tried again.
async fn retried(failed_creates: CleanUp, clean_up_of_equal_ids: bool) -> (String, Vec<String>) {
    let behaviour = Behaviour { failed_creates, clean_up_of_equal_ids, ..Behaviour::default() };
    let (_, engine) = engine(behaviour);
    let failed = with_failed_create(&engine).await;
    let both = policies([("A", good()), ("B", good())]);
    engine.deploy_without_rollback(STACK, &both).await.expect("a retry");
    let listed = listed(&engine, &engine.stack_id(STACK)).await;
    assert_eq!(listed, ["A CREATE_COMPLETE", "B CREATE_COMPLETE"]);
    let retried = sent(&engine);
    engine.deploy_without_rollback(STACK, &both).await.expect("nothing to do");
    assert_eq!(sent(&engine), [""; 0], "all is settled");
    (failed, retried)
}

#[test]
fn a_failed_create_is_cleaned_up_first_or_last_or_never() {
    in_virtual_time(async {
        let (failed, first) = retried(CleanUp::First, false).await;
        assert_eq!(first, [format!("Delete B {failed}"), "Create B".to_owned()]);
        // The second Create finds what the first has made, but a failed Create's id is its own.
        for equal in [false, true] {
            let (failed, last) = retried(CleanUp::Last, equal).await;
            assert_eq!(last, ["Create B".to_owned(), format!("Delete B {failed}")]);
        }
        let (_, never) = retried(CleanUp::Forgotten, true).await;
        assert_eq!(never, ["Create B"]);
    });
}

#[test]
fn ids_of_failed_creates_are_held_until_all_succeeds() {
    in_virtual_time(async {
        let behaviour = Behaviour { failed_creates: CleanUp::Last, ..Behaviour::default() };
        let (world, engine) = engine(behaviour);
        let first = with_failed_create(&engine).await;
        // The policy is another's now, so that the next Create makes none and has an id of its own.
        world.change(|state| state.remove_policy(&made_by(&first)));
        let still = policies([("A", good()), ("B", json!({"Content": "no JSON"}))]);
        engine.deploy_without_rollback(STACK, &still).await.expect_err("B fails again");
        let second = engine.holds(STACK)["B"].0.clone();
        assert_ne!(first, second);
        assert_eq!(sent(&engine), ["Create B"]);

        let repaired = policies([("A", good()), ("B", good())]);
        engine.deploy(STACK, &repaired).await.expect("a repair");
        let third = engine.holds(STACK)["B"].0.clone();
        assert!(third != first && third != second);
        let deletes = [first, second].map(|id| format!("Delete B {id}"));
        assert_eq!(sent(&engine), ["Create B", &deletes[0], &deletes[1]]);
    });
}

#[test]
fn a_deletion_deletes_all_ids_held() {
    in_virtual_time(async {
        let behaviour = Behaviour { failed_creates: CleanUp::Last, ..Behaviour::default() };
        let (world, engine) = engine(behaviour);
        let first = with_failed_create(&engine).await;
        world.change(|state| state.remove_policy(&made_by(&first)));
        let still = policies([("A", good()), ("B", bad())]);
        engine.deploy_without_rollback(STACK, &still).await.expect_err("B fails again");
        let holds = engine.holds(STACK);
        let (a, second) = (&holds["A"].0, &holds["B"].0);
        sent(&engine);
        engine.delete(STACK).await.expect("a deletion");
        let ids = [("A", a), ("B", &first), ("B", second)];
        assert_eq!(sent(&engine), ids.map(|(logical, id)| format!("Delete {logical} {id}")));
        assert_eq!(world.change(|state| state.policies.len()), 1, "FullAWSAccess");
    });
}

#[test]
fn a_failed_update_is_tried_again_and_a_replacement_refused() {
    in_virtual_time(async {
        let (_, engine) = engine(Behaviour::default());
        let scp = json!({"Type": SCP, "Content": {"Statement": []}});
        engine.deploy(STACK, &policies([("A", good()), ("B", good())])).await.expect("a stack");
        let before = engine.holds(STACK);
        sent(&engine);

        let replacing = policies([("A", bad()), ("B", scp)]);
        for _ in 0..2 {
            let reasons = engine.deploy_without_rollback(STACK, &replacing).await;
            let mut reasons = reasons.expect_err("both fail");
            reasons.sort();
            assert!(reasons[0].starts_with("A: ") && reasons[1] == format!("B: {REFUSED}"));
            let ids = ["A", "B"].map(|id| format!("Update {id} {}", before[id].0));
            assert_eq!(sent(&engine), ids, "an Update again, and no Delete");
            let listed = listed(&engine, &engine.stack_id(STACK)).await;
            assert_eq!(listed, ["A UPDATE_FAILED", "B UPDATE_FAILED"]);
        }
    });
}

#[test]
fn a_stack_is_rolled_back_to_its_last_stable_state() {
    in_virtual_time(async {
        for by_rollback_stack in [true, false] {
            let (world, engine) = engine(Behaviour::default());
            let stable = ["A", "B", "C"].map(|id| (id, good()));
            engine.deploy(STACK, &policies(stable)).await.expect("a stack");
            let (before, held) = (world.change(|state| state.snapshot()), engine.holds(STACK));
            sent(&engine);

            // A is updated, B fails to be, C would leave, D is created, E fails to be.
            let changed = json!({"Description": "new"});
            let failing =
                policies([("A", changed.clone()), ("B", bad()), ("D", good()), ("E", bad())]);
            for _ in 0..2 {
                engine.deploy_without_rollback(STACK, &failing).await.expect_err("B and E fail");
            }
            let listed = listed(&engine, &engine.stack_id(STACK)).await;
            let expected = [
                "A UPDATE_COMPLETE",
                "B UPDATE_FAILED",
                "C CREATE_COMPLETE",
                "D CREATE_COMPLETE",
                "E CREATE_FAILED",
            ];
            assert_eq!(listed, expected);
            let failed = engine.holds(STACK);
            sent(&engine);

            let mut tried: Vec<String> = Vec::new();
            if by_rollback_stack {
                engine.rollback_stack(STACK).await.expect("a rollback");
            } else {
                engine.deploy(STACK, &failing).await.expect_err("B and E fail");
                tried = sent(&engine);
                let until = tried.iter().position(|event| event.starts_with("Update A"));
                tried.drain(..until.expect("A goes back"));
            }
            tried.extend(sent(&engine));
            let mut backwards: Vec<String> =
                ["A", "B"].iter().map(|id| format!("Update {id} {}", held[*id].0)).collect();
            backwards.push(format!("Delete D {}", failed["D"].0));
            let shown = tried.iter().filter(|event| !event.starts_with("Delete E"));
            assert_eq!(shown.cloned().collect::<Vec<_>>(), backwards, "{by_rollback_stack}");
            assert_eq!(tried.len(), 4, "and E goes: {tried:?}");
            assert_eq!(engine.holds(STACK), held);
            assert_eq!(world.change(|state| state.snapshot()), before);
        }
    });
}

#[test]
fn failed_updates_can_go_back_at_once() {
    in_virtual_time(async {
        let behaviour = Behaviour { failed_updates_go_back: true, ..Behaviour::default() };
        let (world, engine) = engine(behaviour);
        let stable = policies([("A", good()), ("B", good())]);
        engine.deploy(STACK, &stable).await.expect("a stack");
        let (before, held) = (world.change(|state| state.snapshot()), engine.holds(STACK));
        sent(&engine);
        let scp = json!({"Type": SCP, "Content": {"Statement": []}});
        let failing = policies([("A", bad()), ("B", scp)]);
        let updates = ["A", "B"].map(|id| format!("Update {id} {}", held[id].0));
        for _ in 0..2 {
            let reasons = engine.deploy_without_rollback(STACK, &failing).await;
            assert_eq!(reasons.expect_err("both fail").len(), 2);
            assert_eq!(sent(&engine), [updates.clone(), updates.clone()].concat());
            let listed = listed(&engine, &engine.stack_id(STACK)).await;
            assert_eq!(listed, ["A UPDATE_FAILED", "B UPDATE_FAILED"]);
            assert_eq!(engine.holds(STACK), held);
        }
        // The policy that was to replace B's was made, and nobody deletes it.
        let mut left = world.change(|state| state.snapshot());
        left.retain(|key, _| key != "SERVICE_CONTROL_POLICY B");
        assert_eq!(left, before);
        engine.deploy_without_rollback(STACK, &stable).await.expect("both as before");
        assert_eq!(sent(&engine), updates);
    });
}

#[test]
fn a_way_back_that_failed_is_taken_again_by_the_rollback() {
    in_virtual_time(async {
        let (world, engine) = engine(Behaviour::default());
        let stable = policies([("A", good()), ("B", good())]);
        engine.deploy(STACK, &stable).await.expect("a stack");
        sent(&engine);
        let changed = policies([("A", json!({"Description": "new"})), ("B", good())]);
        world.fail_always("DescribePolicy", Fault::Error("AccessDeniedException"));
        for template in [&changed, &stable] {
            engine.deploy_without_rollback(STACK, template).await.expect_err("A fails");
        }
        world.clear_faults();
        engine.rollback_stack(STACK).await.expect("a rollback");
        let update = format!("Update A {}", engine.holds(STACK)["A"].0);
        assert_eq!(sent(&engine), vec![update; 3], "and none of B");
    });
}
