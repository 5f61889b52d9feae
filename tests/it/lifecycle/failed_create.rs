//! A Create that failed after it had made or adopted a policy: its clean-up touches the policy only while that Create
//! was the last to claim it.

use serde_json::json;

use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, NO_SUCH_UNIT, PRODUCTION, SANDBOX};
use test_world::{Resource, Stack};

use super::{created, exists, read, tags, targets};

/// A first try that fails after CreatePolicy.
async fn failed(stack: &Stack) -> Resource {
    let bad = with(&policy_properties(), json!({"Targets": [PRODUCTION, NO_SUCH_UNIT]}));
    let (resource, response) = stack.create("Daily", bad).await;
    failure(&response);
    resource
}

#[tokio::test(start_paused = true)]
async fn the_answer_names_the_policy_and_the_create() {
    let (world, stack) = setup();
    let before = read(&world).await;
    let resource = failed(&stack).await;
    assert_eq!(resource.physical_id, format!("cfn-org-policy:failed:{POLICY}:request-1"));
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

/// With rollback disabled, or when the Create was overtaken, the second try comes first.
#[tokio::test(start_paused = true)]
async fn a_clean_up_leaves_what_a_second_try_has_taken_over() {
    let (world, stack) = setup();
    // As reads of tags may lag, the second try makes sure that its own are seen.
    world.change(|state| state.point_lag = std::time::Duration::from_secs(9));
    let first = failed(&stack).await;
    let second = created(&stack, policy_properties()).await;
    assert_eq!(second.physical_id, POLICY);
    succeeded(&stack.delete(&first).await);
    assert!(exists(&world, POLICY), "the second try has it");
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
    succeeded(&stack.delete(&second).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_failed_adoption_is_given_up_by_its_own_create_only() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{}"));
    let adopt = with(&policy_properties(), json!({"AdoptExisting": "true"}));
    world.fail_first("AttachPolicy", 1, Fault::Error("AccessDeniedException"));
    let (first, response) = stack.create("Daily", adopt.clone()).await;
    failure(&response);
    let second = created(&stack, adopt).await;
    succeeded(&stack.delete(&first).await);
    assert!(tags(&world, &id).contains(&"cfn-org-policy:logical-id=Daily".to_owned()));
    succeeded(&stack.delete(&second).await);
    assert_eq!(tags(&world, &id), [""; 0]);
    assert!(exists(&world, &id));
}

/// The second try claims the policy as its last step, and fails when it makes sure of that. Then its own clean-up removes
/// the policy: that of the first try leaves it, as it was claimed since.
#[tokio::test(start_paused = true)]
async fn a_second_try_that_fails_after_its_claim_is_cleaned_up_by_its_own_id() {
    for order in [[0, 1], [1, 0]] {
        let (world, stack) = setup();
        let before = read(&world).await;
        let first = failed(&stack).await;
        world.reset_calls();
        succeeded(&stack.create("Daily", policy_properties()).await.1);
        let last = world.calls().len() - 1;
        succeeded(&stack.delete(&Resource { physical_id: POLICY.to_owned(), ..first }).await);

        let first = failed(&stack).await;
        world.reset_calls();
        world.fail_call(last, Fault::Error("AccessDeniedException"));
        let (second, response) = stack.create("Daily", policy_properties()).await;
        assert!(failure(&response).contains("read the tags"), "{response:?}");
        let tries = [&first, &second];
        for n in order {
            succeeded(&stack.delete(tries[n]).await);
        }
        assert_eq!(read(&world).await, before, "{order:?}");
    }
}

/// The clean-up of the first try has just given the policy up, and its tags still show.
#[tokio::test(start_paused = true)]
async fn a_second_try_owns_what_it_adopts_by_tags_that_are_gone() {
    let (world, stack) = setup();
    let id = world.change(|state| {
        state.point_lag = std::time::Duration::from_secs(9);
        state.add_policy(BACKUP_POLICY, "daily", "{}")
    });
    let adopt = with(&policy_properties(), json!({"AdoptExisting": "true"}));
    world.fail_first("AttachPolicy", 1, Fault::Error("AccessDeniedException"));
    let (first, response) = stack.create("Daily", adopt.clone()).await;
    failure(&response);
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    succeeded(&stack.delete(&first).await);
    let second = created(&stack, adopt).await;
    let owned = tags(&world, &id);
    assert!(owned.contains(&"cfn-org-policy:logical-id=Daily".to_owned()), "{owned:?}");
    assert!(owned.contains(&"cfn-org-policy:adopted=true".to_owned()), "{owned:?}");
    succeeded(&stack.delete(&second).await);
    assert!(exists(&world, &id));
}
