//! Stacks that the function has deployed, to be read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::Value;
use tokio::time::Instant;

use crate::cloudformation::{self, CloudFormation};
use crate::fixtures::template_of;
use crate::simulation::in_virtual_time;
use crate::stack::{Resource, Stack, succeeded};
use crate::world::World;

/// An organization, and a CloudFormation with stacks. Lists come in pages of two.
pub struct Deployed {
    pub world: World,
    pub cloudformation: CloudFormation,
    stacks: RefCell<BTreeMap<String, (Stack, Vec<Resource>)>>,
}

/// The time by the calendar, in a runtime whose clock is paused.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// It is 2026-11-28, 00:00 UTC.
    pub fn start() -> Self {
        Self { began: Instant::now() }
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        1_795_824_000 + i64::try_from(self.began.elapsed().as_secs()).expect("some years")
    }

    /// As AWS writes it, to the millisecond.
    pub fn text(&self) -> String {
        let since = Duration::from_secs(1_795_824_000) + self.began.elapsed();
        DateTime::from(UNIX_EPOCH + since).fmt(Format::DateTime).expect("a date")
    }
}

impl Deployed {
    pub fn new() -> Self {
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        world.change(|state| state.page_size = 2);
        cloudformation.change(|state| state.page_size = 2);
        world.answer_for(&cloudformation);
        Self { world, cloudformation, stacks: RefCell::default() }
    }

    /// Creates a stack with these policies; answers with their ids.
    pub fn deploy(&self, name: &str, policies: &[(&str, Value)]) -> BTreeMap<String, String> {
        let stack = Stack::new(&self.world.sdk_config(), name);
        let mut resources = Vec::new();
        for (logical_id, properties) in policies {
            let created = in_virtual_time(stack.create(logical_id, properties.clone()));
            assert_eq!(created.1.reason, "", "{logical_id}");
            resources.push(created.0);
        }
        let deployed = cloudformation::Stack {
            id: stack.id.clone(),
            status: "CREATE_COMPLETE".to_owned(),
            template: template_of(policies).to_string(),
            resources: resources
                .iter()
                .map(|held| resource(&held.logical_id, "Custom::OrgPolicy", &held.physical_id))
                .collect(),
            ..cloudformation::Stack::default()
        };
        self.cloudformation.change(|state| state.stacks.insert(name.to_owned(), deployed));
        let ids = resources.iter().map(|r| (r.logical_id.clone(), r.physical_id.clone())).collect();
        self.stacks.borrow_mut().insert(name.to_owned(), (stack, resources));
        ids
    }

    /// Updates the policies of a stack, which is in progress meanwhile; each event comes after such a pause. The function
    /// must not refuse it.
    pub async fn update(
        &self,
        name: &str,
        policies: &[(&str, Value)],
        pause: Duration,
        clock: Clock,
    ) {
        self.set_status(name, "UPDATE_IN_PROGRESS", Some(clock.text()));
        self.send_updates(name, policies, pause).await;
        let template = template_of(policies).to_string();
        self.cloudformation
            .change(|state| state.stacks.get_mut(name).expect("it").template = template);
        self.set_status(name, "UPDATE_COMPLETE", None);
    }

    /// The same, and then it is rolled back: the function gets everything back as it was.
    pub async fn roll_back(
        &self,
        name: &str,
        policies: &[(&str, Value)],
        pause: Duration,
        clock: Clock,
    ) {
        let held = self.resources(name);
        let former = held.iter().map(|held| (held.logical_id.as_str(), held.properties.clone()));
        self.set_status(name, "UPDATE_IN_PROGRESS", Some(clock.text()));
        self.send_updates(name, policies, pause).await;
        self.set_status(name, "UPDATE_ROLLBACK_IN_PROGRESS", None);
        self.send_updates(name, &former.collect::<Vec<_>>(), pause).await;
        self.set_status(name, "UPDATE_ROLLBACK_COMPLETE", None);
    }

    async fn send_updates(&self, name: &str, policies: &[(&str, Value)], pause: Duration) {
        let (stack, mut resources) = self.stacks.borrow_mut().remove(name).expect("the stack");
        for (resource, (logical_id, properties)) in resources.iter_mut().zip(policies) {
            tokio::time::sleep(pause).await;
            succeeded(&stack.update(resource, properties.clone()).await);
            assert_eq!(resource.logical_id, *logical_id);
        }
        self.stacks.borrow_mut().insert(name.to_owned(), (stack, resources));
    }

    /// The properties that a stack holds, and the ids of its policies.
    pub fn resources(&self, name: &str) -> Vec<Resource> {
        self.stacks.borrow()[name].1.clone()
    }

    fn set_status(&self, name: &str, status: &str, since: Option<String>) {
        self.cloudformation.change(|state| {
            let stack = state.stacks.get_mut(name).expect("the stack");
            stack.status = status.to_owned();
            stack.since = since.unwrap_or_else(|| stack.since.clone());
        });
    }
}

/// A resource as CloudFormation lists it.
pub fn resource(
    logical_id: &str,
    resource_type: &str,
    physical_id: &str,
) -> cloudformation::Resource {
    cloudformation::Resource {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        physical_id: physical_id.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
    }
}
