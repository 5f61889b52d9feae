//! The policies that there are.

use std::collections::BTreeSet;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::{PolicyId, Tags};

use crate::aws::{DOCUMENTS, LISTINGS, Listed, Organizations, Problem, Progress, Session, failed};

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
    session: &Session,
    policy_type: Option<&str>,
    names: &[String],
    progress: &Progress,
) -> Result<Vec<Policy>, Problem> {
    let types = match policy_type {
        Some(policy_type) => BTreeSet::from([policy_type.to_owned()]),
        None => {
            let types = session.reader().organizations.policy_types().await;
            types.map_err(failed("read the organization's root", "ListRoots"))?.enabled
        }
    };
    let reading = Reading {
        policies: session.organizations_at_pace(LISTINGS),
        documents: session.reader_at_pace(DOCUMENTS).organizations,
        targets: session.reader_at_pace(LISTINGS).organizations,
        tags: session.reader().organizations,
    };
    let mut policies = Vec::new();
    for policy_type in types {
        let mut wanted = reading.list(&policy_type).await?;
        wanted.retain(|policy| !policy.aws_managed);
        wanted.retain(|policy| names.is_empty() || names.contains(&policy.name));
        wanted.sort_by(|a, b| a.name.cmp(&b.name));
        progress.expect(wanted.len());
        for policy in wanted {
            policies.push(reading.read(policy.id).await?);
            progress.one();
        }
    }
    Ok(policies)
}

struct Reading {
    policies: Organizations,
    documents: Reader,
    targets: Reader,
    tags: Reader,
}

impl Reading {
    async fn list(&self, policy_type: &str) -> Result<Vec<Listed>, Problem> {
        let listed = self.policies.policies(policy_type).await;
        let what = format!("list the policies of type {policy_type}");
        listed.map_err(failed(&what, "ListPolicies"))
    }

    async fn read(&self, id: PolicyId) -> Result<Policy, Problem> {
        let policy = self.documents.describe_policy(&id).await;
        let policy = policy.map_err(failed(&format!("read policy {id}"), "DescribePolicy"))?;
        let targets = self.targets.targets_of(&id).await;
        let what = format!("list the targets of policy {id}");
        let targets = targets.map_err(failed(&what, "ListTargetsForPolicy"))?;
        let tags = self.tags.tags_of(&id).await;
        let what = format!("list the tags of policy {id}");
        let tags = tags.map_err(failed(&what, "ListTagsForResource"))?;
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
}
