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
                    metric("OldestContent", "Seconds"),
                ],
            }],
        },
        "FunctionName": function,
        "WholeLooks": 1,
        "DriftedPolicies": summary.drifted,
        "WithheldAccounts": summary.withheld,
        "OldestContent": run.oldest_content,
    })
    .to_string()
}
