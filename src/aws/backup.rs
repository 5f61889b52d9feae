//! AWS Backup's settings: those of the organization, and those of each Region.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_backup::Client;
use aws_sdk_backup::config::{Builder, Config, Region};
use aws_sdk_backup::operation::update_region_settings::builders::UpdateRegionSettingsFluentBuilder;

use super::retry::CallContext;
use super::types::RegionSettings;
use crate::error::CallError;

/// After so many connections that failed, nobody is there: a Region's name may be wrong, and then
/// its address does not exist.
const CONNECTION_FAILURES: usize = 5;

/// The operations that read.
#[derive(Clone, Debug)]
pub struct Reader {
    client: Client,
    calls: Arc<CallContext>,
}

impl Reader {
    pub(super) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.clone(), calls: calls.clone() }
    }

    /// The keys of the global settings that are on, from DescribeGlobalSettings.
    pub async fn global_settings(&self) -> Result<BTreeSet<String>, CallError> {
        let call = self.client.describe_global_settings();
        let answer = self.calls.send(|| call.clone().send()).await;
        let settings = answer.map_err(CallError::of_the_management_account)?.global_settings;
        let on = settings.unwrap_or_default().into_iter().filter(|(_, value)| value == "true");
        Ok(on.map(|(key, _)| key).collect())
    }

    /// What is on in a Region, and the resource types that it knows, from DescribeRegionSettings.
    pub async fn region_settings(&self, region: &str) -> Result<RegionSettings, CallError> {
        let call = self.client.describe_region_settings();
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.calls.send_while_reachable(CONNECTION_FAILURES, attempt).await;
        let answer = answer.map_err(CallError::of_a_region)?;
        let sorted = |map: Option<HashMap<_, _>>| map.unwrap_or_default().into_iter().collect();
        Ok(RegionSettings {
            opted_in: sorted(answer.resource_type_opt_in_preference),
            fully_managed: sorted(answer.resource_type_management_preference),
        })
    }
}

/// The operations that write.
#[derive(Clone, Debug)]
pub struct Writer {
    client: Client,
    calls: Arc<CallContext>,
}

impl Writer {
    pub(super) fn new(client: &Client, calls: &Arc<CallContext>) -> Self {
        Self { client: client.clone(), calls: calls.clone() }
    }

    /// UpdateGlobalSettings, which leaves those alone that it does not name. Only the management
    /// account may call it.
    pub async fn enable_global_settings(&self, keys: &BTreeSet<String>) -> Result<(), CallError> {
        let settings: HashMap<_, _> =
            keys.iter().map(|key| (key.clone(), "true".to_owned())).collect();
        let call = self.client.update_global_settings().set_global_settings(Some(settings));
        let answer = self.calls.send(|| call.clone().send()).await;
        answer.map(drop).map_err(CallError::of_the_management_account)
    }

    /// UpdateRegionSettings for the service opt-in, which leaves everything alone that it does not
    /// name.
    pub async fn opt_in(&self, region: &str, types: &BTreeSet<String>) -> Result<(), CallError> {
        let call = self.client.update_region_settings();
        self.update(region, call.set_resource_type_opt_in_preference(Some(all_on(types)))).await
    }

    /// UpdateRegionSettings for full management, which leaves everything alone that it does not
    /// name.
    pub async fn manage_fully(
        &self,
        region: &str,
        types: &BTreeSet<String>,
    ) -> Result<(), CallError> {
        let call = self.client.update_region_settings();
        self.update(region, call.set_resource_type_management_preference(Some(all_on(types)))).await
    }

    async fn update(
        &self,
        region: &str,
        call: UpdateRegionSettingsFluentBuilder,
    ) -> Result<(), CallError> {
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.calls.send(attempt).await.map(drop);
        answer.map_err(|error| error.of_a_region().of_the_management_account())
    }
}

fn all_on(types: &BTreeSet<String>) -> HashMap<String, bool> {
    types.iter().map(|name| (name.clone(), true)).collect()
}

fn in_region(region: &str) -> Builder {
    Config::builder().region(Region::new(region.to_owned()))
}
