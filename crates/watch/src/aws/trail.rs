//! CloudTrail's event history, which every account has for ninety days, with or without a trail.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_config::Region;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_sdk_cloudtrail::{Client, config as cloudtrail};
use cfn_org_policy::aws::config::without_sdk_retries;
use cfn_org_policy::aws::retry::CallContext;
use cfn_org_policy::aws::unsent::MarkUnsent;
use org_policy::aws::{Problem, Session};

use crate::memory::Seconds;
use crate::trail::{CALLS, Change, changes};
use crate::watch::Trail;

/// So far back it is asked: longer than from one whole look to the next.
const BACK: Seconds = 24 * 3600;

/// The event history of this account, where the calls of AWS Organizations are recorded.
#[derive(Clone, Debug)]
pub struct CloudTrail {
    client: Client,
    calls: Arc<CallContext>,
}

impl CloudTrail {
    /// Of the partition that the session's Region is in.
    pub fn new(session: &Session) -> Self {
        let here = session.region().unwrap_or_default();
        let config = without_sdk_retries(session.config()).to_builder();
        let config = config.region(Region::from_static(region_of_organizations(here))).build();
        let config = cloudtrail::Builder::from(&config).interceptor(MarkUnsent);
        Self { client: Client::from_conf(config.build()), calls: session.calls() }
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
            let answer = self.calls.send(|| asked.clone().send()).await;
            let answer = answer.map_err(|error| {
                let operation = format!("look up {call} in CloudTrail");
                Problem::of_call(operation, "cloudtrail:LookupEvents", &error)
            })?;
            let events = answer.events.unwrap_or_default().into_iter();
            found.extend(
                events.filter_map(|event| Some(changes(&event.cloud_trail_event?))).flatten(),
            );
        }
        Ok(found)
    }
}
