//! An event that comes late, or had to wait, asks CloudFormation whether it is still wanted. `stacks.rs` and
//! `histories.rs` test the same with whole stacks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use cfn_org_policy::aws::still_wanted::{CloudFormation, EventKind, PendingEvent, ResourceStatus};
use cfn_org_policy::function::Times;
use cfn_org_policy::protocol::request::Envelope;
use cfn_org_policy::protocol::response::Response;
use cfn_org_policy::protocol::response_url::ResponseUrl;
use serde_json::Value;
use tokio::time::Instant;

use test_world::engine::{self, Summary};
use test_world::fixtures::{Event, POLICY, policy_properties, setup};
use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded};
use test_world::world::{Fault, SANDBOX};
use test_world::{Resource, Stack, World};

/// When an [`Event`] was sent, according to its URL.
const SENT: &str = "2026-11-22T10:00:00Z";
const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1";

/// An event that was sent at [`SENT`].
fn event(request_type: &str) -> Value {
    let event = match request_type {
        "Create" => Event::create("Daily"),
        "Update" => Event::update(&resource(POLICY)),
        _ => Event::delete(&resource(POLICY)),
    };
    event.set("StackId", STACK_ID).properties(policy_properties()).build()
}

fn resource(physical_id: &str) -> Resource {
    Resource {
        logical_id: "Daily".to_owned(),
        physical_id: physical_id.to_owned(),
        properties: policy_properties(),
    }
}

/// Whether the event counts as overtaken if its resource got this status so many seconds after the event was sent.
fn overtaken(request_type: &str, status: &str, seconds: i64, physical_id: &str) -> bool {
    let kind = match request_type {
        "Create" => EventKind::Create,
        "Update" => EventKind::Update,
        _ => EventKind::Delete { physical_id: POLICY.to_owned() },
    };
    let sent = sent();
    pending(kind, Some(sent)).is_overtaken_by(&ResourceStatus {
        status: status.to_owned(),
        since: Some(DateTime::from_secs(DateTime::from(sent).secs() + seconds)),
        physical_id: physical_id.to_owned(),
        contenders: 1,
    })
}

/// [`SENT`], as the URL of an event says it.
fn sent() -> SystemTime {
    let sent = Envelope::open(&mut event("Create").into()).expect("it has a URL").sent;
    let sent = sent.expect("the URL says when");
    assert_eq!(DateTime::from(sent).to_string(), SENT);
    sent
}

fn pending(kind: EventKind, sent: Option<SystemTime>) -> PendingEvent {
    PendingEvent {
        kind,
        stack_id: "stack".to_owned(),
        logical_id: "Daily".to_owned(),
        resource_type: "Custom::OrgPolicy".to_owned(),
        sent,
        arrived: self::sent(),
        cloudformation: CloudFormation::new(&engine::silent()),
    }
}

/// Without the time of the status or of the event, the status alone decides.
#[test]
fn without_a_time_another_status_means_a_later_event() {
    for (kind, own) in
        [(EventKind::Create, "CREATE_IN_PROGRESS"), (EventKind::Update, "UPDATE_IN_PROGRESS")]
    {
        for (status, expected) in [(own, false), ("DELETE_IN_PROGRESS", true)] {
            let resource = ResourceStatus {
                status: status.to_owned(),
                since: None,
                physical_id: POLICY.to_owned(),
                contenders: 1,
            };
            let event = pending(kind.clone(), Some(sent()));
            assert_eq!(event.is_overtaken_by(&resource), expected, "{kind:?} {status}");
        }
    }
}

/// A local CloudFormation says neither when it has sent an event, nor always that a resource is in progress.
#[test]
fn of_an_event_whose_url_does_not_say_when_it_was_sent_the_arrival_counts() {
    let arrived = DateTime::from(sent()).secs();
    for (status, since, expected) in [
        ("CREATE_COMPLETE", Some(arrived - 60), false),
        ("UPDATE_COMPLETE", Some(arrived + 60), true),
        ("not in the stack any more", None, false),
    ] {
        let resource = ResourceStatus {
            status: status.to_owned(),
            since: since.map(DateTime::from_secs),
            physical_id: POLICY.to_owned(),
            contenders: 1,
        };
        let event = pending(EventKind::Update, None);
        assert_eq!(event.is_overtaken_by(&resource), expected, "{status}");
    }
}

