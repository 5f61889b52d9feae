//! The operations that read, each to the end of its pages.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_organizations::operation::list_aws_service_access_for_organization::ListAwsServiceAccessForOrganizationOutput;
use aws_sdk_organizations::operation::list_organizational_units_for_parent::ListOrganizationalUnitsForParentOutput;
use aws_sdk_organizations::operation::list_policies::ListPoliciesOutput;
use aws_sdk_organizations::operation::list_policies_for_target::ListPoliciesForTargetOutput;
use aws_sdk_organizations::operation::list_roots::ListRootsOutput;
use aws_sdk_organizations::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_organizations::operation::list_targets_for_policy::ListTargetsForPolicyOutput;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus, Root};

use tokio::sync::OnceCell;

use super::{Client, of_a_policy};
use crate::aws::failure::unreadable;
use crate::aws::retry::CallContext;
use crate::aws::types::{Named, PolicyDescription, PolicyId, PolicyTypes, RootStatus, Tags};
use crate::error::CallError;

/// The longest page the list operations give (API reference, MaxResults).
const PAGE: i32 = 20;

/// Organizations, for the calls of one context.
#[derive(Clone, Debug)]
pub struct Reader {
    client: aws_sdk_organizations::Client,
    root_id: Arc<OnceCell<String>>,
    calls: Arc<CallContext>,
}

impl Reader {
    pub(in crate::aws) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        let Client { sdk, root_id } = client.clone();
        Self { client: sdk, root_id, calls: calls.clone() }
    }

    /// DescribePolicy.
    pub async fn describe_policy(&self, id: &PolicyId) -> Result<PolicyDescription, CallError> {
        let call = self.client.describe_policy().policy_id(id.as_str());
        let policy = self.calls.send(|| call.clone().send()).await?.policy;
        let policy = policy.ok_or_else(|| unreadable("the answer has no policy"))?;
        let content = policy.content.unwrap_or_default();
        let summary = policy.policy_summary;
        let summary = summary.ok_or_else(|| unreadable("the answer has no policy summary"))?;
        Ok(PolicyDescription {
            arn: summary.arn.unwrap_or_default(),
            name: summary.name.unwrap_or_default(),
            policy_type: summary.r#type.map(|t| t.as_str().to_owned()).unwrap_or_default(),
            description: summary.description.unwrap_or_default(),
            content,
            aws_managed: summary.aws_managed,
        })
    }

    /// Looks a policy up by its exact name in all pages of ListPolicies.
    pub async fn find_policy(
        &self,
        name: &str,
        policy_type: &str,
    ) -> Result<Option<PolicyId>, CallError> {
        let call = self.client.list_policies().filter(PolicyType::from(policy_type));
        let call = call.max_results(PAGE);
        let mut found = None;
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListPoliciesOutput| {
            let mut policies = page.policies.unwrap_or_default().into_iter();
            found = policies.find(|policy| policy.name.as_deref() == Some(name));
            page.next_token.filter(|_| found.is_none())
        };
        self.calls.pages(page, take).await?;
        Ok(found.and_then(|policy| PolicyId::parse(&policy.id?)))
    }

    /// The ids of the targets a policy is attached to, from all pages of ListTargetsForPolicy.
    pub async fn targets_of(&self, id: &PolicyId) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.list_targets_for_policy().policy_id(id.as_str()).max_results(PAGE);
        let mut found = BTreeSet::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListTargetsForPolicyOutput| {
            let targets = page.targets.unwrap_or_default().into_iter();
            found.extend(targets.filter_map(|target| target.target_id));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The tags of a policy, from all pages of ListTagsForResource.
    pub async fn tags_of(&self, id: &PolicyId) -> Result<Tags, CallError> {
        let call = self.client.list_tags_for_resource().resource_id(id.as_str());
        let mut found = Tags::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListTagsForResourceOutput| {
            found.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
            page.next_token
        };
        self.calls.pages(page, take).await.map_err(of_a_policy)?;
        Ok(found)
    }

    /// The policies of a type that are attached directly to a target.
    pub async fn policies_on(
        &self,
        target: &str,
        policy_type: &str,
    ) -> Result<Vec<Named>, CallError> {
        let call = self.client.list_policies_for_target().target_id(target);
        let call = call.filter(PolicyType::from(policy_type)).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListPoliciesForTargetOutput| {
            let policies = page.policies.unwrap_or_default().into_iter();
            found.extend(policies.map(|policy| Named {
                id: policy.id.unwrap_or_default(),
                name: policy.name.unwrap_or_default(),
            }));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The OUs directly under a root or an OU.
    pub async fn units_under(&self, parent: &str) -> Result<Vec<Named>, CallError> {
        let call = self.client.list_organizational_units_for_parent();
        let call = call.parent_id(parent).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListOrganizationalUnitsForParentOutput| {
            let units = page.organizational_units.unwrap_or_default().into_iter();
            found.extend(units.map(|unit| Named {
                id: unit.id.unwrap_or_default(),
                name: unit.name.unwrap_or_default(),
            }));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The id of the root. An organization has one and it never changes, so it is asked for once.
    pub async fn root_id(&self) -> Result<String, CallError> {
        let ask = || async { Ok(self.root().await?.id.unwrap_or_default()) };
        self.root_id.get_or_try_init(ask).await.cloned()
    }

    /// The root, and the status of a policy type there just now.
    pub async fn root_status(&self, policy_type: &str) -> Result<RootStatus, CallError> {
        let types = self.policy_types().await?;
        Ok(RootStatus {
            root_id: types.root_id,
            enabled: types.enabled.contains(policy_type),
            pending: types.pending.contains(policy_type),
        })
    }

    /// The root, and the status of all policy types there just now.
    pub async fn policy_types(&self) -> Result<PolicyTypes, CallError> {
        let root = self.root().await?;
        let root_id = root.id.unwrap_or_default();
        self.root_id.get_or_init(|| async { root_id.clone() }).await;
        let arn = root.arn.unwrap_or_default();
        let management_account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let mut types = PolicyTypes { root_id, management_account, ..PolicyTypes::default() };
        for summary in root.policy_types.unwrap_or_default() {
            let name = summary.r#type.map(|t| t.as_str().to_owned()).unwrap_or_default();
            match summary.status {
                Some(PolicyTypeStatus::Enabled) => types.enabled.insert(name),
                Some(PolicyTypeStatus::PendingEnable) => types.pending.insert(name),
                _ => false,
            };
        }
        Ok(types)
    }

    /// The service principals that are trusted, from all pages of
    /// ListAWSServiceAccessForOrganization.
    pub async fn trusted_services(&self) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.list_aws_service_access_for_organization().max_results(PAGE);
        let mut found = BTreeSet::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListAwsServiceAccessForOrganizationOutput| {
            let services = page.enabled_service_principals.unwrap_or_default().into_iter();
            found.extend(services.filter_map(|service| service.service_principal));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    async fn root(&self) -> Result<Root, CallError> {
        let call = self.client.list_roots();
        let mut found = None;
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListRootsOutput| {
            found = page.roots.unwrap_or_default().into_iter().next();
            page.next_token.filter(|_| found.is_none())
        };
        self.calls.pages(page, take).await?;
        found.ok_or_else(|| unreadable("the organization has no root"))
    }
}
