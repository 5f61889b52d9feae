//! The backup account and member accounts, each in a role there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::reading;
use crate::aws::{Account, BackupVault, Organizations, Session};
use crate::doctor::judge::{
    Central, Member, MemberFacts, Named, Points, Reading, Solution, Unread, Vault, named,
};

/// The role with which AWS Backup copies.
const SERVICE_ROLE: &str = "AWSServiceRoleForBackup";
/// Recovery points of a month are seen, those of monthly plans too.
const SINCE: Duration = Duration::from_secs(35 * 24 * 3600);

/// Which role is assumed in other accounts, and which account needs none.
#[derive(Clone, Debug)]
pub struct Access {
    /// The role's name.
    pub role_name: String,
    /// The account of the credentials.
    pub own: Option<String>,
    /// The Region.
    pub region: String,
}

impl Access {
    async fn to(&self, session: &Session, account: &str) -> Reading<Account> {
        if self.own.as_deref() == Some(account) {
            return Ok(Account::own(session));
        }
        let partition = match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let arn = format!("arn:{partition}:iam::{account}:role/{}", self.role_name);
        Account::in_role(session, &arn).await.map_err(|why| Unread {
            why: format!("assume {arn}: {why}"),
            remedy: format!(
                "allow sts:AssumeRole of {arn} to these credentials, and let the role trust them"
            ),
        })
    }
}

/// Reads the backup account: the vault of the solution, or else all vaults of the Region that have a lock.
pub async fn central(
    session: &Session,
    access: &Access,
    account: &str,
    solution: Option<&Solution>,
) -> Reading<Central> {
    let read = access.to(session, account).await?;
    let region = solution.map_or(access.region.as_str(), |solution| &solution.region);
    let vaults = match vaults(&read, account, region).await {
        Ok(all) => {
            let is_meant = |vault: &BackupVault| match solution {
                Some(solution) => vault.name == solution.vault,
                None => vault.locked,
            };
            let mut looked_at = Vec::new();
            for vault in all.into_iter().filter(is_meant) {
                let policy = read.access_policy(region, &vault.name).await;
                let operation =
                    format!("read the access policy of vault {} in {account}", vault.name);
                let policy = reading(policy, &operation, "backup:GetBackupVaultAccessPolicy");
                looked_at.push((as_judged(vault), policy));
            }
            Ok(looked_at)
        }
        Err(unread) => Err(unread),
    };
    Ok(Central { vaults, service_role: has_role(&read, account, SERVICE_ROLE).await })
}

/// Reads a member account: what its effective policy names, and whether that is there.
pub async fn member(
    session: &Session,
    access: &Access,
    organizations: &Organizations,
    account: &str,
) -> MemberFacts {
    let policy = organizations.effective_policy(account, "BACKUP_POLICY").await;
    let operation = format!("read the effective backup policy of {account}");
    let policy = reading(policy, &operation, "organizations:DescribeEffectivePolicy");
    let named = policy.map(|policy| policy.map(|policy| named(&policy, account)));
    let member = match (access.to(session, account).await, &named) {
        (Ok(read), Ok(named)) => Ok(inside(&read, account, named.as_ref()).await),
        (Err(unread), _) => Err(unread),
        (_, Err(unread)) => Err(unread.clone()),
    };
    MemberFacts { account: account.to_owned(), named, member }
}

async fn inside(read: &Account, account: &str, named: Option<&Named>) -> Member {
    let nothing = Named::default();
    let Named { roles, vaults, .. } = named.unwrap_or(&nothing);
    let mut there = BTreeMap::new();
    let regions: BTreeSet<&String> = vaults.iter().map(|(region, _)| region).collect();
    for region in regions {
        let all = self::vaults(read, account, region).await;
        for (_, name) in vaults.iter().filter(|(of, _)| of == region) {
            let is_there = match &all {
                Ok(all) => Ok(all.iter().any(|vault| vault.name == *name)),
                Err(unread) => Err(unread.clone()),
            };
            there.insert((region.clone(), name.clone()), is_there);
        }
    }
    let mut found = BTreeMap::new();
    for arn in roles {
        let name = arn.rsplit('/').next().unwrap_or_default();
        found.insert(
            arn.clone(),
            role(read, account, name).await.map(|role| role.as_ref() == Some(arn)),
        );
    }
    Member {
        points: points(read, account, &there).await,
        vaults: there,
        roles: found,
        service_role: has_role(read, account, SERVICE_ROLE).await,
    }
}

/// The recovery points of the vaults that are there, and those whose key stops their copy.
async fn points(
    read: &Account,
    account: &str,
    vaults: &BTreeMap<(String, String), Reading<bool>>,
) -> Reading<Points> {
    let mut points = Points::default();
    let mut managers: BTreeMap<String, bool> = BTreeMap::new();
    for ((region, vault), _) in vaults.iter().filter(|(_, there)| **there == Ok(true)) {
        let listed = read.points(region, vault, SINCE).await;
        let operation = format!("list the recovery points of vault {vault} in {account}, {region}");
        let listed = reading(listed, &operation, "backup:ListRecoveryPointsByBackupVault")?;
        points.number += listed.len();
        // What AWS Backup manages fully is under the vault's own key, and copied whatever the source's.
        for point in listed.iter().filter(|point| !point.arn.contains(":recovery-point:")) {
            let Some(key) = point.key.as_ref().filter(|key| is_of(key, account)) else { continue };
            if !managers.contains_key(key) {
                let operation = format!("read key {key}");
                let of_aws = read.is_key_of_aws(region, key).await;
                managers.insert(key.clone(), reading(of_aws, &operation, "kms:DescribeKey")?);
            }
            if managers.get(key) == Some(&true) {
                points.stopped.entry(point.resource_type.clone()).or_default().insert(key.clone());
            }
        }
    }
    Ok(points)
}

/// AWS manages keys for their own account alone.
fn is_of(key: &str, account: &str) -> bool {
    key.split(':').nth(4) == Some(account)
}

async fn vaults(read: &Account, account: &str, region: &str) -> Reading<Vec<BackupVault>> {
    let operation = format!("list the vaults of {account} in {region}");
    reading(read.vaults(region).await, &operation, "backup:ListBackupVaults")
}

async fn has_role(read: &Account, account: &str, name: &str) -> Reading<bool> {
    Ok(role(read, account, name).await?.is_some())
}

async fn role(read: &Account, account: &str, name: &str) -> Reading<Option<String>> {
    let operation = format!("look for role {name} in {account}");
    reading(read.role(name).await, &operation, "iam:GetRole")
}

fn as_judged(vault: BackupVault) -> Vault {
    Vault {
        name: vault.name,
        locked: vault.locked,
        lock_date: vault.lock_date,
        retention: (vault.min_days, vault.max_days),
    }
}
