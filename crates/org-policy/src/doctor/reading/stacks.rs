//! The stacks of the account and the Region.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::aws::{Progress, Session, Stack as Deployed, Stacks};
use crate::doctor::judge::{Reading, Stack, Unread};

/// Reads all stacks; of those in trouble that are not known to be ours also what they consist of.
pub async fn stacks(session: &Session, now: i64, progress: &Progress) -> Reading<Vec<Stack>> {
    if session.region().is_none() {
        return Err(Unread {
            why: "read the stacks: no Region is set".to_owned(),
            remedy: "name the Region of the function's stack with --region".to_owned(),
        });
    }
    let cloudformation = Stacks::new(session);
    let all = cloudformation.all().await.map_err(|problem| Unread {
        why: problem.to_string(),
        remedy: "allow cloudformation:DescribeStacks to these credentials".to_owned(),
    })?;
    progress.one();
    let mut stacks: Vec<Stack> = all.into_iter().map(stack).collect();
    for stack in stacks.iter_mut().filter(|one| one.is_in_trouble(now) && !one.is_known()) {
        let resources = cloudformation.resources(&stack.id).await;
        let types = |resources: Vec<crate::aws::StackResource>| {
            resources.into_iter().map(|resource| resource.resource_type).collect()
        };
        stack.resource_types = Some(resources.map(types).map_err(|problem| Unread {
            why: problem.to_string(),
            remedy: "allow cloudformation:ListStackResources to these credentials".to_owned(),
        }));
    }
    Ok(stacks)
}

fn stack(stack: Deployed) -> Stack {
    let parameters = stack.parameters.into_iter();
    Stack {
        id: stack.id,
        name: stack.name,
        status: stack.status,
        since: stack.since.and_then(seconds_since_1970),
        parameters: parameters
            .map(|parameter| (parameter.name, parameter.resolved.unwrap_or(parameter.value)))
            .collect(),
        outputs: stack.outputs,
        resource_types: None,
    }
}

/// As judgements count the time.
pub fn seconds_since_1970(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}
