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
