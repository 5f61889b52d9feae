//! Whole events with the real SDK client over `World`: which calls are made, what is left in the organization, and what
//! the response says. Each test shows one rule of docs/SEMANTICS.md.

mod adopt;
mod create;
mod delete;
mod digest;
mod disabled_rollback;
mod documents;
mod failed_create;
mod failures;
mod lag;
mod moved_stacks;
mod moves;
mod policy_type;
mod races;
mod replace;
mod targets;
mod update;

use serde_json::Value;

use test_world::stack::succeeded;
use test_world::{Organization, Resource, Stack, World};

async fn created(stack: &Stack, properties: Value) -> Resource {
    let (resource, response) = stack.create("Daily", properties).await;
    succeeded(&response);
    resource
}

async fn read(world: &World) -> Organization {
    Organization::read(&world.client()).await
}

fn tags(world: &World, id: &str) -> Vec<String> {
    world.change(|state| {
        let tags = state.tags.get(id).into_iter().flatten();
        tags.map(|(key, value)| format!("{key}={value}")).collect()
    })
}

fn targets(world: &World, id: &str) -> Vec<String> {
    world.change(|state| state.policy(id).targets.iter().cloned().collect())
}

fn exists(world: &World, id: &str) -> bool {
    world.change(|state| state.policies.contains_key(id))
}

/// The event's result, and the calls that it made.
async fn calls_of<T>(world: &World, event: impl Future<Output = T>) -> (T, Vec<String>) {
    world.reset_calls();
    let result = event.await;
    (result, world.calls())
}
