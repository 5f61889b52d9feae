//! Change sets of CloudFormation: the only calls of the tool that write, and the only file that makes such calls.
//!
//! Even these write no policy. CloudFormation carries a change set out, and it is the function that it sends the events to.

use std::sync::Arc;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, Change as SdkChange, Parameter, ResourceChangeDetail, RollbackConfiguration, Tag,
};
use cfn_org_policy::aws::config;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::error::CallError;

use super::{Session, Stack};

/// The longest template that a request may contain (CreateChangeSet, TemplateBody).
pub const LONGEST_BODY: usize = 51_200;

/// The change sets of one stack.
#[derive(Clone, Debug)]
pub struct ChangeSets {
    client: Client,
    calls: Arc<CallContext>,
}

/// What a change set is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its name, which no other one of the stack may have.
    pub name: &'a str,
    /// The stack, as it is.
    pub stack: &'a Stack,
    /// The parameter that gets another value.
    pub parameter: &'a str,
    /// That value.
    pub value: &'a str,
    /// The template, where the previous one may not be used as it is.
    pub template: Option<&'a str>,
}

/// A change set, as DescribeChangeSet shows it on all of its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// CREATE_COMPLETE, say.
    pub status: String,
    /// Why it has failed.
    pub reason: String,
    /// AVAILABLE, say.
    pub execution: String,
    /// What it would change.
    pub changes: Vec<Change>,
}

/// What a change set would do with one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Modify, Add, Remove, …
    pub action: String,
    /// The resource's name in its template.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// The id that CloudFormation holds; empty of a resource that the stack does not have.
    pub physical_id: String,
    /// True, False or Conditional; empty where CloudFormation does not say.
    pub replacement: String,
    /// Properties, Metadata, Tags, …
    pub scope: Vec<String>,
    /// What changes of it, and why.
    pub details: Vec<Detail>,
    /// The change set of the nested stack that it is.
    pub nested: Option<String>,
}

/// One attribute or property that changes, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Properties, Metadata, Tags, …
    pub attribute: String,
    /// The property's name.
    pub name: String,
    /// Where in the resource, if CloudFormation says so: `/Properties/Revision`.
    pub path: String,
    /// Static or Dynamic.
    pub evaluation: String,
    /// ParameterReference, DirectModification, …
    pub source: String,
    /// The parameter or resource that causes it.
    pub entity: String,
}

impl ChangeSets {
    /// Change sets, with the credentials and the Region of the session.
    pub fn new(session: &Session) -> Self {
        let config = config::without_sdk_retries(session.config());
        let config = aws_sdk_cloudformation::config::Builder::from(&config).interceptor(MarkUnsent);
        Self { client: Client::from_conf(config.build()), calls: session.calls() }
    }

    /// Asks for a change set that changes one parameter and keeps all else; returns its ARN.
    ///
    /// # Errors
    /// CloudFormation refuses it, or does not answer.
    pub async fn create(&self, wanted: &Wanted<'_>) -> Result<String, CallError> {
        let Wanted { name, stack, parameter, value, template } = wanted;
        let others = stack.parameters.iter().filter(|known| known.name != *parameter);
        let others = others
            .map(|known| Parameter::builder().parameter_key(&known.name).use_previous_value(true));
        let changed = Parameter::builder().parameter_key(*parameter).parameter_value(*value);
        let parameters = others.chain([changed]).map(|one| one.build());
        let call = self
            .client
            .create_change_set()
            .change_set_name(*name)
            .client_token(*name)
            .description("org-policy heal: the deployed template applied again")
            .stack_name(&stack.id)
            .change_set_type("UPDATE".into())
            .include_nested_stacks(true)
            .set_parameters(Some(parameters.collect()))
            .set_capabilities(kept(&stack.capabilities, |text| Capability::from(text.as_str())))
            .set_tags(kept(&stack.tags, tag))
            .set_notification_arns(kept(&stack.topics, Clone::clone))
            .set_rollback_configuration(rollback(stack));
        let call = match template {
            Some(text) => call.template_body(*text),
            None => call.use_previous_template(true),
        };
        let answer = self.calls.send(|| call.clone().send()).await?;
        Ok(answer.id.unwrap_or_else(|| (*name).to_owned()))
    }

