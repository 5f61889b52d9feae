//! Two stacks that adopt the same unowned policy at once.

use std::time::Duration;

use serde_json::json;

use cfn_org_policy::protocol::response::{Response, Status};
use test_world::fixtures::{policy_properties, setup, with};
use test_world::stack::failure;
use test_world::world::{BACKUP_POLICY, Fault};
use test_world::{Stack, World};

/// Both adopt, the second so much later; their answers.
async fn adopt(world: &World, one: &Stack, later: Duration) -> (Response, Response) {
    let other = Stack::new(&world.sdk_config(), "other");
    let adopting = |content: &str| {
        let changes = json!({"AdoptExisting": "true", "Content": {"plans": {content: {}}}});
        with(&policy_properties(), changes)
    };
    let second = async {
        tokio::time::sleep(later).await;
        other.create("Mine", adopting("other")).await.1
    };
    let (first, second) = tokio::join!(one.create("Daily", adopting("one")), second);
    (first.1, second)
}

#[tokio::test(start_paused = true)]
async fn one_of_two_stacks_gets_the_policy_and_the_other_is_told() {
    for seconds in 0..40 {
        for lag in [0, 9] {
            let (world, stack) = setup();
            let id = world.change(|state| {
                state.point_lag = Duration::from_secs(lag);
                state.add_policy(BACKUP_POLICY, "daily", "{}")
            });
            let (one, other) = adopt(&world, &stack, Duration::from_secs(seconds)).await;
            let (winner, loser) =
                if one.status == Status::Success { ("one", &other) } else { ("other", &one) };
            let content = world.change(|state| state.policy(&id).content.clone());
            assert!(content.contains(winner), "{seconds} s, lag {lag} s: {content}");
            let reason = failure(loser);
            assert!(
                reason.contains("has taken it over meanwhile") || reason.contains("it belongs to"),
                "{seconds} s, lag {lag} s: {reason}"
            );
        }
    }
}

/// What is not promised: the later tags stay, and the first stack learns of it with its next event.
#[tokio::test(start_paused = true)]
async fn a_tag_that_is_throttled_past_the_wait_wins() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{}"));
    let (one, other) = {
        // The first to tag is throttled for a minute.
        world.fail_first("TagResource", 12, Fault::Error("TooManyRequestsException"));
        adopt(&world, &stack, Duration::from_secs(1)).await
    };
    assert!(one.status == Status::Success || other.status == Status::Success);
    let owner = world.change(|state| state.tags[&id]["cfn-org-policy:logical-id"].clone());
    assert!(owner == "Daily" || owner == "Mine");
}
