//! The throttles of Organizations: token buckets, per account, some of them shared between operations.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// The operations of the bucket that making policies draws on most.
pub const SHARED_BUCKET: [&str; 4] =
    ["CreatePolicy", "DeletePolicy", "AttachPolicy", "DetachPolicy"];

/// Operations that share a bucket, its tokens per second, and how many it holds.
///
/// Source: "Quotas and service limits for AWS Organizations", API throttling limits.
const BUCKETS: [(&[&str], f64, f64); 13] = [
    (&SHARED_BUCKET, 2.0, 3.0),
    (&["UpdatePolicy"], 2.0, 3.0),
    (&["DescribePolicy"], 2.0, 2.0),
    (&["EnablePolicyType", "DisablePolicyType"], 1.0, 1.0),
    (&["ListPolicies"], 5.0, 8.0),
    (&["ListPoliciesForTarget"], 5.0, 8.0),
    (&["ListTargetsForPolicy"], 5.0, 8.0),
    (&["ListRoots"], 1.0, 2.0),
    (&["ListOrganizationalUnitsForParent"], 5.0, 8.0),
    (&["ListAccountsForParent"], 5.0, 8.0),
    (&["DescribeOrganization"], 1.0, 2.0),
    (&["TagResource", "UntagResource"], 4.0, 6.0),
    (&["ListTagsForResource"], 10.0, 15.0),
];

/// The buckets of one account. A bucket that was never drawn from is full.
#[derive(Default)]
pub(super) struct Throttles(BTreeMap<usize, Bucket>);

struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Throttles {
    /// Draws a token for the operation; false if its bucket is empty.
    pub(super) fn admit(&mut self, operation: &str) -> bool {
        let found = BUCKETS.iter().position(|(operations, ..)| operations.contains(&operation));
        let Some(number) = found else { return true };
        let (_, rate, burst) = BUCKETS[number];
        let now = Instant::now();
        let bucket = self.0.entry(number).or_insert(Bucket { tokens: burst, filled: now });
        let refill = (now - bucket.filled).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + refill).min(burst);
        bucket.filled = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}
