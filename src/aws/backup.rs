//! AWS Backup's settings as we use them: those of the organization, and those of each Region.
//!
//! This is the only user of the service's SDK.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::config::{Config, Region};
use aws_sdk_backup::error::SdkError;

use crate::aws::retry::{self, Turn};
use crate::error::{CallError, Kind};

/// After so many connections that failed, nobody is there: a Region's name may be wrong, and then
/// its address does not exist.
const CONNECTIONS: usize = 5;

/// The service, through one client.
#[derive(Clone, Debug)]
pub struct Backup {
    client: Client,
    turn: Arc<Turn>,
}

impl Backup {
    /// A client on this configuration (region, credentials, endpoint, HTTP), with our retries.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(&retry::configure(config)), turn: Arc::new(Turn::unbidden()) }
    }

    /// The same client for the calls of one event.
    pub fn for_event(&self, turn: &Arc<Turn>) -> Self {
        Self { turn: turn.clone(), ..self.clone() }
    }

    /// The keys of the global settings that are on, from DescribeGlobalSettings.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn global_settings(&self) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.describe_global_settings();
        let answer = self.turn.send(|| call.clone().send()).await;
        let settings = answer.map_err(CallError::of_the_management_account)?.global_settings;
        let on = settings.unwrap_or_default().into_iter().filter(|(_, value)| value == "true");
        Ok(on.map(|(key, _)| key).collect())
    }

    /// UpdateGlobalSettings, which leaves those alone that it does not name.
    ///
    /// # Errors
    /// As the API reference lists them; only the management account may call it.
    pub async fn switch_on(&self, keys: &BTreeSet<String>) -> Result<(), CallError> {
        let settings: HashMap<_, _> =
            keys.iter().map(|key| (key.clone(), "true".to_owned())).collect();
        let call = self.client.update_global_settings().set_global_settings(Some(settings));
        let answer = self.turn.send(|| call.clone().send()).await;
        answer.map(drop).map_err(CallError::of_the_management_account)
    }

    /// The resource types that a Region knows, and whether the account has opted in to each, from
    /// DescribeRegionSettings.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn preferences(&self, region: &str) -> Result<BTreeMap<String, bool>, CallError> {
        let call = self.client.describe_region_settings();
        let failed = AtomicUsize::new(0);
        let attempt = || async {
            let answer = call.clone().customize().config_override(in_region(region)).send().await;
            answer.map_err(|error| match error {
                SdkError::DispatchFailure(failure) if failure.is_io() => {
                    match failed.fetch_add(1, Ordering::Relaxed) + 1 {
                        // What cannot be built is not tried again.
                        CONNECTIONS => SdkError::construction_failure("nobody is there"),
                        _ => SdkError::DispatchFailure(failure),
                    }
                }
                other => other,
            })
        };
        let answer = self.turn.send(attempt).await.map_err(|error| {
            match failed.load(Ordering::Relaxed) {
                CONNECTIONS => CallError {
                    kind: Kind::RegionUnreachable,
                    message: format!("{CONNECTIONS} connections have failed"),
                },
                _ => error.of_a_region(),
            }
        })?;
        let preferences = answer.resource_type_opt_in_preference.unwrap_or_default();
        Ok(preferences.into_iter().collect())
    }

    /// UpdateRegionSettings, which leaves those types alone that it does not name.
    ///
    /// # Errors
    /// As the API reference lists them.
    pub async fn opt_in(&self, region: &str, types: &BTreeSet<String>) -> Result<(), CallError> {
        let preferences: HashMap<_, _> = types.iter().map(|name| (name.clone(), true)).collect();
        let call = self.client.update_region_settings();
        let call = call.set_resource_type_opt_in_preference(Some(preferences));
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.turn.send(attempt).await.map(drop);
        answer.map_err(|error| error.of_a_region().of_the_management_account())
    }
}

fn in_region(region: &str) -> aws_sdk_backup::config::Builder {
    Config::builder().region(Region::new(region.to_owned()))
}
