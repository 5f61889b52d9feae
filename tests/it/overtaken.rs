//! An event that comes late, or has waited, asks CloudFormation whether it is still wanted. `stacks.rs` and
//! `histories.rs` try the same with whole stacks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use cfn_org_policy::aws::still_wanted::{CloudFormation, EventKind, PendingEvent, ResourceStatus};
use cfn_org_policy::function::Times;
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::Response;
use serde_json::{Value, json};
use tokio::time::Instant;

use test_world::engine::{self, Summary, sdk_config};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, SANDBOX};
use test_world::{Resource, Stack, World};

const SENT: &str = "2026-11-22T10:00:00Z";

fn properties() -> Value {
    json!({"Name": "daily", "Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": [SANDBOX]})
}

fn event(request_type: &str) -> Value {
    json!({
        "RequestType": request_type,
        "RequestId": "request-1",
        "ResponseURL": "https://example.com/?X-Amz-Date=20261122T100000Z&X-Amz-Signature=secret",
        "ResourceType": "Custom::OrgPolicy",
        "LogicalResourceId": "Daily",
        "PhysicalResourceId": "p-0000000001",
        "StackId": "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1",
        "ResourceProperties": properties(),
        "OldResourceProperties": properties(),
    })
}

/// What is concluded when the resource entered this status so many seconds after the event was sent.
fn overtaken(request_type: &str, status: &str, seconds: i64, physical_id: &str) -> bool {
    let sent = Envelope::open(&mut event(request_type)).expect("it has a URL").sent;
    let sent = DateTime::from(sent.expect("the URL says when"));
    assert_eq!(sent.to_string(), SENT);
    let event = PendingEvent {
        kind: match request_type {
            "Create" => EventKind::Create,
            "Update" => EventKind::Update,
            _ => EventKind::Delete { physical_id: "p-0000000001".to_owned() },
        },
        stack_id: "stack".to_owned(),
        logical_id: "Daily".to_owned(),
        resource_type: "Custom::OrgPolicy".to_owned(),
        sent: SystemTime::try_from(sent).ok(),
        cloudformation: CloudFormation::new(&engine::silent()),
    };
    event.is_overtaken_by(&ResourceStatus {
        status: status.to_owned(),
        since: Some(DateTime::from_secs(sent.secs() + seconds)),
        physical_id: physical_id.to_owned(),
        contenders: 1,
    })
}

#[test]
fn a_later_status_means_a_later_event() {
    let own = "p-0000000001";
    for (request_type, status, seconds, physical_id, expected) in [
        ("Create", "CREATE_IN_PROGRESS", 0, "", false),
        ("Create", "CREATE_IN_PROGRESS", 1, "", false),
        // Cancelled, rolled back, deleted.
        ("Create", "CREATE_FAILED", 5, "", true),
        ("Create", "DELETE_IN_PROGRESS", 5, "made-up", true),
        ("Create", "DELETE_COMPLETE", 5, "made-up", true),
        // Answered by an earlier delivery.
        ("Create", "CREATE_COMPLETE", 5, own, true),
        // A later try of the same resource.
        ("Create", "CREATE_IN_PROGRESS", 60, "", true),
        ("Create", "not in the stack any more", 5, "", true),
        // Older than the event: a list that lags.
        ("Create", "DELETE_COMPLETE", -60, "made-up", false),
        ("Update", "UPDATE_IN_PROGRESS", 1, own, false),
        ("Update", "UPDATE_FAILED", 5, own, true),
        ("Update", "UPDATE_COMPLETE", -60, own, false),
        // The rollback's Update.
        ("Update", "UPDATE_IN_PROGRESS", 5, own, true),
        ("Delete", "DELETE_IN_PROGRESS", 0, own, false),
        ("Delete", "DELETE_FAILED", 60, own, false),
        // The clean-up of a replaced policy.
        ("Delete", "UPDATE_COMPLETE", 5, "p-0000000002", false),
        // Taken over once more by this resource.
        ("Delete", "CREATE_COMPLETE", 60, own, true),
    ] {
        let found = overtaken(request_type, status, seconds, physical_id);
        assert_eq!(found, expected, "{request_type}: {status} for {physical_id} after {seconds} s");
    }
}

/// A function that meets the resource in this state, since now.
struct Stage {
    world: World,
    stack: Stack,
    asked: Arc<AtomicUsize>,
}

