//! Our model of CloudFormation's engine and of Lambda, as a custom resource sees them: all events of a stack are sent
//! at once, each to an invocation of its own; when one resource fails, its siblings are not waited for; rollback,
//! clean-up and redeliveries follow. Source: the CloudFormation user guide on custom resources, and users' reports.
//! What is not documented, [`Behaviour`] chooses.
//!
//! It uses tokio's clock, so with a paused clock waiting takes no time, and one seed, so a run can be repeated. It
//! calls `spawn_local`: run it inside a `LocalSet`.

mod api;
mod changes;
mod clean_up;
mod disabled_rollback;
mod events;
mod lambda;
mod resources;
mod rollback;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cfn_org_policy::protocol::response::Response;
use fastrand::Rng;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::World;

use self::resources::{Former, Life, Stack};
pub use api::{Summary, sdk_config, silent};
pub use clean_up::DeletionPolicy;
pub use disabled_rollback::CleanUp;
pub use lambda::event_at_work;

/// How long CloudFormation waits for a custom resource (ServiceTimeout, unless a template sets another).
const SERVICE_TIMEOUT: Duration = Duration::from_secs(3_600);

/// What a template declares: each resource's properties, by its logical id.
pub type Template = BTreeMap<String, Value>;

/// How the engine and Lambda behave; by default nothing goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behaviour {
    /// The probability that an invocation dies.
    pub crashes: f64,
    /// The probability of a redelivery after the response.
    pub repeats: f64,
    /// ListStackResources is refused.
    pub silent: bool,
    /// ListStackResources shows a stack as it was so long ago.
    pub list_lag: Duration,
    /// A stack that is deleted and created again has another ARN, as on AWS. Otherwise it has the same one, and tags of
    /// the old stack are its own.
    pub new_stack_ids: bool,
    /// When a Create that has failed with rollback disabled is cleaned up.
    pub failed_creates: CleanUp,
    /// With [`CleanUp::Last`] also if the next Create has answered the same physical id.
    pub clean_up_of_equal_ids: bool,
    /// With rollback disabled, an Update that has failed is followed by one that goes back ("rolling back failed
    /// resources to their last known stable state", user guide). The resource stays in UPDATE_FAILED.
    pub failed_updates_go_back: bool,
    /// A Delete that fails at the end of an update, or of its rollback, is tried twice more and then forgotten, as
    /// CloudFormation does; the update has succeeded all the same ([`Engine::forgotten`]). Otherwise it is tried once,
    /// and reported as a failure.
    pub forgets_clean_ups: bool,
}

/// CloudFormation in one account and Region, with the function that answers.
#[derive(Clone)]
pub struct Engine {
    world: World,
    behaviour: Behaviour,
    /// By their ARNs.
    stacks: Arc<Mutex<BTreeMap<String, Stack>>>,
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
    /// Which of the stacks of a name the living one is, or the last one; one if it is not here.
    generations: BTreeMap<String, usize>,
    /// By stack and logical id; Delete if it is not here.
    deletion_policies: BTreeMap<(String, String), DeletionPolicy>,
    events: Vec<SentEvent>,
    forgotten: Vec<String>,
    /// The resources, each as the ARN of its stack and its logical id, of which something has been left.
    left: BTreeSet<(String, String)>,
    /// The same of those whose replacement was refused, because rollback was disabled.
    refused: BTreeSet<(String, String)>,
}

/// An event, as it was sent.
#[derive(Clone, Debug)]
pub struct SentEvent {
    pub request_id: String,
    /// Create, Update or Delete.
    pub request_type: String,
    pub stack_id: String,
    pub logical_id: String,
    /// Empty for a Create.
    pub physical_id: String,
}

/// A physical id that the engine holds for a resource.
#[derive(Clone, Debug)]
pub struct Held {
    pub logical_id: String,
    pub physical_id: String,
    pub properties: Value,
    /// As ListStackResources shows it. CREATE_FAILED also of a Create that was tried again, if its id is still to be
    /// deleted.
    pub status: &'static str,
}

