//! A whole organization, read: the tree, the policies, and what is attached where.
//!
//! Three readings go on beside each other, each as fast as AWS lets it: the tree from the root downwards, the documents
//! of the policies, and their targets. Reading is no snapshot: what others change meanwhile may be in one and not yet
//! in another. A policy or a place that is gone by then is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use aws_config::SdkConfig;
use cfn_org_policy::aws::Clients;
use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::types::{Named, PolicyDescription, PolicyId};
use cfn_org_policy::error::{CallError, Kind};
use policy_document::check::policy_types;
use policy_document::effective::{Organization, PlaceId, Policy, PolicySource};
use policy_document::tree::parse;

use super::organizations::{Account, DOCUMENTS, LISTINGS, Organizations};
use super::problem::failed;
use super::{Problem, Progress};

/// Which policies are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Types {
    /// Of these types, as far as they are enabled.
    Only(Vec<String>),
    /// Of all types that are enabled.
    Enabled,
}

/// An organization, and what its model has no room for.
#[derive(Debug)]
pub struct Survey {
    /// The organization. The order of attachment is not known anywhere.
    pub organization: Organization,
    /// The accounts that are closed or suspended.
    pub inactive: BTreeSet<PlaceId>,
}

/// Reads the organization. To be called in a runtime.
///
/// # Errors
/// The first call that is not answered.
pub async fn survey(
    config: &SdkConfig,
    types: &Types,
    progress: &Progress,
) -> Result<Survey, Problem> {
    let clients = Clients::new(config);
    // A throttle that one of the readings meets slows none of the others.
    let calls = CallContext::for_somebody_who_waits;
    let reader = |calls| clients.reader(&Arc::new(calls)).organizations;
    let organizations = |calls| Organizations::new(config, Arc::new(calls));
    let root = reader(calls()).policy_types().await;
    let root = root.map_err(failed("read the organization's root", "ListRoots"))?;
    let enabled: Vec<String> =
        policy_types().filter(|one| root.enabled.contains(*one)).map(str::to_owned).collect();
    let wanted: Vec<&String> = enabled
        .iter()
        .filter(|one| match types {
            Types::Only(only) => only.contains(one),
            Types::Enabled => true,
        })
        .collect();
    let listings = || calls().at_pace(LISTINGS);
    let tree = Tree {
        units: reader(listings()),
        accounts: organizations(listings()),
        root: &root.root_id,
        progress,
    };
    let policies = Policies {
        organizations: organizations(listings()),
        documents: reader(calls().at_pace(DOCUMENTS)),
        targets: reader(listings()),
        progress,
    };
    let (places, policies) = tokio::try_join!(tree.read(), policies.read(&wanted))?;
    let mut survey = assembled(&root.root_id, places, policies)?;
    survey.organization.policy_types = Some(enabled);
    survey.organization.management_account =
        Some(root.management_account).filter(|account| !account.is_empty());
    Ok(survey)
}

/// A place, read.
struct Place {
    id: String,
    name: String,
    parent: String,
    /// None for an OU.
    account: Option<Account>,
}

/// The reading of the tree.
struct Tree<'a> {
    units: Reader,
    accounts: Organizations,
    root: &'a str,
    progress: &'a Progress,
}

impl Tree<'_> {
    /// The places below the root, each after the one that it hangs under.
    async fn read(self) -> Result<Vec<Place>, Problem> {
        let (mut places, mut parents) = (Vec::new(), VecDeque::from([self.root.to_owned()]));
        self.progress.expect(1);
        while let Some(parent) = parents.pop_front() {
            let units = async {
                self.units.units_under(&parent).await.map_err(failed(
                    &format!("list the OUs of {parent}"),
                    "ListOrganizationalUnitsForParent",
                ))
            };
            let accounts = async {
                self.accounts.accounts_under(&parent).await.map_err(failed(
                    &format!("list the accounts of {parent}"),
                    "ListAccountsForParent",
                ))
            };
            let (units, accounts) = tokio::try_join!(units, accounts)?;
            self.progress.expect(units.len());
            self.progress.one();
            places.extend(accounts.into_iter().map(|account| Place {
                id: account.id.clone(),
                name: account.name.clone(),
                parent: parent.clone(),
                account: Some(account),
            }));
            for Named { id, name } in units {
                parents.push_back(id.clone());
                places.push(Place { id, name, parent: parent.clone(), account: None });
            }
        }
        Ok(places)
    }
}

