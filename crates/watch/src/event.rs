//! What brings the function: the schedule, or events of the organization. That something comes says that it is time to
//! look; what it says only decides what is read first.

use std::collections::BTreeSet;

use cfn_org_policy::aws::types::PolicyId;
use serde_json::Value;

/// Where the events of API calls name a policy: most of them, those of tags, and the answer to CreatePolicy.
const NAMES: [&str; 3] = [
    "/requestParameters/policyId",
    "/requestParameters/resourceId",
    "/responseElements/policy/policySummary/id",
];

/// The policies that events of AWS Organizations name, in a batch of a queue. Nothing that comes is refused: whoever may
/// send here can at most have policies read earlier.
pub fn policies_named(event: &Value) -> BTreeSet<PolicyId> {
    let records = event.pointer("/Records").and_then(Value::as_array).into_iter().flatten();
    let bodies = records.filter_map(|record| record.pointer("/body")?.as_str());
    let events = bodies.filter_map(|body| serde_json::from_str::<Value>(body).ok());
    events.filter_map(|event| Some(named(event.pointer("/detail")?))).flatten().collect()
}

/// The policies that an event of CloudTrail names.
pub fn named(detail: &Value) -> BTreeSet<PolicyId> {
    let names = NAMES.iter().filter_map(|name| detail.pointer(name)?.as_str());
    names.filter_map(PolicyId::parse).collect()
}
