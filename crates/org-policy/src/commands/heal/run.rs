//! The way of one healing, from the stack's name to CloudFormation's last event.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy_document::tree;
use tokio::time::sleep;

use super::causes::{is_refusal, of_call};
use super::judge::Judged;
use super::revision::{Lines, Part, REVISION};
use super::stack::{outermost, ready};
use super::value::new_value;
use super::wait::{self, Events};
use super::{Arguments, ask, references};
use crate::aws::{
    ChangeSets, Connection, LONGEST_BODY, Problem, Progress, Stack, Stacks, Wanted, failed, now,
};
use crate::commands::{Exit, print};
use crate::plan::deployed::exports_for;
use crate::plan::{Deployed, Format, Plan, plan_again};
use crate::terminal::{complain, count, note};

/// How often the deletion of a change set that is still being made is tried.
const DELETIONS: u32 = 5;

/// A healing.
pub struct Heal<'a> {
    session: &'a Connection,
    arguments: &'a Arguments,
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
    /// CloudFormation was told to carry it out.
    Executed,
}

/// What is to be healed, and how.
struct Task {
    stack: Stack,
    part: Part,
    /// The name of the change set.
    name: String,
    /// The new value of Revision.
    value: String,
    /// The template, where the previous one may not be used as it is.
    template: Option<String>,
    plan: Plan,
}

impl<'a> Heal<'a> {
    /// With the session's credentials.
    pub fn new(session: &'a Connection, arguments: &'a Arguments) -> Self {
        Self {
            session,
            arguments,
            stacks: Stacks::new(session),
            change_sets: ChangeSets::new(session),
            change_set: Cell::new(Made::No),
        }
    }

    /// Heals the stack.
    ///
    /// # Errors
    /// Why it is not healed, and what helps, in one line.
    pub fn run(&self) -> Result<Exit, String> {
        self.session.run(async {
            let Some(task) = self.task().await? else { return Ok(Exit::Clean) };
            let ended = self.with_change_set(&task).await;
            self.leave_nothing(&task).await;
            ended
        })
    }

    /// Reads and plans. None if there is nothing to do.
    async fn task(&self) -> Result<Option<Task>, String> {
        let stack = self.stack().await?;
        let progress = Progress::begin(&format!("reading stack {}", stack.name));
        let deployed = self.deployed(&stack).await?;
        let part = self.part(&deployed)?;
        let time = now();
        let value = self.value(&deployed, &time)?;
        progress.relabel("planning");
        let plan = plan_again(self.session, &deployed, &progress).await;
        let plan = plan.map_err(|problem| problem.to_string())?;
        drop(progress);
        if plan.summary().errors > 0 {
            print(Format::Text.written(&plan), Exit::Found);
            let why = "the update would fail or cannot be planned, as the plan says above; mend that first";
            return Err(self.problem(&stack, why));
        }
        self.refuse_disabled_types(&stack, &plan).await?;
        if !plan.may_change() && !self.arguments.force {
            let what = count(plan.resources.len(), "resource");
            let line = format!("Stack {}: {what} as declared, nothing to do\n", stack.name);
            return match print(line, Exit::Clean) {
                Exit::Clean => Ok(None),
                _ => Err(self.problem(&stack, "nothing to do, and nobody could be told")),
            };
        }
        let template = self.template(&stack).await?;
        let digits: String = time.chars().filter(char::is_ascii_digit).collect();
        // Another heal may begin in the same second: its change set is another one.
        let nanoseconds =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let name = format!("org-policy-heal-{digits}-{:x}-{nanoseconds:x}", std::process::id());
        Ok(Some(Task { stack, part, name, value, template, plan }))
    }

    /// The outermost stack, in a status in which it can be updated.
    async fn stack(&self) -> Result<Stack, String> {
        let asked = &self.arguments.stack;
        let progress = Progress::begin(&format!("reading stack {asked}"));
        let stack = outermost(&self.stacks, asked).await;
        drop(progress);
        let stack = stack.map_err(|problem| problem.to_string())?;
        if stack.name != *asked && stack.id != *asked {
            note(&format!("{asked} is nested in stack {}, which is healed as a whole", stack.name));
        }
        ready(&stack).map_err(|problem| problem.to_string())?;
        Ok(stack)
    }

    /// The stack with its templates, evaluated.
    async fn deployed(&self, stack: &Stack) -> Result<Deployed, String> {
        let said = |problem: Problem| problem.to_string();
        let deployed = Deployed::read(&self.stacks, &stack.id).await.map_err(said)?;
        let mut deployed = deployed.ok_or_else(|| self.problem(stack, "it is gone; deploy it"))?;
        deployed.check_each(&ready).map_err(said)?;
        let exports = exports_for(&self.stacks, std::slice::from_ref(&deployed)).await;
        deployed.evaluate(&exports.map_err(said)?).map_err(said)?;
        Ok(deployed)
    }

