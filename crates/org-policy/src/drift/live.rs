//! Policies, read: three readings beside each other, each as fast as AWS lets it.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::{Holding, PolicyId, Tags};
use cfn_org_policy::error::{CallError, Kind};
use cfn_org_policy::policy::observed::{FoundBy, LivePolicy};

use crate::aws::{DOCUMENTS, LISTINGS, Listed, Organizations, Problem, Progress, Session, failed};

/// The readings, each with a pace of its own.
pub struct Reading<'a> {
    lists: Organizations,
    documents: Reader,
    targets: Reader,
    tags: Reader,
    progress: &'a Progress,
}

impl<'a> Reading<'a> {
    /// With the credentials of the session.
    pub fn new(session: &Session, progress: &'a Progress) -> Self {
        Self {
            lists: session.organizations_at_pace(LISTINGS),
            documents: session.reader_at_pace(DOCUMENTS).organizations,
            targets: session.reader_at_pace(LISTINGS).organizations,
            tags: session.reader_at_pace(LISTINGS).organizations,
            progress,
        }
    }

    /// The policies of these types that are not AWS's own, each with its type; and what could not be listed.
    pub async fn list(&self, types: &BTreeSet<String>) -> (Vec<(String, Listed)>, Vec<String>) {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for policy_type in types {
            let listed = self.lists.policies(policy_type).await;
            let what = format!("list the policies of type {policy_type}");
            match listed.map_err(failed(&what, "ListPolicies")) {
                Ok(listed) => {
                    let own = listed.into_iter().filter(|policy| !policy.aws_managed);
                    found.extend(own.map(|policy| (policy_type.clone(), policy)));
                }
                Err(problem) => problems.push(problem.to_string()),
            }
        }
        (found, problems)
    }

    /// These policies as they are, and the tags of these and others, all without those that are gone.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn policies(
        &self,
        ids: &BTreeSet<PolicyId>,
        others: &BTreeSet<PolicyId>,
    ) -> Result<(BTreeMap<PolicyId, LivePolicy>, BTreeMap<PolicyId, Tags>), Problem> {
        let tagged = ids | others;
        self.progress.expect(ids.len() * 2 + tagged.len());
        let documents = each(ids, self.progress, "read policy", "DescribePolicy", |id| {
            self.documents.describe_policy(id)
        });
        let targets =
            each(ids, self.progress, "list the targets of policy", "ListTargetsForPolicy", |id| {
                self.targets.targets_of(id)
            });
        let tags =
            each(&tagged, self.progress, "read the tags of policy", "ListTagsForResource", |id| {
                self.tags.tags_of(id)
            });
        let (documents, mut targets, tags) = tokio::try_join!(documents, targets, tags)?;
        let policy = |(id, description)| {
            let policy = LivePolicy {
                found_by: FoundBy::PhysicalId,
                description,
                tags: tags.get(&id)?.clone(),
                attachments: targets.remove(&id)?,
                other: Holding::Unknown,
                id: id.clone(),
            };
            Some((id, policy))
        };
        Ok((documents.into_iter().filter_map(policy).collect(), tags))
    }
}

/// Reads something of each policy that is still there.
async fn each<'a, T, F>(
    ids: &'a BTreeSet<PolicyId>,
    progress: &Progress,
    what: &str,
    action: &str,
    read: impl Fn(&'a PolicyId) -> F,
) -> Result<BTreeMap<PolicyId, T>, Problem>
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut found = BTreeMap::new();
    for id in ids {
        match read(id).await {
            Err(error) if error.kind == Kind::PolicyNotFound => {}
            answer => {
                let value = answer.map_err(failed(&format!("{what} {id}"), action))?;
                found.insert(id.clone(), value);
            }
        }
        progress.one();
    }
    Ok(found)
}
