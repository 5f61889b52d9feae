//! The way of one healing, from the stack to CloudFormation's last event, step by step.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy_document::tree;
use tokio::time::sleep;

use super::causes::{is_refusal, of_call};
use super::judge::Judged;
use super::revision::{Lines, Part, REVISION};
use super::stack::ready;
use super::value::new_value;
use super::wait::{self, Events};
use super::{Refusal, Shown, problem, references};
use crate::aws::{ChangeSets, LONGEST_BODY, Progress, Session, Stack, Stacks, Wanted, failed, now};
use crate::plan::deployed::exports_for;
use crate::plan::{Deployed, Plan, plan_again};
use crate::terminal::count;

/// How often the deletion of a change set that is still being made is tried.
const DELETIONS: u32 = 5;

/// A healing. Whatever ends it, [`Healing::leave_nothing`] is to be called at last.
#[derive(Debug)]
pub struct Healing<'a> {
    session: &'a Session,
    stacks: Stacks,
    change_sets: ChangeSets,
    /// How far the change set has come, whatever ends the work.
    change_set: Cell<Made>,
}

/// How far a change set has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// There is none.
    No,
    /// There may be one.
    Perhaps,
    /// CloudFormation may have been told to carry it out.
    PerhapsExecuted,
    /// CloudFormation was told to carry it out.
    Executed,
}

/// How it is to be healed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The new value of Revision; without it, the time.
    pub revision: Option<&'a str>,
    /// Even if the plan has nothing to do.
    pub force: bool,
}

/// What the reading has come to.
#[derive(Debug)]
pub enum Prepared {
    /// There is something to put back.
    Task(Box<Task>),
    /// All is as declared.
    NothingToDo {
        /// Of so many resources.
        resources: usize,
    },
}

/// What is to be healed, and how.
#[derive(Debug)]
pub struct Task {
    /// The stack, as it was before anything else of it was read.
    pub stack: Stack,
    /// The name of the change set.
    pub name: String,
    /// The new value of Revision.
    pub value: String,
    /// What the function would do.
    pub plan: Plan,
    part: Part,
    /// The template, where the previous one may not be used as it is.
    template: Option<String>,
}

/// A change set that changes Revision and nothing else.
#[derive(Debug)]
pub struct Proposal {
    change_set: String,
    /// What it comes to.
    pub judged: Judged,
}

impl<'a> Healing<'a> {
    /// With the session's credentials.
    pub fn new(session: &'a Session) -> Self {
        Self {
            session,
            stacks: Stacks::new(session),
            change_sets: ChangeSets::new(session),
            change_set: Cell::new(Made::No),
        }
    }

    /// Whether CloudFormation was told to carry the change set out.
    pub fn is_executed(&self) -> bool {
        self.change_set.get() == Made::Executed
    }

    /// Whether CloudFormation may have been told so: the same, or nobody knows.
    pub fn may_be_executed(&self) -> bool {
        matches!(self.change_set.get(), Made::Executed | Made::PerhapsExecuted)
    }

    /// Reads this stack, the outermost one, and plans.
    ///
    /// # Errors
    /// It cannot be healed, or not be read.
    pub async fn prepare(
        &self,
        stack: Stack,
        asked: Asked<'_>,
        progress: &Progress,
    ) -> Result<Prepared, Refusal> {
        ready(&stack)?;
        let deployed = self.deployed(&stack).await?;
        let part = part(&deployed)?;
        let time = now();
        let value = value(&deployed, asked.revision, &time)?;
        progress.relabel("planning");
        let plan = plan_again(self.session, &deployed, progress).await?;
        if plan.summary().errors > 0 {
            let why = "the update would fail or cannot be planned, as the plan says above; mend that first";
            return Err(Refusal::showing(&stack, why, Shown::Plan(Box::new(plan))));
        }
        self.refuse_disabled_types(&stack, &plan).await?;
        if !plan.may_change() && !asked.force {
            return Ok(Prepared::NothingToDo { resources: plan.resources.len() });
        }
        let template = self.template(&stack).await?;
        let digits: String = time.chars().filter(char::is_ascii_digit).collect();
        // Another heal may begin in the same second: its change set is another one.
        let nanoseconds =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let name = format!("org-policy-heal-{digits}-{:x}-{nanoseconds:x}", std::process::id());
        Ok(Prepared::Task(Box::new(Task { stack, part, name, value, template, plan })))
    }

