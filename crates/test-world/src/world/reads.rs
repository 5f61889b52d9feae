//! The operations that list. What the lists show may lag behind what is true.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::input::Input;
use super::operations::{Answer, check_parent, check_target, invalid, known};
use super::state::{Kind, Lag, Policy, State};
use super::summaries::policy_summary;

/// What a page holds when the request has no MaxResults.
const DEFAULT_PAGE: usize = 8;

pub(super) fn list_policies(state: &mut State, input: &Input) -> Answer {
    let filter = input.policy_type("Filter")?;
    let summaries = policies_for(state, input, filter)
        .into_iter()
        .filter(|(_, policy)| input.inspecting || is_listed(policy))
        .map(|(id, policy)| policy_summary(id, policy))
        .collect();
    let answer = page(state, input, "Policies", summaries)?;
    // The listing ends with its last page; until then what it shows must not change.
    if !input.inspecting && answer["NextToken"].is_null() {
        for policy in state.policies.values_mut().filter(|policy| policy.policy_type == filter) {
            if let Some(Lag::ListingsLeft(left)) = &mut policy.lag {
                *left = left.saturating_sub(1);
            }
        }
    }
    Ok(answer)
}

fn is_listed(policy: &Policy) -> bool {
    match policy.lag {
        None => true,
        Some(Lag::ListingsLeft(left)) => left == 0,
        Some(Lag::Until(moment)) => moment <= Instant::now(),
    }
}

pub(super) fn list_policies_for_target(state: &State, input: &Input) -> Answer {
    let target = input.target_id()?;
    let filter = input.policy_type("Filter")?;
    check_target(state, target)?;
    let summaries = policies_for(state, input, filter)
        .into_iter()
        .filter(|(_, policy)| targets_for(state, input, policy).contains(target))
        .map(|(id, policy)| policy_summary(id, policy))
        .collect();
    page(state, input, "Policies", summaries)
}

pub(super) fn list_targets_for_policy(state: &State, input: &Input) -> Answer {
    let policy = known(state, input.policy_id()?)?;
    let summaries = targets_for(state, input, policy)
        .iter()
        .map(|id| {
            let target = &state.targets[id];
            json!({"TargetId": id, "Arn": state.target_arn(id), "Name": target.name, "Type": target.kind.name()})
        })
        .collect();
    page(state, input, "Targets", summaries)
}

/// The test that only inspects sees the truth, the code under test what the lists show.
fn policies_for<'a>(
    state: &'a State,
    input: &Input,
    policy_type: &str,
) -> BTreeMap<&'a String, &'a Policy> {
    let lingering = state.lingering().filter(|_| !input.inspecting);
    let policies = state.policies.iter().chain(lingering);
    policies.filter(|(_, policy)| policy.policy_type == policy_type).collect()
}

fn targets_for<'a>(state: &State, input: &Input, policy: &'a Policy) -> Cow<'a, BTreeSet<String>> {
    if input.inspecting {
        Cow::Borrowed(&policy.targets)
    } else {
        Cow::Owned(state.shown_targets(policy))
    }
}

pub(super) fn list_children(state: &State, input: &Input, field: &str, kind: Kind) -> Answer {
    let parent = check_parent(state, input)?;
    page(state, input, field, state.children(parent, kind))
}

/// One page of a listing. MaxResults is 1 to 20, the service may return fewer, and a page may be
/// empty and still carry a NextToken. The token names the last entry shown, so that entries that
/// come and go between two pages move no other out of sight.
pub(super) fn page(state: &State, input: &Input, field: &str, entries: Vec<Value>) -> Answer {
    let wanted = match input.number("MaxResults") {
        None => DEFAULT_PAGE,
        Some(..1) => return Err(invalid("MIN_VALUE_EXCEEDED")),
        Some(21..) => return Err(invalid("MAX_VALUE_EXCEEDED")),
        Some(wanted) => wanted as usize,
    };
    let last = match input.optional("NextToken") {
        None if state.empty_pages => {
            return Ok(json!({field: [], "NextToken": format!("{field}:")}));
        }
        None => "",
        Some(token) => token
            .strip_prefix(field)
            .and_then(|rest| rest.strip_prefix(':'))
            .ok_or_else(|| invalid("INVALID_NEXT_TOKEN"))?,
    };
    let mut shown: Vec<Value> = entries.into_iter().filter(|entry| key(entry) > last).collect();
    let size = wanted.min(state.page_size);
    let more = shown.len() > size;
    shown.truncate(size);
    let token = shown.last().filter(|_| more).map(|entry| format!("{field}:{}", key(entry)));
    Ok(json!({field: shown, "NextToken": token}))
}

/// What a listing is in the order of.
fn key(entry: &Value) -> &str {
    let found = ["Id", "TargetId", "Key", "ServicePrincipal", "PathToError"]
        .iter()
        .find_map(|field| entry[field].as_str());
    found.expect("entries of listings have an id or a key")
}
