//! `Custom::OrgBackupSettings`. faults.rs disturbs each of its calls.

mod failures;
mod properties;
mod switch_on;

use std::collections::BTreeSet;

use test_world::World;

const PHYSICAL_ID: &str = "cfn-org-policy:backup-settings";

/// The calls that change something.
const WRITES: [&str; 5] = [
    "EnablePolicyType",
    "EnableAWSServiceAccess",
    "ActivateOrganizationsAccess",
    "UpdateGlobalSettings",
    "UpdateRegionSettings",
];

/// The names of the settings that are on.
fn on(world: &World) -> BTreeSet<String> {
    world.change(|state| state.snapshot().into_keys().collect())
}

fn writes(world: &World) -> Vec<String> {
    let calls = world.calls_in_detail().into_iter();
    calls.filter(|call| WRITES.iter().any(|write| call.starts_with(write))).collect()
}
