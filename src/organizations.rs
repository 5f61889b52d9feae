//! AWS Organizations as we use it: typed operations, whole pages, classes of errors, one retry.
//!
//! This is the only user of the service's SDK. Retries are the SDK's own, taught what is transient
//! here; whoever calls bounds them by a deadline.

mod answers;
mod retry;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::Builder;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus, Root, Tag};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use self::answers::call_error;
use self::retry::Witness;
use crate::error::{CallError, Kind};
use crate::ownership::Tags;
use crate::request::PolicyId;

/// The longest page the list operations give (API reference, MaxResults).
const PAGE: i32 = 20;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    root_id: Arc<OnceCell<String>>,
    witness: Witness,
}

/// A policy that CreatePolicy has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyHandle {
    /// Its id.
    pub id: PolicyId,
    /// Its ARN.
    pub arn: String,
}

/// A policy to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// The name, unique per type.
    pub name: String,
    /// The type's name.
    pub policy_type: String,
    /// The description; never empty.
    pub description: String,
    /// The document as sent.
    pub content: String,
    /// All tags, ours among them.
    pub tags: Tags,
}

/// What UpdatePolicy is to change; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new document as sent.
    pub content: Option<String>,
}

/// A policy as DescribePolicy tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDescription {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The type's name.
    pub policy_type: String,
    /// The description.
    pub description: String,
    /// The document as stored.
    pub content: String,
    /// Whether it is AWS's own.
    pub aws_managed: bool,
}

/// A name and an id, of an OU or a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The root, and how a policy type stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootStatus {
    /// The root's id.
    pub root_id: String,
    /// ENABLED.
    pub enabled: bool,
    /// PENDING_ENABLE: somebody has asked for it.
    pub pending: bool,
}

/// A CreatePolicy that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateError {
    /// Why.
    pub error: CallError,
    /// Whether a policy may have been made all the same: some attempt got no clear answer.
    pub outcome_unknown: bool,
}

