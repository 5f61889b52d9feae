//! The backup account: its vaults with their locks and access policies, and AWS Backup's own role.

use policy_document::effective::control::names;
use serde_json::Value;

use super::check::{Check, Question, Reading, items};
use super::stacks::Solution;
use crate::terminal::count;

const DAY: i64 = 24 * 3600;
/// What makes the role of AWS Backup in an account.
pub const MAKE_SERVICE_ROLE: &str =
    "in that account: aws iam create-service-linked-role --aws-service-name backup.amazonaws.com";

/// A vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    /// Its name.
    pub name: String,
    /// Whether it has a lock.
    pub locked: bool,
    /// From when on nobody can change the lock, in seconds since 1970; none in governance mode.
    pub lock_date: Option<i64>,
    /// The shortest and the longest retention, in days.
    pub retention: (Option<i64>, Option<i64>),
}

/// What was read in the backup account.
#[derive(Clone, Debug)]
pub struct Central {
    /// The vaults that are looked at, each with its access policy.
    pub vaults: Reading<Vec<(Vault, Reading<Option<String>>)>>,
    /// Whether AWS Backup's own role is there.
    pub service_role: Reading<bool>,
}

/// The backup account.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its id, if it is known.
    pub account: Option<String>,
    /// What was read in it; none without a role.
    pub central: Option<Reading<Central>>,
    /// What the solution's stack declares of it.
    pub solution: Option<Solution>,
    /// The time, in seconds since 1970.
    pub now: i64,
}

const LOCK: &str = "ListBackupVaults";
const POLICY: &str = "GetBackupVaultAccessPolicy";
const ROLE: &str = "GetRole";
/// What the accounts have to be allowed.
const COPY_INTO: &str = "backup:CopyIntoBackupVault";
/// What has to be denied.
const DELETE: &str = "backup:DeleteRecoveryPoint";
const IDS: [(&str, &str); 4] =
    [("lock", LOCK), ("retention", LOCK), ("vault-policy", POLICY), ("service-role", ROLE)];

/// Judges the backup account.
pub fn vault(facts: &Facts) -> Vec<Check> {
    let account = facts.account.as_deref().unwrap_or_default();
    let all = |judged: &dyn Fn(Question) -> Check| -> Vec<Check> {
        IDS.iter().map(|(id, read)| judged(Question::new(id, read).about(account))).collect()
    };
    match (&facts.account, &facts.central) {
        (None, _) => all(&|question| {
            question.not_asked(
                "which account is the backup account is not known",
                "org-policy doctor --backup-account ID --role-name NAME",
            )
        }),
        (_, None) => all(&|question| {
            question.not_asked(
                "it takes a role in that account",
                "org-policy doctor --role-name OrganizationAccountAccessRole",
            )
        }),
        (_, Some(Err(unread))) => all(&|question| question.unknown(unread)),
        (_, Some(Ok(central))) => central_checks(facts, account, central),
    }
}

fn central_checks(facts: &Facts, account: &str, central: &Central) -> Vec<Check> {
    let mut checks = Vec::new();
    match &central.vaults {
        Err(unread) => {
            let of_vaults = IDS.iter().take(3);
            checks.extend(of_vaults.map(|(id, read)| Question::new(id, read).unknown(unread)));
        }
        Ok(vaults) if vaults.is_empty() => {
            let finding = match &facts.solution {
                Some(Solution { vault, region, .. }) => {
                    format!("there is no vault {vault} in {region}")
                }
                None => "no vault of this Region has a lock".to_owned(),
            };
            checks.push(Question::new("lock", LOCK).about(account).wrong(
                finding,
                "deploy stacksets/central-account.yaml to this account and Region",
            ));
        }
        Ok(vaults) => {
            for (vault, policy) in vaults {
                checks.push(lock(facts, vault));
                // Only a lock has limits.
                if vault.locked {
                    checks.push(retention(facts, vault));
                }
                checks.push(access_policy(&vault.name, policy));
            }
        }
    }
    checks.push(service_role(account, &central.service_role));
    checks
}