    /// What a change set would change. `change_set` is its ARN, or its name with its stack.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn describe(&self, stack: &str, change_set: &str) -> Result<ChangeSet, CallError> {
        let call = self.client.describe_change_set().change_set_name(change_set);
        let call = call.include_property_values(true);
        let call = if is_arn(change_set) { call } else { call.stack_name(stack) };
        let mut found = ChangeSet::default();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: DescribeChangeSetOutput| {
            found.status = page.status.map_or(String::new(), |one| one.as_str().to_owned());
            found.reason = page.status_reason.unwrap_or_default();
            found.execution =
                page.execution_status.map_or(String::new(), |one| one.as_str().to_owned());
            found.changes.extend(page.changes.unwrap_or_default().into_iter().map(change));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// Deletes a change set, and those of nested stacks that hang on it. One that is gone is no error.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn delete(&self, stack: &str, change_set: &str) -> Result<(), CallError> {
        let call = self.client.delete_change_set().stack_name(stack).change_set_name(change_set);
        match self.calls.send(|| call.clone().send()).await {
            Err(error) if error.message.contains("ChangeSetNotFound") => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Has CloudFormation carry a change set out. What fails is rolled back.
    ///
    /// # Errors
    /// A call that failed.
    pub async fn execute(
        &self,
        stack: &str,
        change_set: &str,
        token: &str,
    ) -> Result<(), CallError> {
        let call = self.client.execute_change_set().stack_name(stack).change_set_name(change_set);
        // With rollback disabled CloudFormation refuses the new id of a policy that had vanished (docs/SEMANTICS.md).
        let call = call.client_request_token(token).disable_rollback(false);
        self.calls.send(|| call.clone().send()).await.map(drop)
    }
}

fn is_arn(change_set: &str) -> bool {
    change_set.starts_with("arn:")
}

/// An empty list would say that there are to be none; without one, all stays as it is.
fn kept<T, U>(items: &[T], of: impl Fn(&T) -> U) -> Option<Vec<U>> {
    (!items.is_empty()).then(|| items.iter().map(of).collect())
}

fn tag((key, value): &(String, String)) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn rollback(stack: &Stack) -> Option<RollbackConfiguration> {
    stack.rollback.clone().filter(|rollback| *rollback != RollbackConfiguration::builder().build())
}

fn change(change: SdkChange) -> Change {
    let Some(resource) = change.resource_change else {
        let action = change.r#type.map_or(String::new(), |one| one.as_str().to_owned());
        return Change { action, ..Change::default() };
    };
    Change {
        action: resource.action.map_or(String::new(), |one| one.as_str().to_owned()),
        logical_id: resource.logical_resource_id.unwrap_or_default(),
        resource_type: resource.resource_type.unwrap_or_default(),
        physical_id: resource.physical_resource_id.unwrap_or_default(),
        replacement: resource.replacement.map_or(String::new(), |one| one.as_str().to_owned()),
        scope: resource.scope.unwrap_or_default().iter().map(|s| s.as_str().to_owned()).collect(),
        details: resource.details.unwrap_or_default().into_iter().map(detail).collect(),
        nested: resource.change_set_id.filter(|id| !id.is_empty()),
    }
}

fn detail(detail: ResourceChangeDetail) -> Detail {
    let target = detail.target.unwrap_or_else(|| {
        aws_sdk_cloudformation::types::ResourceTargetDefinition::builder().build()
    });
    Detail {
        attribute: target.attribute.map_or(String::new(), |one| one.as_str().to_owned()),
        name: target.name.unwrap_or_default(),
        path: target.path.unwrap_or_default(),
        evaluation: detail.evaluation.map_or(String::new(), |one| one.as_str().to_owned()),
        source: detail.change_source.map_or(String::new(), |one| one.as_str().to_owned()),
        entity: detail.causing_entity.unwrap_or_default(),
    }
}