impl Organizations {
    /// A client on this configuration (region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        let witness = Witness::default();
        let config = retry::configure(Builder::from(config), witness.clone()).build();
        Self { client: Client::from_conf(config), root_id: Arc::new(OnceCell::new()), witness }
    }

    /// What AWS last said when an attempt had to be repeated, if that was the last thing heard.
    pub fn last_answer(&self) -> Option<String> {
        self.witness.attempts().last_failure.clone()
    }

    /// CreatePolicy, tags included, so that a policy of ours never exists without them.
    ///
    /// # Errors
    /// As the API reference lists them; there is no idempotency token, so a failure tells whether
    /// its outcome is known.
    pub async fn create_policy(&self, policy: &NewPolicy) -> Result<PolicyHandle, CreateError> {
        let answer = self
            .client
            .create_policy()
            .name(&policy.name)
            .r#type(PolicyType::from(policy.policy_type.as_str()))
            .description(&policy.description)
            .content(&policy.content)
            .set_tags(Some(sdk_tags(&policy.tags)))
            .send()
            .await;
        let failed =
            |error| CreateError { error, outcome_unknown: self.witness.attempts().unclear };
        let answer = answer.map_err(|e| failed(call_error(&e)))?;
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
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn update_policy(
        &self,
        id: &PolicyId,
        change: &PolicyChange,
    ) -> Result<(), CallError> {
        let answer = self
            .client
            .update_policy()
            .policy_id(id.as_str())
            .set_name(change.name.clone())
            .set_description(change.description.clone())
            .set_content(change.content.clone())
            .send()
            .await;
        answer.map(drop).map_err(|e| call_error(&e))
    }

    /// DeletePolicy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn delete_policy(&self, id: &PolicyId) -> Result<(), CallError> {
        let answer = self.client.delete_policy().policy_id(id.as_str()).send().await;
        answer.map(drop).map_err(|e| call_error(&e))
    }

    /// AttachPolicy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn attach_policy(&self, id: &PolicyId, target: &str) -> Result<(), CallError> {
        let call = self.client.attach_policy().policy_id(id.as_str());
        let answer = call.target_id(target).send().await;
        answer.map(drop).map_err(|e| call_error(&e))
    }

    /// DetachPolicy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn detach_policy(&self, id: &PolicyId, target: &str) -> Result<(), CallError> {
        let call = self.client.detach_policy().policy_id(id.as_str());
        let answer = call.target_id(target).send().await;
        answer.map(drop).map_err(|e| call_error(&e))
    }

    /// TagResource on a policy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn tag(&self, id: &PolicyId, tags: &Tags) -> Result<(), CallError> {
        let call = self.client.tag_resource().resource_id(id.as_str());
        let answer = call.set_tags(Some(sdk_tags(tags))).send().await;
        answer.map(drop).map_err(|e| of_a_policy(call_error(&e)))
    }

    /// UntagResource on a policy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn untag(&self, id: &PolicyId, keys: &[String]) -> Result<(), CallError> {
        let call = self.client.untag_resource().resource_id(id.as_str());
        let answer = call.set_tag_keys(Some(keys.to_vec())).send().await;
        answer.map(drop).map_err(|e| of_a_policy(call_error(&e)))
    }

    /// EnablePolicyType.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn enable_policy_type(
        &self,
        root_id: &str,
        policy_type: &str,
    ) -> Result<(), CallError> {
        let call = self.client.enable_policy_type().root_id(root_id);
        let answer = call.policy_type(PolicyType::from(policy_type)).send().await;
        answer.map(drop).map_err(|e| call_error(&e))
    }

    /// DescribePolicy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn describe_policy(&self, id: &PolicyId) -> Result<PolicyDescription, CallError> {
        let answer = self.client.describe_policy().policy_id(id.as_str()).send().await;
        let policy = answer.map_err(|e| call_error(&e))?.policy;
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
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn find_policy(
        &self,
        name: &str,
        policy_type: &str,
    ) -> Result<Option<PolicyId>, CallError> {
        let call = self.client.list_policies().filter(PolicyType::from(policy_type));
        let mut pages = call.max_results(PAGE).into_paginator().send();
        while let Some(page) = pages.next().await {
            let policies = page.map_err(|e| call_error(&e))?.policies.unwrap_or_default();
            if let Some(policy) = policies.into_iter().find(|p| p.name.as_deref() == Some(name)) {
                return Ok(policy.id.as_deref().and_then(PolicyId::parse));
            }
        }
        Ok(None)
    }

    /// The ids of the targets a policy is attached to, from all pages of ListTargetsForPolicy.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn targets_of(&self, id: &PolicyId) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.list_targets_for_policy().policy_id(id.as_str());
        let mut pages = call.max_results(PAGE).into_paginator().send();
        let mut found = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let targets = page.map_err(|e| call_error(&e))?.targets.unwrap_or_default();
            found.extend(targets.into_iter().filter_map(|target| target.target_id));
        }
        Ok(found)
    }

    /// The tags of a policy, from all pages of ListTagsForResource.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn tags_of(&self, id: &PolicyId) -> Result<Tags, CallError> {
        let call = self.client.list_tags_for_resource().resource_id(id.as_str());
        let mut pages = call.into_paginator().send();
        let mut found = Tags::new();
        while let Some(page) = pages.next().await {
            let tags = page.map_err(|e| of_a_policy(call_error(&e)))?.tags.unwrap_or_default();
            found.extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
        }
        Ok(found)
    }

    /// The policies of a type that are attached directly to a target.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn policies_on(
        &self,
        target: &str,
        policy_type: &str,
    ) -> Result<Vec<Named>, CallError> {
        let call = self.client.list_policies_for_target().target_id(target);
        let call = call.filter(PolicyType::from(policy_type)).max_results(PAGE);
        let mut pages = call.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let policies = page.map_err(|e| call_error(&e))?.policies.unwrap_or_default();
            found.extend(policies.into_iter().map(|policy| Named {
                id: policy.id.unwrap_or_default(),
                name: policy.name.unwrap_or_default(),
            }));
        }
        Ok(found)
    }

    /// The OUs directly under a root or an OU.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn units_under(&self, parent: &str) -> Result<Vec<Named>, CallError> {
        let call = self.client.list_organizational_units_for_parent();
        let call = call.parent_id(parent).max_results(PAGE);
        let mut pages = call.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let units = page.map_err(|e| call_error(&e))?.organizational_units;
            found.extend(units.unwrap_or_default().into_iter().map(|unit| Named {
                id: unit.id.unwrap_or_default(),
                name: unit.name.unwrap_or_default(),
            }));
        }
        Ok(found)
    }

    /// The id of the root. An organization has one and it never changes, so it is asked for once.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn root_id(&self) -> Result<String, CallError> {
        let ask = || async { Ok(self.root().await?.id.unwrap_or_default()) };
        self.root_id.get_or_try_init(ask).await.cloned()
    }

    /// The root, and how a policy type stands there just now.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn root_status(&self, policy_type: &str) -> Result<RootStatus, CallError> {
        let root = self.root().await?;
        let id = root.id.clone().unwrap_or_default();
        self.root_id.get_or_init(|| async { id.clone() }).await;
        let status = root
            .policy_types
            .unwrap_or_default()
            .into_iter()
            .find(|t| t.r#type.as_ref().is_some_and(|t| t.as_str() == policy_type))
            .and_then(|t| t.status);
        Ok(RootStatus {
            root_id: id,
            enabled: status == Some(PolicyTypeStatus::Enabled),
            pending: status == Some(PolicyTypeStatus::PendingEnable),
        })
    }

    async fn root(&self) -> Result<Root, CallError> {
        let mut pages = self.client.list_roots().into_paginator().send();
        while let Some(page) = pages.next().await {
            let roots = page.map_err(|e| call_error(&e))?.roots.unwrap_or_default();
            if let Some(root) = roots.into_iter().next() {
                return Ok(root);
            }
        }
        Err(unreadable("the organization has no root"))
    }
}

/// Asks `step` again and again, at growing intervals, until it finds something or `patience` ends.
/// The only wait of our own; retries are the SDK's.
///
/// # Errors
/// The first error of `step`.
pub async fn poll_until<T, E, F>(patience: Duration, step: impl Fn() -> F) -> Result<Option<T>, E>
where
    F: Future<Output = Result<Option<T>, E>>,
{
    let end = Instant::now() + patience;
    let mut interval = Duration::from_secs(1);
    loop {
        if let Some(found) = step().await? {
            return Ok(Some(found));
        }
        if Instant::now() + interval > end {
            return Ok(None);
        }
        tokio::time::sleep(interval).await;
        interval = (interval * 2).min(Duration::from_secs(8));
    }
}

/// The tagging operations call the policy they do not find a target.
fn of_a_policy(error: CallError) -> CallError {
    match error.kind {
        Kind::TargetNotFound => CallError { kind: Kind::PolicyNotFound, ..error },
        _ => error,
    }
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok())
        .collect()
}

/// An answer that lacks what the API reference promises.
fn unreadable(what: &str) -> CallError {
    CallError { kind: Kind::Other, message: what.to_owned() }
}