    /// The stack with its templates, evaluated.
    async fn deployed(&self, stack: &Stack) -> Result<Deployed, Refusal> {
        let deployed = Deployed::read(&self.stacks, &stack.id).await?;
        let mut deployed = deployed.ok_or_else(|| Refusal::of(stack, "it is gone; deploy it"))?;
        deployed.check_each(&ready)?;
        let exports = exports_for(&self.stacks, std::slice::from_ref(&deployed)).await?;
        deployed.evaluate(&exports)?;
        Ok(deployed)
    }

    /// An attachment would fail in the update, and in its rollback too.
    async fn refuse_disabled_types(&self, stack: &Stack, plan: &Plan) -> Result<(), Refusal> {
        let attached = plan.resources.iter().filter(|resource| {
            !resource.enables_type && resource.targets.iter().any(|target| target.attached)
        });
        let types = attached.filter_map(|resource| Some(&resource.policy.as_ref()?.policy_type));
        let types: BTreeSet<&String> = types.collect();
        if types.is_empty() {
            return Ok(());
        }
        let root = self.session.reader().organizations.policy_types().await;
        let root = root.map_err(failed("read the organization's root", "ListRoots"))?;
        match types.iter().find(|one| !root.enabled.contains(**one)) {
            Some(disabled) => Err(Refusal::of(
                stack,
                &format!(
                    "policy type {disabled} is not enabled on the root, so nothing can be attached; enable it (aws organizations enable-policy-type), then run heal again"
                ),
            )),
            None => Ok(()),
        }
    }

    /// With LanguageExtensions AWS advises against the previous template: its loops are written out there already.
    async fn template(&self, stack: &Stack) -> Result<Option<String>, Refusal> {
        let original = self.stacks.original_template(&stack.id).await?;
        if !original.contains("AWS::LanguageExtensions") {
            return Ok(None);
        }
        if original.len() > LONGEST_BODY {
            return Err(Refusal::of(
                stack,
                &format!(
                    "its template uses AWS::LanguageExtensions, so it has to be sent again, and with {} bytes it is too long for that ({LONGEST_BODY}); deploy it again with another Revision",
                    original.len()
                ),
            ));
        }
        Ok(Some(original))
    }

    /// Has a change set made, and judges it.
    ///
    /// # Errors
    /// It would change more than Revision, or it is not made.
    pub async fn propose(&self, task: &Task, progress: &Progress) -> Result<Proposal, Refusal> {
        progress.relabel("making a change set");
        let change_set = self.make(task).await.map_err(Refusal::passing)?;
        let tree = wait::made(&self.change_sets, &task.stack.id, &change_set).await;
        let tree = tree.map_err(|why| Refusal::from(problem(&task.stack, &why)))?;
        let judged = Judged::of(&task.part, &tree);
        if !judged.others.is_empty() {
            let why = format!(
                "the update would change more than Revision, as said above, so nothing is applied; deploy the stack in your own way after a look at it: {}",
                count(judged.others.len(), "change")
            );
            return Err(Refusal::showing(&task.stack, &why, Shown::Changes(judged.others)));
        }
        Ok(Proposal { change_set, judged })
    }

    async fn make(&self, task: &Task) -> Result<String, String> {
        let Task { stack, name, value, template, .. } = task;
        let template = template.as_deref();
        let wanted = Wanted { name, stack, parameter: REVISION, value, template };
        self.change_set.set(Made::Perhaps);
        self.change_sets.create(&wanted).await.map_err(|error| {
            // One that is there already is somebody else's.
            if is_refusal(&error) {
                self.change_set.set(Made::No);
            }
            let operation = format!("make change set {name} of stack {}", stack.name);
            of_call(&operation, "CreateChangeSet", &error)
        })
    }

