//! The permissions of the pages are what the commands need: with them they work, and without one of them they say which.

use std::collections::BTreeSet;
use std::fs;

use crate::adopt;
use crate::drift;
use crate::matrix::Scene;
use crate::plan;

/// The actions of the blocks of permissions that a page has below a heading, in order.
fn blocks(page: &str, heading: &str) -> Vec<BTreeSet<String>> {
    let path = format!("{}/../../docs/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("a page");
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let section = section.split("\n## ").next().expect("a section");
    let blocks = section.split("Action:\n").skip(1).map(|block| {
        let lines = block.lines().take_while(|line| line.trim().starts_with("- "));
        lines.map(|line| line.trim().trim_start_matches("- ").to_owned()).collect()
    });
    blocks.collect()
}

/// With these actions each scene is answered as with all; without one of them, some scene is not, and says which.
fn check(scenes: &[fn() -> Scene], actions: &BTreeSet<String>) {
    let whole: Vec<_> = scenes.iter().map(|scene| scene().answer()).collect();
    for (scene, whole) in scenes.iter().zip(&whole) {
        let scene = scene();
        scene.world.permit(actions);
        assert_eq!(scene.answer(), *whole);
    }
    for action in actions {
        let mut fewer = actions.clone();
        fewer.remove(action);
        let mut is_needed = false;
        for (scene, whole) in scenes.iter().zip(&whole) {
            let scene = scene();
            scene.world.permit(&fewer);
            let answer = scene.answer();
            if answer == *whole {
                continue;
            }
            is_needed = true;
            let said = format!("{}{}", answer.output, answer.complaints.join("\n"));
            assert!(said.to_lowercase().contains(&action.to_lowercase()), "{action}: {said}");
            assert_ne!(answer.status, whole.status, "{action}: {said}");
        }
        assert!(is_needed, "{action} is never needed");
    }
}

#[test]
fn a_plan_needs_what_its_page_lists() {
    let blocks = blocks("PLAN.md", "Permissions");
    let [always, for_settings] = blocks.as_slice() else { panic!("{blocks:?}") };
    check(&[plan::every_event, plan::new_stack, plan::nested], &(always | for_settings));
    // Without backup settings the first block is enough.
    for scene in [plan::without_settings, plan::new_stack, plan::nested] {
        let (scene, whole) = (scene(), scene().answer());
        scene.world.permit(always);
        assert_eq!(scene.answer(), whole);
    }
}

#[test]
fn a_look_needs_no_more_than_its_page_lists() {
    let (scene, whole) = (drift::drifted(), drift::drifted().answer());
    scene.world.permit(&blocks("DRIFT.md", "Permissions")[0]);
    assert_eq!(scene.answer(), whole);
}

#[test]
fn an_adoption_needs_what_its_page_lists() {
    let blocks = blocks("LIFECYCLE.md", "Adopt existing policies");
    let [always, for_paths] = blocks.as_slice() else { panic!("{blocks:?}") };
    check(&[adopt::by_hand], &(always | for_paths));
    let by_ids = || Scene { arguments: vec!["adopt".to_owned()], ..adopt::by_hand() };
    check(&[by_ids], always);
}
