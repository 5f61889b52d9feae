//! An account with a stack: what `plan` says of a template, and what a deployment of it then does.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use policy_document::template::{Inputs, NoFiles, evaluate};
use policy_document::tree;
use serde_json::Value;
use test_world::World;
use test_world::cloudformation::{self, CloudFormation, Resource};
use test_world::engine::Summary;
use test_world::fixtures::normal;
pub use test_world::fixtures::template_of as template;
use test_world::simulation::in_virtual_time;
use test_world::stack::{self, Stack};
use test_world::world::State;
use tracing_subscriber::fmt::MakeWriter;

/// The stack of every test.
pub const STACK: &str = "backup";

pub struct Account {
    pub world: World,
    pub cloudformation: CloudFormation,
    stack: Stack,
    address: String,
    folder: PathBuf,
}

/// What a run of the tool has left.
#[derive(Debug)]
pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub exit: i32,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            exit: output.status.code().expect("no signal"),
        }
    }

    /// The plan as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The resource of this name in the plan, with this event.
    #[track_caller]
    pub fn resource(&self, logical_id: &str, event: &str) -> Value {
        let json = self.json();
        let resources = json["resources"].as_array().expect("a list");
        let found = resources.iter().find(|r| r["logical_id"] == logical_id && r["event"] == event);
        found.unwrap_or_else(|| panic!("no {event} of {logical_id} in {json:#}")).clone()
    }
}

/// One event that a deployment has sent.
#[derive(Debug)]
pub struct Sent {
    pub logical_id: String,
    pub event: &'static str,
    /// The lines of the plan that the function has carried out, or had to give up.
    pub lines: Vec<String>,
    /// Why it has failed.
    pub reason: String,
}

