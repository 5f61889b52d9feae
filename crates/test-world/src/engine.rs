//! Our model of CloudFormation's engine and of Lambda, as a custom resource sees them: all events of a stack are sent
//! at once, each to an invocation of its own; when one resource fails, its siblings are not waited for; rollback,
//! clean-up and redeliveries follow. Source: the CloudFormation user guide on custom resources, and users' reports.
//!
//! It uses tokio's clock, so with a paused clock waiting takes no time, and one seed, so a run can be repeated. It
//! calls `spawn_local`: run it inside a `LocalSet`.

mod api;
mod lambda;
mod resources;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_types::date_time::Format;
use cfn_org_policy::protocol::response::{Response, Status};
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::World;
use super::fixtures::Event;

use self::resources::{Former, Resource, Stack, former};
pub use api::{Summary, sdk_config, silent};

/// How long CloudFormation waits for a custom resource (ServiceTimeout, unless a template sets another).
const SERVICE_TIMEOUT: Duration = Duration::from_secs(3_600);

/// What a template declares: each resource's properties, by its logical id.
pub type Template = BTreeMap<String, Value>;

/// The stacks from these moments on.
type Past = Vec<(Instant, BTreeMap<String, Stack>)>;

/// How the engine and Lambda behave; by default nothing goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behaviour {
    /// The probability that an invocation dies.
    pub crashes: f64,
    /// The probability of a redelivery after the response.
    pub repeats: f64,
    /// ListStackResources is refused.
    pub silent: bool,
    /// ListStackResources shows the resources as they were so long ago; those that were not there then, as they are now.
    pub list_lag: Duration,
}

/// CloudFormation in one account and Region, with the function that answers.
#[derive(Clone)]
pub struct Engine {
    world: World,
    behaviour: Behaviour,
    stacks: Arc<Mutex<BTreeMap<String, Stack>>>,
    /// The stacks after each of their changes; kept only where the list lags.
    past: Arc<Mutex<Past>>,
    asked: Arc<AtomicUsize>,
    inner: Rc<RefCell<Inner>>,
    invocations: Rc<RefCell<JoinSet<()>>>,
    began: Instant,
}

struct Inner {
    rng: Rng,
    numbers: usize,
    /// Events whose answer is waited for, by their RequestId.
    pending: BTreeMap<String, oneshot::Sender<Response>>,
}

/// A change under way, and what the resource was before it.
struct Change {
    logical_id: String,
    before: Option<Resource>,
    properties: Value,
}

impl Engine {
    pub fn new(world: &World, behaviour: Behaviour, seed: u64) -> Engine {
        let inner = Inner { rng: Rng::with_seed(seed), numbers: 0, pending: BTreeMap::new() };
        Engine {
            world: world.clone(),
            behaviour,
            stacks: Arc::default(),
            past: Arc::default(),
            asked: Arc::default(),
            inner: Rc::new(RefCell::new(inner)),
            invocations: Rc::default(),
            began: Instant::now(),
        }
    }

    /// Creates the stack, or updates it.
    ///
    /// # Errors
    /// The reasons. By then all has been rolled back, unless a reason says otherwise.
    pub async fn deploy(&self, stack: &str, template: &Template) -> Result<(), Vec<String>> {
        let before = self.resources(stack);
        let changed = |(id, properties): (&String, &Value)| {
            let before = before.get(id).cloned();
            let same = before.as_ref().is_some_and(|r| r.properties == *properties);
            let properties = properties.clone();
            (!same).then(|| Change { logical_id: id.clone(), before, properties })
        };
        let changes: Vec<Change> = template.iter().filter_map(changed).collect();
        match self.change(stack, &changes).await {
            Ok(mut formers) => {
                let gone = before.iter().filter(|(id, _)| !template.contains_key(*id));
                formers.extend(gone.map(|(id, resource)| former(id, resource)));
                let failed = self.clean_up(stack, formers).await;
                if failed.is_empty() { Ok(()) } else { Err(failed) }
            }
            Err(mut reasons) => {
                reasons.extend(self.roll_back(stack, &changes).await);
                Err(reasons)
            }
        }
    }

