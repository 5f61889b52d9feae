//! Our model of AWS Organizations, and of the settings beside it that AWS Backup and StackSets hold. It answers as an
//! in-memory HTTP connector under the real SDK client, so that serialization, pagination, error parsing and retry are
//! the real ones. It uses tokio's clock: with a paused clock waiting takes no time.

mod accounts;
mod administration;
mod attachments;
mod connection;
mod disorder;
mod documents;
mod effective;
mod faults;
mod input;
mod operations;
mod overlap;
mod point_reads;
mod reads;
mod serve;
mod settings;
mod state;
mod summaries;
mod throttle;
mod writes;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;
use serde_json::Value;

pub use accounts::{Account, Point, Vault};
pub use attachments::AttachmentChange;
pub use disorder::Disorder;
pub use effective::ValidationError;
pub use faults::{ConnectionError, Fault, PANIC_TEXT};
pub use settings::{BACKUP_SERVICE, EU, STACKSETS_SERVICE, US};
pub use state::*;
pub use throttle::SHARED_BUCKET;
pub use writes::Write;

use crate::cloudformation::CloudFormation;
use crate::table::Table;
use connection::connect;
use disorder::Dice;
use faults::FaultPlan;
use input::Input;
use operations::{Answer, execute};
use overlap::{Change, UnderWay, entities};
use throttle::Throttles;

/// One organization. Clones are the same organization.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inner>>);

struct Inner {
    state: State,
    faults: FaultPlan,
    calls: Vec<Call>,
    latency: Duration,
    throttles: Option<Throttles>,
    under_way: Option<UnderWay>,
    dice: Option<Dice>,
    cloudformation: Option<CloudFormation>,
    table: Option<Table>,
    permitted: Option<BTreeSet<String>>,
}

/// A call as sent: an attempt, not what the SDK makes of several.
struct Call {
    operation: String,
    detail: String,
    admitted: bool,
}

/// How many calls were sent, and how many of them the throttles let through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempts {
    pub sent: usize,
    pub admitted: usize,
}

impl Default for World {
    fn default() -> World {
        World::new()
    }
}

impl World {
    /// The standard tree, well-behaved and without latency.
    pub fn new() -> World {
        World::of(State::new(), Duration::ZERO)
    }

    /// Another organization, in the state this one is in now. Its calls and its history begin anew;
    /// faults, throttles and what else can be in a call's way stay behind.
    pub fn fork(&self) -> World {
        let inner = self.inner();
        let mut state = inner.state.clone();
        state.history.clear();
        state.writes.clear();
        World::of(state, inner.latency)
    }

    fn of(state: State, latency: Duration) -> World {
        World(Arc::new(Mutex::new(Inner {
            state,
            faults: FaultPlan::default(),
            calls: Vec::new(),
            latency,
            throttles: None,
            under_way: None,
            dice: None,
            cloudformation: None,
            table: None,
            permitted: None,
        })))
    }

    /// From now on whoever asks about stacks here is answered by this CloudFormation. Its calls count as the others do,
    /// and the same faults can be planned for them.
    pub fn answer_for(&self, cloudformation: &CloudFormation) {
        self.inner().cloudformation = Some(cloudformation.clone());
    }

    /// From now on whoever asks for the table or the topic of a watch is answered by this one.
    pub fn answer_for_table(&self, table: &Table) {
        self.inner().table = Some(table.clone());
    }

    /// The way in for the code under test. Retries are its own to configure.
    pub fn sdk_config(&self) -> SdkConfig {
        connect(self, false)
    }

    /// From now on the caller may call these only, each as IAM names it: `organizations:ListRoots`.
    pub fn permit(&self, actions: &BTreeSet<String>) {
        self.inner().permitted = Some(actions.iter().map(|action| action.to_lowercase()).collect());
    }

    /// Whether the caller may call this. GetCallerIdentity needs no permission.
    fn is_permitted(&self, action: &str) -> bool {
        let inner = self.inner();
        let listed = |permitted: &BTreeSet<String>| permitted.contains(&action.to_lowercase());
        action == "sts:GetCallerIdentity" || inner.permitted.as_ref().is_none_or(listed)
    }