/// The reading of the policies.
struct Policies<'a> {
    organizations: Organizations,
    documents: Reader,
    targets: Reader,
    progress: &'a Progress,
}

/// A policy, and the ids of its targets.
type Attached = (PolicyId, PolicyDescription, BTreeSet<String>);

impl Policies<'_> {
    async fn read(self, types: &[&String]) -> Result<Vec<Attached>, Problem> {
        let mut ids = Vec::new();
        for policy_type in types {
            let found = self.organizations.policies(policy_type).await;
            let what = format!("list the policies of type {policy_type}");
            let found = found.map_err(failed(&what, "ListPolicies"))?;
            ids.extend(found.into_iter().map(|policy| policy.id));
        }
        self.progress.expect(ids.len() * 2);
        let (documents, targets) = tokio::try_join!(self.documents(&ids), self.targets(&ids))?;
        let all = ids.into_iter().zip(documents).zip(targets);
        let present = all.filter_map(|((id, document), targets)| Some((id, document?, targets?)));
        Ok(present.collect())
    }

    async fn documents(&self, ids: &[PolicyId]) -> Result<Vec<Option<PolicyDescription>>, Problem> {
        let mut found = Vec::new();
        for id in ids {
            let described = self.documents.describe_policy(id).await;
            found.push(unless_gone(described, &format!("read policy {id}"), "DescribePolicy")?);
            self.progress.one();
        }
        Ok(found)
    }

    async fn targets(&self, ids: &[PolicyId]) -> Result<Vec<Option<BTreeSet<String>>>, Problem> {
        let mut found = Vec::new();
        for id in ids {
            let targets = self.targets.targets_of(id).await;
            let what = format!("list the targets of policy {id}");
            found.push(unless_gone(targets, &what, "ListTargetsForPolicy")?);
            self.progress.one();
        }
        Ok(found)
    }
}

fn unless_gone<T>(
    answer: Result<T, CallError>,
    what: &str,
    action: &str,
) -> Result<Option<T>, Problem> {
    match answer {
        Err(error) if error.kind == Kind::PolicyNotFound => Ok(None),
        answer => answer.map(Some).map_err(failed(what, action)),
    }
}

/// The organization of all that was read.
fn assembled(root: &str, places: Vec<Place>, policies: Vec<Attached>) -> Result<Survey, Problem> {
    let mut organization = Organization::new(root, "Root");
    let mut inactive = BTreeSet::new();
    let mut known = BTreeMap::from([(root.to_owned(), organization.root())]);
    for place in places {
        let Some(parent) = known.get(&place.parent).copied() else { continue };
        let id = match &place.account {
            Some(account) => {
                let id = organization.add_account(parent, &place.id, &place.name);
                if !account.is_active {
                    inactive.insert(id);
                }
                id
            }
            None => organization.add_ou(parent, &place.id, &place.name),
        };
        known.insert(place.id, id);
    }
    let mut attached: BTreeMap<PlaceId, Vec<_>> = BTreeMap::new();
    for (id, policy, targets) in policies {
        let document = parse(&policy.content).map_err(|error| Problem {
            operation: format!("read the document of policy {id}"),
            cause: format!("{}; AWS shows a document that is no JSON", error.message),
        })?;
        let policy = organization.add_policy(Policy {
            id: id.to_string(),
            name: policy.name,
            policy_type: policy.policy_type,
            source: PolicySource::None,
            document,
        });
        for place in targets.iter().filter_map(|target| known.get(target)) {
            attached.entry(*place).or_default().push(policy);
        }
    }
    for (place, policies) in attached {
        organization.attach(place, &policies);
    }
    Ok(Survey { organization, inactive })
}