    /// Where Revision goes; if it does not go everywhere, the lines that are missing are printed.
    fn part(&self, deployed: &Deployed) -> Result<Part, String> {
        let stack = &deployed.stack;
        let part = match Part::follow(deployed).map_err(|problem| problem.to_string())? {
            Ok(part) => part,
            Err(Lines(lines)) => {
                print(lines, Exit::Found);
                let why = "its template does not hand a parameter Revision to all policies and backup settings; add the lines above and deploy it, which puts drift back as well";
                return Err(self.problem(stack, why));
            }
        };
        if !part.has_ours() {
            let why = "it has no Custom::OrgPolicy and no Custom::OrgBackupSettings, so there is nothing to heal; name the stack that declares the policy";
            return Err(self.problem(stack, why));
        }
        let read =
            references::unversioned(deployed, &part).map_err(|problem| problem.to_string())?;
        if !read.is_empty() {
            let why = "its update would read dynamic references without a version anew, and no change set shows what has become of them";
            return Err(self.problem(
                stack,
                &format!(
                    "{why}: {}; give each a version, or deploy the stack in your own way",
                    read.join(", ")
                ),
            ));
        }
        Ok(part)
    }

    /// An attachment would fail in the update, and in its rollback too.
    async fn refuse_disabled_types(&self, stack: &Stack, plan: &Plan) -> Result<(), String> {
        let attached = plan.resources.iter().filter(|resource| {
            !resource.enables_type && resource.targets.iter().any(|target| target.attached)
        });
        let types = attached.filter_map(|resource| Some(&resource.policy.as_ref()?.policy_type));
        let types: BTreeSet<&String> = types.collect();
        if types.is_empty() {
            return Ok(());
        }
        let root = self.session.reader().organizations.policy_types().await;
        let root = root
            .map_err(failed("read the organization's root", "ListRoots"))
            .map_err(|problem| problem.to_string())?;
        match types.iter().find(|one| !root.enabled.contains(**one)) {
            Some(disabled) => Err(self.problem(
                stack,
                &format!(
                    "policy type {disabled} is not enabled on the root, so nothing can be attached; enable it (aws organizations enable-policy-type), then run heal again"
                ),
            )),
            None => Ok(()),
        }
    }

    fn value(&self, deployed: &Deployed, time: &str) -> Result<String, String> {
        let present = deployed.stack.parameters.iter().find(|one| one.name == REVISION);
        let present = present.map(|one| one.value.as_str()).unwrap_or_default();
        let template = tree::parse(&deployed.text).ok();
        let declaration = template.as_ref().and_then(|root| root.get("Parameters")?.get(REVISION));
        new_value(declaration, present, self.arguments.revision.as_deref(), time)
            .map_err(|why| self.problem(&deployed.stack, &why))
    }

    /// With LanguageExtensions AWS advises against the previous template: its loops are written out there already.
    async fn template(&self, stack: &Stack) -> Result<Option<String>, String> {
        let original = self.stacks.original_template(&stack.id).await;
        let original = original.map_err(|problem| problem.to_string())?;
        if !original.contains("AWS::LanguageExtensions") {
            return Ok(None);
        }
        if original.len() > LONGEST_BODY {
            return Err(self.problem(stack, &format!(
                "its template uses AWS::LanguageExtensions, so it has to be sent again, and with {} bytes it is too long for that ({LONGEST_BODY}); deploy it again with another Revision",
                original.len()
            )));
        }
        Ok(Some(original))
    }

    /// Makes the change set, and goes on with it until Ctrl-C.
    async fn with_change_set(&self, task: &Task) -> Result<Exit, String> {
        tokio::select! {
            ended = self.heal(task) => ended,
            () = ask::interrupted() => Err(match self.change_set.get() {
                Made::Executed => self.problem(
                    &task.stack,
                    "interrupted; CloudFormation goes on with the update: see the stack's events",
                ),
                _ => self.problem(&task.stack, "interrupted; nothing is applied"),
            }),
        }
    }