    /// As [`World::sdk_config`], neither counted, delayed nor disturbed, and nothing lags behind.
    pub fn undisturbed_config(&self) -> SdkConfig {
        connect(self, true)
    }

    /// The way in for the test: without retries, neither counted, delayed nor disturbed.
    pub fn client(&self) -> Client {
        let config = connect(self, true);
        Client::new(&config.into_builder().retry_config(RetryConfig::disabled()).build())
    }

    /// Changes the organization or its behaviour.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.inner().state)
    }

    /// The time a call takes. It takes effect after half of it.
    pub fn set_latency(&self, latency: Duration) {
        self.inner().latency = latency;
    }

    /// From now on the documented throttles hold.
    pub fn throttle(&self) {
        self.inner().throttles = Some(Throttles::default());
    }

    /// How many calls were refused by a throttle since [`World::reset_calls`].
    pub fn throttled(&self) -> usize {
        let Attempts { sent, admitted } = self.attempts(|_| true);
        sent - admitted
    }

    /// How many calls of such operations there were since [`World::reset_calls`].
    pub fn attempts(&self, of: impl Fn(&str) -> bool) -> Attempts {
        let inner = self.inner();
        let sent = inner.calls.iter().filter(|call| of(&call.operation));
        let admitted = sent.clone().filter(|call| call.admitted).count();
        Attempts { sent: sent.count(), admitted }
    }

    /// From now on a change that arrives while another of the same entity is under way is refused
    /// with ConcurrentModificationException. Without latency none ever is.
    pub fn conflict(&self) {
        self.inner().under_way = Some(UnderWay::default());
    }

    /// From now on things go wrong by chance, if nothing is planned for the call.
    pub fn disorder(&self, disorder: Disorder) {
        self.inner().dice = Some(Dice::new(disorder));
    }

    /// The call of this number (from 0, over all calls since [`World::reset_calls`]) fails.
    pub fn fail_call(&self, call: usize, fault: Fault) {
        self.inner().faults.on_call(call, fault);
    }

    /// The next so many calls of the operation fail.
    pub fn fail_first(&self, operation: &str, times: usize, fault: Fault) {
        self.inner().faults.on_first(operation, times, fault);
    }

    /// Every call of the operation fails.
    pub fn fail_always(&self, operation: &str, fault: Fault) {
        self.inner().faults.on_every(operation, fault);
    }

    /// Others change the organization just before the call of this number takes effect.
    pub fn on_call(&self, call: usize, hook: impl FnOnce(&mut State) + Send + 'static) {
        self.inner().faults.hook(call, Box::new(hook));
    }

    /// Neither plan nor chance makes anything go wrong from now on.
    pub fn clear_faults(&self) {
        let mut inner = self.inner();
        inner.faults = FaultPlan::default();
        inner.dice = None;
    }

    /// The operations called, in order, as sent.
    pub fn calls(&self) -> Vec<String> {
        self.inner().calls.iter().map(|call| call.operation.clone()).collect()
    }

    /// As [`World::calls`], each with what it was about: `AttachPolicy p-0000000001 ou-ab12-11111111`.
    pub fn calls_in_detail(&self) -> Vec<String> {
        let inner = self.inner();
        inner.calls.iter().map(|call| format!("{}{}", call.operation, call.detail)).collect()
    }

    /// The attachments that calls have changed, in order. What others change through [`State`], and
    /// the guards that EnablePolicyType brings with it, are left out.
    pub fn history(&self) -> Vec<AttachmentChange> {
        self.inner().state.history.clone()
    }

    /// The calls that have changed policies, in order, each with who has made it.
    pub fn writes(&self) -> Vec<Write> {
        self.inner().state.writes.clone()
    }

    /// Forgets the calls, so that the next one is number 0 again.
    pub fn reset_calls(&self) {
        self.inner().calls.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it changes the world")
    }

    /// Notes the call and says what is to happen to it.
    fn record(&self, operation: &str, input: &Input) -> Arrival {
        let mut inner = self.inner();
        let entities = entities(operation, input);
        let number = inner.calls.len();
        let admitted = inner.throttles.as_mut().is_none_or(|throttles| throttles.admit(operation));
        let (detail, operation) = (detail(operation, input), operation.to_owned());
        let drawn = inner.draw(admitted, !entities.is_empty());
        let fault = inner.faults.take_fault(number, &operation).or(drawn);
        inner.calls.push(Call { operation, detail, admitted });
        let half_way = inner.latency() / 2;
        let change = if !admitted {
            Err("TooManyRequestsException")
        } else if inner.under_way.as_mut().is_none_or(|under_way| under_way.begin(&entities)) {
            Ok(Change { world: self.clone(), entities })
        } else {
            Err("ConcurrentModificationException")
        };
        Arrival { number, half_way, change, fault }
    }

    /// Whether the credentials for the next call are to fail.
    fn take_credentials_fault(&self) -> bool {
        let mut inner = self.inner();
        let next = inner.calls.len();
        let drawn = inner.dice.as_mut().is_some_and(Dice::credentials_fail);
        inner.faults.take_credentials_fault(next) || drawn
    }

    /// The call takes effect.
    fn execute(&self, operation: &str, input: &Input) -> Answer {
        let state = &mut self.inner().state;
        let before = writes::subject(state, operation, input);
        let answer = execute(state, operation, input);
        writes::note(state, operation, before, &answer);
        answer
    }

    /// What CloudFormation, or the table and the topic of a watch answer, if this is theirs to answer.
    fn ask_others(&self, operation: &str, input: &Input) -> Option<(u16, String)> {
        let (cloudformation, table) = {
            let inner = self.inner();
            (inner.cloudformation.clone(), inner.table.clone())
        };
        let answer = cloudformation.and_then(|it| it.answer(operation, &input.fields));
        answer.or_else(|| table?.answer(operation, &input.fields))
    }

    /// Runs also while a test fails, so it must not panic itself.
    fn end(&self, entities: &[String]) {
        if let Some(under_way) = self.0.lock().ok().as_mut().and_then(|i| i.under_way.as_mut()) {
            under_way.end(entities);
        }
    }

    fn run_hook(&self, number: usize) {
        let mut inner = self.inner();
        if let Some(hook) = inner.faults.take_hook(number) {
            hook(&mut inner.state);
        }
    }
}