/// A resource that has no physical id yet is not the one that an empty id means.
#[test]
fn a_delete_without_an_id_is_never_overtaken() {
    let delete = |id: &str| pending(EventKind::Delete { physical_id: id.to_owned() }, None);
    let resource = |id: &str| ResourceStatus {
        status: "CREATE_IN_PROGRESS".to_owned(),
        since: None,
        physical_id: id.to_owned(),
        contenders: 1,
    };
    assert!(delete(POLICY).is_overtaken_by(&resource(POLICY)));
    assert!(!delete("").is_overtaken_by(&resource("")));
}

#[test]
fn a_url_that_does_not_say_when_it_was_signed_says_nothing() {
    let signed =
        |date: &str| ResponseUrl::new(format!("https://b/?X-Amz-Date={date}&x")).signed_at();
    assert_eq!(signed("20261122T100000Z"), Some(sent()));
    for date in ["", "20261122T1000", "20261322T100000Z", "2026+122T100000Z", "20261122T1000é0Z"] {
        assert_eq!(signed(date), None, "{date}");
    }
    assert_eq!(ResponseUrl::new("https://b/").signed_at(), None);
}

#[test]
fn a_later_status_means_a_later_event() {
    let own = POLICY;
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
        // This resource has adopted the policy again.
        ("Delete", "CREATE_COMPLETE", 60, own, true),
    ] {
        let found = overtaken(request_type, status, seconds, physical_id);
        assert_eq!(found, expected, "{request_type}: {status} for {physical_id} after {seconds} s");
    }
}

/// A function whose resource is in this state, according to CloudFormation.
struct Setup {
    world: World,
    stack: Stack,
    asked: Arc<AtomicUsize>,
}

impl Setup {
    fn new(status: &'static str, physical_id: &'static str) -> Setup {
        Setup::since("2026-11-22T10:01:00Z", status, physical_id)
    }

    /// As `new`, in that state since then.
    fn since(since: &'static str, status: &'static str, physical_id: &'static str) -> Setup {
        Setup::listing(move || {
            vec![Summary {
                logical_id: "Daily".to_owned(),
                physical_id: physical_id.to_owned(),
                status,
                since: since.to_owned(),
            }]
        })
    }

    /// The stack creates the resource, and so many others at the same time.
    fn creating_with(others: usize) -> Setup {
        Setup::listing(move || {
            let ids = (0..others).map(|n| format!("Other{n}")).chain(["Daily".to_owned()]);
            let creating = |logical_id| Summary {
                logical_id,
                physical_id: String::new(),
                status: "CREATE_IN_PROGRESS",
                since: SENT.to_owned(),
            };
            ids.map(creating).collect()
        })
    }

    fn listing(resources: impl Fn() -> Vec<Summary> + Send + Sync + 'static) -> Setup {
        Setup::answering(move |_| Some(resources()))
    }

