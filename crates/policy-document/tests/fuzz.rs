//! The checks of `make fuzz TARGET=check` and `TARGET=template`, on their corpora and on the project's own files.

#![cfg(test)]

use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::Path;

use policy_document::check::rules;

#[path = "../../../fuzz/check.rs"]
mod check;
#[path = "../../../fuzz/template.rs"]
mod template;

fn replay(check: fn(&[u8]), folders: &[&str]) {
    for folder in folders {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let files = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
        for file in files {
            let data = fs::read(&file).expect("a file can be read");
            if let Err(failure) = catch_unwind(|| check(&data)) {
                eprintln!("with {}", file.display());
                resume_unwind(failure);
            }
        }
    }
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
