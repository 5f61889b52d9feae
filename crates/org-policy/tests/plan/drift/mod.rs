//! `drift`: each change by hand is found exactly, and what an update with another Revision puts back is as before.

mod edits;
mod hidden;
mod organization;
mod stacks;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::{PRODUCTION, SECURITY, State};

use crate::account::{Account, Run, STACK, template};

const OWNER_TAG: &str = "cfn-org-policy:stack-id";

/// A change by somebody's hand.
pub struct Edit {
    pub name: &'static str,
    pub make: fn(&mut State, &str),
    /// What the report says of it.
    found: &'static [&'static str],
}

/// Whatever can be put back.
pub const EDITS: [Edit; 9] = [
    Edit {
        name: "the document is edited",
        make: |state, id| {
            let policy = state.policy(id);
            policy.content = policy.content.replace("a:B", "a:X").replace("eu-west-1", "eu-west-3");
        },
        found: &["changed Content"],
    },
    Edit {
        name: "the description is edited",
        make: |state, id| state.policy(id).description = "by hand".to_owned(),
        found: &["changed Description"],
    },
    Edit {
        name: "it is renamed",
        make: |state, id| state.policy(id).name.push_str("-old"),
        found: &["renamed Name"],
    },
    Edit {
        name: "it is detached",
        make: |state, id| state.detach(id, PRODUCTION),
        found: &["detached /Production"],
    },
    Edit {
        name: "it is attached elsewhere",
        make: |state, id| state.attach(id, SECURITY),
        found: &["attached /Security"],
    },
    Edit {
        name: "a tag is changed",
        make: |state, id| state.tag(id, "team", "c"),
        found: &["changed Tags.team"],
    },
    Edit {
        name: "a tag is added",
        make: |state, id| state.tag(id, "cost", "1"),
        found: &["changed Tags.cost"],
    },
    Edit {
        name: "the tags that name the owner are gone",
        make: |state, id| {
            state.tags.get_mut(id).expect("tags").retain(|key, _| !key.starts_with("cfn-org"));
        },
        found: &["unowned"],
    },
    Edit { name: "it is deleted", make: |state, id| state.remove_policy(id), found: &["deleted"] },
];

/// A stack with a backup policy and a guard.
fn stack(revision: &str) -> Value {
    let own = json!({"Revision": revision, "Tags": [{"Key": "team", "Value": "a"}]});
    template(&[
        ("Daily", with(&policy_properties(), own.clone())),
        ("Guard", with(&guard_properties(), own)),
    ])
}

pub fn physical_id(account: &Account, logical_id: &str) -> String {
    account.cloudformation.change(|state| {
        let resources = &state.stacks[STACK].resources;
        let found = resources.iter().find(|resource| resource.logical_id == logical_id);
        found.expect("the resource").physical_id.clone()
    })
}

/// What was found, by resource.
fn found(run: &Run) -> BTreeMap<String, BTreeSet<String>> {
    let report = run.json();
    let mut found = BTreeMap::new();
    for resource in each(&report["stacks"]).flat_map(|stack| each(&stack["resources"])) {
        let mut texts = BTreeSet::new();
        for drift in each(&resource["drift"]) {
            let what = match (&drift["change"]["path"], &drift["part"]) {
                (Value::String(path), _) if path.starts_with("Content") => " Content".to_owned(),
                (Value::String(text), _) | (_, Value::String(text)) => format!(" {text}"),
                _ => String::new(),
            };
            texts.insert(format!("{}{what}", text(&drift["kind"])));
        }
        for target in each(&resource["targets"]) {
            texts.insert(format!("{}ed {}", text(&target["change"]), text(&target["path"])));
        }
        texts.extend(each(&resource["off"]).map(|off| text(off).to_owned()));
        assert_eq!(resource["error"], Value::Null, "{report:#}");
        if !texts.is_empty() {
            found.insert(text(&resource["logical_id"]).to_owned(), texts);
        }
    }
    found
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}"))
}

fn edit_content(account: &Account, from: &str, to: &str) {
    let id = physical_id(account, "Daily");
    account.world.change(|state| {
        let policy = state.policy(&id);
        assert!(policy.content.contains(from), "{}", policy.content);
        policy.content = policy.content.replace(from, to);
    });
}
