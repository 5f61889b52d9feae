//! The backup account: a case a line.

use crate::judge::Verdict::{Good, NotAsked, Unknown, Warning, Wrong};
use crate::judge::{Central, Reading, Solution, Vault, VaultFacts, vault};
use crate::verdicts::{Case, cases, unread};

const ACCOUNT: &str = "222222222222";
const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;
const POLICY: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"},
    {"Effect": "Deny", "Principal": "*", "Action": ["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"], "Resource": "*"}]}"#;

fn in_order() -> VaultFacts {
    let vault = Vault {
        name: "central-backup".to_owned(),
        locked: true,
        lock_date: None,
        retention: (Some(7), Some(400)),
    };
    VaultFacts {
        account: Some(ACCOUNT.to_owned()),
        central: Some(Ok(Central {
            vaults: Ok(vec![(vault, Ok(Some(POLICY.to_owned())))]),
            service_role: Ok(true),
        })),
        solution: Some(Solution {
            backup_account: ACCOUNT.to_owned(),
            region: "eu-west-1".to_owned(),
            vault: "central-backup".to_owned(),
            lock_mode: "governance".to_owned(),
            retention: (Some(7), Some(400)),
        }),
        now: NOW,
    }
}

fn central(facts: &mut VaultFacts) -> &mut Central {
    facts.central.as_mut().expect("read").as_mut().expect("read")
}

fn the_vault(facts: &mut VaultFacts) -> &mut (Vault, Reading<Option<String>>) {
    &mut central(facts).vaults.as_mut().expect("read")[0]
}

fn solution(facts: &mut VaultFacts) -> &mut Solution {
    facts.solution.as_mut().expect("a solution")
}

fn set_actions(facts: &mut VaultFacts, allowed: &str, denied: &str) {
    let policy = format!(
        r#"{{"Statement": [{{"Effect": "Allow", "Action": {allowed}}}, {{"Effect": "Deny", "Action": {denied}}}]}}"#
    );
    the_vault(facts).1 = Ok(Some(policy));
}

/// Only a lock has limits.
#[test]
fn the_retention_of_a_vault_without_a_lock_is_not_judged() {
    let mut facts = in_order();
    the_vault(&mut facts).0 = Vault { name: "central-backup".to_owned(), ..Vault::default() };
    let checks = vault(&facts);
    assert!(checks.iter().all(|check| check.id != "retention"), "{checks:#?}");
}

#[test]
fn a_vault_in_order_is_good_throughout() {
    let checks = vault(&in_order());
    assert!(checks.len() == 4 && checks.iter().all(|check| check.verdict == Good), "{checks:#?}");
}

