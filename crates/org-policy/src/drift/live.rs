//! Policies, read: three readings beside each other, each as fast as AWS lets it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::{Holding, PolicyDescription, PolicyId, Tags};
use cfn_org_policy::error::{CallError, Kind};
use cfn_org_policy::policy::observed::{FoundBy, LivePolicy};

use super::rotation::{Document, Rotation};
use crate::aws::{DOCUMENTS, LISTINGS, Listed, Organizations, Problem, Progress, Session, failed};

/// How many calls a second are made at most, of each kind.
#[derive(Clone, Copy, Debug)]
pub struct Paces {
    /// DescribePolicy.
    pub documents: u32,
    /// Lists of policies; tags; targets.
    pub listings: u32,
}

impl Default for Paces {
    /// As fast as AWS lets it.
    fn default() -> Self {
        Self { documents: DOCUMENTS, listings: LISTINGS }
    }
}

/// The policies, as they are.
#[derive(Debug, Default)]
pub struct Policies {
    /// All that are not AWS's own, where all are looked at, each with its type.
    pub listed: Vec<(String, Listed)>,
    /// Types that could not be listed, each in one line.
    pub problems: Vec<String>,
    /// The tags of those, and of those that resources hold.
    pub tags: BTreeMap<PolicyId, Tags>,
    /// Those that resources hold, without those that are gone.
    pub live: BTreeMap<PolicyId, LivePolicy>,
    /// Those that resources hold, and for which there was no time.
    pub unread: BTreeSet<PolicyId>,
    /// Of those that are live, the ones whose document an earlier look has read.
    pub outdated: BTreeSet<PolicyId>,
    /// Others, for whose tags there was no time.
    pub untagged: BTreeSet<PolicyId>,
}

impl Policies {
    /// All for which there was no time.
    pub fn unlooked(&self) -> BTreeSet<String> {
        self.unread.union(&self.untagged).map(ToString::to_string).collect()
    }

    /// Whether there was no time for this one.
    pub fn is_unread(&self, id: &str) -> bool {
        PolicyId::parse(id).is_some_and(|id| self.unread.contains(&id))
    }
}

/// The readings, each with a pace of its own.
pub struct Reading<'a> {
    session: &'a Session,
    lists: Organizations,
    documents: Reader,
    targets: Reader,
    tags: Reader,
    progress: &'a Progress,
}

/// What was read of policies: nothing of one that is gone. One for which there was no time is not there.
type Found<T> = BTreeMap<PolicyId, Option<T>>;

