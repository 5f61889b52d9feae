//! The operations of AWS Organizations that the function, which asks for single things, has no use for.

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::Builder;
use aws_sdk_organizations::operation::list_accounts_for_parent::ListAccountsForParentOutput;
use aws_sdk_organizations::operation::list_accounts_with_invalid_effective_policy::ListAccountsWithInvalidEffectivePolicyOutput;
use aws_sdk_organizations::operation::list_effective_policy_validation_errors::ListEffectivePolicyValidationErrorsOutput;
use aws_sdk_organizations::operation::list_policies::ListPoliciesOutput;
use aws_sdk_organizations::types::{
    Account as SdkAccount, AccountState, AccountStatus, EffectivePolicyType, PolicyType,
};
use cfn_org_policy::aws::config::without_sdk_retries;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::error::CallError;

/// The longest page (API reference, MaxResults).
pub(super) const PAGE: i32 = 20;

/// How many calls a second the listings of policies and of accounts are let pass (AWS Organizations quotas page).
pub const LISTINGS: u32 = 5;
/// How many calls a second DescribePolicy is let pass (the same page).
pub const DOCUMENTS: u32 = 2;
/// How many effective policies a second are asked for. AWS names no limit; this is that of DescribePolicy.
pub const EFFECTIVE: u32 = 2;

/// A policy as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id.
    pub id: PolicyId,
    /// The name.
    pub name: String,
    /// Whether it is AWS's own.
    pub aws_managed: bool,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The twelve digits.
    pub id: String,
    /// The name.
    pub name: String,
    /// Whether it is in use: neither closed nor suspended.
    pub is_active: bool,
}

/// Why AWS withholds an effective policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationError {
    /// AWS's code, such as `ELEMENTS_TOO_MANY`.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// Where in the effective policy, in AWS's notation.
    pub path: String,
    /// The policies that contribute to it, as AWS names them.
    pub policies: Vec<String>,
}

/// AWS Organizations, for one series of calls after another.
#[derive(Debug)]
pub struct Organizations {
    pub(super) client: Client,
    pub(super) calls: Arc<CallContext>,
}

impl Organizations {
    /// On this configuration, with the retries and at the pace of these calls.
    pub fn new(config: &SdkConfig, calls: Arc<CallContext>) -> Self {
        let config = without_sdk_retries(config);
        let config = Builder::from(&config).interceptor(MarkUnsent).build();
        Self { client: Client::from_conf(config), calls }
    }

    /// All policies of a type, from ListPolicies.
    pub async fn policies(&self, policy_type: &str) -> Result<Vec<Listed>, CallError> {
        let call = self.client.list_policies().filter(PolicyType::from(policy_type));
        let call = call.max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListPoliciesOutput| {
            let policies = page.policies.unwrap_or_default().into_iter();
            found.extend(policies.filter_map(|policy| {
                Some(Listed {
                    id: PolicyId::parse(&policy.id?)?,
                    name: policy.name.unwrap_or_default(),
                    aws_managed: policy.aws_managed,
                })
            }));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The accounts directly under a root or an OU, from ListAccountsForParent.
    pub async fn accounts_under(&self, parent: &str) -> Result<Vec<Account>, CallError> {
        let call = self.client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListAccountsForParentOutput| {
            found.extend(page.accounts.unwrap_or_default().into_iter().map(account));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The effective policy of an account as AWS shows it, from DescribeEffectivePolicy; none if there is none.
    pub async fn effective_policy(
        &self,
        account: &str,
        policy_type: &str,
    ) -> Result<Option<String>, CallError> {
        let call = self.client.describe_effective_policy().target_id(account);
        let call = call.policy_type(EffectivePolicyType::from(policy_type));
        let attempt = || async {
            match call.clone().send().await {
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_effective_policy_not_found_exception()) =>
                {
                    Ok(None)
                }
                answer => answer.map(Some),
            }
        };
        let answer = self.calls.send(attempt).await?;
        let policy = answer.and_then(|answer| answer.effective_policy);
        Ok(policy.and_then(|policy| policy.policy_content))
    }

    /// The ids of the accounts whose effective policy AWS withholds, from ListAccountsWithInvalidEffectivePolicy.
    pub async fn invalid_accounts(&self, policy_type: &str) -> Result<Vec<String>, CallError> {
        let call = self.client.list_accounts_with_invalid_effective_policy();
        let call = call.policy_type(EffectivePolicyType::from(policy_type)).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListAccountsWithInvalidEffectivePolicyOutput| {
            let accounts = page.accounts.unwrap_or_default().into_iter();
            found.extend(accounts.filter_map(|account| account.id));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// What is wrong with the effective policy of an account, from ListEffectivePolicyValidationErrors.
    pub async fn validation_errors(
        &self,
        account: &str,
        policy_type: &str,
    ) -> Result<Vec<ValidationError>, CallError> {
        let call = self.client.list_effective_policy_validation_errors().account_id(account);
        let call = call.policy_type(EffectivePolicyType::from(policy_type)).max_results(PAGE);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListEffectivePolicyValidationErrorsOutput| {
            let errors = page.effective_policy_validation_errors.unwrap_or_default().into_iter();
            found.extend(errors.map(|error| ValidationError {
                code: error.error_code.unwrap_or_default(),
                message: error.error_message.unwrap_or_default(),
                path: error.path_to_error.unwrap_or_default(),
                policies: error.contributing_policies.unwrap_or_default(),
            }));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }
}

/// Whether the endpoint does not know the operation: not every partition has all of them, nor has a local AWS.
pub fn is_not_known(error: &CallError) -> bool {
    ["InvalidAction", "UnknownOperation"].iter().any(|code| error.message.contains(code))
}

/// AWS shows the state since 2025, and the status as it did before.
#[allow(deprecated)]
fn account(account: SdkAccount) -> Account {
    let is_active = match (&account.state, &account.status) {
        (Some(state), _) => *state == AccountState::Active,
        (None, Some(status)) => *status == AccountStatus::Active,
        (None, None) => true,
    };
    Account {
        id: account.id.unwrap_or_default(),
        name: account.name.unwrap_or_default(),
        is_active,
    }
}
