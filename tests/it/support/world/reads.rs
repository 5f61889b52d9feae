//! The operations that only read. What the lists show may lag behind what is true.

use serde_json::{Value, json};
use tokio::time::Instant;

use super::input::Input;
use super::operations::{Answer, check_parent, check_resource, check_target, invalid, known};
use super::state::{Kind, Lag, Policy, State};

/// What a page holds when the request has no MaxResults.
const DEFAULT_PAGE: usize = 5;

pub(super) fn describe_policy(state: &State, input: &Input) -> Answer {
    let id = input.policy_id()?;
    let policy = known(state, id)?;
    Ok(json!({"Policy": {"PolicySummary": state.policy_summary(id), "Content": policy.content}}))
}

pub(super) fn list_policies(state: &mut State, input: &Input) -> Answer {
    let filter = input.policy_type("Filter")?;
    let whole = input.inspecting;
    let summaries = state
        .policies
        .iter()
        .filter(|(_, policy)| policy.policy_type == filter && (whole || is_listed(policy)))
        .map(|(id, _)| state.policy_summary(id))
        .collect();
    let answer = page(state, input, "Policies", summaries)?;
    // The listing ends with its last page; until then what it shows must not change.
    if !whole && answer["NextToken"].is_null() {
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
    let summaries =
        state.attached_to(target, filter).map(|(id, _)| state.policy_summary(id)).collect();
    page(state, input, "Policies", summaries)
}

pub(super) fn list_targets_for_policy(state: &State, input: &Input) -> Answer {
    let policy = known(state, input.policy_id()?)?;
    let summaries = policy
        .targets
        .iter()
        .map(|id| {
            let target = &state.targets[id];
            json!({"TargetId": id, "Arn": state.target_arn(id), "Name": target.name, "Type": target.kind.name()})
        })
        .collect();
    page(state, input, "Targets", summaries)
}

pub(super) fn list_children(state: &State, input: &Input, field: &str, kind: Kind) -> Answer {
    let parent = check_parent(state, input)?;
    page(state, input, field, state.children(parent, kind))
}

pub(super) fn list_tags_for_resource(state: &State, input: &Input) -> Answer {
    let resource = check_resource(state, input)?;
    let tags = state.tags.get(resource).into_iter().flatten();
    let tags = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    page(state, input, "Tags", tags)
}

/// One page of a listing. MaxResults is 1 to 20, the service may return fewer, and a page may be empty and still carry
/// a NextToken.
pub(super) fn page(state: &State, input: &Input, field: &str, entries: Vec<Value>) -> Answer {
    let wanted = match input.number("MaxResults") {
        None => DEFAULT_PAGE,
        Some(..1) => return Err(invalid("MIN_VALUE_EXCEEDED")),
        Some(21..) => return Err(invalid("MAX_VALUE_EXCEEDED")),
        Some(wanted) => wanted as usize,
    };
    let size = wanted.min(state.page_size);
    let start = match input.optional("NextToken") {
        None if state.empty_pages => {
            return Ok(json!({field: [], "NextToken": format!("{field}:0")}));
        }
        None => 0,
        Some(token) => token
            .strip_prefix(field)
            .and_then(|rest| rest.strip_prefix(':'))
            .and_then(|start| start.parse().ok())
            .ok_or_else(|| invalid("INVALID_NEXT_TOKEN"))?,
    };
    let more = entries.len() > start + size;
    let shown: Vec<Value> = entries.into_iter().skip(start).take(size).collect();
    let token = more.then(|| format!("{field}:{}", start + size));
    Ok(json!({field: shown, "NextToken": token}))
}
