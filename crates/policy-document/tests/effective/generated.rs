//! Organizations, policies and JSON of any shape.

use std::fmt;
use std::ops::{Deref, DerefMut};

use policy_document::effective::{
    Assumptions, ContainerControls, Names, Organization, PolicyId, write,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};

use crate::organizations::{Order, add, attach};

/// A policy type of which nothing particular is known.
pub const TYPE: &str = "INSPECTOR_POLICY";
pub const NONE: &str = "@@none";

/// One operator of a policy: the objects that lead to a setting, the setting, and what it says.
/// Settings called s and t have single values, l and m have lists.
fn operator() -> impl Strategy<Value = (Vec<&'static str>, &'static str, Json)> {
    let objects = prop::collection::vec(select(vec!["a", "b", "A"]), 0..3);
    let single =
        (select(vec!["s", "t"]), 0..3).prop_map(|(name, value)| (name, json!({"@@assign": value})));
    let list = subsequence(vec!["x", "y", "z"], 0..=3);
    let several = (select(vec!["l", "m"]), select(vec!["@@assign", "@@append", "@@remove"]), list)
        .prop_map(|(name, operator, list)| (name, json!({operator: list})));
    (objects, prop_oneof![single, several])
        .prop_map(|(objects, (name, said))| (objects, name, said))
}

/// A control: the objects that lead to it, perhaps a setting, and what it allows.
fn control() -> impl Strategy<Value = (Vec<&'static str>, Option<&'static str>, Json)> {
    let objects = prop::collection::vec(select(vec!["a", "b"]), 0..3);
    let setting = prop::option::of(select(vec!["s", "t", "l", "m"]));
    let allowed = prop_oneof![
        2 => Just(json!([NONE])),
        1 => Just(json!(["@@all"])),
        2 => subsequence(vec!["@@assign", "@@append", "@@remove"], 1..3).prop_map(|some| json!(some)),
    ];
    (objects, setting, allowed)
}

pub fn document() -> impl Strategy<Value = Json> {
    let operators = prop::collection::vec(operator(), 0..6);
    let controls = prop::collection::vec(control(), 0..2);
    (operators, controls).prop_map(|(operators, controls)| {
        let mut document = json!({});
        for (objects, name, said) in operators {
            let setting = node(&mut document, &objects, Some(name));
            setting.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
        }
        for (objects, name, allowed) in controls {
            node(&mut document, &objects, name)["@@operators_allowed_for_child_policies"] = allowed;
        }
        document
    })
}

/// The object at these keys, made if it is not there.
fn node<'a>(document: &'a mut Json, objects: &[&str], name: Option<&str>) -> &'a mut Json {
    objects.iter().copied().chain(name).fold(document, |node, key| {
        node.as_object_mut().unwrap().entry(key).or_insert_with(|| json!({}))
    })
}

/// An organization that a failed test prints as a file.
#[derive(Clone)]
pub struct Shown(pub Organization);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", write(&self.0))
    }
}

impl Deref for Shown {
    type Target = Organization;

    fn deref(&self) -> &Organization {
        &self.0
    }
}

impl DerefMut for Shown {
    fn deref_mut(&mut self) -> &mut Organization {
        &mut self.0
    }
}

/// An organization: for each place after the root its parent and whether it is an account; the
/// policies; for each place which of them are attached, and whether the order is known.
pub fn organization() -> impl Strategy<Value = Shown> {
    let places = prop::collection::vec((0..6usize, any::<bool>()), 1..6);
    let policies = prop::collection::vec(document(), 1..6);
    (places, policies)
        .prop_flat_map(|(places, policies)| {
            let some =
                subsequence((0..policies.len()).collect::<Vec<_>>(), 0..=policies.len().min(4));
            let attached =
                prop::collection::vec((some.prop_shuffle(), any::<bool>()), places.len() + 1);
            (Just(places), Just(policies), attached)
        })
        .prop_map(|(places, policies, attached)| {
            let mut organization = Organization::new("r-test", "root");
            let mut ous = vec![organization.root()];
            let mut all = vec![organization.root()];
            for (number, (parent, is_account)) in places.into_iter().enumerate() {
                let parent = ous[parent % ous.len()];
                if is_account {
                    all.push(organization.add_account(parent, format!("{number:012}"), ""));
                } else {
                    let ou = organization.add_ou(parent, format!("ou-{number}"), "");
                    ous.push(ou);
                    all.push(ou);
                }
            }
            let policies: Vec<PolicyId> = policies
                .iter()
                .enumerate()
                .map(|(number, text)| {
                    add(&mut organization, &format!("p{number}"), TYPE, &text.to_string())
                })
                .collect();
            for (place, (some, known)) in all.into_iter().zip(attached) {
                let some: Vec<PolicyId> = some.into_iter().map(|one| policies[one]).collect();
                attach(
                    &mut organization,
                    place,
                    if known { Order::Known } else { Order::Unknown },
                    &some,
                );
            }
            Shown(organization)
        })
}

pub fn assumptions() -> impl Strategy<Value = Assumptions> {
    use ContainerControls::{AddedKeys, Everything, Nothing};
    (select(vec![AddedKeys, Everything, Nothing]), select(vec![Names::Folded, Names::Exact]))
        .prop_map(|(container_controls, names)| Assumptions { container_controls, names })
}

pub fn any_json() -> impl Strategy<Value = Json> {
    let key = select(vec![
        "plans",
        "p",
        "tags",
        "rules",
        "selections",
        "regions",
        "@@assign",
        "@@append",
        "@@remove",
        "@@operators_allowed_for_child_policies",
        "@@x",
        "root",
        "policies",
        "accounts",
        "ous",
        "id",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        select(vec!["", "@@none", "@@all", "@@assign", "x"]).prop_map(Json::from),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|members| members
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect()),
        ]
    })
}
