//! The project's own policies have no findings.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::Folder;

/// The documents of the sample events, with their variables filled in: name, type and text of each.
fn samples() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the events") {
        let path = entry.expect("an entry").path();
        let event: Value = serde_json::from_slice(&fs::read(&path).expect("a text")).expect("JSON");
        for properties in ["ResourceProperties", "OldResourceProperties"] {
            let content = &event[properties]["Content"];
            let Some(policy_type) = event[properties]["Type"].as_str() else { continue };
            let mut text = content.as_str().map_or_else(|| format!("{content:#}"), str::to_owned);
            for (name, value) in event[properties]["Variables"].as_object().into_iter().flatten() {
                text = text.replace(&format!("${{{name}}}"), value.as_str().expect("a text"));
            }
            let name = path.file_stem().expect("a name").to_string_lossy();
            found.push((format!("{name}-{properties}.json"), policy_type.to_owned(), text));
        }
    }
    found
}

#[test]
fn the_documents_of_the_sample_events_are_clean() {
    let (folder, mut checked) = (Folder::new("samples"), 0);
    for (name, policy_type, text) in samples() {
        folder.write(&name, text.as_bytes());
        let run = folder.run(&["check", "--strict", "--type", &policy_type, &name]);
        // Of a type that is not checked yet, nothing can be said.
        if run.stderr.contains("invalid value") {
            continue;
        }
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{name}: {}", run.stdout);
        checked += 1;
    }
    assert!(checked >= 4, "{checked}");
}