impl Inner {
    /// What chance does to a call. It spares those that the throttles refuse.
    fn draw(&mut self, admitted: bool, changes: bool) -> Option<Fault> {
        self.dice.as_mut().filter(|_| admitted)?.fault(changes)
    }

    fn latency(&mut self) -> Duration {
        self.dice.as_mut().and_then(Dice::latency).unwrap_or(self.latency)
    }
}

/// A call that has come in.
struct Arrival {
    number: usize,
    half_way: Duration,
    /// What it is at work on, or the code with which it is refused before anything else.
    change: Result<Change, &'static str>,
    fault: Option<Fault>,
}

/// The fields that tell one call from another, in reading order; of an update also which fields it sets, of tags and
/// settings the keys.
fn detail(operation: &str, input: &Input) -> String {
    let ids = [
        "PolicyId",
        "Filter",
        "Type",
        "PolicyType",
        "RootId",
        "ParentId",
        "TargetId",
        "AccountId",
        "ResourceId",
        "ServicePrincipal",
        "Region",
    ];
    let mut words: Vec<&str> = ids.iter().filter_map(|field| input.optional(field)).collect();
    if operation == "UpdatePolicy" {
        words.extend(["Name", "Description", "Content"].iter().filter(|field| input.has(field)));
    } else {
        words.extend(input.optional("Name"));
    }
    if operation == "TagResource" || operation == "UntagResource" {
        let tags = input.fields.values().filter_map(Value::as_array).flatten();
        words.extend(tags.filter_map(|tag| tag.as_str().or_else(|| tag["Key"].as_str())));
    }
    for settings in ["GlobalSettings", "ResourceTypeOptInPreference"] {
        let sent = input.fields.get(settings).and_then(Value::as_object);
        // The SDK sends them in no particular order.
        let names: BTreeSet<&str> = sent.into_iter().flatten().map(|(name, _)| &**name).collect();
        words.extend(names);
    }
    let managed = input.fields.get("ResourceTypeManagementPreference").and_then(Value::as_object);
    if let Some(managed) = managed {
        words.push("managed:");
        words.extend(managed.keys().map(|name| &**name).collect::<BTreeSet<&str>>());
    }
    words.iter().map(|word| format!(" {word}")).collect()
}
