//! Stacks that the function has deployed, to be read.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use test_world::World;
use test_world::cloudformation::{CloudFormation, Resource, Stack};
pub use test_world::fixtures::template_of as template;
use test_world::simulation::in_virtual_time;
use test_world::stack;

/// An organization, and a CloudFormation with stacks. Lists come in pages of two.
pub struct Deployed {
    pub world: World,
    pub cloudformation: CloudFormation,
}

impl Deployed {
    pub fn new() -> Self {
        let (world, cloudformation) = (World::new(), CloudFormation::default());
        world.change(|state| state.page_size = 2);
        cloudformation.change(|state| state.page_size = 2);
        world.answer_for(&cloudformation);
        Self { world, cloudformation }
    }

    /// Creates a stack with these policies; answers with their ids.
    pub fn deploy(&self, name: &str, policies: &[(&str, Value)]) -> BTreeMap<String, String> {
        let stack = stack::Stack::new(&self.world.sdk_config(), name);
        let mut ids = BTreeMap::new();
        for (logical_id, properties) in policies {
            let created = in_virtual_time(stack.create(logical_id, properties.clone()));
            assert_eq!(created.1.reason, "", "{logical_id}");
            ids.insert((*logical_id).to_owned(), created.0.physical_id);
        }
        let resources =
            ids.iter().map(|(id, physical_id)| resource(id, "Custom::OrgPolicy", physical_id));
        let deployed = Stack {
            id: stack.id,
            status: "CREATE_COMPLETE".to_owned(),
            template: template(policies).to_string(),
            resources: resources.collect(),
            ..Stack::default()
        };
        self.cloudformation.change(|state| state.stacks.insert(name.to_owned(), deployed));
        ids
    }
}

/// A resource of a stack.
pub fn resource(logical_id: &str, resource_type: &str, physical_id: &str) -> Resource {
    Resource {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        physical_id: physical_id.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
    }
}

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