impl Account {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("plan-{number}"));
        fs::create_dir_all(&folder).expect("a folder");
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        let mut stack = Stack::new(&world.sdk_config(), STACK);
        let asked = cloudformation.clone();
        stack.cloudformation_answers(move |id| summaries(&asked, id));
        world.answer_for(&cloudformation);
        Self { address: world.serve(), world, cloudformation, stack, folder }
    }

    /// Writes a file beside the template.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("a file");
    }

    /// What the tool says of this template.
    pub fn plan_with(&self, template: &str, arguments: &[&str]) -> Run {
        self.write("template.json", template);
        self.run(&[&["plan", "template.json", "--stack-name", STACK], arguments].concat())
    }

    /// What `drift` says, without the second look; it must not write.
    #[track_caller]
    pub fn drift(&self, arguments: &[&str]) -> Run {
        self.without_writes(&[&["drift", "--once", "--format", "json"], arguments].concat())
    }

    /// Runs the tool.
    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the tool runs"))
    }

    /// Runs `heal`; once it has executed its change set, CloudFormation does this.
    pub fn heal(&self, arguments: &[&str], carry_out: impl FnOnce(&Self, &str)) -> Run {
        let mut command = self.command(&[&["heal"], arguments].concat());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let executed = || self.cloudformation.change(|state| state.change_sets.executed.len());
        let before = executed();
        let mut child = command.spawn().expect("the tool runs");
        let mut carry_out = Some(carry_out);
        while child.try_wait().expect("it is there").is_none() {
            thread::sleep(Duration::from_millis(10));
            if executed() > before
                && let Some(carry_out) = carry_out.take()
            {
                carry_out(self, &self.revision());
            }
        }
        Run::of(child.wait_with_output().expect("its output"))
    }

    /// Runs `heal`, whose outputs go here.
    pub fn heal_into(&self, arguments: &[&str], out: Stdio, err: Stdio) -> Run {
        let mut command = self.command(&[&["heal"], arguments].concat());
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        Run::of(command.spawn().and_then(Child::wait_with_output).expect("the tool runs"))
    }

    /// The value of Revision in the change set that was made last.
    fn revision(&self) -> String {
        self.cloudformation.change(|state| {
            let form = state.change_sets.made.last().expect("a change set");
            let keys = form.iter().filter(|(key, _)| key.ends_with(".ParameterValue"));
            let values: Vec<&String> = keys.map(|(_, value)| value).collect();
            assert_eq!(values.len(), 1, "one parameter has another value: {form:?}");
            values[0].clone()
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_org-policy"));
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("AWS_ENDPOINT_URL", &self.address)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local");
        command
    }

    /// The same as JSON; it must not write.
    #[track_caller]
    pub fn plan(&self, template: &Value) -> Run {
        self.write("template.json", &template.to_string());
        self.without_writes(&["plan", "template.json", "--stack-name", STACK, "--format", "json"])
    }

    #[track_caller]
    fn without_writes(&self, arguments: &[&str]) -> Run {
        self.world.reset_calls();
        let before = self.world.change(|state| state.snapshot());
        let run = self.run(arguments);
        assert_eq!(self.world.change(|state| state.snapshot()), before);
        let reads =
            |call: &String| ["List", "Describe", "Get"].iter().any(|verb| call.starts_with(verb));
        assert!(self.world.calls().iter().all(reads), "{:?}", self.world.calls());
        run
    }

    /// Deploys the template, as CloudFormation does it; says what was sent.
    pub fn deploy(&self, template: &Value) -> Vec<Sent> {
        self.deploy_with(template, &[])
    }

    /// The same, with these parameters.
    pub fn deploy_with(&self, template: &Value, parameters: &[(&str, &str)]) -> Vec<Sent> {
        let text = template.to_string();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let parameters: Vec<(String, String)> = parameters.iter().map(owned).collect();
        let declared = declared(&text, &parameters);
        let held = self.held();
        let mut sent = Vec::new();
        let mut clean_ups = Vec::new();
        for (logical_id, properties) in &declared {
            match held.get(logical_id) {
                None => sent.push(self.create(logical_id, properties)),
                Some(old) if old.properties == *properties => {}
                Some(old) => {
                    let (update, id) = self.update(old, properties);
                    if id != old.physical_id {
                        clean_ups.push(old.clone());
                    }
                    sent.push(update);
                }
            }
        }
        self.cloudformation.change(|state| {
            let stack = state.stacks.entry(STACK.to_owned()).or_default();
            (stack.template, stack.parameters) = (text, parameters);
        });
        for old in clean_ups {
            sent.push(self.delete(&old, "Delete (clean-up)"));
        }
        for old in held.values().filter(|old| !declared.contains_key(&old.logical_id)) {
            sent.push(self.delete(old, "Delete"));
            self.cloudformation.change(|state| {
                let stack = state.stacks.get_mut(STACK).expect("the stack");
                stack.resources.retain(|resource| resource.logical_id != old.logical_id);
            });
        }
        self.world.change(State::show_all);
        sent
    }

    /// What CloudFormation holds, with the properties of the deployed template.
    fn held(&self) -> BTreeMap<String, stack::Resource> {
        let deployed = self.cloudformation.change(|state| state.stacks.get(STACK).cloned());
        let Some(deployed) = deployed else { return BTreeMap::new() };
        let mut declared = declared(&deployed.template, &deployed.parameters);
        let resource = |resource: Resource| {
            let properties = declared.remove(&resource.logical_id).unwrap_or_default();
            let Resource { logical_id, physical_id, .. } = resource;
            (logical_id.clone(), stack::Resource { logical_id, physical_id, properties })
        };
        deployed.resources.into_iter().map(resource).collect()
    }

    fn create(&self, logical_id: &str, properties: &Value) -> Sent {
        let ((_, response), lines) = logged(self.stack.create(logical_id, properties.clone()));
        if response.reason.is_empty() {
            self.hold(logical_id, &response.physical_resource_id);
        }
        sent(logical_id, "Create", lines, &response.reason)
    }

    fn update(&self, old: &stack::Resource, properties: &Value) -> (Sent, String) {
        let mut resource = old.clone();
        let update = self.stack.update(&mut resource, properties.clone());
        let (response, lines) = logged(update);
        self.hold(&resource.logical_id, &resource.physical_id);
        (sent(&old.logical_id, "Update", lines, &response.reason), resource.physical_id)
    }

    fn delete(&self, old: &stack::Resource, event: &'static str) -> Sent {
        let (response, lines) = logged(self.stack.delete(old));
        sent(&old.logical_id, event, lines, &response.reason)
    }

    fn hold(&self, logical_id: &str, physical_id: &str) {
        self.cloudformation.change(|state| {
            let stack =
                state.stacks.entry(STACK.to_owned()).or_insert_with(|| cloudformation::Stack {
                    id: self.stack.id.clone(),
                    status: "CREATE_COMPLETE".to_owned(),
                    ..cloudformation::Stack::default()
                });
            stack.resources.retain(|resource| resource.logical_id != logical_id);
            stack.resources.push(Resource {
                logical_id: logical_id.to_owned(),
                resource_type: "Custom::OrgPolicy".to_owned(),
                physical_id: physical_id.to_owned(),
                status: "CREATE_COMPLETE".to_owned(),
            });
        });
    }

    /// Plans, deploys, and compares: each event that the deployment sends is in the plan with the same lines, and no
    /// other one is.
    #[track_caller]
    pub fn plan_and_deploy(&self, template: &Value) -> (Run, Vec<Sent>) {
        let run = self.plan(template);
        let sent = self.deploy(template);
        let planned = run.json();
        let planned = planned["resources"].as_array().expect("a list");
        let planned: Vec<&Value> = planned.iter().filter(|r| r["event"] != "no event").collect();
        assert_eq!(planned.len(), sent.len(), "{run:?}\n{sent:#?}");
        for event in &sent {
            let planned = run.resource(&event.logical_id, event.event);
            if event.reason.is_empty() {
                let lines: Vec<String> = planned["lines"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|line| normal(line.as_str().expect("a text")))
                    .collect();
                // A Create plans once more when CreatePolicy has said that the policy exists.
                assert!(event.lines.ends_with(&lines), "{lines:#?}\n{event:#?}");
                assert_eq!(planned["error"], Value::Null);
                assert!(!lines.is_empty());
            } else {
                let error = normal(planned["error"].as_str().expect("an error"));
                assert_eq!(error, format!("the deployment would fail: {}", normal(&event.reason)));
            }
        }
        let errors = sent.iter().any(|event| !event.reason.is_empty());
        let steps = run.json()["summary"]["steps"].as_u64().expect("a number");
        let expected = if errors {
            1
        } else if steps > 0 {
            2
        } else {
            0
        };
        assert_eq!(run.exit, expected, "{run:?}");
        (run, sent)
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The properties that a template declares, by logical id.
fn declared(text: &str, parameters: &[(String, String)]) -> BTreeMap<String, Value> {
    let Ok(root) = tree::parse(text) else { return BTreeMap::new() };
    let mut inputs = Inputs::default();
    parameters.iter().for_each(|(name, value)| inputs.set(name, value));
    let template = evaluate("template", &root, &inputs, &NoFiles);
    let resources = template.resources.into_iter();
    let known = resources
        .map(|resource| (resource.logical_id, resource.properties.to_json().expect("known")));
    known.collect()
}

fn sent(logical_id: &str, event: &'static str, lines: Vec<String>, reason: &str) -> Sent {
    Sent { logical_id: logical_id.to_owned(), event, lines, reason: reason.to_owned() }
}

/// What CloudFormation lists of a stack while the function works in it.
fn summaries(cloudformation: &CloudFormation, id: &str) -> Option<Vec<Summary>> {
    cloudformation.change(|state| {
        let stack = state.stacks.values().find(|stack| stack.id == id)?;
        let summary = |resource: &Resource| Summary {
            logical_id: resource.logical_id.clone(),
            physical_id: resource.physical_id.clone(),
            status: "UPDATE_COMPLETE",
            since: "2026-11-22T09:00:00Z".to_owned(),
        };
        Some(stack.resources.iter().map(summary).collect())
    })
}

/// The lines of plans in the function's log meanwhile.
pub fn logged<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .without_time()
        .with_ansi(false)
        .with_target(false)
        .with_writer(log.clone())
        .finish();
    let result = tracing::subscriber::with_default(subscriber, || in_virtual_time(work));
    let text = String::from_utf8(log.0.lock().expect("one thread").clone()).expect("UTF-8");
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("INFO plan: "));
    (result, lines.map(normal).collect())
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("one thread").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}