    /// Deletes the stack.
    ///
    /// # Errors
    /// The reasons of what could not be deleted; it can be tried again.
    pub async fn delete(&self, stack: &str) -> Result<(), Vec<String>> {
        let formers = self.resources(stack).iter().map(|(id, r)| former(id, r)).collect();
        let failed = self.clean_up(stack, formers).await;
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    /// Waits for all invocations, also for those that are overtaken or redelivered.
    pub async fn wait_for_invocations(&self) {
        loop {
            let mut running = std::mem::take(&mut *self.invocations.borrow_mut());
            if running.is_empty() {
                return;
            }
            while let Some(ended) = running.join_next().await {
                ended.expect("an invocation answers whatever happens");
            }
        }
    }

    /// What the stack's resources are, by their logical ids: physical id and properties.
    pub fn holds(&self, stack: &str) -> BTreeMap<String, (String, Value)> {
        let resources = self.resources(stack).into_iter();
        resources.map(|(id, r)| (id, (r.physical_id, r.properties))).collect()
    }

    /// How often the function has called ListStackResources.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Forgets those calls.
    pub fn reset_asked(&self) {
        self.asked.store(0, Ordering::Relaxed);
    }

    /// After the first failure the others are not waited for.
    async fn change(&self, stack: &str, changes: &[Change]) -> Result<Vec<Former>, Vec<String>> {
        let mut answers = self.send_all(stack, changes);
        let mut formers = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &changes[n];
            if let Err(reason) = self.take(stack, change, answer, &mut formers) {
                self.cancel(stack, changes);
                return Err(vec![format!("{}: {reason}", change.logical_id)]);
            }
        }
        Ok(formers)
    }

    /// Sends all events at once; an answer comes with the number of its change.
    fn send_all(&self, stack: &str, changes: &[Change]) -> JoinSet<(usize, Option<Response>)> {
        let mut answers = JoinSet::new();
        for (n, change) in changes.iter().enumerate() {
            let answer = self.ask_for(stack, change);
            answers.spawn_local(async move { (n, answer.await) });
        }
        answers
    }

    /// Takes in the answer to a Create or an Update.
    fn take(
        &self,
        stack: &str,
        change: &Change,
        answer: Option<Response>,
        formers: &mut Vec<Former>,
    ) -> Result<(), String> {
        let Change { logical_id, before, properties } = change;
        let Some(answer) = answer else {
            return Err("CloudFormation did not receive a response".to_owned());
        };
        let physical_id = answer.physical_resource_id;
        let done = answer.status == Status::Success;
        self.set(stack, logical_id, |resource| {
            resource.physical_id.clone_from(&physical_id);
            resource.properties.clone_from(properties);
            resource.status = match (before, done) {
                (None, true) => "CREATE_COMPLETE",
                (Some(_), true) => "UPDATE_COMPLETE",
                (None, false) => "CREATE_FAILED",
                (Some(_), false) => "UPDATE_FAILED",
            };
        });
        if !done {
            return Err(answer.reason);
        }
        if let Some(before) = before.as_ref().filter(|r| r.physical_id != physical_id) {
            formers.push(former(logical_id, before));
        }
        Ok(())
    }

    /// "Resource creation cancelled", "Resource update cancelled".
    fn cancel(&self, stack: &str, changes: &[Change]) {
        for change in changes {
            self.set(stack, &change.logical_id, |resource| match resource.status {
                "CREATE_IN_PROGRESS" => resource.status = "CREATE_FAILED",
                "UPDATE_IN_PROGRESS" => resource.status = "UPDATE_FAILED",
                _ => {}
            });
        }
    }

    /// Updates go back to what was before, then what was created goes. Answers with what failed on the way.
    async fn roll_back(&self, stack: &str, changes: &[Change]) -> Vec<String> {
        sleep(self.between(1.0, 3.0)).await;
        let backwards: Vec<Change> = changes
            .iter()
            .filter_map(|change| {
                let before = change.before.as_ref()?;
                let mut now = self.resources(stack).remove(&change.logical_id)?;
                // Also of an Update that was not answered the new properties are the former ones now.
                now.properties.clone_from(&change.properties);
                Some(Change {
                    logical_id: change.logical_id.clone(),
                    before: Some(now),
                    properties: before.properties.clone(),
                })
            })
            .collect();
        let mut failed = Vec::new();
        let mut formers = Vec::new();
        let mut answers = self.send_all(stack, &backwards);
        while let Some(answer) = answers.join_next().await {
            let (n, answer) = answer.expect("waiting does not panic");
            let change = &backwards[n];
            if let Err(reason) = self.take(stack, change, answer, &mut formers) {
                failed.push(format!("rollback of {}: {reason}", change.logical_id));
            }
        }
        let resources = self.resources(stack);
        let created = changes.iter().filter(|change| change.before.is_none());
        formers.extend(created.filter_map(|change| {
            let resource = resources.get(&change.logical_id)?;
            Some(former(&change.logical_id, resource))
        }));
        failed.extend(self.clean_up(stack, formers).await);
        failed
    }

