//! AWS Backup's settings.

use std::collections::{BTreeMap, BTreeSet};

use super::reading;
use crate::aws::{Progress, Session};
use crate::doctor::judge::{DeclaredSettings, OrganizationFacts, SettingsFacts};

/// Reads the global settings, and those of the Region and of all Regions that a stack declares.
pub async fn settings(
    session: &Session,
    organization: &OrganizationFacts,
    declared: Vec<DeclaredSettings>,
    progress: &Progress,
) -> SettingsFacts {
    let backup = session.reader().backup;
    let global = backup.global_settings().await;
    let regions: BTreeSet<String> = declared
        .iter()
        .flat_map(|declared| declared.regions.iter().cloned())
        .chain(session.region().map(str::to_owned))
        .collect();
    let mut settings = BTreeMap::new();
    for region in regions {
        let answer = backup.region_settings(&region).await;
        let operation = format!("read the settings of AWS Backup in {region}");
        let read = reading(answer, &operation, "backup:DescribeRegionSettings");
        settings.insert(region, read);
        progress.one();
    }
    let other_account = match (&organization.caller, &organization.organization) {
        (Ok(caller), Ok(organization)) if *caller != organization.management_account => {
            Some(caller.clone())
        }
        _ => None,
    };
    SettingsFacts {
        global: reading(
            global,
            "read the global settings of AWS Backup",
            "backup:DescribeGlobalSettings",
        ),
        regions: settings,
        declared,
        other_account,
    }
}
