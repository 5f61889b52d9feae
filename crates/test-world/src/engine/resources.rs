//! The stacks and their resources, as CloudFormation holds them.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;
use tokio::time::Instant;

use super::{Engine, api};

/// The simulation's clock begins here: 2026-11-22, 00:00 UTC.
const EPOCH: f64 = 1_795_305_600.0;

/// The resources of a stack by their logical ids.
pub(super) type Resources = BTreeMap<String, Resource>;

#[derive(Default)]
pub(super) struct Stack {
    pub(super) resources: Resources,
    life: Life,
    /// The last operation failed with rollback disabled.
    pub(super) failed: bool,
    /// The resources before that operation, or before the first of several.
    pub(super) last_stable: Resources,
    /// What its deletion has done with its resources, as ListStackResources shows it from then on.
    gone: Resources,
    /// What ListStackResources showed, and until when; oldest first. None: there was no such stack.
    past: Vec<(Option<Vec<api::Summary>>, Instant)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Life {
    #[default]
    Living,
    /// Being deleted, or DELETE_FAILED.
    Deleting,
    Deleted,
}

/// A resource as the engine holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    pub(super) physical_id: String,
    pub(super) properties: Value,
    pub(super) status: &'static str,
    pub(super) since: f64,
    /// What Creates that failed have answered, and what is still to be deleted.
    pub(super) failed_creates: Vec<Former>,
}

/// A physical id that has to be deleted, with the properties it had.
#[derive(Clone, Debug)]
pub(super) struct Former {
    /// With it the resource goes. Otherwise the resource has another physical id by now.
    pub(super) whole: bool,
    pub(super) logical_id: String,
    pub(super) physical_id: String,
    pub(super) properties: Value,
}

impl Stack {
    /// DELETE_IN_PROGRESS, DELETE_FAILED or DELETE_COMPLETE.
    pub(super) fn is_being_deleted(&self) -> bool {
        self.life != Life::Living
    }
}

impl Engine {
    pub(super) fn resources(&self, stack: &str) -> Resources {
        let stacks = self.stacks.lock().expect("one thread");
        stacks.get(&self.stack_id(stack)).map(|stack| stack.resources.clone()).unwrap_or_default()
    }

    pub(super) fn set(&self, stack: &str, logical_id: &str, change: impl FnOnce(&mut Resource)) {
        let since = self.now().as_secs_f64();
        self.change_stack(stack, |stack| {
            let resource = stack.resources.entry(logical_id.to_owned()).or_default();
            change(resource);
            resource.since = since;
        });
    }

    /// The resource is gone; with this status a deleted stack lists it.
    pub(super) fn forget(&self, stack: &str, logical_id: &str, status: &'static str) {
        let since = self.now().as_secs_f64();
        self.change_stack(stack, |stack| {
            if let Some(resource) = stack.resources.remove(logical_id) {
                let gone = Resource { status, since, ..resource };
                stack.gone.insert(logical_id.to_owned(), gone);
            }
        });
    }

    /// The one way in which a stack changes.
    pub(super) fn change_stack(&self, stack: &str, change: impl FnOnce(&mut Stack)) {
        let mut stacks = self.stacks.lock().expect("one thread");
        let id = self.stack_id(stack);
        let lag = self.behaviour.list_lag;
        let was = stacks.get(&id).filter(|_| !lag.is_zero()).map(Stack::summaries);
        let stack = stacks.entry(id).or_default();
        if !lag.is_zero() {
            let now = Instant::now();
            stack.past.retain(|(_, until)| *until + lag > now);
            stack.past.push((was, now));
        }
        change(stack);
    }

    /// The stack is about to be created or updated. One that was deleted is made again.
    pub(super) fn begin(&self, stack: &str) {
        if self.life(stack) == Some(Life::Deleted) && self.behaviour.new_stack_ids {
            let mut inner = self.inner.borrow_mut();
            *inner.generations.entry(stack.to_owned()).or_insert(1) += 1;
        }
        self.change_stack(stack, |stack| {
            stack.life = Life::Living;
            if !stack.failed {
                stack.last_stable.clone_from(&stack.resources);
            }
        });
    }

    pub(super) fn begin_deletion(&self, stack: &str) {
        if self.life(stack) == Some(Life::Living) {
            self.change_stack(stack, |stack| {
                stack.life = Life::Deleting;
                stack.gone.clear();
            });
        }
    }

    pub(super) fn end_deletion(&self, stack: &str) {
        if self.life(stack).is_some() {
            self.change_stack(stack, |stack| {
                stack.life = Life::Deleted;
                stack.failed = false;
            });
        }
    }

    /// None if there never was such a stack.
    pub(super) fn life(&self, stack: &str) -> Option<Life> {
        let stacks = self.stacks.lock().expect("one thread");
        stacks.get(&self.stack_id(stack)).map(|stack| stack.life)
    }

    pub(super) fn now(&self) -> DateTime {
        DateTime::from_secs_f64(EPOCH + self.began.elapsed().as_secs_f64())
    }
}

impl Stack {
    /// What ListStackResources shows so long after the fact; none if there was no such stack.
    pub(super) fn shown(&self, lag: Duration) -> Option<Vec<api::Summary>> {
        let now = Instant::now();
        match self.past.iter().find(|(_, until)| *until + lag > now) {
            Some((was, _)) => was.clone(),
            None => Some(self.summaries()),
        }
    }

    pub(super) fn summaries(&self) -> Vec<api::Summary> {
        let resources = if self.life == Life::Deleted { &self.gone } else { &self.resources };
        resources.iter().map(|(id, resource)| summary(id, resource)).collect()
    }
}

impl Former {
    pub(super) fn whole(logical_id: &str, resource: &Resource) -> Former {
        Former {
            whole: true,
            logical_id: logical_id.to_owned(),
            physical_id: resource.physical_id.clone(),
            properties: resource.properties.clone(),
        }
    }

    pub(super) fn replaced(logical_id: &str, resource: &Resource) -> Former {
        Former { whole: false, ..Former::whole(logical_id, resource) }
    }
}

fn summary(logical_id: &str, resource: &Resource) -> api::Summary {
    api::Summary {
        logical_id: logical_id.to_owned(),
        physical_id: resource.physical_id.clone(),
        status: resource.status,
        since: DateTime::from_secs_f64(resource.since).fmt(Format::DateTime).expect("a date"),
    }
}
