//! The check of `make fuzz TARGET=effective`, on its corpus and on the example.

use std::fs;
use std::path::Path;

#[path = "../../../../fuzz/effective.rs"]
mod check;

#[test]
fn what_is_kept() {
    let mut checked = 0;
    for folder in ["fuzz/corpus/effective", "examples/organization"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        for entry in fs::read_dir(folder).unwrap() {
            check::effective(&fs::read(entry.unwrap().path()).unwrap());
            checked += 1;
        }
    }
    assert!(checked >= 4, "{checked}");
}
