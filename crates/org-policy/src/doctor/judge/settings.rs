//! AWS Backup's settings: those of the organization, and those of each Region.

use std::collections::{BTreeMap, BTreeSet};

use cfn_org_policy::aws::types::RegionSettings;

use super::check::{Check, Question, Reading, listed};
use super::stacks::DeclaredSettings;

/// What switches all of this on.
const SETTINGS: &str = "deploy stacks/backup-settings.yaml";
/// By the name that a template has for them: the keys of AWS Backup (API reference, UpdateGlobalSettings).
const GLOBAL: [(&str, &str); 3] = [
    ("CrossAccountBackup", "isCrossAccountBackupEnabled"),
    ("DelegatedAdministrator", "isDelegatedAdministratorEnabled"),
    ("Mpa", "isMpaEnabled"),
];

/// What was read of AWS Backup.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The keys of the global settings that are on.
    pub global: Reading<BTreeSet<String>>,
    /// By Region: what is on.
    pub regions: BTreeMap<String, Reading<RegionSettings>>,
    /// What stacks declare, each its own.
    pub declared: Vec<DeclaredSettings>,
    /// The account of the credentials, unless it is the management account.
    pub other_account: Option<String>,
}

/// Judges the settings.
pub fn settings(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![cross_account(&facts.global), global(facts)];
    for (region, settings) in &facts.regions {
        checks.push(opt_in(facts, region, settings));
        checks.push(full_management(facts, region, settings));
    }
    checks
}

fn cross_account(global: &Reading<BTreeSet<String>>) -> Check {
    let question = Question::new("cross-account-backup", "DescribeGlobalSettings");
    question.judge(global, |question, on| {
        if on.contains("isCrossAccountBackupEnabled") {
            return question.good("copies may go to other accounts");
        }
        question.wrong(
            "copies may not go to other accounts",
            format!("{SETTINGS} with GlobalSettings CrossAccountBackup, in the management account"),
        )
    })
}

fn global(facts: &Facts) -> Check {
    let question = Question::new("global-settings", "DescribeGlobalSettings");
    question.judge(&facts.global, |question, on| {
        let names = GLOBAL.iter().filter(|(_, key)| on.contains(*key)).map(|(name, _)| *name);
        let on: BTreeSet<&str> = names.collect();
        let declared = facts.declared.iter().flat_map(|declared| &declared.global);
        let off: BTreeSet<&String> = declared.filter(|name| !on.contains(name.as_str())).collect();
        if off.is_empty() {
            return question.good(format!("on: {}", listed(on)));
        }
        question.wrong(
            format!("on: {}; a stack declares {} as well", listed(on), listed(off)),
            "change Revision of the stack of the backup settings: the function switches them on again",
        )
    })
}

/// The types of a Region that are declared and not on.
fn off(declared: &BTreeSet<String>, known: &BTreeMap<String, bool>) -> Vec<String> {
    let all = declared.contains("All").then(|| known.keys()).into_iter().flatten();
    let named = declared.iter().filter(|name| *name != "All");
    let wanted: BTreeSet<&String> = named.chain(all).collect();
    let is_off = |name: &&String| known.get(*name) != Some(&true);
    wanted.into_iter().filter(is_off).cloned().collect()
}

fn on(known: &BTreeMap<String, bool>) -> Vec<&String> {
    known.iter().filter(|(_, on)| **on).map(|(name, _)| name).collect()
}

/// The types that stacks declare for this Region, all together.
fn declared_for(
    facts: &Facts,
    region: &str,
    types: impl Fn(&DeclaredSettings) -> &BTreeSet<String>,
) -> BTreeSet<String> {
    let declared = facts.declared.iter().filter(|declared| declared.regions.contains(region));
    declared.flat_map(types).cloned().collect()
}

/// The opt-in of any other account than the management account says nothing of plans that come from policies.
fn of_another_account(facts: &Facts, question: Question) -> Result<Question, Check> {
    match &facts.other_account {
        None => Ok(question),
        Some(account) => Err(question.not_asked(
            format!("for backup policies the settings of the management account count, and not those of {account}"),
            "use credentials of the management account",
        )),
    }
}

fn opt_in(facts: &Facts, region: &str, settings: &Reading<RegionSettings>) -> Check {
    let question = Question::new("opt-in", "DescribeRegionSettings").about(region);
    let question = match of_another_account(facts, question) {
        Ok(question) => question,
        Err(check) => return check,
    };
    question.judge(settings, |question, settings| {
        let on = on(&settings.opted_in);
        let declared = declared_for(facts, region, |declared| &declared.resource_types);
        let off = off(&declared, &settings.opted_in);
        if on.is_empty() {
            question.wrong(
                "no resource type is backed up by a plan that selects by tags",
                format!("{SETTINGS} with ResourceTypes and Regions"),
            )
        } else if off.is_empty() {
            question.good(format!("on: {}", listed(on)))
        } else {
            question.wrong(
                format!("declared by a stack and not on: {}", listed(off)),
                "change Revision of the stack of the backup settings: the function switches them on again",
            )
        }
    })
}

fn full_management(facts: &Facts, region: &str, settings: &Reading<RegionSettings>) -> Check {
    let question = Question::new("full-management", "DescribeRegionSettings").about(region);
    let question = match of_another_account(facts, question) {
        Ok(question) => question,
        Err(check) => return check,
    };
    question.judge(settings, |question, settings| {
        let on = on(&settings.fully_managed);
        let declared = declared_for(facts, region, |declared| &declared.full_management);
        let off = off(&declared, &settings.fully_managed);
        if !off.is_empty() {
            return question.wrong(
                format!("declared by a stack and not on: {}", listed(off)),
                "change Revision of the stack of the backup settings: the function switches them on again",
            );
        }
        if settings.fully_managed.get("DynamoDB") == Some(&false) {
            return question.warning(
                "backups of DynamoDB are not copied: its advanced features are off",
                format!("if you back up tables: {SETTINGS} with FullManagement DynamoDB"),
            );
        }
        question.good(format!("on: {}", listed(on)))
    })
}
