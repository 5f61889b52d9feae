//! The ARNs of a backup policy: roles, and vaults that backups and copies go to.

use super::rules::values as rules;
use super::values::{is_vault_name, shortened, unknown_region};
use crate::arn::{is_account, is_partition, is_region};
use crate::check::place::{Checked, Problem};
use crate::check::regions::{Region, nearest_region};

const ACCOUNT: &str = "$account";
const REGION: &str = "$region";

/// A role, which AWS looks for in each account that the policy applies to.
pub fn role(text: &str) -> Checked {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, "iam", "", account, resource] = parts[..] else {
        return Err(no_role(text));
    };
    let path = resource.strip_prefix("role/").filter(|path| is_role_path(path));
    if arn != "arn" || !is_partition(partition) || path.is_none() {
        return Err(no_role(text));
    }
    if account == ACCOUNT {
        return Ok(());
    }
    if !is_account(account) {
        return Err(no_role(text));
    }
    let found = format!("{text:?} names one account");
    let allowed = "$account, for which AWS puts each account that the policy applies to";
    let meant = format!("{arn}:{partition}:iam::{ACCOUNT}:{resource}");
    Err(Problem::new(&rules::ROLE_ACCOUNT, found, allowed).suggesting(Some(&meant)))
}

fn no_role(text: &str) -> Problem {
    let found = format!("{} is no ARN of a role", shortened(text));
    Problem::new(&rules::ROLE, found, "an ARN such as arn:aws:iam::$account:role/backup")
}

fn is_role_path(path: &str) -> bool {
    !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c))
}

/// The parts of a vault's ARN that a policy may fill in or leave to AWS.
struct Vault<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
    name: &'a str,
}

impl<'a> Vault<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        let ["arn", partition, "backup", region, account, "backup-vault", name] = parts[..] else {
            return None;
        };
        let is_vault = is_partition(partition)
            && (region == REGION || is_region(region))
            && (account == ACCOUNT || is_account(account))
            && is_vault_name(&name.replace(ACCOUNT, "a").replace(REGION, "r"));
        is_vault.then_some(Self { partition, region, account, name })
    }

    /// Whether AWS puts a name together, nobody has recorded.
    fn has_plain_name(&self, text: &str) -> Checked {
        if !self.name.contains('$') {
            return Ok(());
        }
        let found = format!("{text:?} has a variable in the vault's name");
        Err(Problem::new(
            &rules::VARIABLE_IN_NAME,
            found,
            "a name that is the same in every account",
        ))
    }
}

/// A vault that copies go to: in each account itself, or in one for all.
pub fn copy_target(text: &str) -> Checked {
    let Some(vault) = Vault::of(text) else {
        let found = format!("{} is no ARN of a backup vault", shortened(text));
        let allowed = "an ARN such as arn:aws:backup:eu-west-1:$account:backup-vault:copies";
        return Err(Problem::new(&rules::VAULT, found, allowed));
    };
    if vault.region == REGION {
        let found = format!("{text:?} leaves the copy's Region open");
        return Err(Problem::new(&rules::COPY_REGION, found, "one Region for each copy action"));
    }
    if !matches!(Region::of(vault.region), Region::Known) {
        let near = nearest_region(vault.region, None);
        let meant = near.map(|near| text.replacen(vault.region, near, 1));
        return Err(unknown_region(vault.region, near).suggesting(meant.as_deref()));
    }
    vault.has_plain_name(text)
}

/// The air-gapped vault of each account and Region itself.
pub fn air_gapped_vault(text: &str) -> Checked {
    match Vault::of(text) {
        Some(vault) if vault.region == REGION && vault.account == ACCOUNT => {
            vault.has_plain_name(text)
        }
        vault => {
            let found = format!("{} is no air-gapped vault of the account itself", shortened(text));
            let allowed = "an ARN such as arn:aws:backup:$region:$account:backup-vault:air-gapped";
            let problem = Problem::new(&rules::AIR_GAPPED_VAULT, found, allowed);
            let meant = vault.map(|Vault { partition, name, .. }| {
                format!("arn:{partition}:backup:{REGION}:{ACCOUNT}:backup-vault:{name}")
            });
            Err(problem.suggesting(meant.as_deref()))
        }
    }
}
