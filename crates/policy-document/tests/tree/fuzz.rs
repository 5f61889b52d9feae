//! The check of `make fuzz TARGET=tree`, on its corpus and on the project's own events and templates.

use std::path::Path;

#[path = "../../../../fuzz/replay.rs"]
mod replay;
#[path = "../../../../fuzz/tree.rs"]
mod tree;

#[test]
fn replay() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["fuzz/corpus/tree", "events", ".", "stacks", "stacksets", "examples"];
    replay::replay(&project, &folders, tree::tree);
}
