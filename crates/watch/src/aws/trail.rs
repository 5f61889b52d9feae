//! CloudTrail's event history, which every account has for ninety days, with or without a trail.

use std::time::{Duration, UNIX_EPOCH};

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::DisplayErrorContext;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use org_policy::aws::Problem;

use crate::memory::Seconds;
use crate::trail::{CALLS, Change, changes};
use crate::watch::Trail;

/// So far back it is asked: longer than from one whole look to the next.
const BACK: Seconds = 24 * 3600;

/// The event history of this account, where the calls of AWS Organizations are recorded.
#[derive(Clone, Debug)]
pub struct CloudTrail {
    client: Client,
}

impl CloudTrail {
    /// Of the partition that the configuration's Region is in.
    pub fn new(config: &SdkConfig) -> Self {
        let here = config.region().map(ToString::to_string).unwrap_or_default();
        let region = Region::new(region_of_organizations(&here));
        Self { client: Client::new(&config.to_builder().region(region).build()) }
    }
}

/// AWS Organizations has one endpoint in each partition, and its calls are recorded in that one's Region.
fn region_of_organizations(here: &str) -> &'static str {
    match here {
        here if here.starts_with("us-gov-") => "us-gov-west-1",
        here if here.starts_with("cn-") => "cn-northwest-1",
        _ => "us-east-1",
    }
}

impl Trail for CloudTrail {
    /// The last fifty of each call, which is one page: CloudTrail lets two questions a second pass.
    async fn changes(&self, now: Seconds) -> Result<Vec<Change>, Problem> {
        let since = u64::try_from(now - BACK).unwrap_or_default();
        let since = DateTime::from(UNIX_EPOCH + Duration::from_secs(since));
        let mut found = Vec::new();
        for call in CALLS {
            let name = LookupAttribute::builder()
                .attribute_key(LookupAttributeKey::EventName)
                .attribute_value(call)
                .build();
            let asked = self.client.lookup_events().start_time(since).max_results(50);
            let asked = asked.set_lookup_attributes(Some(name.into_iter().collect()));
            let answer = asked.send().await.map_err(|error| Problem {
                operation: format!("look up {call} in CloudTrail"),
                cause: DisplayErrorContext(error).to_string(),
            })?;
            let events = answer.events.unwrap_or_default().into_iter();
            found.extend(
                events.filter_map(|event| Some(changes(&event.cloud_trail_event?))).flatten(),
            );
        }
        Ok(found)
    }
}
