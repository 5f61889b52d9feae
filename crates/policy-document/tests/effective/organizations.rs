//! Small organizations, and effective policies as a few lines.

use policy_document::effective::{
    Candidate, Effective, Organization, PlaceId, Policy, PolicyId, PolicySource, Source, Value,
};
use policy_document::tree::Node;
use serde_json::Value as Json;

pub const BACKUP: &str = "BACKUP_POLICY";

/// The names of the levels, and of the policies there: `r1` is the first of the root.
const LEVELS: [&str; 3] = ["root", "ou", "account"];

/// Whether it is known in which order the policies of a place were attached.
#[derive(Clone, Copy, PartialEq)]
pub enum Order {
    Known,
    Unknown,
}

/// One root, one OU, one account; of each the documents of its policies, as JSON texts.
pub fn three_levels(
    policy_type: &str,
    order: Order,
    levels: [&[&str]; 3],
) -> (Organization, PlaceId) {
    let mut organization = Organization::new("r-test", "root");
    let ou = organization.add_ou(organization.root(), "ou-test", "ou");
    let account = organization.add_account(ou, "111122223333", "account");
    for (place, (level, documents)) in
        [organization.root(), ou, account].into_iter().zip(LEVELS.iter().zip(levels))
    {
        let policies: Vec<PolicyId> = documents
            .iter()
            .zip(1..)
            .map(|(document, number)| {
                let name = format!("{}{number}", &level[..1]);
                add(&mut organization, &name, policy_type, document)
            })
            .collect();
        attach(&mut organization, place, order, &policies);
    }
    (organization, account)
}

pub fn add(organization: &mut Organization, name: &str, policy_type: &str, text: &str) -> PolicyId {
    let json: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    organization.add_policy(Policy {
        id: String::new(),
        name: name.to_owned(),
        policy_type: policy_type.to_owned(),
        source: PolicySource::None,
        document: Node::from(&json),
    })
}

pub fn attach(
    organization: &mut Organization,
    place: PlaceId,
    order: Order,
    policies: &[PolicyId],
) {
    match order {
        Order::Known => policies.iter().for_each(|policy| organization.attach(place, &[*policy])),
        Order::Unknown => organization.attach(place, policies),
    }
}

/// One line a setting: its pointer, and what it may be set to, each with the policies that say so.
pub fn lines(organization: &Organization, effective: &Effective) -> Vec<String> {
    let candidates = |candidates: &[Candidate]| {
        let all: Vec<String> = candidates.iter().map(|one| candidate(organization, one)).collect();
        all.join(" | ")
    };
    let settings = effective.settings.iter();
    settings
        .map(|setting| format!("{} = {}", setting.path.pointer(), candidates(&setting.candidates)))
        .collect()
}

fn candidate(organization: &Organization, candidate: &Candidate) -> String {
    let value = match &candidate.value {
        Value::One(value, from) => format!("{value} <- {}", names(organization, from)),
        Value::List(list) => {
            let items = list.items.iter();
            let items: Vec<String> = items
                .map(|item| format!("{} <- {}", item.value, names(organization, &item.from)))
                .collect();
            format!("[{}]", items.join(", "))
        }
    };
    match &candidate.when {
        None => value,
        Some(when) => {
            let first: Vec<&str> =
                when.first.iter().map(|policy| name(organization, *policy)).collect();
            format!("{value} if first {}", first.join(" or "))
        }
    }
}

pub fn names(organization: &Organization, sources: &[Source]) -> String {
    let mut names: Vec<&str> =
        sources.iter().map(|source| name(organization, source.policy)).collect();
    names.dedup();
    names.join(" ")
}

pub fn name(organization: &Organization, policy: PolicyId) -> &str {
    &organization.policy(policy).unwrap().name
}
