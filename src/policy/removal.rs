//! What is to be done for a policy to be gone: a pure function of what is declared and observed.

use std::collections::BTreeSet;
use std::fmt;

use super::desired::Removal;
use super::observed::ObservedRemoval;
use super::ownership::{self, Ownership};
use super::physical_id::PhysicalId;
use super::plan::{Step, label};
use crate::aws::types::PolicyId;
use crate::error::Error;

/// What is to be done for a policy to be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovalPlan {
    /// Nothing, for this reason.
    Keep(String),
    /// It is detached from these targets, then deleted.
    Delete {
        /// The policy.
        policy: GoingPolicy,
        /// The targets' ids.
        targets: BTreeSet<String>,
    },
    /// It was adopted: it stays, without our tags.
    Release {
        /// The policy.
        policy: GoingPolicy,
        /// Our tags on it.
        keys: Vec<String>,
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
        return Ok(RemovalPlan::Keep(match &removal.physical_id {
            PhysicalId::Policy(id) => format!("policy {id} is gone already"),
            _ => "this resource has created no policy".to_owned(),
        }));
    };
    let policy = GoingPolicy { id: observed.id.clone(), name: removal.name.clone() };
    match removal.owner.judge(&observed.tags) {
        Ownership::Ours => {
            refuse_foreign_attachments(&policy, observed)?;
            Ok(RemovalPlan::Delete { policy, targets: observed.attachments.clone() })
        }
        Ownership::OursAdopted => {
            let keys = ownership::own_keys(&observed.tags).map(str::to_owned).collect();
            Ok(RemovalPlan::Release { policy, keys })
        }
        Ownership::Another { stack_id, logical_id } => Ok(RemovalPlan::Keep(format!(
            "it belongs to resource {logical_id} of stack {stack_id}: it stays as it is"
        ))),
        Ownership::Nobody => {
            Ok(RemovalPlan::Keep("no stack owns it: it stays as it is".to_owned()))
        }
    }
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
            Self::Keep(_) => 0,
            Self::Delete { targets, .. } => targets.len() + 1,
            Self::Release { .. } => 1,
        }
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
            Self::Keep(reason) => vec![reason.clone()],
            Self::Delete { policy, targets } => {
                let policy = policy.label();
                let detach = |target: &String| Step::Detach(target.clone()).describe(&policy);
                let delete = format!("delete {policy}");
                targets.iter().map(detach).chain([delete]).collect()
            }
            Self::Release { policy, keys } => vec![
                Step::Untag(keys.clone()).describe(&policy.label()),
                "it was adopted: it stays, without our tags".to_owned(),
            ],
        }
    }
}

impl fmt::Display for RemovalPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
