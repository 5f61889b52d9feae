//! The check of `make fuzz TARGET=tree`, on its corpus and on the project's own events and templates.

use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::Path;

#[path = "../../../../fuzz/tree.rs"]
mod tree;

#[test]
fn replay() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["fuzz/corpus/tree", "events", ".", "stacks", "stacksets", "examples"] {
        let folder = project.join(folder);
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let files = files.map(|file| file.expect("a file").path()).filter(|path| path.is_file());
        for file in files {
            let data = fs::read(&file).expect("a file can be read");
            if let Err(failure) = catch_unwind(|| tree::tree(&data)) {
                eprintln!("with {}", file.display());
                resume_unwind(failure);
            }
        }
    }
}
