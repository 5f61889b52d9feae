//! AWS Backup's settings: a case a line.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::types::RegionSettings;

use crate::judge::Verdict::{Good, NotAsked, Unknown, Warning, Wrong};
use crate::judge::{DeclaredSettings, SettingsFacts, settings};
use crate::verdicts::{Case, cases, unread};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn known(types: &[(&str, bool)]) -> BTreeMap<String, bool> {
    types.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect()
}

fn region(opted_in: &[(&str, bool)], fully_managed: &[(&str, bool)]) -> RegionSettings {
    RegionSettings { opted_in: known(opted_in), fully_managed: known(fully_managed) }
}

fn in_order() -> SettingsFacts {
    let settings = region(&[("EBS", true), ("RDS", false), ("S3", true)], &[("DynamoDB", true)]);
    SettingsFacts {
        global: Ok(set(&["isCrossAccountBackupEnabled"])),
        regions: BTreeMap::from([("eu-west-1".to_owned(), Ok(settings))]),
        declared: vec![DeclaredSettings {
            global: set(&["CrossAccountBackup"]),
            resource_types: set(&["EBS", "S3"]),
            full_management: set(&["DynamoDB"]),
            regions: set(&["eu-west-1"]),
        }],
        other_account: None,
    }
}

fn declared(facts: &mut SettingsFacts) -> &mut DeclaredSettings {
    &mut facts.declared[0]
}

/// Another stack declares these types for another Region, or the same.
fn also(facts: &mut SettingsFacts, types: &[&str], region: &str) {
    facts.declared.push(DeclaredSettings {
        resource_types: set(types),
        regions: set(&[region]),
        ..DeclaredSettings::default()
    });
}

fn set_region(facts: &mut SettingsFacts, settings: RegionSettings) {
    facts.regions.insert("eu-west-1".to_owned(), Ok(settings));
}

#[test]
fn settings_in_order_are_good() {
    let checks = settings(&in_order());
    assert!(checks.len() == 4 && checks.iter().all(|check| check.verdict == Good), "{checks:#?}");
}

#[test]
fn each_fault_is_told_with_its_remedy() {
    let faults: &[Case<SettingsFacts>] = &[
        (
            "cross-account-backup",
            |f| f.global = Ok(set(&["isMpaEnabled"])),
            Wrong,
            &["may not go to other accounts", "CrossAccountBackup"],
        ),
        (
            "cross-account-backup",
            |f| f.global = unread("backup:DescribeGlobalSettings"),
            Unknown,
            &["allow backup:DescribeGlobalSettings"],
        ),
        (
            "global-settings",
            |f| _ = declared(f).global.insert("Mpa".to_owned()),
            Wrong,
            &["on: CrossAccountBackup; a stack declares Mpa as well", "Revision"],
        ),
        (
            "opt-in",
            |f| _ = declared(f).resource_types.insert("RDS".to_owned()),
            Wrong,
            &["eu-west-1: declared by a stack and not on: RDS", "Revision"],
        ),
        (
            "opt-in",
            |f| _ = declared(f).resource_types.insert("Quantum".to_owned()),
            Wrong,
            &["not on: Quantum"],
        ),
        ("opt-in", |f| declared(f).resource_types = set(&["All"]), Wrong, &["not on: RDS"]),
        (
            "opt-in",
            |f| also(f, &["RDS"], "eu-west-1"),
            Wrong,
            &["declared by a stack and not on: RDS"],
        ),
        (
            "opt-in",
            |f| also(f, &["All"], "eu-west-1"),
            Wrong,
            &["declared by a stack and not on: RDS"],
        ),
        ("opt-in", |f| also(f, &["RDS"], "us-east-1"), Good, &["on: EBS, S3"]),
        (
            "opt-in",
            |f| {
                declared(f).resource_types.insert("RDS".to_owned());
                declared(f).regions = set(&["us-east-1"]);
            },
            Good,
            &["on: EBS, S3"],
        ),
        (
            "opt-in",
            |f| {
                f.declared.clear();
                set_region(f, region(&[("EBS", false)], &[]));
            },
            Wrong,
            &["no resource type is backed up"],
        ),
        (
            "opt-in",
            |f| f.other_account = Some("999988887777".to_owned()),
            NotAsked,
            &["credentials of the management account"],
        ),
        (
            "opt-in",
            |f| {
                _ = f
                    .regions
                    .insert("ap-east-1".to_owned(), unread("backup:DescribeRegionSettings"))
            },
            Unknown,
            &["ap-east-1: call backup:DescribeRegionSettings"],
        ),
        (
            "full-management",
            |f| set_region(f, region(&[("EBS", true), ("S3", true)], &[("DynamoDB", false)])),
            Wrong,
            &["declared by a stack and not on: DynamoDB"],
        ),
        (
            "full-management",
            |f| {
                f.declared.clear();
                set_region(f, region(&[("EBS", true)], &[("DynamoDB", false)]));
            },
            Warning,
            &["backups of DynamoDB are not copied"],
        ),
        (
            "full-management",
            |f| f.other_account = Some("999988887777".to_owned()),
            NotAsked,
            &["999988887777"],
        ),
    ];
    cases(in_order, settings, faults);
}
