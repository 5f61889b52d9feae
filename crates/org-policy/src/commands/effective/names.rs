//! What places and policies are called.

use std::collections::BTreeSet;

use policy_document::effective::{Kind, Organization, PlaceId, PolicyId, Source};

use crate::terminal::one_line;

/// So many accounts of a group are named.
pub const NAMED: usize = 10;

/// What people call a place: its name, or else its id.
pub fn place(organization: &Organization, place: PlaceId) -> String {
    let called = |place: &policy_document::effective::Place| {
        one_line(if place.name.is_empty() { &place.id } else { &place.name })
    };
    organization.place(place).map(called).unwrap_or_default()
}

/// An account with its name and id; another place by its name.
pub fn account(organization: &Organization, place: PlaceId) -> String {
    match organization.place(place) {
        Some(account) if account.kind == Kind::Account && !account.name.is_empty() => {
            one_line(&format!("{} ({})", account.name, account.id))
        }
        _ => self::place(organization, place),
    }
}

/// Some accounts: how many, and which: `2 accounts: shop (…), ledger (…)`.
pub fn accounts(organization: &Organization, accounts: &[PlaceId]) -> String {
    let named = accounts.iter().take(NAMED).map(|place| account(organization, *place));
    let mut named: Vec<String> = named.collect();
    if let Some(more) = accounts.len().checked_sub(NAMED + 1) {
        named.push(format!("and {} more", more + 1));
    }
    format!("{}: {}", count(accounts.len(), "account"), named.join(", "))
}

/// The way from the root: `Root > Production`.
pub fn path(organization: &Organization, place: PlaceId) -> String {
    let path: Vec<String> = organization
        .path(place)
        .into_iter()
        .map(|place| self::place(organization, place))
        .collect();
    path.join(" > ")
}

/// What people call a policy: its name, or else its id.
pub fn policy(organization: &Organization, policy: PolicyId) -> String {
    let called = |policy: &policy_document::effective::Policy| {
        one_line(if policy.name.is_empty() { &policy.id } else { &policy.name })
    };
    organization.policy(policy).map(called).unwrap_or_default()
}

/// Policies: `base, more`.
pub fn policies(organization: &Organization, policies: &BTreeSet<PolicyId>) -> String {
    let policies: Vec<String> =
        policies.iter().map(|policy| self::policy(organization, *policy)).collect();
    policies.join(", ")
}

/// A policy where it is attached: `base (Root)`.
pub fn attached(organization: &Organization, policy: PolicyId, place: PlaceId) -> String {
    format!("{} ({})", self::policy(organization, policy), self::place(organization, place))
}

/// The policies of some sources, each once: `base (Root), more (Production)`.
pub fn sources<'a>(
    organization: &Organization,
    sources: impl IntoIterator<Item = &'a Source>,
) -> String {
    let mut all: Vec<String> = Vec::new();
    for source in sources {
        let name = attached(organization, source.policy, source.place);
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all.join(", ")
}

/// `1 account`, `2 accounts`; larger numbers with commas.
pub fn count(number: usize, what: &str) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).collect();
    let groups: Vec<String> =
        groups.iter().rev().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", groups.join(","))
}
