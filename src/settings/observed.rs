//! What is on already: everything a plan needs, read before anything is written anywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::desired::{Declared, TrustedService};
use crate::aws::Reader;
use crate::aws::types::{PolicyTypes, RegionSettings};
use crate::error::{CallError, Error};
use crate::progress::Progress;

/// The settings, as far as those declared go.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// How policy types stand on the root.
    pub policy_types: PolicyTypes,
    /// The account the function works in, where Regions are declared.
    pub account: String,
    /// The services that are trusted.
    pub trusted: BTreeSet<TrustedService>,
    /// The keys of the global settings that are on.
    pub global_settings: BTreeSet<String>,
    /// By Region: its settings.
    pub regions: BTreeMap<String, RegionSettings>,
}

/// Reads what the declared settings are about, and nothing else.
///
/// # Errors
/// A call that failed.
pub async fn observe(
    reader: &Reader,
    declared: &Declared,
    progress: &Progress,
) -> Result<Observed, Error> {
    let Reader { organizations, backup, stacksets, identity, .. } = reader;
    let mut observed = Observed::default();
    // The root also names the management account, whose opt-in is the one that counts.
    if !declared.policy_types.is_empty() || !declared.regions.is_empty() {
        let types = organizations.policy_types();
        observed.policy_types = read(progress, "the root's policy types", types).await?;
    }
    for service in &declared.trusted_access {
        let trusted = async {
            match service {
                TrustedService::Backup => {
                    Ok(organizations.trusted_services().await?.contains(service.principal()))
                }
                TrustedService::StackSets => stacksets.are_trusted().await,
            }
        };
        if read(progress, &format!("the trusted access of {service}"), trusted).await? {
            observed.trusted.insert(*service);
        }
    }
    if !declared.global_settings.is_empty() {
        let settings = backup.global_settings();
        observed.global_settings = read(progress, "AWS Backup's global settings", settings).await?;
    }
    if !declared.regions.is_empty() {
        observed.account = read(progress, "the function's account", identity.account()).await?;
    }
    for region in &declared.regions {
        let settings = backup.region_settings(region);
        let settings = read(progress, &format!("the service opt-in of {region}"), settings).await?;
        observed.regions.insert(region.clone(), settings);
    }
    Ok(observed)
}

/// Reads, and says what was being read where that fails or ends.
async fn read<T>(
    progress: &Progress,
    what: &str,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, Error> {
    let operation = format!("read {what}");
    progress.begin(operation.clone());
    call.await.map_err(|cause| Error::call(operation, cause))
}
