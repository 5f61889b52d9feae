//! Policies that carry our tags and that no resource holds.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::types::{PolicyId, Tags};
use cfn_org_policy::policy::ownership::{self, ResourceKey};

use super::{Stray, StrayKind};
use crate::aws::{Listed, Problem, Stack, Stacks};
use crate::plan::PolicyName;

/// What is known of the stacks when the strays are looked for.
pub struct Known<'a> {
    /// The account and the Region that are looked at.
    pub here: (String, String),
    /// All stacks here, before anything was read, by their ARN.
    pub stacks: &'a BTreeMap<String, Stack>,
    /// The policies that resources hold.
    pub held: &'a BTreeSet<PolicyId>,
}

/// Of these policies, those that carry our tags and that no resource holds. What belongs to a stack in which something
/// happens, or has happened meanwhile, is left for later.
///
/// # Errors
/// A call that failed.
pub async fn strays(
    stacks: &Stacks,
    known: &Known<'_>,
    listed: &[(String, Listed)],
    tags: &BTreeMap<PolicyId, Tags>,
) -> Result<Vec<Stray>, Problem> {
    let mut found = Vec::new();
    let mut kinds = BTreeMap::new();
    for (policy_type, policy) in listed {
        let Some(tags) = tags.get(&policy.id) else { continue };
        let Some(owner) = ownership::owner_of(tags) else { continue };
        if known.held.contains(&policy.id) {
            continue;
        }
        let kind = match kinds.get(&owner.stack_id) {
            Some(kind) => *kind,
            None => {
                let kind = known.kind(stacks, &owner).await?;
                kinds.insert(owner.stack_id.clone(), kind);
                kind
            }
        };
        found.extend(kind.map(|kind| Stray {
            policy: PolicyName {
                id: Some(policy.id.to_string()),
                name: policy.name.clone(),
                policy_type: policy_type.clone(),
            },
            adopted: ownership::is_adopted(tags),
            owner,
            kind,
        }));
    }
    Ok(found)
}

impl Known<'_> {
    /// Why nobody holds a policy of this owner; none if that is to be seen later.
    async fn kind(
        &self,
        stacks: &Stacks,
        owner: &ResourceKey,
    ) -> Result<Option<StrayKind>, Problem> {
        let mut parts = owner.stack_id.split(':').skip(3);
        let (region, account) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if (account, region) != (self.here.0.as_str(), self.here.1.as_str()) {
            return Ok(Some(StrayKind::Elsewhere));
        }
        let before = self.stacks.get(&owner.stack_id);
        let now = stacks.describe(&owner.stack_id).await?;
        Ok(match (before, now) {
            (None, None) => Some(StrayKind::Orphan),
            (Some(before), Some(now)) if is_settled(before, &now) => Some(StrayKind::Forgotten),
            _ => None,
        })
    }
}

/// Whether nothing happens in a stack, nor has happened since it was read.
pub fn is_settled(before: &Stack, now: &Stack) -> bool {
    before.status == now.status
        && before.since == now.since
        && !now.status.ends_with("_IN_PROGRESS")
}
