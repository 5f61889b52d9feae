//! The resources of the stacks, as CloudFormation holds them.

use std::collections::BTreeMap;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::Value;
use tokio::time::Instant;

use super::{Engine, api};

/// The simulation's clock begins here: 2026-11-22, 00:00 UTC.
const EPOCH: f64 = 1_795_305_600.0;

/// The resources of a stack by their logical ids.
pub(super) type Stack = BTreeMap<String, Resource>;

/// A resource as the engine holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    pub(super) physical_id: String,
    pub(super) properties: Value,
    pub(super) status: &'static str,
    pub(super) since: f64,
}

/// A physical id that is no longer the resource's, with the properties it had.
pub(super) struct Former {
    pub(super) logical_id: String,
    pub(super) physical_id: String,
    pub(super) properties: Value,
}

impl Engine {
    pub(super) fn resources(&self, stack: &str) -> Stack {
        self.stacks.lock().expect("one thread").get(stack).cloned().unwrap_or_default()
    }

    pub(super) fn set(&self, stack: &str, logical_id: &str, change: impl FnOnce(&mut Resource)) {
        let mut stacks = self.stacks.lock().expect("one thread");
        let resources = stacks.entry(stack.to_owned()).or_default();
        let resource = resources.entry(logical_id.to_owned()).or_default();
        change(resource);
        resource.since = self.now().as_secs_f64();
        self.remember(&stacks);
    }

    /// Keeps what a list that lags shows later on.
    fn remember(&self, stacks: &BTreeMap<String, Stack>) {
        if !self.behaviour.list_lag.is_zero() {
            self.past.lock().expect("one thread").push((Instant::now(), stacks.clone()));
        }
    }

    pub(super) fn forget(&self, stack: &str, logical_id: &str) {
        let mut stacks = self.stacks.lock().expect("one thread");
        stacks.entry(stack.to_owned()).or_default().remove(logical_id);
        self.remember(&stacks);
    }

    pub(super) fn now(&self) -> DateTime {
        DateTime::from_secs_f64(EPOCH + self.began.elapsed().as_secs_f64())
    }
}

pub(super) fn former(logical_id: &str, resource: &Resource) -> Former {
    Former {
        logical_id: logical_id.to_owned(),
        physical_id: resource.physical_id.clone(),
        properties: resource.properties.clone(),
    }
}

pub(super) fn summary(logical_id: &str, resource: &Resource) -> api::Summary {
    api::Summary {
        logical_id: logical_id.to_owned(),
        physical_id: resource.physical_id.clone(),
        status: resource.status,
        since: DateTime::from_secs_f64(resource.since).fmt(Format::DateTime).expect("a date"),
    }
}
