//! Replays the files of some folders through a check, for the tests of every crate.

use std::fs;
use std::panic::{catch_unwind, resume_unwind};
use std::path::Path;

/// Calls the check with each file of these folders of the project, and names the one with which it fails.
pub fn replay(project: &Path, folders: &[&str], check: fn(&[u8])) {
    for folder in folders.iter().map(|folder| project.join(folder)) {
        let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let files = files.map(|file| file.expect("a file").path());
        let files: Vec<_> = files.filter(|path| path.is_file()).collect();
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
