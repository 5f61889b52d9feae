//! The stack that is healed: the outermost one, in a status in which CloudFormation takes an update.

use crate::aws::{Problem, Stack, Stacks};
use crate::plan::Deployed;

/// Statuses from which an update would go wrong, each with what helps.
const STUCK: [(&str, &str); 9] = [
    ("REVIEW_IN_PROGRESS", "it has never been deployed: deploy it"),
    ("CREATE_FAILED", "its creation has failed: deploy it again, or delete it"),
    ("ROLLBACK_COMPLETE", "its creation has failed: delete the stack, then deploy it"),
    ("ROLLBACK_FAILED", "its creation has failed: delete the stack, then deploy it"),
    ("DELETE_FAILED", "its deletion has failed: delete it again"),
    (
        "UPDATE_FAILED",
        "its last update has failed and was not rolled back: deploy it again, or roll it back (aws cloudformation rollback-stack)",
    ),
    (
        "UPDATE_ROLLBACK_FAILED",
        "continue the rollback (aws cloudformation continue-update-rollback)",
    ),
    ("IMPORT_ROLLBACK_FAILED", "end the import first"),
    ("DELETE_COMPLETE", "it has been deleted"),
];

/// The outermost stack that this one belongs to: itself, if nothing nests it.
///
/// # Errors
/// There is no such stack, or it cannot be read.
pub async fn outermost(stacks: &Stacks, name: &str) -> Result<Stack, Problem> {
    let stack = stacks.describe(name).await?.ok_or_else(|| Problem {
        operation: format!("heal stack {name}"),
        cause: "there is none of this name in this account and Region; correct the name, --profile or --region".to_owned(),
    })?;
    if let Some(root) = stack.root.as_deref().filter(|root| *root != stack.id) {
        let outer = stacks.describe(root).await?;
        return outer.ok_or_else(|| Problem {
            operation: format!("heal stack {name}"),
            cause: format!(
                "the stack {root} that nests it is gone; delete it, or deploy its policies anew"
            ),
        });
    }
    if stack.root.is_none()
        && let Some(outer) = outer_by_name(stacks, &stack).await
    {
        return Box::pin(outermost(stacks, &outer.id)).await;
    }
    Ok(stack)
}

/// A stack that lists this one among its resources, where the answer lacks the outermost one: a nested stack's name begins
/// with that of the stack around it.
async fn outer_by_name(stacks: &Stacks, stack: &Stack) -> Option<Stack> {
    let ends = stack.name.match_indices('-').map(|(end, _)| end).rev();
    for end in ends {
        let name = stack.name.get(..end).unwrap_or_default();
        let Ok(Some(outer)) = stacks.describe(name).await else { continue };
        let Ok(resources) = stacks.resources(&outer.id).await else { continue };
        if resources.iter().any(|resource| resource.physical_id == stack.id) {
            return Some(outer);
        }
    }
    None
}

/// Refuses a stack that CloudFormation would not update just now, or that nests such a stack.
///
/// # Errors
/// Its status, and what helps.
pub fn refuse_stuck(deployed: &Deployed) -> Result<(), Problem> {
    let Stack { name, status, .. } = &deployed.stack;
    ready(name, status)?;
    deployed.nested.values().try_for_each(refuse_stuck)
}

/// Refuses these statuses.
///
/// # Errors
/// The status, and what helps.
pub fn ready(name: &str, status: &str) -> Result<(), Problem> {
    let operation = || format!("heal stack {name}");
    if let Some((_, remedy)) = STUCK.iter().find(|(stuck, _)| *stuck == status) {
        let cause = format!("it cannot be updated ({status}); {remedy}");
        return Err(Problem { operation: operation(), cause });
    }
    if status.ends_with("_IN_PROGRESS") {
        let cause = format!("it is in progress ({status}); try again when it has ended");
        return Err(Problem { operation: operation(), cause });
    }
    Ok(())
}
