//! Which stacks there are to look at, and whether something is happening in them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::State;
use crate::aws::{Problem, Progress, Stack, StackResource, Stacks};
use crate::plan::deployed::{Deployed, STUCK, exports_for};
use crate::plan::events::{NESTING, is_type_of_ours};

/// A custom resource of ours is given an hour at most, and StackSets beside it seldom need another.
const TOO_LONG: Duration = Duration::from_secs(2 * 3600);

/// Reads the stack of this name, evaluated.
///
/// # Errors
/// A call that failed, or no such stack.
pub async fn one(stacks: &Stacks, name: &str) -> Result<Deployed, Problem> {
    Deployed::read(stacks, name).await?.ok_or_else(|| Problem {
        operation: format!("read stack {name}"),
        cause: "there is none of this name in this account and Region; name one that is there, or another \
                --region"
            .to_owned(),
    })
}

/// All stacks of this account and Region, by their ARN.
///
/// # Errors
/// A call that failed.
pub async fn all(stacks: &Stacks) -> Result<BTreeMap<String, Stack>, Problem> {
    let all = stacks.all().await?;
    Ok(all.into_iter().map(|stack| (stack.id.clone(), stack)).collect())
}

/// Of all stacks those with resources of ours, each with what it nests; a stack that another one nests stands only there.
///
/// # Errors
/// A call that failed.
pub async fn of_ours(
    stacks: &Stacks,
    all: &BTreeMap<String, Stack>,
    progress: &Progress,
) -> Result<Vec<Deployed>, Problem> {
    let (mut ours, mut parents) = (BTreeSet::new(), BTreeMap::new());
    progress.expect(all.len());
    for id in all.keys() {
        let resources = stacks.resources(id).await?;
        if has_ours(&resources) {
            ours.insert(id.clone());
        }
        for nested in resources.iter().filter(|r| NESTING.contains(&r.resource_type.as_str())) {
            // A stack that is gone lists what it had for some months.
            if !all.contains_key(&nested.physical_id)
                && let Ok(had) = stacks.resources(&nested.physical_id).await
                && has_ours(&had)
            {
                ours.insert(id.clone());
            }
            parents.insert(nested.physical_id.clone(), id.clone());
        }
        progress.one();
    }
    let mut roots = BTreeSet::new();
    for mut id in &ours {
        while let Some(parent) = parents.get(id) {
            id = parent;
        }
        roots.insert(id);
    }
    let mut found = Vec::new();
    for id in roots {
        found.extend(Deployed::read(stacks, id).await?);
    }
    Ok(found)
}

/// Whether something in the list may be ours.
fn has_ours(resources: &[StackResource]) -> bool {
    resources.iter().any(|resource| is_type_of_ours(&resource.resource_type))
}

/// Evaluates the templates, with what is exported where one of them imports. A stack whose template cannot be read is
/// left out, and said.
///
/// # Errors
/// A call that failed.
pub async fn evaluate(
    stacks: &Stacks,
    deployed: Vec<Deployed>,
) -> Result<(Vec<Deployed>, Vec<String>), Problem> {
    let exports = exports_for(stacks, &deployed).await?;
    let (mut evaluated, mut problems) = (Vec::new(), Vec::new());
    for mut deployed in deployed {
        match deployed.evaluate(&exports) {
            Ok(()) => evaluated.push(deployed),
            Err(problem) => problems.push(problem.to_string()),
        }
    }
    Ok((evaluated, problems))
}

/// What the state of a stack means for a look.
pub fn state(stack: &Stack, now: SystemTime) -> State {
    if stack.status.ends_with("_IN_PROGRESS") {
        // A rollback may have been continued after days, and CloudFormation does not say when.
        let may_hang = !["REVIEW", "ROLLBACK"].iter().any(|word| stack.status.contains(word));
        let since = stack.since.and_then(|since| now.duration_since(since).ok());
        return match since.filter(|since| may_hang && *since > TOO_LONG) {
            Some(since) => {
                State::Stuck { hours: i64::try_from(since.as_secs() / 3600).unwrap_or(i64::MAX) }
            }
            None => State::InProgress,
        };
    }
    match STUCK.iter().find(|(status, _)| *status == stack.status) {
        Some((_, remedy)) => State::Failed { remedy },
        None if stack.status.ends_with("_FAILED") => {
            State::Failed { remedy: "deploy it again, or roll it back" }
        }
        None => State::Quiet,
    }
}