impl Stage {
    fn new(status: &'static str, physical_id: &'static str) -> Stage {
        let world = World::new();
        let mut stack = Stack::new(&world.sdk_config(), "backup");
        let asked = Arc::new(AtomicUsize::default());
        let count = asked.clone();
        let config = sdk_config(
            Duration::ZERO,
            Arc::new(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                Some(vec![Summary {
                    logical_id: "Daily".to_owned(),
                    physical_id: physical_id.to_owned(),
                    status,
                    since: "2026-11-22T10:01:00Z".to_owned(),
                }])
            }),
        );
        stack.handler.cloudformation = CloudFormation::new(&config);
        Stage { world, stack, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Delivers the event so long after it was sent.
    async fn deliver(&self, mut event: Value, age: u64) -> Response {
        let envelope = Envelope::open(&mut event).expect("it has a URL");
        tokio::time::advance(Duration::from_secs(age)).await;
        let now = Instant::now();
        let times = Times { sent: now - Duration::from_secs(age), deadline: now + LAMBDA_TIMEOUT };
        self.stack.handler.handle(&envelope, event, times).await
    }

    fn picture(&self) -> BTreeMap<String, String> {
        self.world.change(|state| state.picture())
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_event_asks_nobody() {
    let stage = Stage::new("DELETE_IN_PROGRESS", "");
    succeeded(&stage.deliver(event("Create"), 5).await);
    assert_eq!(stage.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_late_create_that_was_deleted_since_makes_nothing() {
    let stage = Stage::new("DELETE_COMPLETE", "made-up");
    let mut event = event("Create");
    event.as_object_mut().expect("an object").remove("PhysicalResourceId");
    let before = stage.picture();
    let response = stage.deliver(event, 60).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: DELETE_COMPLETE since 2026-11-22T10:01:00Z; CloudFormation has gone on without this event: look at the later events of the stack"#);
    // An earlier delivery may have come further.
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
    assert_eq!(stage.picture(), before);
    assert!(stage.world.calls().is_empty());
    assert_eq!(stage.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_delivery_of_an_answered_create_leaves_what_it_has_made() {
    let stage = Stage::new("CREATE_COMPLETE", "p-0000000001");
    succeeded(&stage.deliver(event("Create"), 0).await);
    let before = stage.picture();
    failure(&stage.deliver(event("Create"), 60).await);
    assert_eq!(stage.picture(), before);
}

/// Delivered again while CloudFormation said nothing at first: by then it has found its own policy.
#[tokio::test(start_paused = true)]
async fn what_the_resource_lives_by_is_not_taken_away_as_a_failures_remains() {
    let stage = Stage::new("CREATE_COMPLETE", "p-0000000001");
    succeeded(&stage.deliver(event("Create"), 0).await);
    stage.world.change(|state| state.detach("p-0000000001", SANDBOX));
    stage.world.fail_first("AttachPolicy", 1, Fault::Error("TooManyRequestsException"));
    failure(&stage.deliver(event("Create"), 5).await);
    assert!(stage.world.change(|state| state.policies.contains_key("p-0000000001")));
}

#[tokio::test(start_paused = true)]
async fn a_create_overtaken_at_the_throttle_takes_away_what_it_has_made() {
    let stage = Stage::new("CREATE_FAILED", "");
    let before = stage.picture();
    stage.world.fail_first("AttachPolicy", 5, Fault::Error("TooManyRequestsException"));
    let mut event = event("Create");
    event.as_object_mut().expect("an object").remove("PhysicalResourceId");
    failure(&stage.deliver(event, 0).await);
    assert_eq!(stage.picture(), before);
}

#[tokio::test(start_paused = true)]
async fn without_an_answer_an_event_goes_on() {
    let mut stage = Stage::new("DELETE_COMPLETE", "made-up");
    stage.stack.handler.cloudformation = CloudFormation::new(&engine::silent());
    succeeded(&stage.deliver(event("Create"), 60).await);
}

/// A Create was never answered, CloudFormation made up an id, and the next try succeeded. Then comes the Delete for the
/// id that was made up.
#[tokio::test(start_paused = true)]
async fn a_made_up_id_does_not_take_the_living_policy_away() {
    for (status, physical_id, stays) in
        [("CREATE_COMPLETE", "p-0000000001", true), ("DELETE_IN_PROGRESS", "made-up", false)]
    {
        let stage = Stage::new(status, physical_id);
        succeeded(&stage.deliver(event("Create"), 0).await);
        let resource = Resource {
            logical_id: "Daily".to_owned(),
            physical_id: "made-up".to_owned(),
            properties: properties(),
        };
        succeeded(&stage.stack.delete(&resource).await);
        let there = stage.world.change(|state| state.policies.contains_key("p-0000000001"));
        assert_eq!(there, stays, "{physical_id}");
    }
}
