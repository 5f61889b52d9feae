//! A stack's resources all at once, as CloudFormation starts them: each event in an invocation of its
//! own, with a client of its own, under the documented throttles of one account.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};

use crate::support::stack::{succeeded, with};
use crate::support::world::{BACKUP_POLICY, PRODUCTION, SANDBOX};
use crate::support::{Resource, Stack, World};

/// More than the nine with which a stack of native policies still works (aws-cloudformation
/// coverage roadmap, issue 2245).
const POLICIES: usize = 20;

/// Two targets take turns, so that none gets more than the ten policies it may have.
fn properties(n: usize) -> Value {
    let target = if n.is_multiple_of(2) { SANDBOX } else { PRODUCTION };
    json!({
        "Name": format!("policy-{n}"),
        "Type": BACKUP_POLICY,
        "Content": {"plans": {}},
        "Targets": [target],
    })
}

/// Sends the events together, and gives back the resources as they are afterwards.
async fn together<F>(world: &World, resources: Vec<Resource>, send: F) -> Vec<Resource>
where
    F: AsyncFn(Stack, Resource) -> Resource + Copy + 'static,
{
    let mut invocations = JoinSet::new();
    for resource in resources {
        let stack = Stack::new(&world.sdk_config(), "twenty");
        invocations.spawn_local(async move { send(stack, resource).await });
    }
    let mut resources = invocations.join_all().await;
    resources.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    resources
}

#[tokio::test(start_paused = true)]
async fn twenty_policies_at_once_are_made_changed_and_deleted() {
    let world = World::new();
    world.throttle();
    world.set_latency(Duration::from_millis(100));
    let before = world.change(|state| state.picture());
    let declared = (0..POLICIES).map(|n| Resource {
        logical_id: format!("Policy{n:02}"),
        physical_id: String::new(),
        properties: properties(n),
    });
    let life = async {
        let create = async |stack: Stack, resource: Resource| {
            let (resource, response) =
                stack.create(&resource.logical_id, resource.properties).await;
            succeeded(&response);
            resource
        };
        let resources = together(&world, declared.collect(), create).await;
        assert_eq!(world.change(|state| state.picture().len()), before.len() + POLICIES);

        let update = async |stack: Stack, mut resource: Resource| {
            let changes = json!({"Content": {"plans": {"new": {}}}, "Targets": []});
            let properties = with(&resource.properties, changes);
            succeeded(&stack.update(&mut resource, properties).await);
            resource
        };
        let resources = together(&world, resources, update).await;
        world.change(|state| {
            for resource in &resources {
                let policy = state.policy(&resource.physical_id);
                assert_eq!(policy.content, "{\"plans\":{\"new\":{}}}");
                assert!(policy.targets.is_empty());
            }
        });

        let delete = async |stack: Stack, resource: Resource| {
            succeeded(&stack.delete(&resource).await);
            resource
        };
        together(&world, resources, delete).await;
    };
    LocalSet::new().run_until(life).await;
    assert!(world.throttled() > POLICIES, "the throttles were felt");
    assert_eq!(world.change(|state| state.picture()), before);
}