    /// Has CloudFormation carry the change set out, and waits for its end; says with which status.
    ///
    /// # Errors
    /// It has not begun, has failed, or nobody knows: [`Healing::may_be_executed`] says whether it may have begun.
    pub async fn apply(
        &self,
        task: &Task,
        proposal: &Proposal,
        progress: &Progress,
    ) -> Result<String, Refusal> {
        let Stack { id, name, since, .. } = &task.stack;
        let described = self.stacks.describe(id).await?;
        let before = described.ok_or_else(|| Refusal::of(&task.stack, "it is gone by now"))?;
        ready(&before)?;
        if before.since != *since {
            let why = "it has been deployed meanwhile, so nothing is applied; run heal again";
            return Err(problem(&task.stack, why).into());
        }
        let events = Events::begin(&self.stacks, &task.part).await.map_err(Refusal::passing)?;
        self.change_set.set(Made::Executed);
        let change_set = &proposal.change_set;
        let executed = self.change_sets.execute(id, change_set, &task.name).await;
        if let Err(error) = executed {
            let set = self.change_sets.describe(id, change_set).await;
            // A repeated call meets the change set that the first one has set going.
            let is_known = set.is_ok();
            if !set.is_ok_and(|set| set.execution.starts_with("EXECUTE_")) {
                self.change_set.set(if is_known { Made::Perhaps } else { Made::PerhapsExecuted });
                let operation = format!("execute the change set of stack {name}");
                return Err(Refusal::passing(of_call(&operation, "ExecuteChangeSet", &error)));
            }
        }
        progress.relabel(&format!("healing stack {name}"));
        let ended = wait::carried_out(&self.stacks, &before, events, progress).await;
        ended.map_err(Refusal::passing)
    }

    /// Deletes the change set, unless it was executed.
    ///
    /// # Errors
    /// It is still there, or nobody knows; and what helps.
    pub async fn leave_nothing(&self, task: &Task) -> Result<(), String> {
        if matches!(self.change_set.get(), Made::No | Made::Executed) {
            return Ok(());
        }
        let Task { stack, name, .. } = task;
        let mut attempt = 1;
        loop {
            match self.change_sets.delete(&stack.id, name).await {
                Ok(()) => return Ok(()),
                // While it is being made, it cannot be deleted.
                Err(error)
                    if attempt < DELETIONS && error.message.contains("InvalidChangeSetStatus") =>
                {
                    attempt += 1;
                    sleep(Duration::from_secs(2)).await;
                }
                Err(error) => {
                    let operation = format!("delete change set {name} of stack {}", stack.name);
                    return Err(format!(
                        "{}; delete it: aws cloudformation delete-change-set --stack-name {} --change-set-name {name}",
                        of_call(&operation, "DeleteChangeSet", &error),
                        stack.name
                    ));
                }
            }
        }
    }
}

/// Where Revision goes; if it does not go everywhere, the lines that are missing are shown.
fn part(deployed: &Deployed) -> Result<Part, Refusal> {
    let stack = &deployed.stack;
    let part = match Part::follow(deployed)? {
        Ok(part) => part,
        Err(Lines(lines)) => {
            let why = "its template does not hand a parameter Revision to all policies and backup settings; add the lines above and deploy it, which puts drift back as well";
            return Err(Refusal::showing(stack, why, Shown::Lines(lines)));
        }
    };
    if !part.has_ours() {
        let why = "it has no Custom::OrgPolicy and no Custom::OrgBackupSettings, so there is nothing to heal; name the stack that declares the policy";
        return Err(Refusal::of(stack, why));
    }
    let read = references::unversioned(deployed, &part)?;
    if !read.is_empty() {
        let why = "its update would read dynamic references without a version anew, and no change set shows what has become of them";
        return Err(Refusal::of(
            stack,
            &format!(
                "{why}: {}; give each a version, or deploy the stack in your own way",
                read.join(", ")
            ),
        ));
    }
    Ok(part)
}

fn value(deployed: &Deployed, asked: Option<&str>, time: &str) -> Result<String, Refusal> {
    let present = deployed.stack.parameters.iter().find(|one| one.name == REVISION);
    let present = present.map(|one| one.value.as_str()).unwrap_or_default();
    let template = tree::parse(&deployed.text).ok();
    let declaration = template.as_ref().and_then(|root| root.get("Parameters")?.get(REVISION));
    new_value(declaration, present, asked, time).map_err(|why| Refusal::of(&deployed.stack, &why))
}
