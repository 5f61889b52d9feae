//! The stack that is healed: the outermost one, in a status in which CloudFormation takes an update.

use crate::aws::{Problem, Stack, Stacks};
use crate::plan::deployed::refuse_status;

/// Statuses from which a heal would go wrong, besides those from which CloudFormation takes no update; each with what helps.
const MORE: [(&str, &str); 4] = [
    ("REVIEW_IN_PROGRESS", "it has never been deployed: deploy it"),
    ("CREATE_FAILED", "its creation has failed: deploy it again, or delete it"),
    (
        "UPDATE_FAILED",
        "its last update has failed and was not rolled back: deploy it again, or roll it back (aws cloudformation rollback-stack)",
    ),
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

/// Refuses a stack that cannot be healed just now.
///
/// # Errors
/// The status, and what helps.
pub fn ready(stack: &Stack) -> Result<(), Problem> {
    refuse_status(&format!("heal stack {}", stack.name), &stack.status, &MORE)
}