impl Engine {
    pub fn new(world: &World, behaviour: Behaviour, seed: u64) -> Engine {
        let inner = Inner {
            rng: Rng::with_seed(seed),
            numbers: 0,
            pending: BTreeMap::new(),
            generations: BTreeMap::new(),
            deletion_policies: BTreeMap::new(),
            events: Vec::new(),
            forgotten: Vec::new(),
            left: BTreeSet::new(),
            refused: BTreeSet::new(),
        };
        Engine {
            world: world.clone(),
            behaviour,
            stacks: Arc::default(),
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
        self.begin(stack);
        let changes = self.changes(stack, template);
        let mut formers = Vec::new();
        match self.change(stack, &changes, &mut formers).await {
            Ok(()) => self.complete(stack, template, formers).await,
            Err(mut reasons) => {
                reasons.extend(self.roll_back(stack, formers).await);
                Err(reasons)
            }
        }
    }

    /// Deletes the stack.
    ///
    /// # Errors
    /// The reasons of what could not be deleted; it can be tried again.
    pub async fn delete(&self, stack: &str) -> Result<(), Vec<String>> {
        self.begin_deletion(stack);
        let formers = self.without_retained(stack, self.resources(stack).iter(), false);
        let failed = self.delete_or_keep(stack, formers).await;
        if !failed.is_empty() {
            return Err(failed);
        }
        self.end_deletion(stack);
        Ok(())
    }

    /// What follows when all changes have succeeded.
    async fn complete(
        &self,
        stack: &str,
        template: &Template,
        mut formers: Vec<Former>,
    ) -> Result<(), Vec<String>> {
        self.settle(stack);
        formers.extend(self.take_failed_creates(stack));
        let resources = self.resources(stack);
        let gone = resources.iter().filter(|(id, _)| !template.contains_key(*id));
        formers.extend(self.without_retained(stack, gone, false));
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

    /// All physical ids that are held for the stack's resources.
    pub fn held(&self, stack: &str) -> Vec<Held> {
        let mut held = Vec::new();
        for (logical_id, resource) in self.resources(stack) {
            let failed = resource.failed_creates.into_iter().map(|former| Held {
                logical_id: former.logical_id,
                physical_id: former.physical_id,
                properties: former.properties,
                status: "CREATE_FAILED",
            });
            held.extend(failed);
            held.push(Held {
                logical_id,
                physical_id: resource.physical_id,
                properties: resource.properties,
                status: resource.status,
            });
        }
        held
    }

    /// From now on it behaves so. Invocations that are under way are not concerned.
    pub fn change_behaviour(&mut self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour);
    }

    /// The resources, each as the ARN of its stack and its logical id, of which something stays that no event will
    /// remove: retained, a clean-up that failed and is not tried again, or one that was never sent.
    pub fn left(&self) -> BTreeSet<(String, String)> {
        self.inner.borrow().left.clone()
    }

    /// The resources, each as the ARN of its stack and its logical id, whose replacement was refused because rollback was
    /// disabled.
    pub fn refused(&self) -> BTreeSet<(String, String)> {
        self.inner.borrow().refused.clone()
    }

    /// All stacks there ever were, by their ARNs, as ListStackResources shows them without a lag, and whether each is being
    /// deleted, or is gone.
    pub fn listed(&self) -> BTreeMap<String, (Vec<Summary>, bool)> {
        let stacks = self.stacks.lock().expect("one thread");
        let listed = |stack: &Stack| (stack.summaries(), stack.is_being_deleted());
        stacks.iter().map(|(id, stack)| (id.clone(), listed(stack))).collect()
    }

    /// Whether there is such a stack now: one that was created and not deleted.
    pub fn is_there(&self, stack: &str) -> bool {
        self.life(stack) == Some(Life::Living)
    }

    /// Whether there is no such stack now, and a new one of the name would have the ARN of one that was deleted.
    pub fn lends_its_arn(&self, stack: &str) -> bool {
        !self.behaviour.new_stack_ids && self.life(stack) == Some(Life::Deleted)
    }

    fn leave(&self, stack: &str, logical_id: &str) {
        let key = (self.stack_id(stack), logical_id.to_owned());
        self.inner.borrow_mut().left.insert(key);
    }

    /// The stack's ARN; of a stack that was deleted, the one it had.
    pub fn stack_id(&self, stack: &str) -> String {
        let generations = &self.inner.borrow().generations;
        arn(stack, generations.get(stack).copied().unwrap_or(1))
    }

    /// The events that were sent, of all stacks, in order: RequestType, LogicalResourceId, and PhysicalResourceId
    /// (empty for a Create). Redeliveries are left out.
    pub fn events(&self) -> Vec<(String, String, String)> {
        let sent = self.sent().into_iter();
        sent.map(|event| (event.request_type, event.logical_id, event.physical_id)).collect()
    }

    /// The same in full.
    pub fn sent(&self) -> Vec<SentEvent> {
        self.inner.borrow().events.clone()
    }

    /// The clean-ups that were forgotten, of all stacks, each with its last reason.
    pub fn forgotten(&self) -> Vec<String> {
        self.inner.borrow().forgotten.clone()
    }

    /// How often the function has called ListStackResources.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Forgets those calls.
    pub fn reset_asked(&self) {
        self.asked.store(0, Ordering::Relaxed);
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

/// The ARN of the first stack of this name.
pub fn stack_id(stack: &str) -> String {
    arn(stack, 1)
}

fn arn(stack: &str, generation: usize) -> String {
    format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{stack}/{generation}")
}
