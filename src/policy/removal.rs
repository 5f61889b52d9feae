//! What is to be done for a policy to be gone: a pure function of what is declared and observed.

use std::collections::BTreeSet;
use std::fmt;

use super::desired::Removal;
use super::observed_removal::ObservedRemoval;
use super::ownership::{self, OnDelete, ResourceKey, TagChanges};
use super::physical_id::PhysicalId;
use super::step::{Step, label};
use crate::aws::types::{Holding, PolicyId};
use crate::error::Error;

/// What is to be done for a policy to be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovalPlan {
    /// Nothing.
    Keep {
        /// Why.
        reason: String,
        /// Whether reads that lag may be the reason: a second look has to say the same.
        in_doubt: bool,
    },
    /// It is detached from these targets, then deleted.
    Delete {
        /// The policy.
        policy: GoingPolicy,
        /// The targets' ids.
        targets: BTreeSet<String>,
    },
    /// It stays, without these tags of ours.
    Untag {
        /// The policy.
        policy: GoingPolicy,
        /// Their keys.
        keys: Vec<String>,
        /// Why it stays.
        reason: String,
    },
    /// It goes back to the resource that it was moved from.
    GiveBack {
        /// The policy.
        policy: GoingPolicy,
        /// That resource.
        to: ResourceKey,
        /// What makes it that one's own again.
        tags: TagChanges,
        /// Whether CloudFormation's list may not show yet that this one is being deleted as well.
        in_doubt: bool,
    },
}

/// A policy that is to be removed. Whoever removes it may find it gone already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoingPolicy {
    /// Its id.
    pub id: PolicyId,
    /// Its declared name, as far as it could be read.
    pub name: Option<String>,
}

/// Plans for a policy to be gone.
///
/// # Errors
/// With `ManageAttachments: Declared`, attachments of others.
pub fn plan_removal(
    removal: &Removal,
    observed: Option<&ObservedRemoval>,
) -> Result<RemovalPlan, Error> {
    let Some(observed) = observed else {
        return Ok(nothing_found(&removal.physical_id));
    };
    let policy = GoingPolicy { id: observed.id.clone(), name: removal.name.clone() };
    Ok(match removal.owner.on_delete(&observed.tags, observed.other) {
        OnDelete::Delete => {
            refuse_foreign_attachments(&policy, observed)?;
            RemovalPlan::Delete { policy, targets: observed.attachments.clone() }
        }
        OnDelete::Release => RemovalPlan::Untag {
            policy,
            keys: ownership::own_keys(&observed.tags).map(str::to_owned).collect(),
            reason: "it was adopted: it stays, without our tags".to_owned(),
        },
        OnDelete::LeaveMoved(owner) => RemovalPlan::Untag {
            policy,
            keys: ownership::former_keys(&observed.tags),
            reason: format!("it was moved to {owner}: it stays there"),
        },
        OnDelete::GiveBack(to) => {
            let tags = to.give_back(&observed.tags);
            let in_doubt = observed.other == Holding::Holds;
            RemovalPlan::GiveBack { policy, to, tags, in_doubt }
        }
        OnDelete::Keep(reason) => RemovalPlan::Keep { reason, in_doubt: true },
    })
}

fn nothing_found(physical_id: &PhysicalId) -> RemovalPlan {
    let (reason, in_doubt) = match physical_id {
        PhysicalId::Policy(id) => (format!("policy {id} is gone already"), true),
        PhysicalId::FailedCreate { policy, .. } => {
            (format!("policy {policy} is gone, or was taken over since: nothing to clean up"), true)
        }
        // A look by name has waited before it looked.
        PhysicalId::NothingCreated | PhysicalId::Unknown(_) | PhysicalId::Invented(_) => {
            ("this resource has created no policy".to_owned(), false)
        }
    };
    RemovalPlan::Keep { reason, in_doubt }
}

fn refuse_foreign_attachments(
    policy: &GoingPolicy,
    observed: &ObservedRemoval,
) -> Result<(), Error> {
    let Some(detachable) = &observed.detachable else {
        return Ok(());
    };
    let foreign: Vec<String> = observed.attachments.difference(detachable).cloned().collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(Error::ForeignAttachments {
        operation: format!("delete {}", policy.label()),
        targets: foreign,
        lost_paths: observed.lost_paths.clone(),
    })
}

impl RemovalPlan {
    /// How many steps it takes.
    pub fn step_count(&self) -> usize {
        match self {
            Self::Keep { .. } => 0,
            Self::Delete { targets, .. } => targets.len() + 1,
            Self::Untag { .. } => 1,
            Self::GiveBack { .. } => 2,
        }
    }

    /// Whether reads that lag may be the reason for it.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::Keep { in_doubt: true, .. } | Self::GiveBack { in_doubt: true, .. })
    }
}

impl GoingPolicy {
    /// The policy as log and errors show it.
    pub fn label(&self) -> String {
        match &self.name {
            Some(name) => label(name, &self.id),
            None => format!("policy {}", self.id),
        }
    }
}

impl RemovalPlan {
    /// The plan as the log shows it, each step a line.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Keep { reason, .. } => vec![reason.clone()],
            Self::Delete { policy, targets } => {
                let policy = policy.label();
                let detach = |target: &String| Step::Detach(target.clone()).describe(&policy);
                let delete = format!("delete {policy}");
                targets.iter().map(detach).chain([delete]).collect()
            }
            Self::Untag { policy, keys, reason } => {
                vec![Step::Untag(keys.clone()).describe(&policy.label()), reason.clone()]
            }
            Self::GiveBack { policy, to, tags, .. } => {
                let steps = give_back_steps(tags);
                let steps = steps.iter().map(|step| step.describe(&policy.label()));
                steps.chain([format!("it was moved here from {to}: it goes back")]).collect()
            }
        }
    }
}

impl fmt::Display for RemovalPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// The tags that decide come first: until the others are off, they only say where it came from.
pub fn give_back_steps(tags: &TagChanges) -> [Step; 2] {
    [Step::Tag(tags.set.clone()), Step::Untag(tags.remove.clone())]
}
