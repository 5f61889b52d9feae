//! One account of the organization: its vaults, its roles and its keys, read in a role there.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_backup::operation::list_backup_vaults::ListBackupVaultsOutput;
use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::BackupVaultListMember;
use aws_sdk_kms::types::KeyManagerType;
use cfn_org_policy::aws::config;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::unsent::MarkUnsent;
use cfn_org_policy::error::{CallError, chain};

use super::Session;

/// One page of recovery points is enough to see under which keys they are.
const POINTS: i32 = 1000;

/// A vault, as ListBackupVaults shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupVault {
    /// Its name.
    pub name: String,
    /// Whether it has a lock.
    pub locked: bool,
    /// From when on nobody can change the lock, in seconds since 1970; none in governance mode.
    pub lock_date: Option<i64>,
    /// The shortest retention, in days.
    pub min_days: Option<i64>,
    /// The longest retention, in days.
    pub max_days: Option<i64>,
}

/// A recovery point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryPoint {
    /// Its ARN: that of AWS Backup if AWS Backup manages the type fully, else of the service it came from.
    pub arn: String,
    /// The type of what was backed up.
    pub resource_type: String,
    /// The key that it is encrypted with.
    pub key: Option<String>,
}

/// An account.
#[derive(Debug)]
pub struct Account {
    config: SdkConfig,
    iam: aws_sdk_iam::Client,
    calls: Arc<CallContext>,
}

impl Account {
    /// The account of the session's own credentials.
    pub fn own(session: &Session) -> Self {
        Self::on(session.config(), session)
    }

    /// Another account, in this role of it.
    ///
    /// # Errors
    /// Why the role cannot be assumed.
    pub async fn in_role(session: &Session, role_arn: &str) -> Result<Self, String> {
        let config = config::in_role(session.config(), role_arn.to_owned()).await;
        let Some(provider) = config.credentials_provider() else {
            return Err("there are no credentials".to_owned());
        };
        match provider.provide_credentials().await {
            Ok(_) => Ok(Self::on(&config, session)),
            Err(error) => Err(chain(&error)),
        }
    }

    fn on(config: &SdkConfig, session: &Session) -> Self {
        let config = config::without_sdk_retries(config);
        let iam = aws_sdk_iam::config::Builder::from(&config).interceptor(MarkUnsent).build();
        Self { iam: aws_sdk_iam::Client::from_conf(iam), config, calls: session.calls() }
    }

    fn backup(&self, region: &str) -> aws_sdk_backup::Client {
        let region = aws_config::Region::new(region.to_owned());
        let config = aws_sdk_backup::config::Builder::from(&self.config).region(region);
        aws_sdk_backup::Client::from_conf(config.interceptor(MarkUnsent).build())
    }

    /// The vaults of a Region, from ListBackupVaults.
    pub async fn vaults(&self, region: &str) -> Result<Vec<BackupVault>, CallError> {
        let call = self.backup(region).list_backup_vaults();
        let mut found = Vec::new();
        let page = |token| call.clone().set_next_token(token).send();
        let take = |page: ListBackupVaultsOutput| {
            found.extend(page.backup_vault_list.unwrap_or_default().into_iter().map(vault));
            page.next_token
        };
        self.calls.pages(page, take).await?;
        Ok(found)
    }

    /// The access policy of a vault, from GetBackupVaultAccessPolicy; none if it has none.
    pub async fn access_policy(
        &self,
        region: &str,
        vault: &str,
    ) -> Result<Option<String>, CallError> {
        let call = self.backup(region).get_backup_vault_access_policy().backup_vault_name(vault);
        let attempt = || async {
            match call.clone().send().await {
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_resource_not_found_exception()) =>
                {
                    Ok(None)
                }
                answer => answer.map(Some),
            }
        };
        Ok(self.calls.send(attempt).await?.and_then(|answer| answer.policy))
    }

    /// Recovery points of a vault that were made since, a page of them, from ListRecoveryPointsByBackupVault.
    pub async fn points(
        &self,
        region: &str,
        vault: &str,
        since: Duration,
    ) -> Result<Vec<RecoveryPoint>, CallError> {
        let call = self.backup(region).list_recovery_points_by_backup_vault();
        let since = SystemTime::now().checked_sub(since).unwrap_or(SystemTime::UNIX_EPOCH);
        let call = call.backup_vault_name(vault).by_created_after(DateTime::from(since));
        let call = call.max_results(POINTS);
        let answer = self.calls.send(|| call.clone().send()).await?;
        let points = answer.recovery_points.unwrap_or_default().into_iter();
        Ok(points
            .map(|point| RecoveryPoint {
                arn: point.recovery_point_arn.unwrap_or_default(),
                resource_type: point.resource_type.unwrap_or_default(),
                key: point.encryption_key_arn,
            })
            .collect())
    }

    /// The ARN of the role of this name, from GetRole; none if there is none.
    pub async fn role(&self, name: &str) -> Result<Option<String>, CallError> {
        let call = self.iam.get_role().role_name(name);
        let attempt = || async {
            match call.clone().send().await {
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_no_such_entity_exception()) =>
                {
                    Ok(None)
                }
                answer => answer.map(Some),
            }
        };
        let answer = self.calls.send(attempt).await?;
        Ok(answer.and_then(|answer| answer.role).map(|role| role.arn))
    }

    /// Whether AWS manages a key of this account, from DescribeKey.
    pub async fn is_key_of_aws(&self, region: &str, key: &str) -> Result<bool, CallError> {
        let region = aws_config::Region::new(region.to_owned());
        let config = aws_sdk_kms::config::Builder::from(&self.config).region(region);
        let client = aws_sdk_kms::Client::from_conf(config.interceptor(MarkUnsent).build());
        let call = client.describe_key().key_id(key);
        let answer = self.calls.send(|| call.clone().send()).await?;
        let manager = answer.key_metadata.and_then(|key| key.key_manager);
        Ok(manager == Some(KeyManagerType::Aws))
    }
}

fn vault(vault: BackupVaultListMember) -> BackupVault {
    BackupVault {
        name: vault.backup_vault_name.unwrap_or_default(),
        locked: vault.locked == Some(true),
        lock_date: vault.lock_date.map(|date| date.secs()),
        min_days: vault.min_retention_days,
        max_days: vault.max_retention_days,
    }
}
