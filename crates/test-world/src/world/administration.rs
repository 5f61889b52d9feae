//! Who manages the organization, what it has delegated, and where its places stand.

use serde_json::{Value, json};

use super::input::Input;
use super::operations::{Answer, refuse};
use super::reads;
use super::state::{MANAGEMENT_ACCOUNT, State};

pub(super) fn describe_organization(state: &State) -> Answer {
    Ok(json!({"Organization": {
        "Id": "o-exampleorg",
        "FeatureSet": if state.all_features { "ALL" } else { "CONSOLIDATED_BILLING" },
        "MasterAccountId": MANAGEMENT_ACCOUNT,
    }}))
}

pub(super) fn describe_resource_policy(state: &State) -> Answer {
    match &state.resource_policy {
        Some(policy) => Ok(json!({"ResourcePolicy": {"Content": policy}})),
        None => Err(refuse("ResourcePolicyNotFoundException", "there is no resource policy")),
    }
}

pub(super) fn list_delegated_administrators(state: &State, input: &Input) -> Answer {
    let service = input.text("ServicePrincipal")?;
    let accounts = state.administrators.get(service).into_iter().flatten();
    let accounts: Vec<Value> = accounts.map(|id| json!({"Id": id})).collect();
    reads::page(state, input, "DelegatedAdministrators", accounts)
}

/// An OU and an account have one parent each.
pub(super) fn list_parents(state: &State, input: &Input) -> Answer {
    let child = input.text("ChildId")?;
    let Some(parent) = state.targets.get(child).and_then(|target| target.parent.clone()) else {
        return Err(refuse("ChildNotFoundException", "there is no such child"));
    };
    let kind = if parent.starts_with("r-") { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(json!({"Parents": [{"Id": parent, "Type": kind}]}))
}
