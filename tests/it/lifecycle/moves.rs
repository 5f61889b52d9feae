//! A policy moves from one resource to another: the owner changes and nothing else, and it goes back if the stack fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cfn_org_policy::protocol::response::Response;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use test_world::engine::Summary;
use test_world::fixtures::{POLICY, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::Fault;
use test_world::{Resource, Stack, World};

use super::{exists, read, tags};

/// What CloudFormation says of resources: stack, logical id, status, physical id. None: nothing.
type Says = Option<Vec<(&'static str, &'static str, &'static str, String)>>;

/// Two stacks, and what CloudFormation says of them.
struct Setup {
    world: World,
    stack: Stack,
    other: Stack,
    says: Arc<Mutex<Says>>,
}

impl Setup {
    fn new() -> Setup {
        let (world, mut stack) = setup();
        let says = Arc::new(Mutex::new(None));
        let mut other = Stack::new(&world.sdk_config(), "other");
        let heard = says.clone();
        let answers = move |id: &str| {
            let says: Says = heard.lock().expect("one thread").clone();
            let name = id.split('/').nth(1)?.to_owned();
            let of_stack = says?.into_iter().filter(move |(stack, ..)| *stack == name);
            let summary = |(_, logical_id, status, physical_id): (_, &str, _, _)| Summary {
                logical_id: logical_id.to_owned(),
                physical_id,
                status,
                since: "2026-11-22T09:00:00Z".to_owned(),
            };
            Some(of_stack.map(summary).collect())
        };
        stack.cloudformation_answers(answers.clone());
        other.cloudformation_answers(answers);
        Setup { world, stack, other, says }
    }

    /// From now on it says this, and that the resource of the event is being worked on.
    fn say(&self, event: (&'static str, &'static str), mut says: Says) {
        let (status, own) = event;
        let pending = ("backup", own, status, POLICY.to_owned());
        says.iter_mut().for_each(|says| says.push(pending.clone()));
        *self.says.lock().expect("one thread") = says;
    }

    /// A policy that Old has made and New has taken, and both resources.
    async fn moved(&self) -> (Resource, Resource) {
        let (old, response) = self.stack.create("Old", policy_properties()).await;
        succeeded(&response);
        let (new, response) = self.stack.create("New", adopting()).await;
        succeeded(&response);
        assert_eq!(new.physical_id, POLICY);
        (old, new)
    }

    fn owner(&self) -> Option<String> {
        self.world.change(|state| state.tags.get(POLICY)?.get("cfn-org-policy:logical-id").cloned())
    }

    fn former(&self) -> Option<String> {
        self.world.change(|state| {
            state.tags.get(POLICY)?.get("cfn-org-policy:former-logical-id").cloned()
        })
    }
}

pub(super) fn adopting() -> Value {
    with(&policy_properties(), json!({"AdoptExisting": POLICY}))
}

/// "Holds", "Deleting", "Gone" and "Unknown" for a resource of the stack backup.
fn said_of(logical_id: &'static str, holding: &str) -> Says {
    match holding {
        "Holds" => Some(vec![("backup", logical_id, "UPDATE_COMPLETE", POLICY.to_owned())]),
        "Deleting" => Some(vec![("backup", logical_id, "DELETE_IN_PROGRESS", POLICY.to_owned())]),
        "HoldsAnother" => Some(vec![("backup", logical_id, "CREATE_IN_PROGRESS", String::new())]),
        "Gone" => Some(Vec::new()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_changes_the_owner_and_nothing_else() {
    let setup = Setup::new();
    setup.stack.create("Old", policy_properties()).await;
    let before = setup.world.change(|state| state.policies[POLICY].clone());
    setup.world.reset_calls();
    let (new, response) = setup.stack.create("New", adopting()).await;
    succeeded(&response);
    assert_eq!(new.physical_id, POLICY);
    let writes = |call: &String| !call.starts_with("List") && !call.starts_with("Describe");
    let calls: Vec<String> = setup.world.calls().into_iter().filter(writes).collect();
    assert_eq!(calls, ["TagResource"]);
    let after = setup.world.change(|state| state.policies[POLICY].clone());
    assert_eq!((before.content, before.targets), (after.content, after.targets));
    assert_eq!(setup.owner().as_deref(), Some("New"));
    assert_eq!(setup.former().as_deref(), Some("Old"));
    assert!(!tags(&setup.world, POLICY).iter().any(|tag| tag.contains("adopted")));
}

#[tokio::test(start_paused = true)]
async fn a_move_that_would_change_the_policy_is_refused_before_any_write() {
    for changes in [
        json!({"Name": "renamed"}),
        json!({"Content": {"plans": {"other": {}}}}),
        json!({"Targets": []}),
        json!({"Tags": [{"Key": "a", "Value": "1"}]}),
    ] {
        let setup = Setup::new();
        setup.stack.create("Old", policy_properties()).await;
        let before = read(&setup.world).await;
        let (new, response) = setup.stack.create("New", with(&adopting(), changes)).await;
        let reason = failure(&response);
        assert!(reason.contains("changes the owner and nothing else"), "{reason}");
        assert_eq!(read(&setup.world).await, before);
        succeeded(&setup.stack.delete(&new).await);
        assert_eq!(read(&setup.world).await, before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_with_too_little_time_or_room_is_refused_before_any_write() {
    let setup = Setup::new();
    let list: Vec<Value> = (0..47).map(|n| json!({"Key": format!("k{n}"), "Value": ""})).collect();
    setup.stack.create("Old", with(&policy_properties(), json!({"Tags": list}))).await;
    let before = read(&setup.world).await;
    // As a Create with AdoptExisting it may declare 46; the policy has one more, by hand or from before.
    setup.world.change(|state| {
        state.tag(POLICY, "cfn-org-policy:adopted", "true");
        state.tags.get_mut(POLICY).expect("tags").remove("k46");
    });
    let adopting = with(&adopting(), json!({"Tags": list[..46]}));
    let (_, response) = setup.stack.create("New", adopting).await;
    assert!(
        failure(&response).contains("it would have 51 tags, but 50 are allowed"),
        "{}",
        response.reason
    );
    setup.world.change(|state| {
        state.tag(POLICY, "k46", "");
        state.tags.get_mut(POLICY).expect("tags").remove("cfn-org-policy:adopted");
    });
    assert_eq!(read(&setup.world).await, before);

    let setup = Setup::new();
    setup.stack.create("Old", policy_properties()).await;
    let before = read(&setup.world).await;
    let short = with(&self::adopting(), json!({"ServiceTimeout": "45"}));
    let (_, response) = setup.stack.create("New", short).await;
    assert!(failure(&response).contains("less time is left"), "{}", response.reason);
    assert_eq!(read(&setup.world).await, before);
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_the_new_owner_gives_back_what_the_former_one_holds() {
    for (holding, owner) in [
        ("Holds", Some("Old")),
        ("Unknown", Some("Old")),
        ("Deleting", None),
        ("HoldsAnother", None),
        ("Gone", None),
    ] {
        let setup = Setup::new();
        let before = {
            setup.stack.create("Old", policy_properties()).await;
            setup.world.change(|state| state.snapshot_of_any_event())
        };
        let (new, response) = setup.stack.create("New", adopting()).await;
        succeeded(&response);
        setup.say(("DELETE_IN_PROGRESS", "New"), said_of("Old", holding));
        succeeded(&setup.stack.delete(&new).await);
        assert_eq!(setup.owner().as_deref(), owner, "{holding}");
        assert_eq!(exists(&setup.world, POLICY), owner.is_some(), "{holding}");
        if owner.is_some() {
            assert_eq!(setup.world.change(|state| state.snapshot_of_any_event()), before);
        }
    }
}

/// CloudFormation made up an id, because the Create that moved the policy never got a response.
#[tokio::test(start_paused = true)]
async fn a_delete_by_an_invented_id_gives_back_too() {
    let setup = Setup::new();
    let (_, new) = setup.moved().await;
    setup.say(("DELETE_IN_PROGRESS", ""), said_of("Old", "Holds"));
    let invented = Resource { physical_id: "backup-New-1ABC".to_owned(), ..new };
    succeeded(&setup.stack.delete(&invented).await);
    assert_eq!((setup.owner().as_deref(), setup.former()), (Some("Old"), None));
}

#[tokio::test(start_paused = true)]
async fn the_delete_of_the_former_owner_leaves_what_the_new_one_holds() {
    for (holding, owner, former) in [
        ("Holds", Some("New"), None),
        ("Unknown", Some("New"), Some("Old")),
        ("Deleting", Some("New"), Some("Old")),
        ("HoldsAnother", Some("New"), Some("Old")),
        ("Gone", None, None),
    ] {
        let setup = Setup::new();
        let (old, _) = setup.moved().await;
        setup.say(("DELETE_IN_PROGRESS", "Old"), said_of("New", holding));
        succeeded(&setup.stack.delete(&old).await);
        let found = (setup.owner(), setup.former());
        assert_eq!((found.0.as_deref(), found.1.as_deref()), (owner, former), "{holding}");
        assert_eq!(exists(&setup.world, POLICY), owner.is_some(), "{holding}");
    }
}

/// The clean-up Delete comes at once, and tags lag.
#[tokio::test(start_paused = true)]
async fn the_clean_up_after_a_move_does_not_go_by_the_old_tags() {
    let setup = Setup::new();
    setup.world.change(|state| state.point_lag = Duration::from_secs(9));
    let (old, _) = setup.moved().await;
    setup.say(("DELETE_IN_PROGRESS", "Old"), said_of("New", "Holds"));
    succeeded(&setup.stack.delete(&old).await);
    assert!(exists(&setup.world, POLICY), "the living guard");
    assert!(setup.world.history().iter().all(|change| change.attached), "it was on all the time");
}

#[tokio::test(start_paused = true)]
async fn an_update_of_the_former_owner_takes_back_what_the_new_one_does_not_hold() {
    for (holding, owner) in [
        ("Holds", "New"),
        ("Unknown", "New"),
        ("Deleting", "Old"),
        ("HoldsAnother", "Old"),
        ("Gone", "Old"),
    ] {
        let setup = Setup::new();
        let (mut old, _) = setup.moved().await;
        setup.say(("UPDATE_IN_PROGRESS", "Old"), said_of("New", holding));
        let same = with(&policy_properties(), json!({"Revision": "2"}));
        let response: Response = setup.stack.update(&mut old, same).await;
        assert_eq!(setup.owner().as_deref(), Some(owner), "{holding}");
        match holding {
            "Holds" => assert!(failure(&response).contains("two resources declare it")),
            "Unknown" => assert!(failure(&response).contains("CloudFormation does not say")),
            _ => {
                succeeded(&response);
                assert_eq!(setup.former(), None, "{holding}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_of_the_new_owner_forgets_a_former_one_that_is_gone() {
    for (holding, former) in [("Gone", None), ("Holds", Some("Old")), ("Unknown", Some("Old"))] {
        let setup = Setup::new();
        let (_, mut new) = setup.moved().await;
        setup.say(("UPDATE_IN_PROGRESS", "New"), said_of("Old", holding));
        let same = with(&adopting(), json!({"Revision": "2"}));
        succeeded(&setup.stack.update(&mut new, same).await);
        assert_eq!(setup.former().as_deref(), former, "{holding}");
        assert_eq!(setup.owner().as_deref(), Some("New"));
    }
}

/// The move failed after its tag; its clean-up comes before or after a second try.
#[tokio::test(start_paused = true)]
async fn a_failed_move_is_given_back_by_its_own_clean_up_only() {
    let setup = Setup::new();
    let (_, response) = setup.stack.create("Old", policy_properties()).await;
    succeeded(&response);
    setup.world.reset_calls();
    // The read that is to make sure of the tags.
    setup.world.fail_call(7, Fault::Error("AccessDeniedException"));
    let (first, response) = setup.stack.create("New", adopting()).await;
    failure(&response);
    assert_eq!(setup.owner().as_deref(), Some("New"));
    let (_, response) = setup.stack.create("New", adopting()).await;
    succeeded(&response);
    succeeded(&setup.stack.delete(&first).await);
    assert_eq!(setup.owner().as_deref(), Some("New"), "the second try has it");
    assert_eq!(setup.former().as_deref(), Some("Old"));
    assert!(!tags(&setup.world, POLICY).iter().any(|tag| tag.contains("adopted")));
}

/// The Create of the former owner failed: its Delete would go by that Create's RequestId, which the move has replaced.
#[tokio::test(start_paused = true)]
async fn a_policy_is_not_given_back_to_a_resource_whose_create_failed() {
    let setup = Setup::new();
    let (old, new) = setup.moved().await;
    let failed = format!("cfn-org-policy:failed:{POLICY}:request-1");
    let says = vec![("backup", "Old", "CREATE_FAILED", failed.clone())];
    setup.say(("DELETE_IN_PROGRESS", "New"), Some(says));
    succeeded(&setup.stack.delete(&new).await);
    setup.say(("DELETE_IN_PROGRESS", "Old"), Some(Vec::new()));
    succeeded(&setup.stack.delete(&Resource { physical_id: failed, ..old }).await);
    assert!(!exists(&setup.world, POLICY), "{:?}", tags(&setup.world, POLICY));
}

/// Lambda delivers an event twice at once. The second one finds the tags of the first, which others may not see yet.
#[tokio::test(start_paused = true)]
async fn a_move_delivered_twice_gives_its_tags_the_same_time() {
    let setup = Setup::new();
    setup.stack.create("Old", policy_properties()).await;
    let event = setup.stack.create_event("New", &adopting());
    succeeded(&setup.stack.send(&event).await);
    let before = tags(&setup.world, POLICY);
    let began = Instant::now();
    succeeded(&setup.stack.send(&event).await);
    assert!(began.elapsed() >= Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(tags(&setup.world, POLICY), before);
}

/// The Delete of the new owner died between its two calls, and its second delivery met another's policy.
#[tokio::test(start_paused = true)]
async fn a_policy_that_was_half_given_back_goes_with_its_owner() {
    for name in ["backup", "other"] {
        let setup = Setup::new();
        let (old, response) = setup.stack.create("Old", policy_properties()).await;
        succeeded(&response);
        let stack = if name == "backup" { &setup.stack } else { &setup.other };
        let (new, response) = stack.create("New", adopting()).await;
        succeeded(&response);
        setup.world.change(|state| {
            let stack_id = test_world::engine::stack_id("backup");
            state.tag(POLICY, "cfn-org-policy:stack-id", &stack_id);
            state.tag(POLICY, "cfn-org-policy:logical-id", "Old");
        });
        succeeded(&stack.delete(&new).await);
        // CloudFormation's list lags: it does not show the Delete yet.
        setup.say(("UPDATE_ROLLBACK_COMPLETE", "Old"), Some(Vec::new()));
        succeeded(&setup.stack.delete(&old).await);
        assert!(!exists(&setup.world, POLICY), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_takes_the_rest_of_a_half_give_back_off() {
    let setup = Setup::new();
    let (mut old, response) = setup.stack.create("Old", policy_properties()).await;
    succeeded(&response);
    let before = tags(&setup.world, POLICY);
    setup.world.change(|state| {
        state.tag(POLICY, "cfn-org-policy:former-logical-id", "Old");
        state.tag(POLICY, "cfn-org-policy:adopted", "moved");
    });
    let same = with(&policy_properties(), json!({"Revision": "2"}));
    succeeded(&setup.stack.update(&mut old, same).await);
    assert_eq!(tags(&setup.world, POLICY), before);
}

/// A stack is deleted after a move in it was left half done. Its list shows the Deletes late, to both.
#[tokio::test(start_paused = true)]
async fn a_policy_is_not_given_back_to_a_resource_that_is_being_deleted() {
    let setup = Setup::new();
    let (old, new) = setup.moved().await;
    let held = |logical_id| ("backup", logical_id, "UPDATE_COMPLETE", POLICY.to_owned());
    *setup.says.lock().expect("one thread") = Some(vec![held("Old"), held("New")]);
    let says = setup.says.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        let deleting = |logical_id| ("backup", logical_id, "DELETE_IN_PROGRESS", POLICY.to_owned());
        *says.lock().expect("one thread") = Some(vec![deleting("Old"), deleting("New")]);
    });
    let (of_old, of_new) = tokio::join!(setup.stack.delete(&old), setup.stack.delete(&new));
    succeeded(&of_old);
    succeeded(&of_new);
    assert!(!exists(&setup.world, POLICY), "{:?}", tags(&setup.world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_policy_moves_between_stacks_and_back() {
    let setup = Setup::new();
    let (old, response) = setup.stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    let before = setup.world.change(|state| state.snapshot_of_any_event());
    let (new, response) = setup.other.create("Daily", adopting()).await;
    succeeded(&response);
    assert!(tags(&setup.world, POLICY).contains(&"cfn-org-policy:adopted=moved".to_owned()));
    setup.say(("", ""), Some(vec![("backup", "Daily", "CREATE_COMPLETE", POLICY.to_owned())]));
    succeeded(&setup.other.delete(&new).await);
    assert_eq!(setup.world.change(|state| state.snapshot_of_any_event()), before);

    *setup.says.lock().expect("one thread") = None;
    let (new, response) = setup.other.create("Daily", adopting()).await;
    succeeded(&response);
    setup.say(("", ""), Some(vec![("other", "Daily", "CREATE_COMPLETE", POLICY.to_owned())]));
    succeeded(&setup.stack.delete(&old).await);
    assert!(exists(&setup.world, POLICY));
    succeeded(&setup.other.delete(&new).await);
    assert!(exists(&setup.world, POLICY), "it came from another stack: it counts as adopted");
    assert_eq!(tags(&setup.world, POLICY), [""; 0]);
}

/// Stack refactoring sends no event: CloudFormation holds the policy for a resource that the tags do not name.
#[tokio::test(start_paused = true)]
async fn a_refactored_resource_is_the_owner_and_has_not_adopted() {
    let setup = Setup::new();
    let (old, response) = setup.stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    let mut refactored = Resource { logical_id: "Weekly".to_owned(), ..old };
    for (says, adopted) in [
        (Some(vec![("backup", "Daily", "CREATE_COMPLETE", POLICY.to_owned())]), true),
        (Some(Vec::new()), false),
    ] {
        setup.world.change(|state| {
            state.tag(POLICY, "cfn-org-policy:logical-id", "Daily");
            state.tags.get_mut(POLICY).expect("tags").remove("cfn-org-policy:adopted");
        });
        setup.say(("UPDATE_IN_PROGRESS", "Weekly"), says);
        succeeded(&setup.other_name(&mut refactored).await);
        let marked = tags(&setup.world, POLICY).iter().any(|tag| tag.contains("adopted"));
        assert_eq!(marked, adopted);
        assert_eq!(setup.owner().as_deref(), Some("Weekly"));
    }
}

impl Setup {
    async fn other_name(&self, resource: &mut Resource) -> Response {
        self.stack.update(resource, with(&adopting(), json!({"Revision": "2"}))).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_about_another_owner_does_not_advise_to_take_a_guard_off() {
    let setup = Setup::new();
    setup.stack.create("Old", policy_properties()).await;
    let (_, response) = setup.stack.create("New", policy_properties()).await;
    assert!(!failure(&response).contains("delete it"), "{}", response.reason);
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" (p-0000000001): it belongs to resource Old of stack arn:aws:cloudformation:us-east-1:111111111111:stack/backup/1; to move it here, set AdoptExisting to p-0000000001 and remove the other resource in the same deployment, or choose another Name"#);
}

/// It has come from another stack; then a second move, within its stack, is rolled back.
#[tokio::test(start_paused = true)]
async fn a_move_that_rolls_back_leaves_the_mark_of_an_earlier_one() {
    let setup = Setup::new();
    setup.stack.create("Daily", policy_properties()).await;
    let (_, response) = setup.other.create("First", adopting()).await;
    succeeded(&response);
    let second_is = |status| {
        let held = |id, status| ("other", id, status, POLICY.to_owned());
        Some(vec![held("First", "CREATE_COMPLETE"), held("Second", status)])
    };
    setup.say(("", ""), second_is("CREATE_IN_PROGRESS"));
    let (second, response) = setup.other.create("Second", adopting()).await;
    succeeded(&response);
    setup.say(("", ""), second_is("DELETE_IN_PROGRESS"));
    succeeded(&setup.other.delete(&second).await);
    assert_eq!(setup.owner().as_deref(), Some("First"));
    assert!(tags(&setup.world, POLICY).iter().any(|tag| tag.contains("adopted")));
}

/// The Delete of the new owner was killed between the two calls that give a policy back: it is the former owner's again,
/// and still says that it came from there.
async fn half_given_back(setup: &Setup) -> (Resource, Resource, Value) {
    let (old, response) = setup.stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    let before = json!(setup.world.change(|state| state.snapshot_of_any_event()));
    let (new, response) = setup.other.create("Daily", adopting()).await;
    succeeded(&response);
    setup.world.change(|state| state.tag(POLICY, "cfn-org-policy:stack-id", &setup.stack.id));
    (old, new, before)
}

#[tokio::test(start_paused = true)]
async fn a_second_delivery_ends_what_the_first_has_half_given_back() {
    let setup = Setup::new();
    let (_, new, before) = half_given_back(&setup).await;
    succeeded(&setup.other.delete(&new).await);
    assert_eq!(json!(setup.world.change(|state| state.snapshot_of_any_event())), before);
}

#[tokio::test(start_paused = true)]
async fn an_update_ends_what_was_half_given_back() {
    let setup = Setup::new();
    let (mut old, _, before) = half_given_back(&setup).await;
    let same = with(&policy_properties(), json!({"Revision": "2"}));
    succeeded(&setup.stack.update(&mut old, same).await);
    assert_eq!(json!(setup.world.change(|state| state.snapshot_of_any_event())), before);
}

/// Whatever CloudFormation says: there is no other resource that could hold it.
#[tokio::test(start_paused = true)]
async fn half_a_give_back_counts_as_a_whole_one() {
    for says in [None, Some(Vec::new())] {
        let setup = Setup::new();
        let (old, ..) = half_given_back(&setup).await;
        setup.say(("DELETE_IN_PROGRESS", "Daily"), says);
        succeeded(&setup.stack.delete(&old).await);
        assert!(!exists(&setup.world, POLICY));
    }
}

/// CloudFormation has not listed the other resource for a while, and does not answer the question that was to be the last.
#[tokio::test(start_paused = true)]
async fn one_question_without_an_answer_fails_no_update_of_a_former_owner() {
    let mut setup = Setup::new();
    let (mut old, _) = setup.moved().await;
    let asked = AtomicUsize::new(0);
    let answers = move |_: &str| {
        let own = Summary {
            logical_id: "Old".to_owned(),
            physical_id: POLICY.to_owned(),
            status: "UPDATE_IN_PROGRESS",
            since: "2026-11-22T09:00:00Z".to_owned(),
        };
        (asked.fetch_add(1, Ordering::Relaxed) != 3).then(|| vec![own])
    };
    setup.stack.cloudformation_answers(answers);
    let same = with(&policy_properties(), json!({"Revision": "2"}));
    succeeded(&setup.stack.update(&mut old, same).await);
    assert_eq!((setup.owner().as_deref(), setup.former()), (Some("Old"), None));
}

/// The new owner is in another stack, and still makes sure of its tags.
#[tokio::test(start_paused = true)]
async fn a_policy_that_another_stack_is_about_to_have_is_not_taken_back() {
    let setup = Setup::new();
    let (mut old, response) = setup.stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    succeeded(&setup.other.create("New", adopting()).await.1);
    let creating = vec![("other", "New", "CREATE_IN_PROGRESS", String::new())];
    setup.say(("UPDATE_IN_PROGRESS", "Daily"), Some(creating));
    let same = with(&policy_properties(), json!({"Revision": "2"}));
    let response = setup.stack.update(&mut old, same).await;
    assert!(failure(&response).contains("CloudFormation does not say"), "{response:?}");
    assert_eq!(setup.owner().as_deref(), Some("New"));
}

/// Nothing was written, so there is nothing that its Delete would have to look for.
#[tokio::test(start_paused = true)]
async fn a_move_that_is_refused_for_its_time_can_be_rolled_back() {
    for timeout in ["10", "20", "26", "45"] {
        let setup = Setup::new();
        setup.stack.create("Old", policy_properties()).await;
        let short = with(&adopting(), json!({"ServiceTimeout": timeout}));
        let (new, response) = setup.stack.create("New", short).await;
        failure(&response);
        assert_eq!(new.physical_id, "cfn-org-policy:nothing-created", "{timeout}");
        succeeded(&setup.stack.delete(&new).await);
        assert_eq!(setup.owner().as_deref(), Some("Old"));
    }
}

/// The clean-up of a failed move has just given the policy back, and the tags of that move still show.
#[tokio::test(start_paused = true)]
async fn a_move_that_is_tried_again_at_once_keeps_its_mark() {
    let setup = Setup::new();
    let (_, response) = setup.stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    tokio::time::sleep(Duration::from_secs(60)).await;
    setup.world.change(|state| state.point_lag = Duration::from_secs(9));
    setup.world.reset_calls();
    // The read that is to make sure of the tags.
    setup.world.fail_call(4, Fault::Error("AccessDeniedException"));
    let (first, response) = setup.other.create("Daily", adopting()).await;
    failure(&response);
    setup.say(("", ""), Some(vec![("backup", "Daily", "CREATE_COMPLETE", POLICY.to_owned())]));
    succeeded(&setup.other.delete(&first).await);
    *setup.says.lock().expect("one thread") = None;
    let (_, response) = setup.other.create("Daily", adopting()).await;
    succeeded(&response);
    let tags = tags(&setup.world, POLICY);
    assert!(tags.contains(&"cfn-org-policy:adopted=moved".to_owned()), "{tags:?}");
}

/// It has just gone back from an earlier move, whose tags still show.
#[tokio::test(start_paused = true)]
async fn a_policy_that_has_just_gone_back_can_move_again() {
    let setup = Setup::new();
    setup.stack.create("Old", policy_properties()).await;
    setup.world.change(|state| state.point_lag = Duration::from_secs(9));
    let (new, response) = setup.stack.create("New", adopting()).await;
    succeeded(&response);
    setup.say(("DELETE_IN_PROGRESS", "New"), said_of("Old", "Holds"));
    succeeded(&setup.stack.delete(&new).await);
    let (_, response) = setup.other.create("Newer", adopting()).await;
    succeeded(&response);
    assert_eq!((setup.owner().as_deref(), setup.former().as_deref()), (Some("Newer"), Some("Old")));
}
