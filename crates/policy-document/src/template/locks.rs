//! Retentions that a Vault Lock does not allow, across all templates of a deployment.
//!
//! A backup plan may name a vault whose lock stands in another template. AWS Organizations and
//! CloudFormation take both; AWS Backup then fails every job of that rule.

use std::collections::BTreeMap;

use super::findings::{PlacedFinding, each_template};
use super::rules::OUTSIDE_LOCK;
use super::{Template, declared_policies};
use crate::check::Finding;
use crate::tree::{Node, pointer};

/// Every retention of a backup policy that the lock of its vault refuses. Vaults and policies are
/// those of `template` and of all that it nests. What is not known is passed over.
pub(super) fn retentions_outside_locks(template: &Template) -> Vec<PlacedFinding<'_>> {
    let mut locks = Locks::default();
    each_template(template, &mut |template, _| locks.read(template));
    let mut findings = Vec::new();
    each_template(template, &mut |template, nested| {
        let source = nested.map(|nested| &nested.source);
        for policy in declared_policies(template) {
            let mut lifecycles = Vec::new();
            read_rules(&policy.document, &policy.pointer, &mut lifecycles);
            let broken = lifecycles.iter().filter_map(|lifecycle| locks.finding(lifecycle));
            let logical_id = Some(policy.resource.logical_id.as_str());
            findings.extend(broken.map(|finding| PlacedFinding { source, logical_id, finding }));
        }
    });
    findings
}

/// The days that the lock of a vault allows.
#[derive(Clone, Copy, Debug, Default)]
struct Lock {
    least: Option<u32>,
    most: Option<u32>,
}

/// The locks of the vaults whose names and days are known.
#[derive(Default)]
struct Locks(BTreeMap<String, Lock>);

impl Locks {
    fn read(&mut self, template: &Template) {
        for resource in &template.resources {
            let properties = &resource.properties;
            let lock = match resource.resource_type.as_str() {
                "AWS::Backup::BackupVault" => properties.get("LockConfiguration"),
                "AWS::Backup::LogicallyAirGappedBackupVault" => Some(properties),
                _ => None,
            };
            let name = properties.get("BackupVaultName").and_then(Node::as_str);
            if let (Some(lock), Some(name)) = (lock, name) {
                let days = |key: &str| lock.get(key).and_then(days);
                let lock = Lock { least: days("MinRetentionDays"), most: days("MaxRetentionDays") };
                self.0.insert(name.to_owned(), lock);
            }
        }
    }

    fn finding(&self, lifecycle: &Lifecycle<'_>) -> Option<Finding> {
        let lock = self.0.get(lifecycle.vault)?;
        let days = lifecycle.days;
        let too_short = lock.least.is_some_and(|least| days < least);
        let too_long = lock.most.is_some_and(|most| days > most);
        if !too_short && !too_long {
            return None;
        }
        let vault = lifecycle.vault;
        let allowed = match (lock.least, lock.most) {
            (Some(least), Some(most)) => format!("{least} to {most} days"),
            (Some(least), None) => format!("at least {least} days"),
            (None, Some(most)) => format!("at most {most} days"),
            (None, None) => return None,
        };
        Some(Finding {
            rule: &OUTSIDE_LOCK,
            pointer: lifecycle.pointer.clone(),
            span: lifecycle.place.span,
            found: format!("a retention of {days} days"),
            allowed: format!("the lock of vault {vault} allows {allowed}"),
            suggestion: None,
        })
    }
}

/// How long a rule, or a copy of it, keeps what it puts into a vault.
struct Lifecycle<'a> {
    vault: &'a str,
    days: u32,
    pointer: String,
    place: &'a Node,
}

/// The lifecycles of all rules of a backup policy, with their vaults.
fn read_rules<'a>(document: &'a Node, at: &str, lifecycles: &mut Vec<Lifecycle<'a>>) {
    for (plan, at) in children(document, "plans", at) {
        for (rule, at) in children(plan, "rules", &at) {
            let name = assigned(rule, "target_backup_vault_name");
            let air_gapped = assigned(rule, "target_logically_air_gapped_backup_vault_arn");
            let vaults = [name.and_then(Node::as_str), air_gapped.and_then(vault_of)];
            lifecycles.extend(vaults.into_iter().filter_map(|vault| lifecycle(rule, vault, &at)));
            for (copy, at) in children(rule, "copy_actions", &at) {
                let vault = assigned(copy, "target_backup_vault_arn").and_then(vault_of);
                lifecycles.extend(lifecycle(copy, vault, &at));
            }
        }
    }
}

/// Nothing, if the vault or the days are not known: another policy may add either.
fn lifecycle<'a>(node: &'a Node, vault: Option<&'a str>, at: &str) -> Option<Lifecycle<'a>> {
    let vault = vault?;
    let value = assigned(node.get("lifecycle")?, "delete_after_days")?;
    let at = pointer::join(&pointer::join(at, "lifecycle"), "delete_after_days");
    let pointer = pointer::join(&at, "@@assign");
    Some(Lifecycle { vault, days: days(value)?, pointer, place: value })
}

fn children<'a>(node: &'a Node, block: &str, at: &str) -> Vec<(&'a Node, String)> {
    let at = pointer::join(at, block);
    let members = node.get(block).map(Node::members).unwrap_or_default();
    let blocks = members.iter().filter(|member| !member.key.starts_with("@@"));
    blocks.map(|member| (&member.node, pointer::join(&at, &member.key))).collect()
}

fn assigned<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key)?.get("@@assign")
}

/// The name of the vault in its ARN.
fn vault_of(arn: &Node) -> Option<&str> {
    arn.as_str()?.split_once(":backup-vault:").map(|(_, name)| name)
}

fn days(node: &Node) -> Option<u32> {
    node.scalar()?.trim().parse().ok()
}
