//! The examples of the AWS Organizations user guide on inheritance: those of backup policies as of November 2026, those of
//! tag policies and of AI services opt-out policies as of December 2022.
//!
//! Each file of `guide/` is one: the policies of the example at root, OU and account, what we hold to
//! come of them, and where the guide prints something else. The guide's own results are no oracle:
//! many of them do not fit the policies above them.

use std::collections::BTreeMap;
use std::fs;

use policy_document::effective::{Assumptions, ContainerControls, of_account};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::organizations::{Order, three_levels};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// The page of the user guide.
    page: String,
    /// The edition of the guide that its policies were taken from.
    as_of: String,
    #[serde(rename = "type")]
    policy_type: String,
    root: Vec<Json>,
    ou: Vec<Json>,
    account: Vec<Json>,
    /// The effective policy.
    effective: Json,
    /// The effective policy, if a lock on an object locked all beneath it.
    everything_locked: Option<Json>,
    /// Where the guide prints something else, and why.
    guide: Vec<String>,
}

fn examples() -> BTreeMap<String, Example> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/effective/guide");
    let example = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let example = serde_json::from_str(&fs::read_to_string(&path).unwrap());
        (name, example.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    fs::read_dir(folder).unwrap().map(|entry| example(entry.unwrap().path())).collect()
}

fn effective(example: &Example, container_controls: ContainerControls) -> Json {
    let texts = |documents: &[Json]| documents.iter().map(Json::to_string).collect::<Vec<_>>();
    let levels = [texts(&example.root), texts(&example.ou), texts(&example.account)];
    let levels =
        levels.each_ref().map(|level| level.iter().map(String::as_str).collect::<Vec<_>>());
    let levels = levels.each_ref().map(Vec::as_slice);
    let (organization, account) = three_levels(&example.policy_type, Order::Known, levels);
    let assumptions = Assumptions { container_controls, ..Assumptions::default() };
    of_account(&organization, account, &example.policy_type, assumptions).document()
}

#[test]
fn every_example_of_the_user_guide() {
    let examples = examples();
    assert_eq!(examples.len(), 18);
    for (name, example) in &examples {
        let of = |controls| effective(example, controls);
        assert_eq!(of(ContainerControls::AddedKeys), example.effective, "{name}");
        let locked = example.everything_locked.as_ref().unwrap_or(&example.effective);
        assert_eq!(of(ContainerControls::Everything), *locked, "{name}, all locked");
    }
}

/// The page for readers lists what the files say, no more and no less.
#[test]
fn the_differences_are_on_the_page() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/EFFECTIVE.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = |name: &str, example: &Example| {
        let Example { page, as_of, .. } = example;
        let row = |difference: &String| format!("| `{name}` | {page} | {as_of} | {difference} |");
        example.guide.iter().map(row).collect::<Vec<_>>()
    };
    let examples = examples();
    let expected: Vec<String> =
        examples.iter().flat_map(|(name, example)| rows(name, example)).collect();
    let known =
        |line: &&str| examples.keys().any(|name| line.starts_with(&format!("| `{name}` |")));
    let listed: Vec<&str> = page.lines().filter(known).collect();
    assert_eq!(listed, expected);
}