    /// Deletes what is no longer a resource's, and answers with what could not be deleted.
    async fn clean_up(&self, stack: &str, formers: Vec<Former>) -> Vec<String> {
        let mut answers = JoinSet::new();
        for mut former in formers {
            let resource = self.resources(stack).remove(&former.logical_id).unwrap_or_default();
            let whole = resource.physical_id == former.physical_id;
            if whole {
                self.set(stack, &former.logical_id, |r| r.status = "DELETE_IN_PROGRESS");
            }
            if former.physical_id.is_empty() {
                let made_up = format!("{stack}-{}-{}", former.logical_id, self.number());
                former.physical_id = made_up;
            }
            let mut event = self.event("Delete", stack, &former.logical_id, &former.properties);
            event["PhysicalResourceId"] = json!(former.physical_id);
            let answer = self.send(event);
            answers.spawn_local(async move { (former.logical_id, whole, answer.await) });
        }
        let mut failed = Vec::new();
        while let Some(answer) = answers.join_next().await {
            let (logical_id, whole, answer) = answer.expect("waiting does not panic");
            match answer {
                Some(Response { status: Status::Success, .. }) if whole => {
                    self.forget(stack, &logical_id);
                }
                Some(Response { status: Status::Success, .. }) => {}
                answer => {
                    let reason = answer.map_or("no response".to_owned(), |answer| answer.reason);
                    failed.push(format!("deletion of {logical_id}: {reason}"));
                }
            }
        }
        failed
    }

    /// Sends a Create or an Update; the future is its answer, or none after CloudFormation's patience.
    fn ask_for(
        &self,
        stack: &str,
        change: &Change,
    ) -> impl Future<Output = Option<Response>> + use<> {
        let Change { logical_id, before, properties } = change;
        let event = match before {
            None => {
                self.set(stack, logical_id, |resource| {
                    resource.status = "CREATE_IN_PROGRESS";
                    resource.properties.clone_from(properties);
                });
                self.event("Create", stack, logical_id, properties)
            }
            Some(before) => {
                self.set(stack, logical_id, |resource| resource.status = "UPDATE_IN_PROGRESS");
                let mut event = self.event("Update", stack, logical_id, properties);
                event["PhysicalResourceId"] = json!(before.physical_id);
                event["OldResourceProperties"] = before.properties.clone();
                event
            }
        };
        self.send(event)
    }

    fn event(
        &self,
        request_type: &str,
        stack: &str,
        logical_id: &str,
        properties: &Value,
    ) -> Value {
        let sent = self.now().fmt(Format::DateTime).expect("a date").replace(['-', ':'], "");
        let sent = format!("{}Z", &sent[..15]);
        let url = format!("https://example.com/?X-Amz-Date={sent}&X-Amz-Signature=secret");
        Event::new(request_type, logical_id)
            .set("RequestId", format!("request-{}", self.number()))
            .set("ResponseURL", url)
            .set("StackId", stack_id(stack))
            .properties(properties.clone())
            .build()
    }

    fn send(&self, event: Value) -> impl Future<Output = Option<Response>> + use<> {
        let (answered, answer) = oneshot::channel();
        let request_id = event["RequestId"].as_str().expect("an id").to_owned();
        self.inner.borrow_mut().pending.insert(request_id, answered);
        let lambda = self.clone();
        self.invocations.borrow_mut().spawn_local(async move { lambda.deliver(event).await });
        async move { timeout(SERVICE_TIMEOUT, answer).await.ok()?.ok() }
    }

    fn number(&self) -> usize {
        let mut inner = self.inner.borrow_mut();
        inner.numbers += 1;
        inner.numbers
    }

    fn chance(&self, probability: f64) -> bool {
        self.inner.borrow_mut().rng.f64() < probability
    }

    fn between(&self, least: f64, most: f64) -> Duration {
        let share = self.inner.borrow_mut().rng.f64();
        Duration::from_secs_f64(least + share * (most - least))
    }
}

/// The stack's ARN. A stack that was deleted and made again has the same here: tags of the old one would be its own.
pub fn stack_id(stack: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{stack}/1")
}
