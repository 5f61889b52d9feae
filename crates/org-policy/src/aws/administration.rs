//! Who manages the organization: its features, its management account, and what it has delegated; and where policies and
//! accounts stand in it.

use std::collections::BTreeSet;

use aws_sdk_organizations::operation::list_delegated_administrators::ListDelegatedAdministratorsOutput;
use aws_sdk_organizations::operation::list_targets_for_policy::ListTargetsForPolicyOutput;
use aws_sdk_organizations::types::OrganizationFeatureSet;
use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::error::CallError;

use super::organizations::{Organizations, PAGE};

/// How many calls a second ListTagsForResource is let pass (AWS Organizations quotas page).
pub const TAGS: u32 = 10;

/// An organization, as DescribeOrganization shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Its id.
    pub id: String,
    /// The account that manages it.
    pub management_account: String,
    /// Whether all features are on; else it has consolidated billing only.
    pub all_features: bool,
}

/// What a policy is attached to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

impl Organizations {
    /// The organization, from DescribeOrganization, which every account of it may call.
    pub async fn organization(&self) -> Result<Described, CallError> {
        let call = self.client.describe_organization();
        let answer = self.calls.send(|| call.clone().send()).await?;
        let found = answer.organization;
        Ok(found.map_or_else(Described::default, |found| Described {
            id: found.id.unwrap_or_default(),
            management_account: found.master_account_id.unwrap_or_default(),
            all_features: found.feature_set == Some(OrganizationFeatureSet::All),
        }))
    }

    /// The resource policy of the organization, from DescribeResourcePolicy; none if there is none.
    pub async fn resource_policy(&self) -> Result<Option<String>, CallError> {
        let call = self.client.describe_resource_policy();
        let attempt = || async {
            match call.clone().send().await {
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_resource_policy_not_found_exception()) =>
                {
                    Ok(None)
                }
                answer => answer.map(Some),
            }
        };
        let answer = self.calls.send(attempt).await?;
        Ok(answer.and_then(|answer| answer.resource_policy).and_then(|policy| policy.content))
    }

    /// The accounts that administer a service for the organization, from ListDelegatedAdministrators.
    pub async fn delegated_administrators(
        &self,
        service: &str,
    ) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.list_delegated_administrators();
        let call = call.service_principal(service).max_results(PAGE);
        let mut found = BTreeSet::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListDelegatedAdministratorsOutput| {
            let accounts = page.delegated_administrators.unwrap_or_default().into_iter();
            found.extend(accounts.filter_map(|account| account.id));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// What a policy is attached to, from ListTargetsForPolicy.
    pub async fn targets(&self, policy: &PolicyId) -> Result<Vec<Target>, CallError> {
        let call = self.client.list_targets_for_policy();
        let call = call.policy_id(policy.as_str()).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListTargetsForPolicyOutput| {
            let targets = page.targets.unwrap_or_default().into_iter();
            found.extend(targets.map(|target| Target {
                id: target.target_id.unwrap_or_default(),
                name: target.name.unwrap_or_default(),
            }));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// What an OU or an account hangs under, from ListParents; none of the root.
    pub async fn parent(&self, child: &str) -> Result<Option<String>, CallError> {
        if child.starts_with("r-") {
            return Ok(None);
        }
        let call = self.client.list_parents().child_id(child);
        let answer = self.calls.send(|| call.clone().send()).await?;
        Ok(answer.parents.unwrap_or_default().into_iter().find_map(|parent| parent.id))
    }
}
