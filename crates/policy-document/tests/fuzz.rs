//! The checks of `make fuzz TARGET=check` and `TARGET=template`, on their corpora and on the project's own files.

#![cfg(test)]

use std::path::Path;

use policy_document::check::rules;

#[path = "../../../fuzz/check.rs"]
mod check;
#[path = "../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../fuzz/template.rs"]
mod template;

fn replay(check: fn(&[u8]), folders: &[&str]) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    replay::replay(&project, folders, check);
}

#[test]
fn documents() {
    for rule in rules() {
        check::check(rule.wrong.as_bytes());
        check::check(rule.right.as_bytes());
    }
    replay(
        check::check,
        &["fuzz/corpus/check", "fuzz/corpus/tree", "events", "examples/organization"],
    );
}

#[test]
fn templates() {
    replay(
        template::template,
        &["fuzz/corpus/template", "fuzz/corpus/tree", ".", "stacks", "stacksets", "examples"],
    );
}
