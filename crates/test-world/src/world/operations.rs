//! The operations that make changes, one function each, and the dispatch of all operations. A refusal has the error code
//! of the service model (botocore `organizations/2016-11-28`). Where AWS does not document the order of the checks, ours
//! is: the input by itself, then what it names, then the state of that, then the quotas.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::documents::{check_document, stored};
use super::input::Input;
use super::state::{Kind, Policy, RCP_FULL_AWS_ACCESS, ROOT, SCP, State};
use super::summaries::policy_summary;
use super::{accounts, administration, effective, point_reads, reads, settings};

const MAX_TAGS: usize = 50;

/// An error as the service answers it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) reason: Option<String>,
}

impl Refusal {
    /// An error that a test asks for.
    pub(super) fn planned(code: &'static str, reason: Option<&str>) -> Refusal {
        Refusal { code, message: format!("{code} on demand"), reason: reason.map(str::to_owned) }
    }
}

pub(super) type Answer = Result<Value, Refusal>;

pub(super) fn refuse(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into(), reason: None }
}

pub(super) fn invalid(reason: &str) -> Refusal {
    let reason = Some(reason.to_owned());
    Refusal { code: "InvalidInputException", message: "the input is not valid".to_owned(), reason }
}

pub(super) fn violates(reason: &str) -> Refusal {
    let message = "a limit of the organization is in the way".to_owned();
    Refusal { code: "ConstraintViolationException", message, reason: Some(reason.to_owned()) }
}

/// Runs one operation. Every call comes through here, whoever sends it.
pub(super) fn execute(state: &mut State, operation: &str, input: &Input) -> Answer {
    if let Some(answer) = settings::execute(state, operation, input) {
        return answer;
    }
    if let Some(answer) = accounts::execute(state, operation, input) {
        return answer;
    }
    if !state.in_use {
        return Err(refuse(
            "AWSOrganizationsNotInUseException",
            "the account is in no organization",
        ));
    }
    match operation {
        "CreatePolicy" => create_policy(state, input),
        "UpdatePolicy" => update_policy(state, input),
        "DeletePolicy" => delete_policy(state, input),
        "DescribePolicy" => point_reads::describe_policy(state, input),
        "AttachPolicy" => attach_policy(state, input),
        "DetachPolicy" => detach_policy(state, input),
        "EnablePolicyType" => enable_policy_type(state, input),
        "EnableAWSServiceAccess" => settings::trust(state, input),
        "ListAWSServiceAccessForOrganization" => settings::list_trusted(state, input),
        "ListPolicies" => reads::list_policies(state, input),
        "ListPoliciesForTarget" => reads::list_policies_for_target(state, input),
        "ListTargetsForPolicy" => reads::list_targets_for_policy(state, input),
        "ListRoots" => reads::page(state, input, "Roots", vec![state.root_json()]),
        "ListOrganizationalUnitsForParent" => {
            reads::list_children(state, input, "OrganizationalUnits", Kind::Unit)
        }
        "ListAccountsForParent" => reads::list_children(state, input, "Accounts", Kind::Account),
        "DescribeEffectivePolicy" => effective::describe_effective_policy(state, input),
        "ListAccountsWithInvalidEffectivePolicy" => {
            effective::list_accounts_with_invalid_effective_policy(state, input)
        }
        "ListEffectivePolicyValidationErrors" => {
            effective::list_effective_policy_validation_errors(state, input)
        }
        "DescribeOrganization" => administration::describe_organization(state),
        "DescribeResourcePolicy" => administration::describe_resource_policy(state),
        "ListDelegatedAdministrators" => {
            administration::list_delegated_administrators(state, input)
        }
        "ListParents" => administration::list_parents(state, input),
        "CreateOrganizationalUnit" => create_organizational_unit(state, input),
        "ListTagsForResource" => point_reads::list_tags_for_resource(state, input),
        "TagResource" => tag_resource(state, input),
        "UntagResource" => untag_resource(state, input),
        other => panic!("the world does not know the operation {other}"),
    }
}

fn create_policy(state: &mut State, input: &Input) -> Answer {
    let policy_type = input.policy_type("Type")?;
    let name = input.bounded("Name", 1, 128)?;
    let description = input.bounded("Description", 0, 512)?;
    let content = input.bounded("Content", 1, 1_000_000)?;
    let tags = input.tags()?;
    if !state.all_features {
        return Err(refuse(
            "PolicyTypeNotAvailableForOrganizationException",
            "the type needs an organization with all features",
        ));
    }
    check_document(state, policy_type, content)?;
    check_name(state, policy_type, name, None)?;
    let others = state
        .policies
        .values()
        .filter(|policy| policy.policy_type == policy_type && !policy.aws_managed);
    if state.quotas.get(policy_type).is_some_and(|quota| others.count() >= quota.policies) {
        return Err(violates("POLICY_NUMBER_LIMIT_EXCEEDED"));
    }
    if tags.len() > MAX_TAGS {
        return Err(violates("MAX_TAG_LIMIT_EXCEEDED"));
    }
    let content = stored(state, policy_type, content);
    let id = state.add_policy(policy_type, name, &content);
    state.keep_absence(&id);
    let lag = state.new_lag();
    let policy = state.policy(&id);
    policy.description = description.to_owned();
    policy.lag = lag;
    policy.created = Some(Instant::now());
    for (key, value) in tags {
        state.tag(&id, key, value);
    }
    Ok(
        json!({"Policy": {"PolicySummary": policy_summary(&id, state.policy(&id)), "Content": content}}),
    )
}

