//! `org-policy adopt` under every fault.

use std::collections::BTreeMap;

use serde_json::json;
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::{BACKUP_POLICY, PRODUCTION, ROOT, SECURITY};

use crate::matrix::{Form, Scene};
use crate::scene::Deployed;

/// A template has no parts: what could not be read is said, and nothing is written.
const FORM: Form = Form { parts: |_| BTreeMap::new(), error: |_| None, status: 2 };

/// Policies that nobody manages, on the root, an OU and one below it.
pub fn by_hand() -> Scene {
    let Deployed { world, cloudformation, .. } = Deployed::new();
    world.change(|state| {
        let below = state.add_unit(SECURITY, "Audit");
        for (number, target) in [ROOT, PRODUCTION, &below].into_iter().enumerate() {
            let id =
                state.add_policy(BACKUP_POLICY, &format!("by-hand-{number}"), r#"{"plans":{}}"#);
            state.policy(&id).description = "made by hand".to_owned();
            state.attach(&id, target);
        }
    });
    let arguments = ["adopt", "--targets", "paths"].map(str::to_owned).into();
    Scene { world, cloudformation, arguments }
}

#[test]
fn an_adoption_is_the_same_or_says_what_is_missing() {
    println!("{} cases", by_hand().disturb(&FORM));
}

/// OUs by their paths, as far as a path leads to one of them.
#[test]
fn targets_are_paths_where_those_are_unambiguous() {
    let scene = by_hand();
    let targets = |scene: &Scene| {
        let text = scene.answer().output;
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
        lines.map(|line| line.trim_matches('"').to_owned()).collect::<Vec<String>>()
    };
    assert_eq!(targets(&scene), ["Root", "/Production", "/Security/Audit"]);
    // Another OU of the name, a name with a slash, and what is below such ones.
    let ids = scene.world.change(|state| {
        state.add_unit(ROOT, "Production");
        let slash = state.add_unit(ROOT, "A/B");
        let below = state.add_unit(&slash, "C");
        for (number, target) in [&slash, &below].into_iter().enumerate() {
            let id = state.add_policy(BACKUP_POLICY, &format!("more-{number}"), r#"{"plans":{}}"#);
            state.policy(&id).description = "made by hand".to_owned();
            state.attach(&id, target);
        }
        [slash, below]
    });
    assert_eq!(targets(&scene), ["Root", PRODUCTION, "/Security/Audit", &ids[0], &ids[1]]);
    // Two of one name hide what is below them, too.
    scene.world.change(|state| state.add_unit(ROOT, "Security"));
    assert!(targets(&scene).iter().all(|target| !target.contains("Audit")));
    // Without the option they are ids, as AWS shows them.
    let scene = Scene { arguments: vec!["adopt".to_owned()], ..by_hand() };
    assert_eq!(targets(&scene)[..2], [ROOT, PRODUCTION]);
}

/// The policies of a stack are left out, and that is said.
#[test]
fn what_a_stack_has_is_left_out() {
    let deployed = Deployed::new();
    deployed.deploy(
        "backup",
        &[("Daily", policy_properties()), ("Guard", with(&guard_properties(), json!({})))],
    );
    let Deployed { world, cloudformation, .. } = deployed;
    let scene = Scene { world, cloudformation, arguments: vec!["adopt".to_owned()] };
    let answer = scene.answer();
    assert_eq!((answer.status, answer.complaints.len()), (1, 2), "{answer:#?}");
}