#[test]
fn each_fault_is_told_with_its_remedy() {
    let faults: &[Case<VaultFacts>] = &[
        (
            "lock",
            |f| the_vault(f).0.locked = false,
            Wrong,
            &["central-backup: it has no lock", "put it back by hand"],
        ),
        (
            "lock",
            |f| solution(f).lock_mode = "compliance".to_owned(),
            Wrong,
            &["declares compliance"],
        ),
        (
            "lock",
            |f| the_vault(f).0.lock_date = Some(NOW + 3 * DAY),
            Warning,
            &["for 3 days more", "restore something"],
        ),
        ("lock", |f| the_vault(f).0.lock_date = Some(NOW + DAY), Warning, &["for 1 day more"]),
        ("lock", |f| the_vault(f).0.lock_date = Some(NOW + 1), Warning, &["for 1 day more"]),
        (
            "lock",
            |f| the_vault(f).0.lock_date = Some(NOW),
            Good,
            &["final: nobody can take it off"],
        ),
        (
            "lock",
            |f| {
                solution(f).lock_mode = "compliance".to_owned();
                the_vault(f).0.lock_date = Some(NOW - DAY);
            },
            Good,
            &["compliance mode, final"],
        ),
        (
            "lock",
            |f| central(f).vaults = Ok(Vec::new()),
            Wrong,
            &["there is no vault central-backup in eu-west-1"],
        ),
        (
            "lock",
            |f| {
                f.solution = None;
                central(f).vaults = Ok(Vec::new());
            },
            Wrong,
            &["no vault of this Region has a lock"],
        ),
        (
            "lock",
            |f| central(f).vaults = unread("backup:ListBackupVaults"),
            Unknown,
            &["allow backup:ListBackupVaults"],
        ),
        (
            "vault-policy",
            |f| central(f).vaults = unread("backup:ListBackupVaults"),
            Unknown,
            &["backup:ListBackupVaults"],
        ),
        (
            "retention",
            |f| the_vault(f).0.retention = (Some(7), None),
            Wrong,
            &["kept for ever", "MaxRetentionDays"],
        ),
        (
            "retention",
            |f| the_vault(f).0.retention = (Some(1), Some(400)),
            Warning,
            &["at least 1 and at most 400 days; the solution declares 7 and 400"],
        ),
        (
            "retention",
            |f| {
                f.solution = None;
                the_vault(f).0.retention = (Some(1), Some(400));
            },
            Good,
            &["at least 1"],
        ),
        ("vault-policy", |f| the_vault(f).1 = Ok(None), Wrong, &["no access policy"]),
        (
            "vault-policy",
            |f| the_vault(f).1 = Ok(Some("{}".to_owned())),
            Wrong,
            &[
                "no statement allows backup:CopyIntoBackupVault, none denies backup:DeleteRecoveryPoint",
            ],
        ),
        (
            "vault-policy",
            |f| {
                set_actions(
                    f,
                    r#""backup:copyinto*""#,
                    r#"["backup:StartBackupJob", "backup:Delete*"]"#,
                )
            },
            Good,
            &[
                "a statement allows backup:CopyIntoBackupVault, one denies backup:DeleteRecoveryPoint",
            ],
        ),
        (
            "vault-policy",
            |f| {
                the_vault(f).1 = Ok(Some(
                    r#"{"Statement": [
                        {"Effect": "Allow", "NotAction": "backup:Delete*"},
                        {"Effect": "Deny", "NotAction": "backup:CopyIntoBackupVault"}]}"#
                        .to_owned(),
                ));
            },
            Good,
            &["one denies"],
        ),
        (
            "vault-policy",
            |f| {
                let policy = r#"{"Statement": {"Effect": "Deny", "NotAction": "backup:Delete*"}}"#;
                the_vault(f).1 = Ok(Some(policy.to_owned()));
            },
            Wrong,
            &["none denies"],
        ),
        ("vault-policy", |f| set_actions(f, r#""*""#, r#""backup:*""#), Good, &["one denies"]),
        (
            "vault-policy",
            |f| set_actions(f, r#""backup:CopyInto*""#, r#""backup:DeleteBackup*""#),
            Wrong,
            &["none denies backup:DeleteRecoveryPoint"],
        ),
        (
            "vault-policy",
            |f| the_vault(f).1 = unread("backup:GetBackupVaultAccessPolicy"),
            Unknown,
            &["allow backup:GetBackupVaultAccessPolicy"],
        ),
        (
            "service-role",
            |f| central(f).service_role = Ok(false),
            Wrong,
            &["222222222222: AWSServiceRoleForBackup is missing", "create-service-linked-role"],
        ),
        (
            "service-role",
            |f| f.central = Some(unread("sts:AssumeRole")),
            Unknown,
            &["allow sts:AssumeRole"],
        ),
        ("lock", |f| f.central = None, NotAsked, &["org-policy doctor --role-name"]),
        (
            "retention",
            |f| {
                f.central = None;
                f.account = None;
            },
            NotAsked,
            &["--backup-account ID --role-name NAME"],
        ),
    ];
    cases(in_order, vault, faults);
}
