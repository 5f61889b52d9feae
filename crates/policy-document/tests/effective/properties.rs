//! What holds of any organization.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::effective::{
    Assumptions, Effective, Names, Organization, PlaceId, PolicyId, Source, Value, findings,
    of_account, of_all, read, summary, write,
};
use policy_document::tree::Node;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use crate::generated::{NONE, TYPE, any_json, assumptions, document, organization};
use crate::organizations::{Order, add, attach};

/// The values that every setting may have, whoever set them.
fn meaning(effective: &Effective) -> BTreeMap<String, BTreeSet<String>> {
    let settings = effective.settings.iter();
    settings
        .map(|setting| {
            let meanings = setting.meanings();
            let values = meanings.iter().map(|meaning| format!("{meaning:?}")).collect();
            (setting.path.pointer(), values)
        })
        .collect()
}

/// Every effective policy that may come out, with the items of lists in order.
fn results(effective: &Effective, assumptions: Assumptions) -> BTreeSet<String> {
    let (combinations, complete) = effective.combinations(10_000);
    assert!(complete);
    combinations
        .iter()
        .map(|one| sorted(effective.document_of(one), assumptions).to_string())
        .collect()
}

fn sorted(json: Json, assumptions: Assumptions) -> Json {
    match json {
        Json::Object(members) => members
            .into_iter()
            .map(|(key, value)| (folded(&key, assumptions), sorted(value, assumptions)))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        Json::Array(mut items) => {
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        other => other,
    }
}

fn below(organization: &Organization, place: PlaceId) -> Vec<PlaceId> {
    let all = organization.places().map(|(id, _)| id);
    all.filter(|id| *id != place && organization.path(*id).contains(&place)).collect()
}

fn detach_all(organization: &mut Organization, place: PlaceId) {
    for attachment in organization.attached(place, TYPE) {
        organization.detach(place, attachment.policy);
    }
}

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let rest = |index: usize| [&items[..index], &items[index + 1..]].concat();
    let with = |index: usize| {
        permutations(&rest(index)).into_iter().map(move |tail| [vec![items[index]], tail].concat())
    };
    (0..items.len()).flat_map(with).collect()
}

/// Organizations with known orders in the place of every order that is not known.
fn every_order(organization: &Organization) -> Vec<Organization> {
    let mut all = vec![organization.clone()];
    for (place, _) in organization.places() {
        let attached = organization.attached(place, TYPE);
        let unknown = attached.len() > 1 && attached.iter().all(|attachment| attachment.rank == 0);
        if !unknown {
            continue;
        }
        let policies: Vec<PolicyId> = attached.iter().map(|attachment| attachment.policy).collect();
        let ordered = |organization: &Organization, order: &[PolicyId]| {
            let mut organization = organization.clone();
            detach_all(&mut organization, place);
            attach(&mut organization, place, Order::Known, order);
            organization
        };
        let orders = permutations(&policies);
        all = all.iter().flat_map(|one| orders.iter().map(|order| ordered(one, order))).collect();
    }
    all
}

/// What stands at a source's pointer in its policy's document.
fn said(organization: &Organization, source: &Source) -> Node {
    let policy = organization.policy(source.policy).unwrap();
    source.pointer.split('/').skip(1).fold(policy.document.clone(), |node, key| {
        let item = key.parse().ok().and_then(|index: usize| node.items().get(index));
        item.or_else(|| node.get(key)).unwrap_or_else(|| panic!("{source:?}")).clone()
    })
}

