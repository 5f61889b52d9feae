//! What single accounts hold: roles, keys and vaults. A call is one of the account whose role its credentials are of.
//!
//! Sources: the API references of AWS Backup, IAM and AWS KMS. Of vaults there is what ListBackupVaults shows; nobody makes
//! or changes one here but the test.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::input::Input;
use super::operations::{Answer, refuse};
use super::state::{MANAGEMENT_ACCOUNT, State};

/// The key of the credentials that AssumeRole gives begins with this, and ends with the account.
pub(super) const SESSION_KEY: &str = "ASIA";

/// What an account holds, all of it the test's to set.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The names of its roles.
    pub roles: BTreeSet<String>,
    /// By ARN: whether AWS manages the key.
    pub keys: BTreeMap<String, bool>,
    /// By Region and name.
    pub vaults: BTreeMap<(String, String), Vault>,
}

/// A vault.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    pub locked: bool,
    pub min_days: Option<i64>,
    pub max_days: Option<i64>,
    /// In seconds since 1970, of a lock in compliance mode.
    pub lock_date: Option<f64>,
    pub policy: Option<String>,
    pub points: Vec<Point>,
}

/// A recovery point.
#[derive(Clone, Debug, Default)]
pub struct Point {
    pub arn: String,
    pub resource_type: String,
    pub key: Option<String>,
}

impl State {
    /// The account of this id, to be filled.
    pub fn account(&mut self, id: &str) -> &mut Account {
        self.accounts.entry(id.to_owned()).or_default()
    }
}

/// The operations about one account; none for any other.
pub(super) fn execute(state: &State, operation: &str, input: &Input) -> Option<Answer> {
    let nothing = Account::default();
    let id = input.optional("CallerAccount").unwrap_or(MANAGEMENT_ACCOUNT);
    let account = state.accounts.get(id).unwrap_or(&nothing);
    Some(match operation {
        "ListBackupVaults" => {
            let region = input.optional("Region").unwrap_or_default();
            let vaults = account.vaults.iter().filter(|((of, _), _)| of == region);
            let vaults: Vec<Value> = vaults.map(|((_, name), vault)| shown(name, vault)).collect();
            Ok(json!({"BackupVaultList": vaults}))
        }
        "GetBackupVaultAccessPolicy" => match vault(account, input) {
            Some(Vault { policy: Some(policy), .. }) => Ok(json!({"Policy": policy})),
            _ => Err(refuse("ResourceNotFoundException", "there is no such policy")),
        },
        "ListRecoveryPointsByBackupVault" => match vault(account, input) {
            Some(vault) => Ok(json!({"RecoveryPoints": vault.points.iter().map(|point| json!({
                "RecoveryPointArn": point.arn,
                "ResourceType": point.resource_type,
                "EncryptionKeyArn": point.key,
            })).collect::<Vec<Value>>()})),
            None => Err(refuse("ResourceNotFoundException", "there is no such vault")),
        },
        "GetRole" => {
            let name = input.optional("RoleName").unwrap_or_default();
            if account.roles.contains(name) {
                Ok(json!({"Role": {
                    "Path": "/",
                    "RoleName": name,
                    "RoleId": "AROAEXAMPLE",
                    "Arn": format!("arn:aws:iam::{id}:role/{name}"),
                    "CreateDate": "2026-01-01T00:00:00Z",
                }}))
            } else {
                Err(refuse("NoSuchEntity", "there is no such role"))
            }
        }
        "DescribeKey" => {
            let key = input.optional("KeyId").unwrap_or_default();
            match account.keys.get(key) {
                Some(of_aws) => Ok(json!({"KeyMetadata": {
                    "KeyId": key,
                    "KeyManager": if *of_aws { "AWS" } else { "CUSTOMER" },
                }})),
                None => Err(refuse("NotFoundException", "there is no such key")),
            }
        }
        _ => return None,
    })
}

fn vault<'a>(account: &'a Account, input: &Input) -> Option<&'a Vault> {
    let region = input.optional("Region")?.to_owned();
    account.vaults.get(&(region, input.optional("BackupVaultName")?.to_owned()))
}

fn shown(name: &str, vault: &Vault) -> Value {
    json!({
        "BackupVaultName": name,
        "Locked": vault.locked,
        "MinRetentionDays": vault.min_days,
        "MaxRetentionDays": vault.max_days,
        "LockDate": vault.lock_date,
        "NumberOfRecoveryPoints": vault.points.len(),
    })
}
