//! One run of healing.
//!
//! A heal is counted, and kept as untold, before CloudFormation is told to begin. So whatever ends a run: there is never a
//! fourth heal, and the next run tells what this one could not.

use std::time::Duration;

use org_policy::aws::{Problem, Progress, Session, Stack, Stacks};
use org_policy::drift::{Lag, Request, ResourceReport, Rotation, StackReport, look};
use org_policy::heal::{Asked, Healing, Prepared, Refusal, Shown, Task, outermost};
use tokio::time::{Instant, timeout_at};
use tracing::{error, info, warn};

use super::judge::{self, Why};
use super::memory::{self, End, HEALED, Items, Memory, UNTOLD, Untold, stored};
use super::tell::{Clock, Error, Teller, is_at_rest, key, milliseconds};
use crate::memory::Seconds;
use crate::watch::Topic;

/// What only one run may do at a time.
const HEAL: &str = "heal";
/// Lambda's longest time-out, which the template sets: by then a run is over.
const LONGEST: Seconds = 900;
/// After so much of a run no other stack is begun.
const BEGINNING: Duration = Duration::from_secs(4 * 60);
/// After so much of it nothing is executed any more.
const PREPARING: Duration = Duration::from_secs(8 * 60);
/// After so much of it nobody waits any longer: the next run tells how it ended.
const WAITING: Duration = Duration::from_secs(14 * 60);

/// What a run has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Another one is under way, so this one has done nothing.
    pub is_second: bool,
    /// The stacks whose drift CloudFormation was told to put back.
    pub healed: Vec<String>,
    /// Those that were left, each with the reason.
    pub left: Vec<(String, Why)>,
}

/// What has become of a stack.
enum Ended {
    /// It was not looked at.
    NotLooked,
    /// All is as declared.
    AsDeclared,
    /// CloudFormation was told to put back its drift.
    Healed,
    /// It was left, for this reason.
    Left(Why),
}

/// Puts back what has drifted of the stacks that the watch has found, as far as the rules allow.
///
/// # Errors
/// What failed first.
pub async fn heal(
    session: &Session,
    items: &impl Items,
    topic: &impl Topic,
    function_arn: &str,
    now: Seconds,
) -> Result<Run, Error> {
    let began = Instant::now();
    if !items.begin(HEAL, now, now + LONGEST).await.map_err(Error::Store)? {
        return Ok(Run { is_second: true, ..Run::default() });
    }
    let stacks = Stacks::new(session);
    let clock = Clock { now, began };
    let teller = Teller { stacks: &stacks, items, topic, clock };
    let healer = Healer { session, stacks: &stacks, items, teller, function_arn, began };
    let run = healer.run().await;
    if let Err(problem) = items.end(HEAL).await {
        error!("{problem}; the next run begins when this one would have had to end");
    }
    run
}

struct Healer<'a, I, T> {
    session: &'a Session,
    stacks: &'a Stacks,
    items: &'a I,
    teller: Teller<'a, I, T>,
    function_arn: &'a str,
    began: Instant,
}

