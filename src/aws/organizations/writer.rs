//! The operations that write.

use std::sync::Arc;

use aws_sdk_organizations::types::{PolicyType, Tag};

use super::{Client, of_a_policy};
use crate::aws::failure::unreadable;
use crate::aws::retry::CallContext;
use crate::aws::types::{NewPolicy, PolicyChange, PolicyHandle, PolicyId, Tags};
use crate::error::CallError;

/// A CreatePolicy that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateError {
    /// Why.
    pub error: CallError,
    /// Whether a policy may have been created all the same: some attempt got no clear answer.
    pub outcome_unknown: bool,
}

/// Organizations, for the calls of one context.
#[derive(Clone, Debug)]
pub struct Writer {
    client: aws_sdk_organizations::Client,
    calls: Arc<CallContext>,
}

impl Writer {
    pub(in crate::aws) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.sdk.clone(), calls: calls.clone() }
    }

    /// CreatePolicy, tags included, so that a policy of ours never exists without them. There is no
    /// idempotency token, so a failure says whether its outcome is known.
    pub async fn create_policy(&self, policy: &NewPolicy) -> Result<PolicyHandle, CreateError> {
        let call = self
            .client
            .create_policy()
            .name(&policy.name)
            .r#type(PolicyType::from(policy.policy_type.as_str()))
            .description(&policy.description)
            .content(&policy.content)
            .set_tags(Some(sdk_tags(&policy.tags)));
        let answer = self.calls.send(|| call.clone().send()).await;
        let answer = answer.map_err(|error| CreateError {
            error,
            outcome_unknown: self.calls.outcome_unknown(),
        })?;
        let summary = answer.policy.and_then(|policy| policy.policy_summary);
        let handle = summary.and_then(|summary| {
            Some(PolicyHandle {
                id: PolicyId::parse(&summary.id?)?,
                arn: summary.arn.unwrap_or_default(),
            })
        });
        handle.ok_or_else(|| CreateError {
            error: unreadable("the answer has no policy id"),
            outcome_unknown: true,
        })
    }

    /// UpdatePolicy.
    pub async fn update_policy(
        &self,
        id: &PolicyId,
        change: &PolicyChange,
    ) -> Result<(), CallError> {
        let call = self
            .client
            .update_policy()
            .policy_id(id.as_str())
            .set_name(change.name.clone())
            .set_description(change.description.clone())
            .set_content(change.content.clone());
        self.calls.send(|| call.clone().send()).await.map(drop)
    }

    /// DeletePolicy.
    pub async fn delete_policy(&self, id: &PolicyId) -> Result<(), CallError> {
        let call = self.client.delete_policy().policy_id(id.as_str());
        self.calls.send(|| call.clone().send()).await.map(drop)
    }

    /// AttachPolicy.
    pub async fn attach_policy(&self, id: &PolicyId, target: &str) -> Result<(), CallError> {
        let call = self.client.attach_policy().policy_id(id.as_str()).target_id(target);
        self.calls.send(|| call.clone().send()).await.map(drop)
    }

    /// DetachPolicy.
    pub async fn detach_policy(&self, id: &PolicyId, target: &str) -> Result<(), CallError> {
        let call = self.client.detach_policy().policy_id(id.as_str()).target_id(target);
        self.calls.send(|| call.clone().send()).await.map(drop)
    }

    /// TagResource on a policy.
    pub async fn tag(&self, id: &PolicyId, tags: &Tags) -> Result<(), CallError> {
        let call = self.client.tag_resource().resource_id(id.as_str());
        let call = call.set_tags(Some(sdk_tags(tags)));
        self.calls.send(|| call.clone().send()).await.map(drop).map_err(of_a_policy)
    }

    /// UntagResource on a policy.
    pub async fn untag(&self, id: &PolicyId, keys: &[String]) -> Result<(), CallError> {
        let call = self.client.untag_resource().resource_id(id.as_str());
        let call = call.set_tag_keys(Some(keys.to_vec()));
        self.calls.send(|| call.clone().send()).await.map(drop).map_err(of_a_policy)
    }

    /// EnablePolicyType.
    pub async fn enable_policy_type(
        &self,
        root_id: &str,
        policy_type: &str,
    ) -> Result<(), CallError> {
        let call = self.client.enable_policy_type().root_id(root_id);
        let call = call.policy_type(PolicyType::from(policy_type));
        self.calls.send(|| call.clone().send()).await.map(drop)
    }

    /// EnableAWSServiceAccess, which is no error for a service that is trusted already. Only the
    /// management account may call it.
    pub async fn trust(&self, service_principal: &str) -> Result<(), CallError> {
        let call = self.client.enable_aws_service_access().service_principal(service_principal);
        let answer = self.calls.send(|| call.clone().send()).await;
        answer.map(drop).map_err(CallError::of_the_management_account)
    }
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}
