//! What CloudFormation says of stacks: status, parameters, resources, templates, exports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput;
use aws_sdk_cloudformation::operation::list_exports::ListExportsOutput;
use aws_sdk_cloudformation::operation::list_stack_resources::ListStackResourcesOutput;
use aws_sdk_cloudformation::types::{RollbackConfiguration, Stack as SdkStack, TemplateStage};
use cfn_org_policy::aws::config;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::error::CallError;

use super::{Problem, Session};

/// CloudFormation in the session's account and Region.
#[derive(Clone, Debug)]
pub struct Stacks {
    pub(super) client: Client,
    pub(super) calls: Arc<CallContext>,
}

/// A stack, as DescribeStacks shows it.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// Its ARN.
    pub id: String,
    /// Its name.
    pub name: String,
    /// UPDATE_COMPLETE, say.
    pub status: String,
    /// When its last deployment, or its deletion, began.
    pub since: Option<SystemTime>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// The ARN of the outermost stack, if it is a nested one.
    pub root: Option<String>,
    /// What its last deployment was told that it may create.
    pub capabilities: Vec<String>,
    /// Its tags, which its resources get too; without those of AWS.
    pub tags: Vec<(String, String)>,
    /// The topics that hear of its events.
    pub topics: Vec<String>,
    /// The alarms that roll it back.
    pub rollback: Option<RollbackConfiguration>,
}

/// A parameter of a stack.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value; `****` if it is NoEcho.
    pub value: String,
    /// What it stood for at the last deployment, if it names an SSM parameter.
    pub resolved: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug)]
pub struct StackResource {
    /// Its name in the template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// The id that CloudFormation holds; empty until there is one.
    pub physical_id: String,
    /// CREATE_COMPLETE, say.
    pub status: String,
}

impl Stacks {
    /// CloudFormation, with the credentials and the Region of the session.
    pub fn new(session: &Session) -> Self {
        let config = config::without_sdk_retries(session.config());
        let config = aws_sdk_cloudformation::config::Builder::from(&config).interceptor(MarkUnsent);
        Self { client: Client::from_conf(config.build()), calls: session.calls() }
    }

    /// The stack of this name or ARN, if there is one.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn describe(&self, stack: &str) -> Result<Option<Stack>, Problem> {
        let call = self.client.describe_stacks().stack_name(stack);
        let mut found = None;
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: DescribeStacksOutput| {
            found = page.stacks.unwrap_or_default().into_iter().next();
            page.next_token.filter(|_| found.is_none())
        };
        match self.calls.pages(page, take).await {
            Ok(()) => Ok(found.map(read).filter(|stack| stack.status != "DELETE_COMPLETE")),
            Err(error) if does_not_exist(&error) => Ok(None),
            Err(error) => Err(problem(&format!("read stack {stack}"), "DescribeStacks", &error)),
        }
    }

    /// All stacks of this account and Region but those that are deleted.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn all(&self) -> Result<Vec<Stack>, Problem> {
        let call = self.client.describe_stacks();
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: DescribeStacksOutput| {
            found.extend(page.stacks.unwrap_or_default().into_iter().map(read));
            page.next_token
        };
        let listed = self.calls.pages(page, take).await;
        listed.map_err(|error| problem("list the stacks", "DescribeStacks", &error))?;
        found.retain(|stack| stack.status != "DELETE_COMPLETE");
        Ok(found)
    }

    /// All resources of a stack.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn resources(&self, stack: &str) -> Result<Vec<StackResource>, Problem> {
        let call = self.client.list_stack_resources().stack_name(stack);
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListStackResourcesOutput| {
            let summaries = page.stack_resource_summaries.unwrap_or_default().into_iter();
            found.extend(summaries.map(|summary| StackResource {
                logical_id: summary.logical_resource_id.unwrap_or_default(),
                resource_type: summary.resource_type.unwrap_or_default(),
                physical_id: summary.physical_resource_id.unwrap_or_default(),
                status: summary.resource_status.map_or(String::new(), |s| s.as_str().to_owned()),
            }));
            page.next_token
        };
        let listed = self.calls.pages(page, take).await;
        let operation = || format!("list the resources of stack {stack}");
        listed.map_err(|error| problem(&operation(), "ListStackResources", &error))?;
        Ok(found)
    }

    /// The template that a stack was last deployed with, as its transforms have left it.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn template(&self, stack: &str) -> Result<String, Problem> {
        self.template_at(TemplateStage::Processed, stack).await
    }

    /// The template that a stack was last deployed with, as it was sent.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn original_template(&self, stack: &str) -> Result<String, Problem> {
        self.template_at(TemplateStage::Original, stack).await
    }

    async fn template_at(&self, stage: TemplateStage, stack: &str) -> Result<String, Problem> {
        let call = self.client.get_template().stack_name(stack).template_stage(stage);
        let answer = self.calls.send(|| call.clone().send()).await;
        let operation = || format!("read the template of stack {stack}");
        let answer = answer.map_err(|error| problem(&operation(), "GetTemplate", &error))?;
        Ok(answer.template_body.unwrap_or_default())
    }

    /// What the stacks of this account and Region export.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn exports(&self) -> Result<BTreeMap<String, String>, Problem> {
        let call = self.client.list_exports();
        let mut found = BTreeMap::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListExportsOutput| {
            let exports = page.exports.unwrap_or_default().into_iter();
            found.extend(exports.filter_map(|export| Some((export.name?, export.value?))));
            page.next_token
        };
        let listed = self.calls.pages(page, take).await;
        listed.map_err(|error| problem("list the exports", "ListExports", &error))?;
        Ok(found)
    }
}

pub(super) fn problem(operation: &str, action: &str, error: &CallError) -> Problem {
    Problem::of_call(operation, &format!("cloudformation:{action}"), error)
}

/// The service's only error with these words.
fn does_not_exist(error: &CallError) -> bool {
    error.message.contains("ValidationError") && error.message.contains("does not exist")
}

fn read(stack: SdkStack) -> Stack {
    let parameters = stack.parameters.unwrap_or_default().into_iter();
    let outputs = stack.outputs.unwrap_or_default().into_iter();
    let began = stack.last_updated_time.or(stack.creation_time);
    let since = stack.deletion_time.or(began);
    let capabilities = stack.capabilities.unwrap_or_default();
    let tags = stack.tags.unwrap_or_default().into_iter();
    let tags = tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())));
    Stack {
        outputs: outputs
            .filter_map(|output| Some((output.output_key?, output.output_value?)))
            .collect(),
        id: stack.stack_id.unwrap_or_default(),
        name: stack.stack_name.unwrap_or_default(),
        status: stack.stack_status.map_or(String::new(), |status| status.as_str().to_owned()),
        since: since.and_then(|since| SystemTime::try_from(since).ok()),
        parameters: parameters
            .map(|parameter| Parameter {
                name: parameter.parameter_key.unwrap_or_default(),
                value: parameter.parameter_value.unwrap_or_default(),
                resolved: parameter.resolved_value,
            })
            .collect(),
        root: stack.root_id.filter(|root| !root.is_empty()),
        capabilities: capabilities.iter().map(|one| one.as_str().to_owned()).collect(),
        tags: tags.filter(|(key, _)| !key.starts_with("aws:")).collect(),
        topics: stack.notification_arns.unwrap_or_default(),
        rollback: stack.rollback_configuration,
    }
}
