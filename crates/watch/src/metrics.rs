//! Metrics, as lines of the log that CloudWatch reads (the embedded metric format), so that the role needs no right to
//! write them.

use serde_json::json;

use crate::watch::Run;

/// The line of a run.
pub fn line(run: &Run, milliseconds: i64, function: &str) -> String {
    let summary = run.report.summary();
    let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
    json!({
        "_aws": {
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{
                "Namespace": "cfn-org-policy",
                "Dimensions": [["FunctionName"]],
                "Metrics": [
                    metric("WholeLooks", "Count"),
                    metric("DriftedPolicies", "Count"),
                    metric("WithheldAccounts", "Count"),
                    metric("OldestDocument", "Seconds"),
                ],
            }],
        },
        "FunctionName": function,
        "WholeLooks": u8::from(run.is_whole),
        "DriftedPolicies": summary.drifted,
        "WithheldAccounts": summary.withheld,
        "OldestDocument": run.oldest_document.as_secs(),
    })
    .to_string()
}
