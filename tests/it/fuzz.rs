//! The checks of make fuzz, on every sample event and on the corpus.

use std::path::Path;

#[path = "../../fuzz/checks.rs"]
mod checks;
#[path = "../../fuzz/replay.rs"]
mod replay;

fn replay(target: &str, check: fn(&[u8])) {
    let folders = ["events", &format!("fuzz/corpus/{target}")];
    replay::replay(Path::new(env!("CARGO_MANIFEST_DIR")), &folders, check);
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
