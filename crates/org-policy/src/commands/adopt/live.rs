//! The policies that there are.

use std::collections::BTreeSet;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::{PolicyId, Tags};

use crate::aws::{Problem, Progress};

/// A policy, with all that a template declares of it.
#[derive(Clone, Debug)]
pub struct Policy {
    pub id: PolicyId,
    pub name: String,
    pub policy_type: String,
    pub description: String,
    pub content: String,
    /// The ids of what it is attached to.
    pub targets: BTreeSet<String>,
    pub tags: Tags,
}

/// The policies that are not AWS's own, by type and name: of this type, or of all that are enabled;
/// with these names, if any are given.
///
/// # Errors
/// What cannot be read.
pub async fn policies(
    reader: &Reader,
    policy_type: Option<&str>,
    names: &[String],
    progress: &Progress,
) -> Result<Vec<Policy>, Problem> {
    let types = match policy_type {
        Some(policy_type) => BTreeSet::from([policy_type.to_owned()]),
        None => {
            let types = reader.policy_types().await;
            let failed = |error| {
                Problem::of_call("read the organization's root", "organizations:ListRoots", &error)
            };
            types.map_err(failed)?.enabled
        }
    };
    let mut policies = Vec::new();
    for policy_type in types {
        let listed = reader.policies_of(&policy_type).await.map_err(|error| {
            let operation = format!("list the policies of type {policy_type}");
            Problem::of_call(operation, "organizations:ListPolicies", &error)
        })?;
        let mut wanted: Vec<_> = listed
            .into_iter()
            .filter(|policy| !policy.aws_managed)
            .filter(|policy| names.is_empty() || names.contains(&policy.name))
            .collect();
        wanted.sort_by(|a, b| a.name.cmp(&b.name));
        progress.expect(wanted.len());
        for policy in wanted {
            policies.push(read(reader, policy.id).await?);
            progress.one();
        }
    }
    Ok(policies)
}

async fn read(reader: &Reader, id: PolicyId) -> Result<Policy, Problem> {
    let failed = |what: &str, action: &str| {
        let operation = format!("read {what} {id}");
        let action = format!("organizations:{action}");
        move |error| Problem::of_call(operation, &action, &error)
    };
    let policy = reader.describe_policy(&id).await.map_err(failed("policy", "DescribePolicy"))?;
    let targets = reader.targets_of(&id).await;
    let targets = targets.map_err(failed("the targets of", "ListTargetsForPolicy"))?;
    let tags = reader.tags_of(&id).await.map_err(failed("the tags of", "ListTagsForResource"))?;
    Ok(Policy {
        id,
        name: policy.name,
        policy_type: policy.policy_type,
        description: policy.description,
        content: policy.content,
        targets,
        tags,
    })
}