/// The answer leaves out the summary fields that were not sent, and an empty description does not clear the stored one
/// (both seen on the service).
fn update_policy(state: &mut State, input: &Input) -> Answer {
    let id = input.policy_id()?;
    let name = input.bounded_if_sent("Name", 1, 128)?;
    let description = input.bounded_if_sent("Description", 0, 512)?;
    let content = input.bounded_if_sent("Content", 1, 1_000_000)?;
    let policy = changeable(state, input, id)?;
    check_settled(state, policy)?;
    let policy_type = policy.policy_type.clone();
    if let Some(content) = content {
        check_document(state, &policy_type, content)?;
    }
    if let Some(name) = name {
        check_name(state, &policy_type, name, Some(id))?;
    }
    let content = content.map(|content| stored(state, &policy_type, content));
    state.keep_version(id);
    let policy = state.policy(id);
    if let Some(name) = name {
        policy.name = name.to_owned();
    }
    if let Some(description) = description.filter(|text| !text.is_empty()) {
        policy.description = description.to_owned();
    }
    if let Some(content) = &content {
        policy.content.clone_from(content);
    }
    policy.last_changed = Some(Instant::now());
    let whole = policy_summary(id, policy);
    let mut summary = json!({"Id": id, "Arn": whole["Arn"]});
    for field in ["Name", "Description"].into_iter().filter(|field| input.has(field)) {
        summary[field] = whole[field].clone();
    }
    Ok(json!({"Policy": {"PolicySummary": summary, "Content": content}}))
}

fn delete_policy(state: &mut State, input: &Input) -> Answer {
    let id = input.policy_id()?;
    let policy = changeable(state, input, id)?;
    let released =
        policy.last_detached.is_none_or(|moment| moment + state.in_use_lag <= Instant::now());
    if !policy.targets.is_empty() || !released {
        return Err(refuse("PolicyInUseException", "the policy is still attached"));
    }
    state.keep_version(id);
    state.delete_policy(id);
    Ok(json!({}))
}

fn attach_policy(state: &mut State, input: &Input) -> Answer {
    let (id, target) = (input.policy_id()?, input.target_id()?);
    let policy = written(state, input, id)?;
    check_target(state, target)?;
    if state.type_status(&policy.policy_type) != Some("ENABLED") {
        return Err(refuse("PolicyTypeNotEnabledException", "the type is not enabled"));
    }
    check_settled(state, policy)?;
    if state.limit_before_duplicate {
        check_limit(state, policy, target)?;
        check_attachment(policy, target)?;
    } else {
        check_attachment(policy, target)?;
        check_limit(state, policy, target)?;
    }
    state.change_attachment(id, target, true);
    Ok(json!({}))
}

/// The last SCP of a target stays, and RCPFullAWSAccess stays everywhere (Organizations user guide).
fn detach_policy(state: &mut State, input: &Input) -> Answer {
    let (id, target) = (input.policy_id()?, input.target_id()?);
    let policy = written(state, input, id)?;
    check_target(state, target)?;
    check_settled(state, policy)?;
    if !policy.targets.contains(target) {
        let message = "the policy is not attached there";
        return Err(refuse("PolicyNotAttachedException", message));
    }
    if id == RCP_FULL_AWS_ACCESS {
        return Err(invalid("NON_DETACHABLE_POLICY"));
    }
    if policy.policy_type == SCP && state.attached_to(target, SCP).count() == 1 {
        return Err(violates("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"));
    }
    state.change_attachment(id, target, false);
    Ok(json!({}))
}

fn enable_policy_type(state: &mut State, input: &Input) -> Answer {
    let root = input.text("RootId")?;
    let policy_type = input.policy_type("PolicyType")?;
    if root != ROOT {
        return Err(refuse("RootNotFoundException", "there is no such root"));
    }
    if !state.all_features {
        return Err(refuse(
            "PolicyTypeNotAvailableForOrganizationException",
            "the type needs an organization with all features",
        ));
    }
    match state.type_status(policy_type) {
        Some("ENABLED") => {
            return Err(refuse("PolicyTypeAlreadyEnabledException", "the type is enabled already"));
        }
        Some(_) => {
            return Err(refuse("PolicyChangesInProgressException", "the type is being enabled"));
        }
        None => {}
    }
    state.enabled.insert(policy_type.to_owned(), Some(Instant::now()));
    state.guard_everything(policy_type);
    Ok(json!({"Root": state.root_json()}))
}

