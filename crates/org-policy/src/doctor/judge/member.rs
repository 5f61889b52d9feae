//! An account whose data is backed up: what the policies name in it, and keys that stop copies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::{Check, Question, Reading, listed};
use super::vault::service_role;
use crate::terminal::count;

/// What an effective backup policy names in the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The plans.
    pub plans: BTreeSet<String>,
    /// The ARNs of the roles.
    pub roles: BTreeSet<String>,
    /// The vaults, each with its Region.
    pub vaults: BTreeSet<(String, String)>,
}

/// What was read in a member account.
#[derive(Clone, Debug)]
pub struct Member {
    /// Of each vault that is named, whether it is there.
    pub vaults: BTreeMap<(String, String), Reading<bool>>,
    /// Of each role that is named, whether it is there.
    pub roles: BTreeMap<String, Reading<bool>>,
    /// Whether AWS Backup's own role is there.
    pub service_role: Reading<bool>,
    /// The recovery points of the last weeks.
    pub points: Reading<Points>,
}

/// Recovery points, and those that cannot be copied to another account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// How many were looked at.
    pub number: usize,
    /// Those under a key that AWS manages, of types that AWS Backup does not manage fully: by type, the keys.
    pub stopped: BTreeMap<String, BTreeSet<String>>,
}

/// A member account.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its id.
    pub account: String,
    /// What its effective backup policy names; none if no policy reaches it.
    pub named: Reading<Option<Named>>,
    /// What was read in it.
    pub member: Reading<Member>,
}

/// Reads an effective backup policy.
pub fn named(policy: &str, account: &str) -> Named {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let mut named = Named::default();
    for (name, plan) in entries(policy.get("plans")) {
        named.plans.insert(name.to_owned());
        let regions: Vec<&str> = plan.get("regions").map(texts).unwrap_or_default();
        for (_, rule) in entries(plan.get("rules")) {
            let vault = rule.get("target_backup_vault_name").and_then(Value::as_str);
            let vaults = regions.iter().zip(vault.into_iter().cycle());
            named
                .vaults
                .extend(vaults.map(|(region, name)| ((*region).to_owned(), name.to_owned())));
        }
        for (_, kind) in entries(plan.get("selections")) {
            for (_, selection) in entries(Some(kind)) {
                let role = selection.get("iam_role_arn").and_then(Value::as_str);
                named.roles.extend(role.map(|role| role.replace("$account", account)));
            }
        }
    }
    named
}

fn entries(object: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.and_then(Value::as_object).into_iter().flatten()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Without an account that is named there is nothing to look at.
pub fn no_members(has_role: bool) -> Check {
    let remedy = if has_role {
        "org-policy doctor --role-name NAME --account ID, once for each account"
    } else {
        "org-policy doctor --role-name OrganizationAccountAccessRole --account ID, once for each account"
    };
    Question::new(
        "members",
        "ListBackupVaults, GetRole, ListRecoveryPointsByBackupVault, DescribeKey",
    )
    .not_asked("no account is named whose data is backed up", remedy)
}

/// Judges a member account.
pub fn member(facts: &Facts) -> Vec<Check> {
    let account = &facts.account;
    let question = |id, read| Question::new(id, read).about(account);
    let mut checks = vec![plan(facts, question("plan", "DescribeEffectivePolicy"))];
    let vaults = question("vaults", "ListBackupVaults");
    let roles = question("backup-role", "GetRole");
    let keys = question("keys", "ListRecoveryPointsByBackupVault, DescribeKey");
    match &facts.member {
        Err(unread) => {
            checks.push(vaults.unknown(unread));
            checks.push(roles.unknown(unread));
            checks.push(question("service-role", "GetRole").unknown(unread));
            checks.push(keys.unknown(unread));
        }
        Ok(member) => {
            let vault = |((region, name), there): (&(String, String), &Reading<bool>)| {
                (format!("{name} in {region}"), there.clone())
            };
            checks.push(all_there(
                vaults,
                member.vaults.iter().map(vault).collect(),
                "deploy stacksets/member-account.yaml there; accounts that failed: docs/PARAMETERS.md",
            ));
            checks.push(all_there(
                roles,
                member.roles.clone(),
                "deploy stacksets/member-roles.yaml there, with the role's name of the policies",
            ));
            checks.push(service_role(account, &member.service_role));
            checks.push(stopped(keys, &member.points));
        }
    }
    checks
}

fn plan(facts: &Facts, question: Question) -> Check {
    question.judge(&facts.named, |question, named| match named {
        Some(named) if !named.plans.is_empty() => {
            question.good(format!("plans by policy: {}", listed(&named.plans)))
        }
        _ => question.wrong(
            "no backup policy reaches it",
            "attach one to it or to an OU above it (stacks/backup-policies.yaml, Targets)",
        ),
    })
}

/// Each of these is there.
fn all_there(question: Question, all: BTreeMap<String, Reading<bool>>, remedy: &str) -> Check {
    let mut missing = Vec::new();
    for (name, there) in &all {
        match there {
            Ok(true) => {}
            Ok(false) => missing.push(name),
            Err(unread) => return question.unknown(unread),
        }
    }
    if missing.is_empty() {
        return question.good(format!("there is what the policies name: {}", listed(all.keys())));
    }
    question.wrong(format!("missing: {}; backups fail", listed(missing)), remedy)
}

fn stopped(question: Question, points: &Reading<Points>) -> Check {
    question.judge(points, |question, points| {
        let Points { number, stopped } = points;
        if stopped.is_empty() && *number == 0 {
            return question.warning(
                "the vaults have no recovery point of the last five weeks, so nothing can be told",
                "look again after the first backup",
            );
        }
        let looked_at = count(*number, "recovery point");
        if stopped.is_empty() {
            return question.good(format!("of {looked_at} none is under a key that stops its copy"));
        }
        let types = stopped.iter();
        let types = types.map(|(name, keys)| format!("{name} ({})", listed(keys)));
        question.wrong(
            format!("never copied to another account, as AWS manages the key: {}", listed(types)),
            "encrypt these with a key of your own that the backup account may use (docs/SECURITY.md, item 9)",
        )
    })
}
