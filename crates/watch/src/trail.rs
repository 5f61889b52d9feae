//! Who has changed policies lately, as far as CloudTrail says. It decides nothing, and no mail waits for it.

use cfn_org_policy::aws::types::PolicyId;
use serde_json::Value;

use crate::event::named;
use crate::finding::cut;
use crate::news::{News, Reason};

/// The calls that change a policy, and who can see it.
pub const CALLS: [&str; 6] = [
    "AttachPolicy",
    "DetachPolicy",
    "UpdatePolicy",
    "DeletePolicy",
    "TagResource",
    "UntagResource",
];
/// So many changes of one policy are told: the last ones.
const TOLD: usize = 3;

/// A change that CloudTrail has recorded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// When, as CloudTrail writes it: `2026-11-28T02:03:04Z`.
    pub at: String,
    /// The call.
    pub call: String,
    /// The caller's ARN.
    pub by: String,
    /// The policy.
    pub policy: PolicyId,
}

/// Those that an event tells of; none of a call that failed, or was not about a policy.
pub fn changes(event: &str) -> Vec<Change> {
    let Ok(event) = serde_json::from_str::<Value>(event) else { return Vec::new() };
    let text =
        |name: &str| event.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if !text("/errorCode").is_empty() {
        return Vec::new();
    }
    let (at, call) = (text("/eventTime"), text("/eventName"));
    let by = match text("/userIdentity/arn") {
        by if by.is_empty() => text("/userIdentity/invokedBy"),
        by => by,
    };
    let change = |policy| Change { at: at.clone(), call: call.clone(), by: by.clone(), policy };
    named(&event).into_iter().map(change).collect()
}

/// Tells of each policy who has changed it.
pub fn add(news: &mut [News], mut changes: Vec<Change>) {
    changes.sort();
    changes.dedup();
    for news in news.iter_mut().filter(|news| asks(news)) {
        let about =
            |change: &&Change| Some(change.policy.as_str()) == news.finding.policy.as_deref();
        let line =
            |change: &Change| cut(&format!("{} {} by {}", change.at, change.call, change.by));
        news.changes = changes.iter().rev().filter(about).take(TOLD).map(line).collect();
    }
}

/// Whether somebody would like to know who it was.
pub fn asks(news: &News) -> bool {
    matches!(news.reason, Reason::New | Reason::Grown) && news.finding.policy.is_some()
}
