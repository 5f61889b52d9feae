//! The tree of the organization: what roots, OUs and accounts are called, and where policies of a type are attached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::list_accounts_for_parent::ListAccountsForParentOutput;
use aws_sdk_organizations::operation::list_policies::ListPoliciesOutput;
use aws_sdk_organizations::types::PolicyType;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::aws::{Reader, config};
use cfn_org_policy::error::CallError;

use super::{Problem, Progress, Session};

/// The longest page that the list operations give.
const PAGE: i32 = 20;

/// The root, an OU or an account.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The names from the root down: `/Security/Backup`; the root's own is `/`.
    pub path: String,
    /// The ids from the root down, with its own.
    pub way: Vec<String>,
    /// Whether it is an account.
    pub is_account: bool,
}

/// The tree, by id.
#[derive(Clone, Debug, Default)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// The place of this id.
    pub fn get(&self, id: &str) -> Option<&Place> {
        self.0.get(id)
    }

    /// The accounts at or below a place, each with its id.
    pub fn accounts_under(&self, id: &str) -> impl Iterator<Item = (&str, &Place)> {
        let below = move |place: &Place| place.is_account && place.way.iter().any(|way| way == id);
        self.0.iter().filter(move |(_, place)| below(place)).map(|(id, place)| (id.as_str(), place))
    }
}

/// AWS Organizations, as far as the function itself does not read it.
pub struct Tree {
    client: Client,
    calls: Arc<CallContext>,
    reader: Reader,
}

impl Tree {
    /// With the credentials of the session.
    pub fn new(session: &Session) -> Self {
        let config = config::without_sdk_retries(session.config());
        let config = aws_sdk_organizations::config::Builder::from(&config).interceptor(MarkUnsent);
        let client = Client::from_conf(config.build());
        Self { client, calls: session.calls(), reader: session.reader() }
    }

    /// Reads the whole tree.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn places(&self, progress: &Progress) -> Result<Places, Problem> {
        let root = self.reader.organizations.root_id().await;
        let root = root.map_err(|error| problem("read the root", "ListRoots", &error))?;
        let mut places = BTreeMap::new();
        let mut open = vec![(root.clone(), Place { way: vec![root], ..Place::default() })];
        while let Some((id, place)) = open.pop() {
            let children = |name: &str, id: &str, is_account: bool| {
                let way = place.way.iter().cloned().chain([id.to_owned()]).collect();
                Place { path: format!("{}/{name}", place.path), way, is_account }
            };
            for account in self.accounts_of(&id).await? {
                places.insert(account.0.clone(), children(&account.1, &account.0, true));
            }
            let units = self.reader.organizations.units_under(&id).await;
            let operation = || format!("read the organizational units of {id}");
            let units = units.map_err(|error| {
                problem(&operation(), "ListOrganizationalUnitsForParent", &error)
            })?;
            open.extend(units.iter().map(|u| (u.id.clone(), children(&u.name, &u.id, false))));
            progress.one();
            let path = if place.path.is_empty() { "/".to_owned() } else { place.path };
            places.insert(id, Place { path, ..place });
        }
        Ok(Places(places))
    }

    /// The ids and names of the accounts directly under a parent.
    async fn accounts_of(&self, parent: &str) -> Result<Vec<(String, String)>, Problem> {
        let call = self.client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListAccountsForParentOutput| {
            let accounts = page.accounts.unwrap_or_default().into_iter();
            found.extend(accounts.map(|a| (a.id.unwrap_or_default(), a.name.unwrap_or_default())));
            page.next_token
        };
        let listed = self.calls.pages(page, take).await;
        let operation = || format!("read the accounts of {parent}");
        listed.map_err(|error| problem(&operation(), "ListAccountsForParent", &error))?;
        Ok(found)
    }

    /// Where the policies of a type are attached: the targets' ids, by the policy's id.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn attachments(
        &self,
        policy_type: &str,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, Problem> {
        let call = self.client.list_policies().filter(PolicyType::from(policy_type));
        let call = call.max_results(PAGE);
        let mut ids = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListPoliciesOutput| {
            ids.extend(page.policies.unwrap_or_default().into_iter().filter_map(|p| p.id));
            page.next_token
        };
        let listed = self.calls.pages(page, take).await;
        let operation = || format!("list the policies of type {policy_type}");
        listed.map_err(|error| problem(&operation(), "ListPolicies", &error))?;
        let mut attachments = BTreeMap::new();
        for id in ids {
            let Some(policy) = PolicyId::parse(&id) else { continue };
            let targets = self.reader.organizations.targets_of(&policy).await;
            let operation = || format!("read the targets of policy {id}");
            let targets =
                targets.map_err(|error| problem(&operation(), "ListTargetsForPolicy", &error))?;
            attachments.insert(id, targets);
        }
        Ok(attachments)
    }
}

fn problem(operation: &str, action: &str, error: &CallError) -> Problem {
    Problem::of_call(operation, &format!("organizations:{action}"), error)
}
