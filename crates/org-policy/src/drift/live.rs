//! Policies, read: three readings beside each other, each as fast as AWS lets it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::{Holding, PolicyDescription, PolicyId, Tags};
use cfn_org_policy::error::{CallError, Kind};
use cfn_org_policy::policy::observed::{FoundBy, LivePolicy};

use crate::aws::{DOCUMENTS, LISTINGS, Listed, Organizations, Problem, Progress, Session, failed};

/// Documents of policies, kept from one look to the next: AWS lets them be read slowly. Names and descriptions come along.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Those that were read.
    pub known: BTreeMap<PolicyId, Content>,
    /// Those that are read before all others.
    pub first: BTreeSet<PolicyId>,
    /// How many one reading reads; the others stay as they are known.
    pub most: usize,
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What DescribePolicy has said.
    pub description: PolicyDescription,
    /// When.
    pub read: SystemTime,
}

/// How many calls a second are made at most, of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Paces {
    /// DescribePolicy.
    pub documents: u32,
    /// Lists of policies; tags; targets.
    pub listings: u32,
}

impl Default for Contents {
    /// Nothing is known, and all is read.
    fn default() -> Self {
        Self { known: BTreeMap::new(), first: BTreeSet::new(), most: usize::MAX }
    }
}

impl Default for Paces {
    /// As fast as AWS lets it.
    fn default() -> Self {
        Self { documents: DOCUMENTS, listings: LISTINGS }
    }
}

impl Contents {
    /// Those of these policies that are read now: first those that are to be, then those that are not known, then the
    /// oldest.
    fn due<'a>(&self, ids: &'a BTreeSet<PolicyId>) -> Vec<&'a PolicyId> {
        let mut due: Vec<&PolicyId> = ids.iter().collect();
        due.sort_by_key(|id| {
            let read = self.known.get(*id).map(|content| content.read);
            (!self.first.contains(*id), read)
        });
        due.truncate(self.most);
        due
    }
}

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
    pub fn new(session: &Session, paces: Paces, progress: &'a Progress) -> Self {
        let listings = || session.reader_at_pace(paces.listings).organizations;
        Self {
            lists: session.organizations_at_pace(paces.listings),
            documents: session.reader_at_pace(paces.documents).organizations,
            targets: listings(),
            tags: listings(),
            progress,
        }
    }

    /// The policies of these types that are not AWS's own, each with its type.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn list(&self, types: &BTreeSet<String>) -> Result<Vec<(String, Listed)>, Problem> {
        let mut found = Vec::new();
        for policy_type in types {
            let listed = self.lists.policies(policy_type).await;
            let what = format!("list the policies of type {policy_type}");
            let listed = listed.map_err(failed(&what, "ListPolicies"))?;
            let own = listed.into_iter().filter(|policy| !policy.aws_managed);
            found.extend(own.map(|policy| (policy_type.clone(), policy)));
        }
        Ok(found)
    }

    /// These policies as they are; the tags of others as well.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn policies(
        &self,
        ids: &BTreeSet<PolicyId>,
        others: &BTreeSet<PolicyId>,
        contents: &mut Contents,
    ) -> Result<Policies, Problem> {
        let due: BTreeSet<PolicyId> = contents.due(ids).into_iter().cloned().collect();
        let tagged = ids | others;
        self.progress.expect(ids.len() + due.len() + tagged.len());
        let documents = each(&due, self.progress, "read policy", "DescribePolicy", |id| {
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
        let (documents, targets, tags) = tokio::try_join!(documents, targets, tags)?;
        let read = SystemTime::now();
        contents.known.retain(|id, _| !due.contains(id));
        let documents = documents.into_iter();
        contents
            .known
            .extend(documents.map(|(id, description)| (id, Content { description, read })));
        Ok(Policies::of(ids, &contents.known, targets, tags))
    }
}

/// Policies, as they are.
#[derive(Debug, Default)]
pub struct Policies {
    /// Those that are there.
    pub live: BTreeMap<PolicyId, LivePolicy>,
    /// Those that are there, and whose documents nobody has read yet.
    pub unread: BTreeSet<PolicyId>,
    /// All tags that were read.
    pub tags: BTreeMap<PolicyId, Tags>,
}

impl Policies {
    /// Whether this policy is there, and nobody has read its document yet.
    pub fn is_unread(&self, id: &str) -> bool {
        PolicyId::parse(id).is_some_and(|id| self.unread.contains(&id))
    }

    fn of(
        ids: &BTreeSet<PolicyId>,
        contents: &BTreeMap<PolicyId, Content>,
        mut targets: BTreeMap<PolicyId, BTreeSet<String>>,
        tags: BTreeMap<PolicyId, Tags>,
    ) -> Self {
        let mut policies = Self::default();
        for id in ids {
            let (Some(tags), Some(attachments)) = (tags.get(id), targets.remove(id)) else {
                continue;
            };
            let Some(content) = contents.get(id) else {
                policies.unread.insert(id.clone());
                continue;
            };
            let policy = LivePolicy {
                id: id.clone(),
                found_by: FoundBy::PhysicalId,
                description: content.description.clone(),
                tags: tags.clone(),
                attachments,
                other: Holding::Unknown,
            };
            policies.live.insert(id.clone(), policy);
        }
        Self { tags, ..policies }
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