impl<I: Items, T: Topic> Healer<'_, I, T> {
    async fn run(&self) -> Result<Run, Error> {
        let memory = Memory::load(self.items).await.map_err(Error::Store)?;
        let mut not_told = self.teller.tell_untold(&memory).await?;
        let mut run = Run::default();
        for stack in hints(&memory) {
            if self.began.elapsed() > BEGINNING {
                break;
            }
            match self.stack(&memory, stack).await {
                Ok(Ended::NotLooked) => {}
                Ok(Ended::AsDeclared) => self.teller.forget(&memory, stack).await?,
                Ok(Ended::Healed) => {
                    run.healed.push(stack.clone());
                    self.teller.forget(&memory, stack).await?;
                }
                Ok(Ended::Left(why)) => {
                    info!("{stack} is not healed: {why}");
                    run.left.push((stack.clone(), why));
                }
                // It is healed, and untold: so the next run tells.
                Err(Error::Tell(problem)) => not_told = not_told.or(Some(problem)),
                Err(error) => return Err(error),
            }
        }
        self.teller.tell_left(&memory, &run.left).await?;
        for stack in memory.refused.keys().filter(|stack| !memory.to_heal.contains(*stack)) {
            self.teller.forget(&memory, stack).await?;
        }
        not_told.map_or(Ok(run), |problem| Err(Error::Tell(problem)))
    }

    /// Heals one stack, or says why not.
    async fn stack(&self, memory: &Memory, stack: &str) -> Result<Ended, Error> {
        let by_memory = judge::memory(memory, stack, self.time());
        if !judge::is_looked_at(memory.refused.get(stack), by_memory.as_ref(), self.time()) {
            return Ok(Ended::NotLooked);
        }
        let report = match self.in_time(self.look(stack)).await {
            Ok(report) => report,
            Err(why) => return Ok(Ended::Left(why)),
        };
        let has_drifted = report.resources.iter().any(ResourceReport::has_drifted);
        if let Some(why) = by_memory.filter(|_| has_drifted) {
            return Ok(Ended::Left(why));
        }
        let lines = match judge::stack(&report, self.function_arn) {
            Ok(lines) if lines.is_empty() => return Ok(Ended::AsDeclared),
            Ok(lines) => lines,
            Err(why) => return Ok(Ended::Left(why)),
        };
        let healing = Healing::new(self.session);
        let task = match self.in_time(self.prepare(&healing, &report)).await {
            Ok(Some(task)) => task,
            Ok(None) => return Ok(Ended::AsDeclared),
            Err(why) => return Ok(Ended::Left(why)),
        };
        let ended = self.carry_out(memory, &healing, &task, lines).await;
        if let Err(left) = healing.leave_nothing(&task).await {
            error!("{left}");
        }
        ended
    }

    /// Looks at exactly this stack.
    async fn look(&self, stack: &str) -> Result<StackReport, Why> {
        let stacks = [stack.to_owned()];
        let request = Request {
            stacks: &stacks,
            lag: Lag::WaitedFor,
            stacks_only: true,
            ..Request::default()
        };
        let report =
            look(self.session, &request, &mut Rotation::default(), &Progress::hidden()).await;
        let report = report.map_err(problem)?;
        let found = report.stacks.into_iter().find(|found| found.id == stack);
        found.ok_or_else(|| Why::Problem(report.problems.join("; ")))
    }

    /// Reads and plans, as the command does. None if there is nothing to put back.
    async fn prepare(
        &self,
        healing: &Healing<'_>,
        report: &StackReport,
    ) -> Result<Option<Box<Task>>, Why> {
        let outer = outermost(self.stacks, &report.id).await.map_err(problem)?;
        if outer.id != report.id {
            return Err(Why::Nested(outer.name));
        }
        if outer.since != report.since {
            return Err(Why::Deployed);
        }
        match healing.prepare(outer, Asked::default(), &Progress::hidden()).await {
            Ok(Prepared::Task(task)) => Ok(Some(task)),
            Ok(Prepared::NothingToDo { .. }) => Ok(None),
            Err(refusal) => Err(refused(refusal, &report.name)),
        }
    }

    /// Has the change set made, counts the heal, has it carried out, and tells.
    async fn carry_out(
        &self,
        memory: &Memory,
        healing: &Healing<'_>,
        task: &Task,
        lines: Vec<String>,
    ) -> Result<Ended, Error> {
        let (progress, stack) = (Progress::hidden(), &task.stack);
        let proposed = async {
            let proposal = healing.propose(task, &progress).await;
            proposal.map_err(|refusal| refused(refusal, &stack.name))
        };
        let proposal = match self.in_time(proposed).await {
            Ok(proposal) => proposal,
            Err(why) => return Ok(Ended::Left(why)),
        };
        if !proposal.judged.stack_sets.is_empty() {
            let stack_sets = proposal.judged.stack_sets.join(", ");
            return Ok(Ended::Left(Why::StackSets(stack_sets)));
        }
        // A run takes minutes, and somebody may have put a hold meanwhile.
        let holds = memory::holds(self.items).await.map_err(Error::Store)?;
        if let Some(held) = judge::hold(&holds, &stack.id, self.time()) {
            return Ok(Ended::Left(held));
        }
        let before = memory.healed_lately(&stack.id, self.time()).unwrap_or_default();
        let heal = self.count(stack, &before, &task.name, lines).await?;
        let until = self.began + WAITING;
        let applied = timeout_at(until, healing.apply(task, &proposal, &progress)).await;
        if !healing.may_be_executed() {
            self.take_back(stack, &before, &heal).await?;
            return Ok(Ended::Left(match applied {
                Ok(Err(refusal)) => refused(refusal, &stack.name),
                _ => TOO_LONG,
            }));
        }
        let end = match applied {
            Ok(Ok(status)) => Some(End::Well(status)),
            Ok(Err(failed)) if self.is_over(stack).await => Some(End::Badly(failed.why)),
            _ => None,
        };
        match end {
            Some(end) => self.teller.tell_heal(&stack.id, heal, end).await?,
            None => warn!("how the heal of {} ends is told by the next run", stack.id),
        }
        Ok(Ended::Healed)
    }

    /// Counts the heal, and keeps it as untold.
    async fn count(
        &self,
        stack: &Stack,
        before: &[Seconds],
        change_set: &str,
        lines: Vec<String>,
    ) -> Result<Untold, Error> {
        let at = self.time();
        let heal = Untold {
            name: stack.name.clone(),
            before: stack.since.and_then(milliseconds),
            change_set: change_set.to_owned(),
            at,
            number: before.len() + 1,
            lines,
            end: None,
        };
        let counted = [before, &[at]].concat();
        self.items.put(HEALED, &stack.id, &stored(&counted)).await.map_err(Error::Store)?;
        let kept = self.items.put(UNTOLD, &key(&stack.id, &heal), &stored(&heal)).await;
        if let Err(problem) = kept {
            self.take_back(stack, before, &heal).await?;
            return Err(Error::Store(problem));
        }
        Ok(heal)
    }

    /// Nothing was executed, so nothing counts, and there is nothing to tell.
    async fn take_back(
        &self,
        stack: &Stack,
        before: &[Seconds],
        heal: &Untold,
    ) -> Result<(), Error> {
        let untold = self.items.remove(UNTOLD, &key(&stack.id, heal)).await;
        untold.map_err(Error::Store)?;
        self.items.put(HEALED, &stack.id, &stored(&before)).await.map_err(Error::Store)
    }

    /// Whether the update of a heal is over, well or badly.
    async fn is_over(&self, before: &Stack) -> bool {
        let described = self.stacks.describe(&before.id).await;
        described.is_ok_and(|now| {
            now.is_none_or(|now| is_at_rest(&now.status) && now.since != before.since)
        })
    }

    /// What comes before a change set is executed may not take all of the time.
    async fn in_time<R>(&self, work: impl Future<Output = Result<R, Why>>) -> Result<R, Why> {
        timeout_at(self.began + PREPARING, work).await.unwrap_or(Err(TOO_LONG))
    }

    fn time(&self) -> Seconds {
        self.teller.clock.time()
    }
}

const TOO_LONG: Why = Why::TooLong(PREPARING.as_secs() / 60);

/// The stacks to look at: those first that were not looked at for longest, so that none waits for ever.
fn hints(memory: &Memory) -> Vec<&String> {
    let looked = |stack: &&String| memory.refused.get(*stack).map(|refused| refused.looked);
    let mut hints: Vec<&String> = memory.to_heal.iter().collect();
    hints.sort_by_key(looked);
    hints
}

/// Why the healing itself refuses a stack, in one line.
fn refused(refusal: Refusal, name: &str) -> Why {
    let Refusal { why, shown, passes } = refusal;
    let why = match shown {
        Shown::Nothing => why,
        Shown::Changes(changes) => format!("{}; {why}", changes.join("; ")),
        Shown::Lines(_) | Shown::Plan(_) => {
            format!("{why} (org-policy heal {name} --dry-run shows it)")
        }
    };
    if passes { Why::Problem(why) } else { Why::Refused(why) }
}

fn problem(problem: Problem) -> Why {
    Why::Problem(problem.to_string())
}
