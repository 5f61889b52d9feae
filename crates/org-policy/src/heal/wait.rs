//! Waiting for CloudFormation: for a change set to be made, and for it to be carried out.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::causes::{explained, of_call};
use super::judge::Tree;
use super::revision::Part;
use crate::aws::{ChangeSet, ChangeSets, Progress, Stack, StackEvent, Stacks};
use crate::plan::joined;
use crate::terminal::one_line;

/// A change set that is not made by then is given up. AWS gives no figure.
const MAKING: Duration = Duration::from_secs(600);
/// The first question comes after this long, the later ones after longer waits.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// An update that is not seen by then has not begun.
const BEGINNING: Duration = Duration::from_secs(120);
const WELL: &str = "UPDATE_COMPLETE";
const NESTED_STACK: &str = "AWS::CloudFormation::Stack";

/// Waits that grow.
struct Waits(Duration);

impl Waits {
    fn new() -> Self {
        Self(FIRST_WAIT)
    }

    async fn next(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(LONGEST_WAIT);
    }
}

/// Waits until the change set is made, and reads it with those of nested stacks.
///
/// # Errors
/// It could not be made, or not be read.
pub async fn made(change_sets: &ChangeSets, stack: &str, change_set: &str) -> Result<Tree, String> {
    let set = ended(change_sets, stack, change_set).await?;
    if set.status != "CREATE_COMPLETE" {
        return Err(why_it_failed(change_sets, stack, &set).await);
    }
    if set.execution != "AVAILABLE" {
        let reason = format!("its change set is {}: {}", set.execution, set.reason);
        return Err(explained(&reason));
    }
    with_nested(change_sets, stack, set).await
}

async fn ended(
    change_sets: &ChangeSets,
    stack: &str,
    change_set: &str,
) -> Result<ChangeSet, String> {
    let (began, mut waits) = (Instant::now(), Waits::new());
    loop {
        let set = read(change_sets, stack, change_set).await?;
        if !["CREATE_PENDING", "CREATE_IN_PROGRESS"].contains(&set.status.as_str()) {
            return Ok(set);
        }
        if began.elapsed() > MAKING {
            return Err("its change set is not made after ten minutes; try again later".to_owned());
        }
        waits.next().await;
    }
}

async fn read(
    change_sets: &ChangeSets,
    stack: &str,
    change_set: &str,
) -> Result<ChangeSet, String> {
    let set = change_sets.describe(stack, change_set).await;
    set.map_err(|error| {
        of_call(&format!("read change set {change_set}"), "DescribeChangeSet", &error)
    })
}

/// The reason of a change set that has failed; of that of a nested stack, if it is the cause.
async fn why_it_failed(change_sets: &ChangeSets, stack: &str, set: &ChangeSet) -> String {
    let mut reason = set.reason.clone();
    for _ in 0..10 {
        let words = reason.split_whitespace();
        let mut arns =
            words.filter(|word| word.contains(":changeSet/") && word.starts_with("arn:"));
        let Some(nested) = arns.next() else { break };
        match change_sets.describe(stack, nested).await {
            Ok(set) if set.status == "FAILED" => reason.clone_from(&set.reason),
            _ => break,
        }
    }
    explained(&reason)
}

async fn with_nested(
    change_sets: &ChangeSets,
    stack: &str,
    set: ChangeSet,
) -> Result<Tree, String> {
    let mut tree = Tree { set, ..Tree::default() };
    let changes = tree.set.changes.iter();
    let nested =
        changes.filter_map(|change| Some((change.logical_id.clone(), change.nested.clone()?)));
    for (logical_id, change_set) in nested.collect::<Vec<_>>() {
        let set = ended(change_sets, stack, &change_set).await?;
        // A nested stack in which nothing changes has a change set that has failed for it.
        if set.status != "CREATE_COMPLETE" && !(set.changes.is_empty() && is_empty(&set.reason)) {
            return Err(why_it_failed(change_sets, stack, &set).await);
        }
        let below = Box::pin(with_nested(change_sets, stack, set)).await?;
        tree.nested.insert(logical_id, below);
    }
    Ok(tree)
}

fn is_empty(reason: &str) -> bool {
    reason.contains("contain changes") || reason.contains("No updates are to be performed")
}