impl<'a> Reading<'a> {
    /// With the credentials of the session.
    pub fn new(session: &'a Session, paces: Paces, progress: &'a Progress) -> Self {
        let listings = || session.reader_at_pace(paces.listings).organizations;
        Self {
            session,
            lists: session.organizations_at_pace(paces.listings),
            documents: session.reader_at_pace(paces.documents).organizations,
            targets: listings(),
            tags: listings(),
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

    /// These policies as they are, and the tags of these and others.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn policies(
        &self,
        ids: &BTreeSet<PolicyId>,
        others: &BTreeSet<PolicyId>,
        rotation: &mut Rotation,
    ) -> Result<Policies, Problem> {
        let tagged = rotation.policies_in_order(&(ids | others));
        let attached: Vec<PolicyId> =
            tagged.iter().filter(|id| ids.contains(*id)).cloned().collect();
        let described = rotation.documents_in_order(ids);
        self.progress.expect(tagged.len() + attached.len() + described.len());
        let until = &*rotation;
        // What changes while it is read is read before.
        let begun = self.session.now();
        let documents = self.each(&described, until, "read policy", "DescribePolicy", |id| {
            self.documents.describe_policy(id)
        });
        let targets = self.each(
            &attached,
            until,
            "list the targets of policy",
            "ListTargetsForPolicy",
            |id| self.targets.targets_of(id),
        );
        let tags =
            self.each(&tagged, until, "read the tags of policy", "ListTagsForResource", |id| {
                self.tags.tags_of(id)
            });
        let (documents, targets, tags) = tokio::try_join!(documents, targets, tags)?;
        rotation.go_on_behind(&tagged, |id| {
            tags.contains_key(id) && (targets.contains_key(id) || !ids.contains(id))
        });
        let fresh: BTreeSet<PolicyId> = documents.keys().cloned().collect();
        keep(&mut rotation.documents, documents, begun);
        let mut policies = joined(ids, others, &rotation.documents, targets, tags);
        let live = policies.live.keys();
        policies.outdated = live.filter(|id| !fresh.contains(*id)).cloned().collect();
        Ok(policies)
    }

    /// Reads the documents of these policies anew. Those for which there is no time are left as unread.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn documents(
        &self,
        ids: &BTreeSet<PolicyId>,
        policies: &mut Policies,
        rotation: &mut Rotation,
    ) -> Result<(), Problem> {
        let begun = self.session.now();
        let order: Vec<PolicyId> = ids.iter().cloned().collect();
        let read = self.each(&order, rotation, "read policy", "DescribePolicy", |id| {
            self.documents.describe_policy(id)
        });
        let read = read.await?;
        for id in ids {
            match read.get(id) {
                Some(Some(description)) => {
                    let live = policies.live.get_mut(id);
                    live.into_iter().for_each(|live| live.description = description.clone());
                }
                Some(None) => drop(policies.live.remove(id)),
                None => {
                    policies.live.remove(id);
                    policies.unread.insert(id.clone());
                }
            }
        }
        keep(&mut rotation.documents, read, begun);
        Ok(())
    }

    /// Reads something of each policy, until the time is over.
    async fn each<'b, T, F>(
        &self,
        ids: &'b [PolicyId],
        rotation: &Rotation,
        what: &str,
        action: &str,
        read: impl Fn(&'b PolicyId) -> F,
    ) -> Result<Found<T>, Problem>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut found = BTreeMap::new();
        for id in ids {
            if rotation.is_over() {
                break;
            }
            let value = match read(id).await {
                Err(error) if error.kind == Kind::PolicyNotFound => None,
                answer => Some(answer.map_err(failed(&format!("{what} {id}"), action))?),
            };
            found.insert(id.clone(), value);
            self.progress.one();
        }
        Ok(found)
    }
}

fn keep(
    known: &mut BTreeMap<PolicyId, Document>,
    found: Found<PolicyDescription>,
    read: SystemTime,
) {
    for (id, description) in found {
        match description {
            Some(description) => known.insert(id, Document { description, read }),
            None => known.remove(&id),
        };
    }
}

/// Of each policy what was read. One of which one reading says that it is gone is gone.
fn joined(
    ids: &BTreeSet<PolicyId>,
    others: &BTreeSet<PolicyId>,
    documents: &BTreeMap<PolicyId, Document>,
    mut targets: Found<BTreeSet<String>>,
    tags: Found<Tags>,
) -> Policies {
    let mut policies = Policies::default();
    for id in ids {
        match (documents.get(id), targets.remove(id), tags.get(id)) {
            (_, Some(None), _) | (_, _, Some(None)) => {}
            (Some(document), Some(Some(attachments)), Some(Some(tags))) => {
                let policy = LivePolicy {
                    id: id.clone(),
                    found_by: FoundBy::PhysicalId,
                    description: document.description.clone(),
                    tags: tags.clone(),
                    attachments,
                    other: Holding::Unknown,
                };
                policies.live.insert(id.clone(), policy);
            }
            _ => {
                policies.unread.insert(id.clone());
            }
        }
    }
    policies.untagged = others - ids;
    policies.untagged.retain(|id| !tags.contains_key(id));
    policies.tags = tags.into_iter().filter_map(|(id, tags)| Some((id, tags?))).collect();
    policies
}
