//! AWS Backup's settings: those of the organization, and those of each Region.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_backup::Client;
use aws_sdk_backup::config::{Builder, Config, Region};

use super::retry::CallContext;
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

    /// The resource types that a Region knows, and whether the account has opted in to each, from
    /// DescribeRegionSettings.
    pub async fn preferences(&self, region: &str) -> Result<BTreeMap<String, bool>, CallError> {
        let call = self.client.describe_region_settings();
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.calls.send_while_reachable(CONNECTION_FAILURES, attempt).await;
        let preferences = answer.map_err(CallError::of_a_region)?.resource_type_opt_in_preference;
        Ok(preferences.unwrap_or_default().into_iter().collect())
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

    /// UpdateRegionSettings, which leaves those types alone that it does not name.
    pub async fn opt_in(&self, region: &str, types: &BTreeSet<String>) -> Result<(), CallError> {
        let preferences: HashMap<_, _> = types.iter().map(|name| (name.clone(), true)).collect();
        let call = self.client.update_region_settings();
        let call = call.set_resource_type_opt_in_preference(Some(preferences));
        let attempt = || call.clone().customize().config_override(in_region(region)).send();
        let answer = self.calls.send(attempt).await.map(drop);
        answer.map_err(|error| error.of_a_region().of_the_management_account())
    }
}

fn in_region(region: &str) -> Builder {
    Config::builder().region(Region::new(region.to_owned()))
}
