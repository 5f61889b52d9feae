//! Files beside the stacks.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
pub use test_world::deployed::{Deployed, resource};
pub use test_world::fixtures::template_of as template;

/// A file of this name in a folder for this purpose. Tests beside each other may write the same.
pub fn file(folder: &str, name: &str, template: &Value) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{folder}"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    let whole = folder.join(format!("{name}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
    fs::write(&whole, template.to_string()).expect("a file");
    fs::rename(&whole, &path).expect("a file");
    path.display().to_string()
}
