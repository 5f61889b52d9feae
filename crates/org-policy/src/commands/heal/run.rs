//! One run of the command: each step of the healing, what is shown of it, and who is asked.

use super::{Arguments, ask};
use crate::aws::{Connection, Progress, Stack, Stacks};
use crate::commands::{Exit, print};
use crate::heal::{
    Asked, Healing, Judged, Prepared, Proposal, REVISION, Refusal, Shown, Task, outermost, problem,
};
use crate::plan::Format;
use crate::terminal::{complain, count, note};

/// Heals the stack.
///
/// # Errors
/// Why it is not healed, and what helps, in one line.
pub fn run(session: &Connection, arguments: &Arguments) -> Result<Exit, String> {
    let run = Run { arguments, healing: Healing::new(session) };
    session.run(async {
        let stack = outermost_of(session, &arguments.stack).await?;
        let Some(task) = run.prepare(stack).await? else { return Ok(Exit::Clean) };
        let ended = run.with_change_set(&task).await;
        if let Err(left) = run.healing.leave_nothing(&task).await {
            complain(&left);
        }
        ended
    })
}

struct Run<'a> {
    arguments: &'a Arguments,
    healing: Healing<'a>,
}

/// The outermost stack; says so if that is another one.
async fn outermost_of(session: &Connection, asked: &str) -> Result<Stack, String> {
    let progress = Progress::begin(&format!("reading stack {asked}"));
    let stack = outermost(&Stacks::new(session), asked).await;
    drop(progress);
    let stack = stack.map_err(|problem| problem.to_string())?;
    if stack.name != *asked && stack.id != *asked {
        note(&format!("{asked} is nested in stack {}, which is healed as a whole", stack.name));
    }
    Ok(stack)
}

impl Run<'_> {
    /// Reads and plans. None if there is nothing to do.
    async fn prepare(&self, stack: Stack) -> Result<Option<Box<Task>>, String> {
        let name = stack.name.clone();
        let progress = Progress::begin(&format!("reading stack {name}"));
        let Arguments { revision, force, .. } = self.arguments;
        let asked = Asked { revision: revision.as_deref(), force: *force };
        let prepared = self.healing.prepare(stack, asked, &progress).await;
        drop(progress);
        let resources = match prepared.map_err(said)? {
            Prepared::Task(task) => return Ok(Some(task)),
            Prepared::NothingToDo { resources } => resources,
        };
        let what = count(resources, "resource");
        let line = format!("Stack {name}: {what} as declared, nothing to do\n");
        match print(line, Exit::Clean) {
            Exit::Clean => Ok(None),
            _ => Err(format!("heal stack {name}: nothing to do, and nobody could be told")),
        }
    }

    /// Makes the change set, and goes on with it until Ctrl-C.
    async fn with_change_set(&self, task: &Task) -> Result<Exit, String> {
        tokio::select! {
            ended = self.heal(task) => ended,
            () = ask::interrupted() => Err(match self.healing.is_executed() {
                true => not_healed(
                    task,
                    "interrupted; CloudFormation goes on with the update: see the stack's events",
                ),
                false => not_healed(task, "interrupted; nothing is applied"),
            }),
        }
    }

    async fn heal(&self, task: &Task) -> Result<Exit, String> {
        let progress = Progress::begin("making a change set");
        let proposal = self.healing.propose(task, &progress).await;
        drop(progress);
        let proposal = proposal.map_err(said)?;
        if !ask::is_shown(&shown(task, &proposal.judged)) {
            return Err(not_healed(task, "nobody could read the plan; nothing is applied"));
        }
        let stack_sets = &proposal.judged.stack_sets;
        if !stack_sets.is_empty() && !self.arguments.stack_sets {
            return Err(not_healed(
                task,
                &format!(
                    "StackSet {} would run again and read its template anew, which no change set shows, so nothing is applied; look at the template that it would read, then say --stack-sets",
                    stack_sets.join(", StackSet ")
                ),
            ));
        }
        if self.arguments.dry_run {
            note("a dry run: the change set is deleted, nothing is applied");
            return Ok(Exit::Clean);
        }
        self.ask(task).await?;
        self.apply(task, &proposal).await
    }

    /// Asks whether it is to be applied, unless that has been said.
    async fn ask(&self, task: &Task) -> Result<(), String> {
        if self.arguments.yes {
            return Ok(());
        }
        if !ask::is_possible() {
            return Err(not_healed(
                task,
                "standard input is no terminal, so nobody can be asked; nothing is applied: run it with --yes",
            ));
        }
        match ask::yes("Apply?").await {
            true => Ok(()),
            false => Err(not_healed(task, "nothing is applied, as you have said")),
        }
    }

    async fn apply(&self, task: &Task, proposal: &Proposal) -> Result<Exit, String> {
        let name = &task.stack.name;
        let progress = Progress::begin(&format!("healing stack {name}"));
        let ended = self.healing.apply(task, proposal, &progress).await;
        drop(progress);
        let status = ended.map_err(said)?;
        Ok(print(format!("Stack {name} is healed: {status}\n"), Exit::Clean))
    }
}

/// Shows what belongs to the refusal, and says why.
fn said(refusal: Refusal) -> String {
    match refusal.shown {
        Shown::Nothing => {}
        Shown::Lines(lines) => drop(print(lines, Exit::Found)),
        Shown::Plan(plan) => drop(print(Format::Text.written(&plan), Exit::Found)),
        Shown::Changes(changes) => changes.iter().for_each(|change| complain(change)),
    }
    refusal.why
}

/// The plan, and what CloudFormation itself would do.
fn shown(task: &Task, judged: &Judged) -> String {
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

fn not_healed(task: &Task, cause: &str) -> String {
    problem(&task.stack, cause).to_string()
}
