//! Effective policies: what AWS makes of all policies of a type on the way to an account.
//!
//! What DescribeEffectivePolicy answers is what a test has set. Where it has set nothing, it is the merge of
//! `policy-document`, with policies of one place attached in the order of their ids: that says nothing about whether
//! the merge is right. Which accounts AWS withholds a policy from, and why, is what a test has set alone.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::effective::{
    Assumptions, Organization, PlaceId, Policy, PolicyId, PolicySource, of_account,
};
use policy_document::tree::parse;
use serde_json::{Value, json};

use super::input::Input;
use super::operations::{Answer, check_target, invalid, refuse};
use super::reads::page;
use super::state::{Kind, ROOT, State};

/// An error of an effective policy, as ListEffectivePolicyValidationErrors shows it.
#[derive(Clone, Debug)]
pub struct ValidationError {
    pub code: &'static str,
    pub message: &'static str,
    pub path: &'static str,
    pub policies: Vec<String>,
}

/// What a test has set, by account and type.
#[derive(Clone, Default)]
pub(super) struct EffectivePolicies {
    shown: BTreeMap<(String, String), Option<Value>>,
    invalid: BTreeMap<(String, String), Vec<ValidationError>>,
}

impl State {
    /// DescribeEffectivePolicy shows this of the account, or, with none, that there is no such policy.
    pub fn show_effective(&mut self, account: &str, policy_type: &str, document: Option<Value>) {
        let key = (account.to_owned(), policy_type.to_owned());
        self.effective.shown.insert(key, document);
    }

    /// AWS withholds the account's effective policy, for these reasons.
    pub fn withhold(&mut self, account: &str, policy_type: &str, mut errors: Vec<ValidationError>) {
        errors.sort_by_key(|error| error.path);
        let key = (account.to_owned(), policy_type.to_owned());
        self.effective.invalid.insert(key, errors);
    }
}

pub(super) fn describe_effective_policy(state: &State, input: &Input) -> Answer {
    let policy_type = effective_type(input)?;
    let account = input.target_id()?;
    check_target(state, account)?;
    if state.targets[account].kind != Kind::Account {
        return Err(invalid("INVALID_PATTERN_TARGET_ID"));
    }
    if state.type_status(policy_type).is_none() {
        let mut refusal = refuse("ConstraintViolationException", "the type is not enabled");
        refusal.reason = Some("POLICY_TYPE_NOT_ENABLED_FOR_THIS_SERVICE".to_owned());
        return Err(refusal);
    }
    let key = (account.to_owned(), policy_type.to_owned());
    let set = state.effective.shown.get(&key).cloned();
    let document = set.unwrap_or_else(|| merged(state, account, policy_type));
    let Some(document) = document else {
        return Err(refuse("EffectivePolicyNotFoundException", "there is no effective policy"));
    };
    Ok(json!({"EffectivePolicy": {
        "PolicyContent": document.to_string(),
        "LastUpdatedTimestamp": 1_700_000_000,
        "TargetId": account,
        "PolicyType": policy_type,
    }}))
}

pub(super) fn list_accounts_with_invalid_effective_policy(state: &State, input: &Input) -> Answer {
    let policy_type = effective_type(input)?;
    let of_type = state.effective.invalid.keys().filter(|(_, of)| of == policy_type);
    let accounts = of_type.map(|(account, _)| state.target_json(account)).collect();
    let mut answer = page(state, input, "Accounts", accounts)?;
    answer["PolicyType"] = json!(policy_type);
    Ok(answer)
}

pub(super) fn list_effective_policy_validation_errors(state: &State, input: &Input) -> Answer {
    let policy_type = effective_type(input)?;
    let account = input.text("AccountId")?;
    check_target(state, account)?;
    let key = (account.to_owned(), policy_type.to_owned());
    let errors = state.effective.invalid.get(&key).into_iter().flatten();
    let errors = errors.map(|error| {
        json!({
            "ErrorCode": error.code,
            "ErrorMessage": error.message,
            "PathToError": error.path,
            "ContributingPolicies": error.policies,
        })
    });
    let mut answer = page(state, input, "EffectivePolicyValidationErrors", errors.collect())?;
    answer["AccountId"] = json!(account);
    answer["PolicyType"] = json!(policy_type);
    answer["EvaluationTimestamp"] = json!(1_700_000_000);
    Ok(answer)
}

/// SCPs and RCPs have no effective policies.
fn effective_type(input: &Input) -> Result<&str, super::operations::Refusal> {
    let policy_type = input.policy_type("PolicyType")?;
    let controls = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];
    if controls.contains(&policy_type) {
        return Err(invalid("INVALID_ENUM_POLICY_TYPE"));
    }
    Ok(policy_type)
}

/// The merge of all policies on the way; none if there are none, or nothing comes of them.
fn merged(state: &State, account: &str, policy_type: &str) -> Option<Value> {
    let (organization, account) = organization(state, account);
    let effective = of_account(&organization, account, policy_type, Assumptions::default());
    (!effective.is_empty()).then(|| effective.document())
}

/// The way to the account, with all that is attached on it.
fn organization(state: &State, account: &str) -> (Organization, PlaceId) {
    let mut path = vec![account];
    while let Some(parent) = state.targets[path[path.len() - 1]].parent.as_deref() {
        path.push(parent);
    }
    let mut organization = Organization::new(ROOT, "Root");
    let mut policies: Vec<(PolicyId, &BTreeSet<String>)> = Vec::new();
    for (id, policy) in &state.policies {
        let document = parse(&policy.content).unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let id = organization.add_policy(Policy {
            id: id.clone(),
            name: policy.name.clone(),
            policy_type: policy.policy_type.clone(),
            source: PolicySource::None,
            document,
        });
        policies.push((id, &policy.targets));
    }
    let mut place = organization.root();
    for id in path.into_iter().rev() {
        if id != ROOT {
            place = organization.add_ou(place, id, id);
        }
        for (policy, targets) in &policies {
            if targets.contains(id) {
                organization.attach(place, &[*policy]);
            }
        }
    }
    (organization, place)
}
