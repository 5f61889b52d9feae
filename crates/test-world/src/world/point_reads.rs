//! DescribePolicy and ListTagsForResource: what they show may lag behind what is true. Whether they lag on AWS nobody
//! documents ("changes that I make aren't always immediately visible", Organizations user guide), so a test chooses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::input::Input;
use super::operations::{Answer, check_target, no_policy};
use super::reads::page;
use super::state::{Policy, State};
use super::summaries::policy_summary;

type Tags = BTreeMap<String, String>;

/// What was true of a policy until a call changed it.
#[derive(Clone)]
pub(super) struct PastVersion {
    /// None: there was no such policy.
    was: Option<(Policy, Tags)>,
    until: Instant,
}

impl State {
    /// To be called before a call changes the policy or its tags. Changes by others leave no version, so they show at
    /// once, unless a change that a call made shortly before still hides them.
    pub(super) fn keep_version(&mut self, id: &str) {
        let Some(policy) = self.policies.get(id).filter(|_| !self.point_lag.is_zero()) else {
            return;
        };
        let was = Some((policy.clone(), self.tags.get(id).cloned().unwrap_or_default()));
        let versions = self.past_versions.entry(id.to_owned()).or_default();
        versions.push(PastVersion { was, until: Instant::now() });
    }

    /// A policy that a call is creating now was not there until now.
    pub(super) fn keep_absence(&mut self, id: &str) {
        if !self.point_lag.is_zero() {
            let absence = PastVersion { was: None, until: Instant::now() };
            self.past_versions.insert(id.to_owned(), vec![absence]);
        }
    }

    /// Everything shows as it is from now on, whatever clock the next reader has: changes that were made in virtual time
    /// lie in the future of the real one.
    pub fn show_all(&mut self) {
        self.past_versions.clear();
        self.deleted.clear();
        for policy in self.policies.values_mut() {
            policy.created = None;
            policy.last_changed = None;
            policy.last_detached = None;
            policy.lag = None;
            policy.unsettled.clear();
        }
        self.enabled.values_mut().for_each(|since| *since = None);
    }

    /// Whether the tags that CreatePolicy has set do not show yet.
    fn is_untagged_yet(&self, policy: &Policy) -> bool {
        policy.created.is_some_and(|at| Instant::now() < at + self.tag_lag)
    }

    /// The policy and its tags as a point read shows them: as they were `point_lag` ago.
    fn shown_policy(&self, input: &Input, id: &str) -> Option<(&Policy, Option<&Tags>)> {
        let now = Instant::now();
        let mut versions = self.past_versions.get(id).into_iter().flatten();
        let unseen = versions.find(|version| version.until + self.point_lag > now);
        match unseen.filter(|_| !input.inspecting) {
            Some(PastVersion { was, .. }) => {
                was.as_ref().map(|(policy, tags)| (policy, Some(tags)))
            }
            None => self.policies.get(id).map(|policy| (policy, self.tags.get(id))),
        }
    }
}

pub(super) fn describe_policy(state: &State, input: &Input) -> Answer {
    let id = input.policy_id()?;
    let (policy, _) = state.shown_policy(input, id).ok_or_else(no_policy)?;
    Ok(json!({"Policy": {"PolicySummary": policy_summary(id, policy), "Content": policy.content}}))
}

pub(super) fn list_tags_for_resource(state: &State, input: &Input) -> Answer {
    let resource = input.resource_id()?;
    let tags = match state.shown_policy(input, resource) {
        Some((policy, _)) if !input.inspecting && state.is_untagged_yet(policy) => None,
        Some((_, tags)) => tags,
        None => {
            check_target(state, resource)?;
            state.tags.get(resource)
        }
    };
    let tags = tags.into_iter().flatten();
    let tags = tags.map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<Value>>();
    page(state, input, "Tags", tags)
}