/// Siblings need different names.
fn create_organizational_unit(state: &mut State, input: &Input) -> Answer {
    let name = input.bounded("Name", 1, 128)?;
    let parent = check_parent(state, input)?;
    if state.children(parent, Kind::Unit).iter().any(|unit| unit["Name"] == name) {
        let message = "a sibling has that name";
        return Err(refuse("DuplicateOrganizationalUnitException", message));
    }
    let id = state.add_unit(parent, name);
    Ok(json!({"OrganizationalUnit": state.target_json(&id)}))
}

fn tag_resource(state: &mut State, input: &Input) -> Answer {
    let tags = input.tags()?;
    let resource = check_resource(state, input)?;
    let present = state.tags.get(resource);
    let added =
        tags.iter().filter(|(key, _)| present.is_none_or(|present| !present.contains_key(*key)));
    if present.map_or(0, |present| present.len()) + added.count() > MAX_TAGS {
        return Err(violates("MAX_TAG_LIMIT_EXCEEDED"));
    }
    state.keep_version(resource);
    for (key, value) in tags {
        state.tag(resource, key, value);
    }
    Ok(json!({}))
}

/// Keys that are not there are no error.
fn untag_resource(state: &mut State, input: &Input) -> Answer {
    let resource = check_resource(state, input)?;
    let keys = input.list("TagKeys")?;
    state.keep_version(resource);
    if let Some(tags) = state.tags.get_mut(resource) {
        for key in keys.iter().filter_map(Value::as_str) {
            tags.remove(key);
        }
    }
    Ok(json!({}))
}

pub(super) fn known<'a>(state: &'a State, id: &str) -> Result<&'a Policy, Refusal> {
    state.policies.get(id).ok_or_else(no_policy)
}

pub(super) fn no_policy() -> Refusal {
    refuse("PolicyNotFoundException", "there is no such policy")
}

/// A policy that calls which write know already: one that is no longer fresh.
fn written<'a>(state: &'a State, input: &Input, id: &str) -> Result<&'a Policy, Refusal> {
    let policy = known(state, id)?;
    if state.is_fresh(policy) && !input.inspecting {
        return Err(no_policy());
    }
    Ok(policy)
}

/// A policy that is not AWS's own.
fn changeable<'a>(state: &'a State, input: &Input, id: &str) -> Result<&'a Policy, Refusal> {
    let policy = written(state, input, id)?;
    if policy.aws_managed {
        return Err(invalid("IMMUTABLE_POLICY"));
    }
    Ok(policy)
}

/// An earlier change may still be spreading.
fn check_settled(state: &State, policy: &Policy) -> Result<(), Refusal> {
    if state.is_changing(policy) {
        let message = "changes of the policy are in progress";
        return Err(refuse("PolicyChangesInProgressException", message));
    }
    Ok(())
}

fn check_attachment(policy: &Policy, target: &str) -> Result<(), Refusal> {
    if policy.targets.contains(target) {
        let message = "the policy is attached there already";
        return Err(refuse("DuplicatePolicyAttachmentException", message));
    }
    Ok(())
}

/// How many policies of the type the target can carry.
fn check_limit(state: &State, policy: &Policy, target: &str) -> Result<(), Refusal> {
    let attached = state.attached_to(target, &policy.policy_type).count();
    let quota = state.quotas.get(policy.policy_type.as_str());
    if quota.is_some_and(|quota| attached >= quota.attached) {
        return Err(violates("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"));
    }
    Ok(())
}

pub(super) fn check_target(state: &State, id: &str) -> Result<(), Refusal> {
    if state.targets.contains_key(id) {
        return Ok(());
    }
    Err(refuse("TargetNotFoundException", "there is no such target"))
}

pub(super) fn check_parent<'a>(state: &State, input: &'a Input) -> Result<&'a str, Refusal> {
    let parent = input.text("ParentId")?;
    match state.targets.get(parent) {
        Some(target) if target.kind != Kind::Account => Ok(parent),
        _ => Err(refuse("ParentNotFoundException", "there is no such parent")),
    }
}

/// Policies, OUs, accounts and the root can be tagged; a missing policy, too, is a missing target here.
fn check_resource<'a>(state: &State, input: &'a Input) -> Result<&'a str, Refusal> {
    let resource = input.resource_id()?;
    if written(state, input, resource).is_err() {
        check_target(state, resource)?;
    }
    Ok(resource)
}

/// Names are unique among the policies of a type.
fn check_name(
    state: &State,
    policy_type: &str,
    name: &str,
    own: Option<&str>,
) -> Result<(), Refusal> {
    let taken = state.policies.iter().any(|(id, policy)| {
        policy.policy_type == policy_type && policy.name == name && Some(id.as_str()) != own
    });
    if taken {
        return Err(refuse("DuplicatePolicyException", "a policy of the type has that name"));
    }
    Ok(())
}