    /// The answer to the question of each number, from 0.
    fn answering(answer: impl Fn(usize) -> Option<Vec<Summary>> + Send + Sync + 'static) -> Setup {
        let (world, mut stack) = setup();
        let asked = Arc::new(AtomicUsize::default());
        let count = asked.clone();
        stack.cloudformation_answers(move |_| answer(count.fetch_add(1, Ordering::Relaxed)));
        Setup { world, stack, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Delivers the event so long after it was sent.
    async fn deliver(&self, event: Value, age: u64) -> Response {
        let mut event = event.into();
        let envelope = Envelope::open(&mut event).expect("it has a URL");
        tokio::time::advance(Duration::from_secs(age)).await;
        let now = Instant::now();
        let times = Times { sent: now - Duration::from_secs(age), deadline: now + LAMBDA_TIMEOUT };
        self.stack.handler.handle(&envelope, event, times).await
    }

    fn snapshot(&self) -> BTreeMap<String, String> {
        self.world.change(|state| state.snapshot())
    }
}

#[tokio::test(start_paused = true)]
async fn a_fresh_event_does_not_ask_cloudformation() {
    let setup = Setup::new("DELETE_IN_PROGRESS", "");
    succeeded(&setup.deliver(event("Create"), 5).await);
    assert_eq!(setup.asked(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_create_overtaken_by_a_delete_makes_no_call() {
    let setup = Setup::new("DELETE_COMPLETE", "made-up");
    let before = setup.snapshot();
    let response = setup.deliver(event("Create"), 60).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: DELETE_COMPLETE since 2026-11-22T10:01:00Z; CloudFormation has gone on without this event: look at the later events of the stack"#);
    // An earlier delivery may have done more.
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
    assert_eq!(setup.snapshot(), before);
    assert!(setup.world.calls().is_empty());
    assert_eq!(setup.asked(), 1);
}

/// The list lacks the resource at first, for it lags behind; then it shows that the event is still wanted, or there is no
/// second answer.
#[tokio::test(start_paused = true)]
async fn a_resource_that_a_list_lacks_once_does_not_stop_its_event() {
    for answers in [true, false] {
        let setup = Setup::answering(move |number| match number {
            0 => Some(Vec::new()),
            _ if !answers => None,
            _ => Some(vec![Summary {
                logical_id: "Daily".to_owned(),
                physical_id: String::new(),
                status: "CREATE_IN_PROGRESS",
                since: SENT.to_owned(),
            }]),
        });
        succeeded(&setup.deliver(event("Create"), 60).await);
        assert_eq!(setup.asked(), 2, "{answers}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_two_lists_lack_stops_its_event() {
    let setup = Setup::answering(|_| Some(Vec::new()));
    let begin = Instant::now();
    let response = setup.deliver(event("Create"), 60).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: not in the stack any more; CloudFormation has gone on without this event: look at the later events of the stack"#);
    assert_eq!(setup.asked(), 2);
    assert!(setup.world.calls().is_empty());
    assert!(begin.elapsed() <= Duration::from_secs(60 + 10), "{:?}", begin.elapsed());
}

/// Its Delete goes on whatever the list says, so nothing is asked twice.
#[tokio::test(start_paused = true)]
async fn a_delete_does_not_ask_again_for_a_resource_that_a_list_lacks() {
    let setup = Setup::answering(|_| Some(Vec::new()));
    succeeded(&setup.deliver(event("Create"), 0).await);
    succeeded(&setup.deliver(event("Delete"), 60).await);
    assert_eq!(setup.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_of_an_answered_create_leaves_its_policy() {
    let setup = Setup::new("CREATE_COMPLETE", POLICY);
    succeeded(&setup.deliver(event("Create"), 0).await);
    let before = setup.snapshot();
    failure(&setup.deliver(event("Create"), 60).await);
    assert_eq!(setup.snapshot(), before);
}

/// The redelivery is too early to ask CloudFormation at once, so it has found its own policy when it asks.
#[tokio::test(start_paused = true)]
async fn the_clean_up_of_a_failed_redelivery_keeps_the_current_policy() {
    let setup = Setup::new("CREATE_COMPLETE", POLICY);
    succeeded(&setup.deliver(event("Create"), 0).await);
    setup.world.change(|state| state.detach(POLICY, SANDBOX));
    setup.world.fail_first("AttachPolicy", 1, Fault::Error("TooManyRequestsException"));
    failure(&setup.deliver(event("Create"), 5).await);
    assert!(setup.world.change(|state| state.policies.contains_key(POLICY)));
}

#[tokio::test(start_paused = true)]
async fn a_create_overtaken_while_throttled_deletes_what_it_has_made() {
    let setup = Setup::new("CREATE_FAILED", "");
    let before = setup.snapshot();
    setup.world.fail_first("AttachPolicy", 5, Fault::Error("TooManyRequestsException"));
    failure(&setup.deliver(event("Create"), 0).await);
    assert_eq!(setup.snapshot(), before);
}

/// How many others there are it learns only after it has waited a little, and then the wait goes on.
#[tokio::test(start_paused = true)]
async fn a_throttled_event_among_many_waits_on_before_it_calls_again() {
    for (others, asked) in [(0, 1), (300, 2)] {
        // So that the wait of many is not by chance over at once.
        fastrand::seed(1);
        let setup = Setup::creating_with(others);
        setup.world.fail_first("CreatePolicy", 1, Fault::Error("TooManyRequestsException"));
        succeeded(&setup.deliver(event("Create"), 0).await);
        let calls = setup.world.calls();
        assert_eq!(calls.iter().filter(|call| *call == "CreatePolicy").count(), 2, "{calls:?}");
        assert_eq!(setup.asked(), asked, "among {others} others");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_goes_on_if_cloudformation_does_not_answer() {
    let mut setup = Setup::new("DELETE_COMPLETE", "made-up");
    setup.stack.handler.cloudformation = CloudFormation::new(&engine::silent());
    succeeded(&setup.deliver(event("Create"), 60).await);
}

/// A Create was never answered, CloudFormation made up an id, and the next try succeeded. Then comes the Delete for the
/// id that was made up.
#[tokio::test(start_paused = true)]
async fn the_delete_of_a_made_up_id_keeps_the_current_policy() {
    for (status, physical_id, stays) in
        [("CREATE_COMPLETE", POLICY, true), ("DELETE_IN_PROGRESS", "made-up", false)]
    {
        let setup = Setup::new(status, physical_id);
        succeeded(&setup.deliver(event("Create"), 0).await);
        succeeded(&setup.stack.delete(&resource("made-up")).await);
        let there = setup.world.change(|state| state.policies.contains_key(POLICY));
        assert_eq!(there, stays, "{physical_id}");
    }
}

/// An event with this ServiceTimeout, delivered so long after it was sent, to an organization that never answers to
/// AttachPolicy; how long it took, and the response.
async fn time_of(setup: &Setup, timeout: u64, age: u64) -> (u64, Response) {
    setup.world.fail_always("AttachPolicy", Fault::Hang { takes_effect: false });
    let mut event = event("Create");
    event["ResourceProperties"]["ServiceTimeout"] = timeout.to_string().into();
    tokio::time::advance(Duration::from_secs(age)).await;
    let began = Instant::now();
    let mut event = event.into();
    let envelope = Envelope::open(&mut event).expect("it has a URL");
    let times = Times { sent: began - Duration::from_secs(age), deadline: began + LAMBDA_TIMEOUT };
    let response = setup.stack.handler.handle(&envelope, event, times).await;
    (began.elapsed().as_secs(), response)
}

#[tokio::test(start_paused = true)]
async fn the_time_of_cloudformation_counts_from_when_the_event_was_sent() {
    let setup = Setup::since(SENT, "CREATE_IN_PROGRESS", "");
    // 120 s less 50 s, and 32 s for cleaning up and the response.
    let (took, response) = time_of(&setup, 120, 50).await;
    assert!(failure(&response).contains("time ran out"), "{}", response.reason);
    assert_eq!(took, 38);
}

#[tokio::test(start_paused = true)]
async fn with_little_time_by_that_clock_cloudformation_says_whether_the_event_is_wanted() {
    let later = "2026-11-22T10:00:10Z";
    for (since, status, taken) in [(later, "CREATE_FAILED", 0), (SENT, "CREATE_IN_PROGRESS", 30)] {
        let setup = Setup::since(since, status, "");
        // By that clock 24 s are left; if the event is wanted, its 60 s count from now on.
        let (took, response) = time_of(&setup, 60, 36).await;
        failure(&response);
        assert_eq!(took, taken, "{status}: {}", response.reason);
        assert!(setup.asked() > 0, "{status}");
    }
    // Six seconds after it was sent, an event with more time counts as wanted without asking.
    let setup = Setup::new("CREATE_FAILED", "");
    let (took, response) = time_of(&setup, 32, 6).await;
    assert!(failure(&response).contains("gone on without this event"), "{}", response.reason);
    assert_eq!((took, setup.asked()), (0, 1));
}

/// Its URL was signed long before it was sent: the event is wanted, or nobody says otherwise.
#[tokio::test(start_paused = true)]
async fn a_url_that_was_signed_early_fails_nothing() {
    let mut setup = Setup::new("", "");
    setup.stack.handler.cloudformation = CloudFormation::new(&engine::silent());
    let mut event = event("Create");
    event["ResourceProperties"]["ServiceTimeout"] = "60".into();
    succeeded(&setup.deliver(event, 3_000).await);
}
