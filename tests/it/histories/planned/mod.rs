//! Before a stack is deployed, the tool plans the deployment: in a copy of the organization, from a real template beside
//! the one that is deployed. Afterwards each event is held against its plan, line by line. They are equal, or somebody
//! else has changed the policy between, or no template tells a value.

mod compare;
mod log;
mod render;
mod tally;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use proptest::prelude::*;
use serde_json::Value;
use tokio::time::Instant;

use org_policy::aws::Session;
use org_policy::{Answer, answer};
use test_world::World;
use test_world::cloudformation::{CloudFormation, Resource, Stack};
use test_world::engine::{Engine, Summary, Template};
use test_world::simulation::in_virtual_time;

use super::generate::Busy;

use self::compare::Comparison;
pub use self::log::Log;
use self::render::{Rendered, Resources, rendered};
use self::tally::Outcome;
pub use self::tally::TALLY;

/// The plans of a history.
pub struct Plans {
    rng: RefCell<Rng>,
    log: Log,
    folder: Folder,
    /// Reads may show what was so long ago.
    lag: Duration,
    /// CloudFormation says nothing to the function, or what was true before.
    is_vague: bool,
    /// The template that each stack was last deployed with.
    deployed: RefCell<BTreeMap<String, Resources>>,
    made: RefCell<Vec<Plan>>,
}

/// What the tool says of a deployment.
struct Plan {
    stack: String,
    at: Instant,
    /// How many events had been sent, and how many lines logged.
    sent: usize,
    logged: usize,
    before: Resources,
    after: Resources,
    /// The tool's plan as JSON.
    said: Value,
    deployed: bool,
}

