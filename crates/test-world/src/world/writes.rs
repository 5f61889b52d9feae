//! What calls have changed of policies, and for which event.

use tokio::time::Instant;

use super::input::Input;
use super::operations::Answer;
use super::state::State;
use crate::engine::event_at_work;

/// A call that has changed a policy.
#[derive(Clone, Debug)]
pub struct Write {
    pub at: Instant,
    /// The RequestId of the event that the call was made for; none if it was no event of the engine.
    pub by: Option<String>,
    pub operation: String,
    /// The policy's id.
    pub policy: String,
    /// Its names and types, before and after.
    pub names: Vec<(String, String)>,
}

/// The policy that a call is to change, with its name and type; none if it is to change none.
pub(super) fn subject(
    state: &State,
    operation: &str,
    input: &Input,
) -> Option<(String, (String, String))> {
    let changes = ["Update", "Delete", "Attach", "Detach", "Tag", "Untag"];
    if !changes.iter().any(|verb| operation.starts_with(verb)) {
        return None;
    }
    let id = input.optional("PolicyId").or_else(|| input.optional("ResourceId"))?;
    Some((id.to_owned(), named(state, id)?))
}

/// Notes what a call has changed.
pub(super) fn note(
    state: &mut State,
    operation: &str,
    before: Option<(String, (String, String))>,
    answer: &Answer,
) {
    let Ok(answer) = answer else { return };
    let (policy, before) = match before {
        Some((policy, before)) => (policy, Some(before)),
        None if operation == "CreatePolicy" => {
            let id = answer["Policy"]["PolicySummary"]["Id"].as_str();
            (id.expect("CreatePolicy answers with an id").to_owned(), None)
        }
        None => return,
    };
    let names = before.into_iter().chain(named(state, &policy)).collect();
    let by = event_at_work();
    let operation = operation.to_owned();
    state.writes.push(Write { at: Instant::now(), by, operation, policy, names });
}

fn named(state: &State, id: &str) -> Option<(String, String)> {
    let policy = state.policies.get(id)?;
    Some((policy.name.clone(), policy.policy_type.clone()))
}
