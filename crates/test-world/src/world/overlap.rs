//! Changes that are under way, for the service refuses one that overlaps another.

use std::collections::BTreeSet;

use super::World;
use super::input::Input;

/// What a call changes: the policy, the target, the root, or the name that a new policy is to have
/// in its type. Nothing for a call that only reads.
pub(super) fn entities(operation: &str, input: &Input) -> Vec<String> {
    let text = |field| input.optional(field).unwrap_or_default().to_owned();
    match operation {
        "CreatePolicy" => vec![format!("{} {}", text("Type"), text("Name"))],
        "UpdatePolicy" | "DeletePolicy" => vec![text("PolicyId")],
        "AttachPolicy" | "DetachPolicy" => vec![text("PolicyId"), text("TargetId")],
        "TagResource" | "UntagResource" => vec![text("ResourceId")],
        "EnablePolicyType" => vec![text("RootId")],
        "EnableAWSServiceAccess" => vec![text("ServicePrincipal")],
        _ => Vec::new(),
    }
}

/// The entities that some change is at work on.
#[derive(Default)]
pub(super) struct UnderWay(BTreeSet<String>);

impl UnderWay {
    /// Takes the entities for a change; false if another has one of them.
    pub(super) fn begin(&mut self, entities: &[String]) -> bool {
        let free = entities.iter().all(|entity| !self.0.contains(entity));
        if free {
            self.0.extend(entities.iter().cloned());
        }
        free
    }

    pub(super) fn end(&mut self, entities: &[String]) {
        entities.iter().for_each(|entity| {
            self.0.remove(entity);
        });
    }
}

/// A change under way. It ends with its answer, or when nobody waits for that any longer.
pub(super) struct Change {
    pub(super) world: World,
    pub(super) entities: Vec<String>,
}

impl Drop for Change {
    fn drop(&mut self) {
        self.world.end(&self.entities);
    }
}