/// A folder of its own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("planned-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Plans {
    pub fn new(busy: &Busy, log: Log) -> Plans {
        Plans {
            rng: RefCell::new(Rng::with_seed(busy.seed)),
            log,
            folder: Folder::new(),
            lag: busy.longest_lag(),
            is_vague: busy.behaviour.silent || !busy.behaviour.list_lag.is_zero(),
            deployed: RefCell::default(),
            made: RefCell::default(),
        }
    }

    /// Plans a deployment that is about to begin.
    pub fn plan(&self, world: &World, engine: &Engine, stack: &str, template: &Template) {
        if engine.is_failed(stack) {
            return TALLY.count(Outcome::StackHadFailed);
        }
        if engine.lends_its_arn(stack) {
            return TALLY.count(Outcome::ArnOfAnother);
        }
        let before = self.as_deployed(engine, stack);
        let after = self.render(stack, template, &before);
        let policy = |id: &str| engine.deletion_policy(stack, id);
        let mut parameters = BTreeMap::new();
        let cloudformation = CloudFormation::default();
        cloudformation.change(|state| {
            let all = before.values().chain(after.values());
            state.exports = all.flat_map(|one| one.exports.clone()).collect();
            // Whoever holds a policy that was moved is asked of the other stacks.
            for (id, (resources, is_gone)) in engine.listed() {
                state.stacks.insert(id.clone(), listed(&id, resources, is_gone));
            }
            state.stacks.remove(&engine.stack_id(stack));
            if engine.is_there(stack) {
                let deployed = self.stack(engine, stack, &before);
                parameters = deployed.parameters.iter().cloned().collect();
                state.stacks.insert(stack.to_owned(), deployed);
            }
        });
        let file = self.folder.0.join("template.json");
        fs::write(&file, render::template(&after, policy).to_string()).expect("a file");
        let file = file.display().to_string();
        let mut arguments = vec!["plan", &file, "--stack-name", stack, "--format", "json"];
        let given = self.given(&after, &parameters);
        if !given.is_empty() {
            arguments.push("--parameters");
            arguments.extend(given.iter().map(String::as_str));
        }
        let said = ask(world, &cloudformation, &arguments);
        assert_eq!(
            said.complaints,
            Vec::<String>::new(),
            "{stack}: {}",
            render::template(&after, policy)
        );
        let said = serde_json::from_str(&said.output).expect("JSON");
        self.made.borrow_mut().push(Plan {
            stack: stack.to_owned(),
            at: Instant::now(),
            sent: engine.sent().len(),
            logged: self.log.len(),
            before,
            after,
            said,
            deployed: false,
        });
    }

    /// The last plan for the stack was followed by this.
    pub fn followed(&self, stack: &str, reasons: &[String]) {
        let deployed = reasons.iter().all(|reason| reason.starts_with("deletion of"));
        let mut made = self.made.borrow_mut();
        let Some(plan) = made.iter_mut().rev().find(|plan| plan.stack == stack) else { return };
        plan.deployed = deployed;
        if deployed {
            self.deployed.borrow_mut().insert(stack.to_owned(), plan.after.clone());
        }
    }

    /// Compares all plans with what was done, when no invocation is under way any more.
    pub fn compare(&self, world: &World, engine: &Engine) -> Result<(), TestCaseError> {
        let made = std::mem::take(&mut *self.made.borrow_mut());
        for (n, plan) in made.iter().enumerate() {
            let next = made[n + 1..].iter().find(|next| next.stack == plan.stack);
            let sent = engine.sent();
            let until = next.map_or(sent.len(), |next| next.sent);
            let comparison = Comparison {
                plan,
                stack_id: engine.stack_id(&plan.stack),
                sent: &sent[plan.sent..until],
                lines: self.log.since(plan.logged),
                writes: world.writes(),
                lag: self.lag,
                is_vague: self.is_vague,
            };
            comparison.all()?;
        }
        Ok(())
    }

    /// The template that the stack is deployed with. What a failure has left in another way is rendered anew.
    fn as_deployed(&self, engine: &Engine, stack: &str) -> Resources {
        let mut deployed = self.deployed.borrow().get(stack).cloned().unwrap_or_default();
        let held = engine.holds(stack);
        deployed.retain(|id, _| held.contains_key(id));
        for (id, (_, truth)) in held {
            if deployed.get(&id).is_none_or(|one| one.truth != truth) {
                let one = rendered(&mut self.rng.borrow_mut(), stack, &id, &truth);
                deployed.insert(id, one);
            }
        }
        deployed
    }

    /// The new template. Half of what has not changed is written as it was.
    fn render(&self, stack: &str, template: &Template, before: &Resources) -> Resources {
        let mut rng = self.rng.borrow_mut();
        let mut after = Resources::new();
        for (id, truth) in template {
            let same = before.get(id).filter(|before| before.truth == *truth);
            let one = match same.filter(|_| rng.bool()) {
                Some(same) => same.clone(),
                None => rendered(&mut rng, stack, id, truth),
            };
            after.insert(id.clone(), one);
        }
        after
    }

    fn stack(&self, engine: &Engine, stack: &str, before: &Resources) -> Stack {
        let resources = engine.held(stack).into_iter().map(|held| Resource {
            logical_id: held.logical_id,
            resource_type: "Custom::OrgPolicy".to_owned(),
            physical_id: held.physical_id,
            status: held.status.to_owned(),
        });
        let parameters = before.values().flat_map(|resource| &resource.parameters);
        let shown = |(name, (declaration, value)): (&String, &(Value, String))| {
            let hidden = declaration.get("NoEcho").is_some();
            (name.clone(), if hidden { "****".to_owned() } else { value.clone() })
        };
        Stack {
            id: engine.stack_id(stack),
            status: "UPDATE_COMPLETE".to_owned(),
            parameters: parameters.map(shown).collect(),
            template: render::template(before, |id| engine.deletion_policy(stack, id)).to_string(),
            resources: resources.collect(),
            ..Stack::default()
        }
    }

    /// The parameters as the command line gives them. Half of those that the stack has already are left out.
    fn given(&self, after: &Resources, previous: &BTreeMap<String, String>) -> Vec<String> {
        let mut rng = self.rng.borrow_mut();
        let parameters = after.values().flat_map(|resource| &resource.parameters);
        let given = parameters.filter(|(name, _)| !previous.contains_key(*name) || rng.bool());
        given.map(|(name, (_, value))| format!("{name}={value}")).collect()
    }
}

/// A stack of which only the resources are asked for.
fn listed(id: &str, resources: Vec<Summary>, is_gone: bool) -> Stack {
    let resource = |summary: Summary| Resource {
        logical_id: summary.logical_id,
        resource_type: "Custom::OrgPolicy".to_owned(),
        physical_id: summary.physical_id,
        status: summary.status.to_owned(),
    };
    Stack {
        id: id.to_owned(),
        status: if is_gone { "DELETE_COMPLETE" } else { "UPDATE_COMPLETE" }.to_owned(),
        resources: resources.into_iter().map(resource).collect(),
        ..Stack::default()
    }
}

/// What the tool says, in a copy of the organization, and in a time of its own.
fn ask(world: &World, cloudformation: &CloudFormation, arguments: &[&str]) -> Answer {
    let copy = world.fork();
    copy.answer_for(cloudformation);
    let answered = thread::scope(|scope| {
        let asked = scope.spawn(|| {
            in_virtual_time(async {
                answer(arguments, &Session::on(copy.undisturbed_config())).await
            })
        });
        asked.join().expect("the tool ends")
    });
    assert!(copy.writes().is_empty(), "{:?}", copy.writes());
    answered.expect("a command that reads AWS")
}

/// Of the rendered resource, what no template tells.
fn untold(resources: &Resources, id: &str) -> bool {
    resources.get(id).is_some_and(|one: &Rendered| !one.untold.is_empty())
}
