//! The checks of make fuzz, on every sample event and on the corpus.

use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

#[path = "../../fuzz/checks.rs"]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [project.join("events"), project.join("fuzz/corpus").join(target)] {
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        assert!(!files.is_empty(), "{} is empty", folder.display());
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
fn envelope() {
    replay("envelope", checks::envelope);
}

#[test]
fn properties() {
    replay("properties", checks::properties);
}

#[test]
fn document() {
    replay("document", checks::document);
}

#[test]
fn answer() {
    replay("answer", checks::answer);
}
