//! AWS Backup's settings as we use them: those of the organization, and those of each Region.
//!
//! This is the only user of the service's SDK.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::config::{Config, Region};

use crate::error::CallError;
use crate::retry::{self, Turn};

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
        let settings = self.turn.send(|| call.clone().send()).await?.global_settings;
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
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.turn.send(attempt).await.map_err(CallError::of_a_region)?;
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
        self.turn.send(attempt).await.map(drop).map_err(CallError::of_a_region)
    }
}

fn in_region(region: &str) -> aws_sdk_backup::config::Builder {
    Config::builder().region(Region::new(region.to_owned()))
}