    async fn heal(&self, task: &Task) -> Result<Exit, String> {
        let change_set = self.make(task).await?;
        let progress = Progress::begin("making a change set");
        let tree = wait::made(&self.change_sets, &task.stack.id, &change_set).await;
        drop(progress);
        let tree = tree.map_err(|why| self.problem(&task.stack, &why))?;
        let judged = Judged::of(&task.part, &tree);
        if !judged.others.is_empty() {
            judged.others.iter().for_each(|other| complain(other));
            return Err(self.problem(&task.stack, &format!(
                "the update would change more than Revision, as said above, so nothing is applied; deploy the stack in your own way after a look at it: {}",
                count(judged.others.len(), "change")
            )));
        }
        if !ask::is_shown(&self.shown(task, &judged)) {
            return Err(self.problem(&task.stack, "nobody could read the plan; nothing is applied"));
        }
        if !judged.stack_sets.is_empty() && !self.arguments.stack_sets {
            return Err(self.problem(&task.stack, &format!(
                "StackSet {} would run again and read its template anew, which no change set shows, so nothing is applied; look at the template that it would read, then say --stack-sets",
                judged.stack_sets.join(", StackSet ")
            )));
        }
        if self.arguments.dry_run {
            note("a dry run: the change set is deleted, nothing is applied");
            return Ok(Exit::Clean);
        }
        self.ask(task).await?;
        self.apply(task, &change_set).await
    }

    /// Asks whether it is to be applied, unless that has been said.
    async fn ask(&self, task: &Task) -> Result<(), String> {
        if self.arguments.yes {
            return Ok(());
        }
        if !ask::is_possible() {
            return Err(self.problem(
                &task.stack,
                "standard input is no terminal, so nobody can be asked; nothing is applied: run it with --yes",
            ));
        }
        match ask::yes("Apply?").await {
            true => Ok(()),
            false => Err(self.problem(&task.stack, "nothing is applied, as you have said")),
        }
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

    /// The plan, and what CloudFormation itself would do.
    fn shown(&self, task: &Task, judged: &Judged) -> String {
        let mut text = Format::Text.written(&task.plan);
        text.push_str(&format!(
            "\nCloudFormation would set {REVISION} to {:?}, which sends an Update to {}, and change nothing else.\n",
            task.value,
            count(judged.updates, "resource")
        ));
        for stack_set in &judged.stack_sets {
            text.push_str(&format!(
                "! StackSet {stack_set} would run again in all of its accounts and Regions, and read its template anew: its Description has Revision in it\n"
            ));
        }
        text
    }

    /// Has CloudFormation carry the change set out, and waits for its end.
    async fn apply(&self, task: &Task, change_set: &str) -> Result<Exit, String> {
        let Stack { id, name, .. } = &task.stack;
        let described = self.stacks.describe(id).await.map_err(|problem| problem.to_string())?;
        let before = described.ok_or_else(|| self.problem(&task.stack, "it is gone by now"))?;
        ready(&before).map_err(|problem| problem.to_string())?;
        let events = Events::begin(&self.stacks, &task.part).await?;
        self.change_set.set(Made::Executed);
        let executed = self.change_sets.execute(id, change_set, &task.name).await;
        if let Err(error) = executed {
            let set = self.change_sets.describe(id, change_set).await;
            // A repeated call meets the change set that the first one has set going.
            if !set.is_ok_and(|set| set.execution.starts_with("EXECUTE_")) {
                self.change_set.set(Made::Perhaps);
                let operation = format!("execute the change set of stack {name}");
                return Err(of_call(&operation, "ExecuteChangeSet", &error));
            }
        }
        let progress = Progress::begin(&format!("healing stack {name}"));
        let ended = wait::carried_out(&self.stacks, &before, events, &progress).await;
        drop(progress);
        let status = ended?;
        Ok(print(format!("Stack {name} is healed: {status}\n"), Exit::Clean))
    }

    /// Deletes the change set, unless it was executed.
    async fn leave_nothing(&self, task: &Task) {
        if self.change_set.get() != Made::Perhaps {
            return;
        }
        let Task { stack, name, .. } = task;
        for attempt in 1.. {
            match self.change_sets.delete(&stack.id, name).await {
                Ok(()) => return,
                // While it is being made, it cannot be deleted.
                Err(error)
                    if attempt < DELETIONS && error.message.contains("InvalidChangeSetStatus") =>
                {
                    sleep(Duration::from_secs(2)).await;
                }
                Err(error) => {
                    let operation = format!("delete change set {name} of stack {}", stack.name);
                    complain(&format!(
                        "{}; delete it: aws cloudformation delete-change-set --stack-name {} --change-set-name {name}",
                        of_call(&operation, "DeleteChangeSet", &error),
                        stack.name
                    ));
                    return;
                }
            }
        }
    }

    fn problem(&self, stack: &Stack, cause: &str) -> String {
        Problem { operation: format!("heal stack {}", stack.name), cause: cause.to_owned() }
            .to_string()
    }
}
