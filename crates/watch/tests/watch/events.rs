//! What events say, late, doubled or broken, only decides what is read first.

use serde_json::{Value, json};
use watch::event::policies_named;
use watch::trail::changes;

fn batch(bodies: &[String]) -> Value {
    let records: Vec<Value> = bodies.iter().map(|body| json!({"body": body})).collect();
    json!({"Records": records})
}

fn named(bodies: &[String]) -> Vec<String> {
    policies_named(&batch(bodies)).iter().map(ToString::to_string).collect()
}

#[test]
fn the_policies_that_a_batch_names() {
    let event =
        |detail: Value| json!({"source": "aws.organizations", "detail": detail}).to_string();
    let bodies = [
        event(json!({"requestParameters": {"policyId": "p-0000000001", "targetId": "r-ab12"}})),
        event(json!({"requestParameters": {"policyId": "p-0000000001", "targetId": "r-ab12"}})),
        event(json!({"requestParameters": {"resourceId": "p-0000000002", "tags": []}})),
        event(json!({"requestParameters": {"resourceId": "ou-ab12-11111111"}})),
        event(json!({"responseElements": {"policy": {"policySummary": {"id": "p-0000000003"}}}})),
        event(json!({"requestParameters": null})),
        event(json!(7)),
        "{".to_owned(),
        String::new(),
    ];
    assert_eq!(named(&bodies), ["p-0000000001", "p-0000000002", "p-0000000003"]);
}

#[test]
fn the_schedule_and_anything_else_names_none() {
    for event in [
        json!({}),
        json!(null),
        json!([1]),
        json!({"source": "aws.events", "detail-type": "Scheduled Event"}),
        json!({"Records": 1}),
        json!({"Records": [1, {"body": 2}, {"body": {}}]}),
    ] {
        assert!(policies_named(&event).is_empty(), "{event}");
    }
}

#[test]
fn who_has_changed_what() {
    let event = json!({
        "eventTime": "2026-11-28T02:03:04Z",
        "eventName": "DetachPolicy",
        "userIdentity": {"arn": "arn:aws:sts::111111111111:assumed-role/Admin/a"},
        "requestParameters": {"policyId": "p-0000000001", "targetId": "r-ab12"},
    });
    let found = changes(&event.to_string());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].by, "arn:aws:sts::111111111111:assumed-role/Admin/a");
    assert_eq!(
        (found[0].at.as_str(), found[0].call.as_str()),
        ("2026-11-28T02:03:04Z", "DetachPolicy")
    );
    let mut failed = event.clone();
    failed["errorCode"] = json!("AccessDenied");
    for none in [failed.to_string(), "{".to_owned(), "{}".to_owned()] {
        assert_eq!(changes(&none), [], "{none}");
    }
    let mut by_service = event;
    by_service["userIdentity"] = json!({"invokedBy": "controltower.amazonaws.com"});
    assert_eq!(changes(&by_service.to_string())[0].by, "controltower.amazonaws.com");
}
