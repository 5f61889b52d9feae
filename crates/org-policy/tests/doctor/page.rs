//! docs/DOCTOR.md: what it shows, allows and lists is what there is.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use test_world::world::{BACKUP_ACCOUNT, EU};

use crate::aws::{ACCOUNTS, Aws, stack};
use test_world::cloudformation::Stack;

fn page() -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/DOCTOR.md");
    std::fs::read_to_string(page).expect("the page")
}

/// Somebody has detached the guard and switched off an opt-in, and the lock's grace time runs.
#[test]
fn the_page_shows_what_is_printed() {
    let aws = Aws::new();
    let in_days = |days: u64| SystemTime::now() + Duration::from_secs(days * 86_400 - 3600);
    let since_1970 = in_days(3).duration_since(UNIX_EPOCH).expect("later");
    aws.world.change(|state| {
        let guards = state.policies.iter().filter(|(_, policy)| policy.name == "vault-guard");
        let guard = guards.map(|(id, _)| id.clone()).next().expect("a guard");
        state.detach(&guard, BACKUP_ACCOUNT);
        state.settings.regions.get_mut(EU).expect("it").insert("S3".to_owned(), false);
        let vault = state.account(BACKUP_ACCOUNT).vaults.values_mut().next().expect("a vault");
        vault.lock_date = Some(since_1970.as_secs_f64());
    });
    let run = aws.doctor("--role-name OrganizationAccountAccessRole");
    assert_eq!((run.exit, run.stderr.as_str()), (1, ""), "{}", run.stdout);
    let this_version = concat!(env!("CARGO_PKG_VERSION"), ", as this tool");
    let shown = run.stdout.replace(this_version, "0.1.0, as this tool");
    assert!(page().contains(&shown), "docs/DOCTOR.md shows another report than\n{shown}");
}

/// The policies of the page allow what is called, and no more.
#[test]
fn the_page_has_the_permissions() {
    let aws = Aws::new();
    aws.cloudformation.change(|state| {
        let failed = Stack { status: "UPDATE_FAILED".to_owned(), ..stack("own", &[], &[]) };
        state.stacks.insert("own".to_owned(), failed);
    });
    aws.doctor(ACCOUNTS);
    let mut called: BTreeSet<String> = aws.world.calls().into_iter().collect();
    called.extend(aws.cloudformation.change(|state| state.calls.clone()));
    // Nobody needs a permission for it.
    called.remove("GetCallerIdentity");
    let page = page();
    let allowed = page.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'));
    let allowed = allowed.filter(|(service, _)| !service.contains(' '));
    let allowed: BTreeSet<String> = allowed.map(|(_, operation)| operation.to_owned()).collect();
    assert_eq!(called, allowed);
}

/// Every check that there is has its row in the page's tables.
#[test]
fn the_page_has_every_check() {
    let run = Aws::new().doctor(&format!("{ACCOUNTS} --format json"));
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let page = page();
    for check in report["checks"].as_array().expect("a list") {
        let id = check["id"].as_str().expect("a text");
        assert!(page.contains(&format!("| `{id}` |")), "{id}");
    }
    assert!(page.contains("| `members` |"));
}