fn lock(facts: &Facts, vault: &Vault) -> Check {
    let question = Question::new("lock", LOCK).about(&vault.name);
    let wants_compliance =
        facts.solution.as_ref().is_some_and(|solution| solution.lock_mode == "compliance");
    match vault.lock_date {
        _ if !vault.locked => question.wrong(
            "it has no lock: whoever may delete a recovery point can do so",
            "put it back by hand, as no deployment does (docs/ALARMS.md, The lock and the policy of the vault)",
        ),
        None if wants_compliance => question.wrong(
            "governance mode, and the solution declares compliance",
            "if the StackSet has failed, change Revision of the solution; otherwise put the lock back by hand (docs/ALARMS.md)",
        ),
        None => question.good("governance mode: the vault administrators can take it off"),
        Some(date) if date > facts.now => {
            let days = (date - facts.now + DAY - 1) / DAY;
            let days = count(usize::try_from(days).unwrap_or(0), "day");
            question.warning(
                format!("compliance mode, and for {days} more the lock can still be taken off"),
                "restore something before it is final: afterwards nobody can undo it (docs/RESTORE.md)",
            )
        }
        Some(_) => question.good("compliance mode, final: nobody can take it off"),
    }
}

fn retention(facts: &Facts, vault: &Vault) -> Check {
    let question = Question::new("retention", LOCK).about(&vault.name);
    let (min, max) = vault.retention;
    let days = |days: Option<i64>| days.map_or("without limit".to_owned(), |days| days.to_string());
    let text = format!("at least {} and at most {} days", days(min), days(max));
    if max.is_none() {
        return question.wrong(
            format!("{text}: a copy can be kept for ever, and under the lock nobody can delete it"),
            "set MaxRetentionDays",
        );
    }
    let declared = facts.solution.as_ref().map(|solution| solution.retention);
    match declared {
        Some((least, most)) if (least, most) != (min, max) => question.warning(
            format!("{text}; the solution declares {} and {}", days(least), days(most)),
            "change the parameters of the solution, or put the lock back by hand (docs/ALARMS.md): a copy outside the limits fails",
        ),
        _ => question.good(text),
    }
}

fn access_policy(vault: &str, policy: &Reading<Option<String>>) -> Check {
    let question = Question::new("vault-policy", POLICY).about(vault);
    question.judge(policy, |question, policy| {
        let by_hand = "put it back by hand, as no deployment does (docs/ALARMS.md, The lock and the policy of the vault)";
        let Some(policy) = policy else {
            return question
                .wrong("it has no access policy: no other account can copy into it", by_hand);
        };
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let has = |effect: &str, action: &str| {
            let mut statements = items(policy.get("Statement")).into_iter();
            statements.any(|one| {
                one.get("Effect").is_some_and(|of| of == effect) && is_about(one, action)
            })
        };
        let text = |allowing: &str, denying: &str| {
            format!("{allowing} allows {COPY_INTO}, {denying} denies {DELETE}")
        };
        match (has("Allow", COPY_INTO), has("Deny", DELETE)) {
            (true, true) => question.good(text("a statement", "one")),
            (true, false) => question.wrong(text("a statement", "none"), by_hand),
            (false, true) => question.wrong(text("no statement", "one"), by_hand),
            (false, false) => question.wrong(text("no statement", "none"), by_hand),
        }
    })
}

/// Whether a statement is about this action.
fn is_about(statement: &Value, action: &str) -> bool {
    let among = |entries: Option<&Value>| {
        items(entries).into_iter().filter_map(Value::as_str).any(|entry| names(entry, action))
    };
    match statement.get("NotAction") {
        Some(others) => !among(Some(others)),
        None => among(statement.get("Action")),
    }
}

/// AWS Backup's own role, in any account that holds a vault.
pub fn service_role(account: &str, there: &Reading<bool>) -> Check {
    let question = Question::new("service-role", ROLE).about(account);
    question.judge(there, |question, there| {
        if *there {
            question.good("AWSServiceRoleForBackup is there")
        } else {
            question.wrong("AWSServiceRoleForBackup is missing, and copies fail", MAKE_SERVICE_ROLE)
        }
    })
}