/// The events of the stack, and of those that it nests, from now on.
#[derive(Debug)]
pub struct Events<'a> {
    stacks: &'a Stacks,
    parts: Vec<(String, &'a Part)>,
    /// The last event of each that was seen.
    last: Vec<Option<String>>,
}

impl<'a> Events<'a> {
    /// Begins after those that are there.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn begin(stacks: &'a Stacks, part: &'a Part) -> Result<Self, String> {
        let parts = part.all();
        let mut last = Vec::new();
        for (_, part) in &parts {
            let events = stacks.events_after(&part.stack_id, None).await;
            last.push(events.map_err(|problem| problem.to_string())?.pop().map(|event| event.id));
        }
        Ok(Self { stacks, parts, last })
    }

    /// What has happened since the last time, each event with the name of its resource.
    async fn next(&mut self) -> Result<Vec<(String, bool, StackEvent)>, String> {
        let mut found = Vec::new();
        for ((path, part), last) in self.parts.iter().zip(&mut self.last) {
            // A stack without any event has none to go on from.
            let from = last.clone().unwrap_or_default();
            let events = self.stacks.events_after(&part.stack_id, Some(&from)).await;
            let events = events.map_err(|problem| problem.to_string())?;
            if let Some(newest) = events.last() {
                *last = Some(newest.id.clone());
            }
            found.extend(events.into_iter().map(|event| {
                let is_ours = part.ours.contains(&event.logical_id);
                (joined(path, &event.logical_id), is_ours, event)
            }));
        }
        Ok(found)
    }
}

/// Waits until CloudFormation has carried the change set out; says with which status. `before` is the stack before that.
///
/// # Errors
/// The update has failed: the first failure, in the words of its event. Or nobody knows.
pub async fn carried_out(
    stacks: &Stacks,
    before: &Stack,
    mut events: Events<'_>,
    progress: &Progress,
) -> Result<String, String> {
    let (name, began, mut waits) = (&before.name, Instant::now(), Waits::new());
    let mut failure = None;
    loop {
        waits.next().await;
        let described = stacks.describe(&before.id).await.map_err(|problem| {
            format!("{problem}; the update of stack {name} goes on without heal: see its events")
        })?;
        let Some(described) = described else {
            return Err(format!("heal stack {name}: somebody has deleted it meanwhile"));
        };
        let status = described.status;
        let is_over = !status.ends_with("_IN_PROGRESS");
        if is_over && described.since == before.since {
            if began.elapsed() > BEGINNING {
                return Err(format!(
                    "heal stack {name}: CloudFormation has not begun; see its events"
                ));
            }
            continue;
        }
        if progress.is_shown() || is_over && status != WELL {
            for (resource, is_ours, event) in events.next().await? {
                if is_ours {
                    progress.line(&one_line(&line(&resource, &event)));
                }
                if failure.is_none() && is_failure(&event) {
                    failure = Some((resource, event.reason));
                }
            }
        }
        if is_over {
            return outcome(name, status, failure);
        }
    }
}

fn outcome(
    name: &str,
    status: String,
    failure: Option<(String, String)>,
) -> Result<String, String> {
    if status == WELL {
        return Ok(status);
    }
    let why = match failure {
        Some((resource, reason)) => format!("{resource}: {}", explained_failure(&reason)),
        None => "see its events for the reason".to_owned(),
    };
    let more = match status.as_str() {
        // The rollback sends an Update as well, which has met the same.
        "UPDATE_ROLLBACK_FAILED" => format!(
            "; remove the cause, then: aws cloudformation continue-update-rollback --stack-name {name}"
        ),
        _ => String::new(),
    };
    Err(format!("heal stack {name}: the update ended with {status}: {why}{more}"))
}

/// The function's own reasons say what helps.
fn explained_failure(reason: &str) -> String {
    match reason.is_empty() || reason.contains("stack policy") {
        true => explained(reason),
        false => reason.to_owned(),
    }
}

fn line(resource: &str, event: &StackEvent) -> String {
    match event.reason.as_str() {
        "" => format!("{resource}: {}", event.status),
        reason => format!("{resource}: {}: {reason}", event.status),
    }
}

/// A failure that is no consequence of another one.
fn is_failure(event: &StackEvent) -> bool {
    event.status.ends_with("_FAILED")
        && event.resource_type != NESTED_STACK
        && !event.reason.contains("cancelled")
}