fn text(node: &Node) -> String {
    match &node.value {
        policy_document::tree::Value::Number(text) | policy_document::tree::Value::String(text) => {
            text.clone()
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_account_without_policies_has_no_effective_policy(
        mut organization in organization(), chosen in any::<prop::sample::Index>(), assumptions in assumptions(),
    ) {
        let places: Vec<PlaceId> = organization.places().map(|(id, _)| id).collect();
        let place = *chosen.get(&places);
        organization.path(place).into_iter().for_each(|place| detach_all(&mut organization, place));
        let effective = of_account(&organization, place, TYPE, assumptions);
        prop_assert!(effective.is_empty() && effective.ignored.is_empty());
    }

    #[test]
    fn policies_without_a_key_in_common_give_the_same_in_any_order(
        documents in prop::collection::vec(document(), 1..5), assumptions in assumptions(),
    ) {
        let mut organization = Organization::new("", "root");
        let root = organization.root();
        let policies: Vec<PolicyId> = documents
            .into_iter()
            .enumerate()
            .map(|(number, document)| {
                let text = json!({format!("k{number}"): document}).to_string();
                add(&mut organization, &format!("p{number}"), TYPE, &text)
            })
            .collect();
        attach(&mut organization, root, Order::Unknown, &policies);
        let effective = of_account(&organization, root, TYPE, assumptions);
        prop_assert_eq!(effective.undecided(), 0);
        for organization in every_order(&organization) {
            let ordered = of_account(&organization, root, TYPE, assumptions);
            prop_assert_eq!(&ordered.settings, &effective.settings);
        }
    }

    #[test]
    fn what_a_setting_forbids_never_changes_below(
        organization in organization(), assumptions in assumptions(),
    ) {
        for (place, _) in organization.places() {
            let here = meaning(&of_account(&organization, place, TYPE, assumptions));
            for locked in locked_settings(&organization, place, assumptions) {
                for below in below(&organization, place) {
                    let there = meaning(&of_account(&organization, below, TYPE, assumptions));
                    let of = |all: &BTreeMap<String, BTreeSet<String>>| {
                        let same = all.iter().filter(|(path, _)| folded(path, assumptions) == locked);
                        same.map(|(_, values)| values.clone()).collect::<Vec<_>>()
                    };
                    prop_assert_eq!(of(&here), of(&there), "{}", locked);
                }
            }
        }
    }

    #[test]
    fn a_policy_moved_from_an_ou_to_its_accounts_changes_nothing(
        mut organization in organization(), policy in document(),
        chosen in any::<prop::sample::Index>(), assumptions in assumptions(),
    ) {
        let places: Vec<PlaceId> = organization.places().map(|(id, _)| id).collect();
        let ou = *chosen.get(&places);
        let moved = add(&mut organization, "moved", TYPE, &policy.to_string());
        for place in below(&organization, ou).into_iter().chain([ou]) {
            detach_all(&mut organization, place);
        }
        organization.attach(ou, &[moved]);
        let of = |organization: &Organization| {
            let accounts = of_all(organization, TYPE, assumptions);
            accounts.iter().map(|(account, effective)| (account, meaning(effective))).collect::<Vec<_>>()
        };
        let before = of(&organization);
        organization.detach(ou, moved);
        let accounts: Vec<PlaceId> = organization.accounts().map(|(id, _)| id).collect();
        for account in accounts {
            if organization.path(account).contains(&ou) {
                organization.attach(account, &[moved]);
            }
        }
        prop_assert_eq!(of(&organization), before);
    }

    #[test]
    fn every_source_names_a_policy_that_holds_the_value(
        organization in organization(), assumptions in assumptions(),
    ) {
        for (account, effective) in of_all(&organization, TYPE, assumptions).iter() {
            let path = organization.path(account);
            for candidate in effective.settings.iter().flat_map(|setting| &setting.candidates) {
                for source in candidate.value.sources() {
                    prop_assert!(path.contains(&source.place));
                    let attached = organization.attached(source.place, TYPE);
                    prop_assert!(attached.iter().any(|attachment| attachment.policy == source.policy));
                }
                match &candidate.value {
                    Value::One(value, from) => {
                        prop_assert!(!from.is_empty());
                        for source in from {
                            prop_assert_eq!(text(&said(&organization, source)), value.to_string());
                        }
                    }
                    Value::List(list) => {
                        for item in list.items.iter().chain(&list.removed) {
                            prop_assert!(!item.from.is_empty());
                            for source in &item.from {
                                prop_assert_eq!(text(&said(&organization, source)), item.value.to_string());
                            }
                        }
                        for source in &list.assigned {
                            prop_assert!(source.pointer.ends_with("/@@assign"));
                            said(&organization, source);
                        }
                    }
                }
            }
            for ignored in &effective.ignored {
                said(&organization, &ignored.source);
            }
        }
    }

    /// What may come out where the order is not known is what comes out of every order, no more and no
    /// less.
    #[test]
    fn what_may_come_out_is_what_comes_out_of_every_order(
        organization in organization(), assumptions in assumptions(),
    ) {
        let every = every_order(&organization);
        prop_assume!(every.len() <= 600);
        for (account, effective) in of_all(&organization, TYPE, assumptions).iter() {
            let mut expected = BTreeSet::new();
            for organization in &every {
                expected.extend(results(&of_account(organization, account, TYPE, assumptions), assumptions));
            }
            prop_assert_eq!(results(effective, assumptions), expected);
        }
    }

    /// All accounts at once give what each alone gives, and groups are of those alike.
    #[test]
    fn all_at_once_is_each_alone(organization in organization(), assumptions in assumptions()) {
        let accounts = of_all(&organization, TYPE, assumptions);
        for (account, effective) in accounts.iter() {
            let alone = of_account(&organization, account, TYPE, assumptions);
            prop_assert_eq!(&alone.settings, &effective.settings);
            prop_assert_eq!(&alone.ignored, &effective.ignored);
        }
        let summary = summary(&accounts, TYPE);
        prop_assert_eq!(
            summary.groups.iter().map(|group| group.accounts.len()).sum::<usize>(),
            organization.accounts().count()
        );
        let folded = |effective: &Effective| {
            let meaning = meaning(effective);
            meaning.into_iter().map(|(path, values)| (folded(&path, assumptions), values)).collect::<Vec<_>>()
        };
        for group in &summary.groups {
            for account in &group.accounts {
                prop_assert_eq!(folded(accounts.get(*account).unwrap()), folded(&group.effective));
            }
        }
    }

    /// What is written is read as the same organization, as far as the order goes into the file.
    #[test]
    fn a_written_organization_is_read_again(organization in organization(), assumptions in assumptions()) {
        let written = write(&organization);
        let again = read(&Node::from(&written), &mut |_| Err(String::new())).unwrap();
        let of = |organization: &Organization, accounts: Vec<PlaceId>| {
            let of = |account| results(&of_account(organization, account, TYPE, assumptions), assumptions);
            let id = |account| organization.place(account).unwrap().id.clone();
            accounts.into_iter().map(|account| (id(account), of(account))).collect::<BTreeMap<_, _>>()
        };
        let accounts = |organization: &Organization| organization.accounts().map(|(id, _)| id).collect::<Vec<_>>();
        prop_assert_eq!(of(&again, accounts(&again)), of(&organization, accounts(&organization)));
    }

    /// No document and no file is any trouble.
    #[test]
    fn any_json_at_all(documents in prop::collection::vec(any_json(), 1..4), policy_type in select(vec![
        "BACKUP_POLICY", "TAG_POLICY", "CHATBOT_POLICY", TYPE,
    ])) {
        let mut organization = Organization::new("", "root");
        let root = organization.root();
        let account = organization.add_account(root, "111122223333", "");
        for (number, document) in documents.iter().enumerate() {
            let policy = add(&mut organization, &format!("p{number}"), policy_type, &document.to_string());
            organization.attach(if number == 0 { root } else { account }, &[policy]);
        }
        let effective = of_account(&organization, account, policy_type, Assumptions::default());
        findings(&effective, policy_type);
        effective.document();
        let _ = read(&Node::from(&documents[0]), &mut |_| Err(String::new()));
    }
}

/// In lower case, if keys are compared so.
fn folded(pointer: &str, assumptions: Assumptions) -> String {
    if assumptions.names == Names::Folded { pointer.to_lowercase() } else { pointer.to_owned() }
}

/// The settings that a policy attached to this place locks and nothing keeps out, as pointers.
fn locked_settings(
    organization: &Organization,
    place: PlaceId,
    assumptions: Assumptions,
) -> BTreeSet<String> {
    let attached = organization.attached(place, TYPE);
    let ignored = of_account(organization, place, TYPE, assumptions).ignored;
    let mut locked = BTreeSet::new();
    for attachment in attached {
        let kept_out = |pointer: &str| {
            ignored.iter().any(|ignored| {
                ignored.operator.is_none()
                    && ignored.source.place == place
                    && ignored.source.policy == attachment.policy
                    && pointer.starts_with(ignored.source.pointer.as_ref())
            })
        };
        let mut open =
            vec![(String::new(), organization.policy(attachment.policy).unwrap().document.clone())];
        while let Some((pointer, node)) = open.pop() {
            let allowed = node.get("@@operators_allowed_for_child_policies");
            let is_setting = pointer.ends_with(['s', 't', 'l', 'm']);
            if is_setting
                && allowed.is_some_and(|allowed| allowed.items()[0].as_str() == Some(NONE))
                && !kept_out(&pointer)
            {
                locked.insert(folded(&pointer, assumptions));
            }
            let members = node.members().iter().filter(|member| !member.key.starts_with("@@"));
            open.extend(
                members.map(|member| (format!("{pointer}/{}", member.key), member.node.clone())),
            );
        }
    }
    locked
}
