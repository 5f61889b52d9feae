//! The model of a busy organization: changes that overlap or are still spreading, lists that lag
//! behind, and the history of it all.

use aws_sdk_organizations::operation::attach_policy::builders::AttachPolicyFluentBuilder;
use aws_sdk_organizations::operation::detach_policy::builders::DetachPolicyFluentBuilder;
use tokio::time::{Instant, sleep, timeout};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn attach(client: &Client, id: &str, target: &str) -> AttachPolicyFluentBuilder {
    client.attach_policy().policy_id(id).target_id(target)
}

fn detach(client: &Client, id: &str, target: &str) -> DetachPolicyFluentBuilder {
    client.detach_policy().policy_id(id).target_id(target)
}

/// A world with the backup policies `a` and `b`, and the ids of these.
fn world_with_two_policies() -> (World, String, String) {
    let world = World::new();
    let (a, b) = world.change(|state| {
        let mut add = |name| state.add_policy(BACKUP_POLICY, name, DOCUMENT);
        (add("a"), add("b"))
    });
    (world, a, b)
}

/// Starts both calls together, and tells how each of them ends.
macro_rules! outcomes {
    ($one:expr, $other:expr) => {{
        let (one, other) = tokio::join!($one.send(), $other.send());
        [outcome(one), outcome(other)]
    }};
}

const BOTH: [&str; 2] = ["done", "done"];
const FIRST_ALONE: [&str; 2] = ["done", "ConcurrentModificationException"];

#[tokio::test(start_paused = true)]
async fn changes_of_the_same_entity_conflict() {
    let (world, a, b) = world_with_two_policies();
    let client = plain(&world);
    let update = |id: &str| client.update_policy().policy_id(id).content(DOCUMENT);
    let tag = |id: &str| client.tag_resource().resource_id(id).tags(tag("k", "v"));
    let untag = |id: &str| client.untag_resource().resource_id(id).tag_keys("k");
    let delete = |id: &str| client.delete_policy().policy_id(id);
    let enable = |kind| client.enable_policy_type().root_id(ROOT).policy_type(kind);
    world.set_latency(SECOND);
    assert_eq!(outcomes!(update(&a), update(&a)), BOTH, "they may, until the switch is thrown");

    world.conflict();
    assert_eq!(outcomes!(update(&a), update(&b)), BOTH);
    assert_eq!(outcomes!(update(&a), tag(&a)), FIRST_ALONE);
    assert_eq!(outcomes!(update(&a), untag(&a)), FIRST_ALONE);
    assert_eq!(outcomes!(update(&a), attach(&client, &a, SANDBOX)), FIRST_ALONE);
    let both = outcomes!(attach(&client, &a, SANDBOX), attach(&client, &b, SANDBOX));
    assert_eq!(both, FIRST_ALONE, "one target");
    let both = outcomes!(detach(&client, &a, SANDBOX), attach(&client, &b, PRODUCTION));
    assert_eq!(both, BOTH, "neither policy nor target in common");
    assert_eq!(outcomes!(detach(&client, &b, PRODUCTION), delete(&b)), FIRST_ALONE);
    assert_eq!(outcomes!(create(&client, "c"), create(&client, "c")), FIRST_ALONE);
    assert_eq!(outcomes!(create(&client, "d"), create(&client, "e")), BOTH);
    let scp = create(&client, "f").r#type(PolicyType::ServiceControlPolicy);
    assert_eq!(outcomes!(create(&client, "f"), scp), BOTH);
    let types = outcomes!(enable(PolicyType::TagPolicy), enable(PolicyType::ChatbotPolicy));
    assert_eq!(types, FIRST_ALONE);
    let read = outcomes!(update(&a), client.describe_policy().policy_id(&a));
    assert_eq!(read, BOTH, "reads conflict with nothing");
}

/// A change is under way from its arrival until its answer, or until nobody waits for that.
#[tokio::test(start_paused = true)]
async fn a_change_conflicts_while_it_is_under_way() {
    let (world, a, _) = world_with_two_policies();
    let client = plain(&world);
    world.set_latency(4 * SECOND);
    world.conflict();
    let late = |delay: Duration| {
        let call = attach(&client, &a, PRODUCTION);
        async move {
            sleep(delay).await;
            outcome(call.send().await)
        }
    };
    let (_, late_one) = tokio::join!(attach(&client, &a, SANDBOX).send(), late(3 * SECOND));
    assert_eq!(late_one, FIRST_ALONE[1], "in effect, but not answered yet");
    assert!(!world.change(|state| state.policy(&a).targets.contains(PRODUCTION)));
    let (_, late_one) = tokio::join!(detach(&client, &a, SANDBOX).send(), late(5 * SECOND));
    assert_eq!(late_one, "done");
    timeout(SECOND, attach(&client, &a, SANDBOX).send()).await.expect_err("cut off");
    attach(&client, &a, SANDBOX).send().await.expect("nothing is under way");

    world.throttle();
    let client = &client;
    let burst =
        (0..4).map(|n| async move { outcome(create(client, &format!("{n}")).send().await) });
    let burst = futures_util::future::join_all(burst).await;
    assert_eq!(burst.last().map(String::as_str), Some("TooManyRequestsException"));
    create(client, "3").send().await.expect("a throttled call is not under way");
}

#[tokio::test(start_paused = true)]
async fn changes_stay_in_progress_for_a_while() {
    let (world, a, b) = world_with_two_policies();
    let tags = world.change(|state| {
        state.changes_in_progress = 5 * SECOND;
        state.add_policy("TAG_POLICY", "tags", "{}")
    });
    let client = plain(&world);
    let update = |id: &str| client.update_policy().policy_id(id).content(DOCUMENT);
    let in_progress = "PolicyChangesInProgressException";
    attach(&client, &a, SANDBOX).send().await.expect("others' changes leave nothing in progress");
    refused!(update(&a), in_progress);
    refused!(attach(&client, &a, PRODUCTION), in_progress);
    refused!(detach(&client, &a, SANDBOX), in_progress);
    update(&b).send().await.expect("another policy");
    refused!(attach(&client, &b, SANDBOX), in_progress);
    let describe = client.describe_policy().policy_id(&a);
    describe.send().await.expect("reads go on");
    sleep(5 * SECOND).await;
    detach(&client, &a, SANDBOX).send().await.expect("detached");
    refused!(attach(&client, &a, SANDBOX), in_progress);
    client.delete_policy().policy_id(&a).send().await.expect("DeletePolicy does not mind");

    client
        .enable_policy_type()
        .root_id(ROOT)
        .policy_type(PolicyType::TagPolicy)
        .send()
        .await
        .expect("enabled");
    refused!(attach(&client, &tags, SANDBOX), in_progress);
    refused!(client.update_policy().policy_id(&tags).description("new"), in_progress);
    sleep(5 * SECOND).await;
    attach(&client, &tags, SANDBOX).send().await.expect("attached");
}

/// What the two lists of attachments show, as far as they have to do with one attachment.
async fn shown(client: &Client, id: &str, target: &str) -> [bool; 2] {
    let targets = client.list_targets_for_policy().policy_id(id).into_paginator().send();
    let targets: Vec<_> = targets.collect::<Result<_, _>>().await.expect("all pages");
    let mut targets = targets.iter().flat_map(|page| page.targets());
    let policies = client
        .list_policies_for_target()
        .target_id(target)
        .filter(PolicyType::BackupPolicy)
        .into_paginator()
        .send();
    let policies: Vec<_> = policies.collect::<Result<_, _>>().await.expect("all pages");
    let mut policies = policies.iter().flat_map(|page| page.policies());
    [
        targets.any(|shown| shown.target_id() == Some(target)),
        policies.any(|shown| shown.id() == Some(id)),
    ]
}

#[tokio::test(start_paused = true)]
async fn lists_learn_of_attachments_late() {
    let (world, a, _) = world_with_two_policies();
    world.change(|state| state.attachment_lag = 5 * SECOND);
    let (client, truth) = (plain(&world), world.client());
    let (yes, no) = ([true, true], [false, false]);

    attach(&client, &a, SANDBOX).send().await.expect("attached");
    assert_eq!(shown(&truth, &a, SANDBOX).await, yes);
    assert_eq!(shown(&client, &a, SANDBOX).await, no);
    refused!(attach(&client, &a, SANDBOX), "DuplicatePolicyAttachmentException");
    refused!(client.delete_policy().policy_id(&a), "PolicyInUseException");
    sleep(5 * SECOND).await;
    assert_eq!(shown(&client, &a, SANDBOX).await, yes);

    detach(&client, &a, SANDBOX).send().await.expect("detached");
    assert_eq!(shown(&truth, &a, SANDBOX).await, no);
    assert_eq!(shown(&client, &a, SANDBOX).await, yes);
    refused!(detach(&client, &a, SANDBOX), "PolicyNotAttachedException");
    // Each of the changes shows when it is old enough.
    sleep(2 * SECOND).await;
    attach(&client, &a, SANDBOX).send().await.expect("attached again");
    assert_eq!(shown(&client, &a, SANDBOX).await, yes);
    sleep(3 * SECOND).await;
    assert_eq!(shown(&client, &a, SANDBOX).await, no);
    sleep(2 * SECOND).await;
    assert_eq!(shown(&client, &a, SANDBOX).await, yes);
}

#[tokio::test(start_paused = true)]
async fn others_changes_of_attachments_show_at_once() {
    let (world, a, _) = world_with_two_policies();
    world.change(|state| state.attachment_lag = 5 * SECOND);
    let client = plain(&world);
    attach(&client, &a, SANDBOX).send().await.expect("attached");
    world.change(|state| state.attach(&a, SANDBOX));
    assert_eq!(shown(&client, &a, SANDBOX).await, [true, true]);
    detach(&client, &a, SANDBOX).send().await.expect("detached");
    world.change(|state| state.detach(&a, SANDBOX));
    assert_eq!(shown(&client, &a, SANDBOX).await, [false, false]);
    attach(&client, &a, SANDBOX).send().await.expect("attached");
    sleep(5 * SECOND).await;
    detach(&client, &a, SANDBOX).send().await.expect("detached");
    world.change(|state| state.disable_type(BACKUP_POLICY));
    assert_eq!(shown(&client, &a, SANDBOX).await, [false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_policy_lingers_in_lists() {
    let (world, a, b) = world_with_two_policies();
    world.change(|state| {
        state.attach(&a, SANDBOX);
        state.attachment_lag = 5 * SECOND;
        state.deletion_lag = 3 * SECOND;
    });
    async fn listed(client: &Client) -> Vec<String> {
        let pages = client.list_policies().filter(PolicyType::BackupPolicy).into_paginator().send();
        let pages: Vec<_> = pages.collect::<Result<_, _>>().await.expect("all pages");
        let policies = pages.iter().flat_map(|page| page.policies());
        policies.filter_map(|policy| policy.name()).map(str::to_owned).collect()
    }
    async fn on_sandbox(client: &Client) -> usize {
        let list = client.list_policies_for_target().target_id(SANDBOX);
        let list = list.filter(PolicyType::BackupPolicy).send().await.expect("listed");
        list.policies().len()
    }
    let client = plain(&world);
    detach(&client, &a, SANDBOX).send().await.expect("detached");
    client.delete_policy().policy_id(&a).send().await.expect("deleted");
    assert_eq!(listed(&client).await, ["a", "b"]);
    assert_eq!(on_sandbox(&client).await, 1);
    assert_eq!(listed(&world.client()).await, ["b"]);
    refused!(client.describe_policy().policy_id(&a), "PolicyNotFoundException");
    refused!(client.list_targets_for_policy().policy_id(&a), "PolicyNotFoundException");
    refused!(client.list_tags_for_resource().resource_id(&a), "TargetNotFoundException");
    refused!(client.delete_policy().policy_id(&a), "PolicyNotFoundException");
    create(&client, "a").send().await.expect("the name is free");
    assert_eq!(listed(&client).await, ["a", "b", "a"]);
    sleep(3 * SECOND).await;
    assert_eq!(listed(&client).await, ["b", "a"]);
    assert_eq!(on_sandbox(&client).await, 0);
    world.change(|state| state.remove_policy(&b));
    assert_eq!(listed(&client).await, ["a"], "what others delete is gone at once");
}

/// A listing shows what was there all the time, whatever comes and goes between its pages.
#[tokio::test(start_paused = true)]
async fn pages_go_on_where_the_last_one_ended() {
    let (world, a, b) = world_with_two_policies();
    let client = plain(&world);
    let list = || client.list_policies().filter(PolicyType::BackupPolicy).max_results(1);
    let first = list().send().await.expect("a page");
    assert_eq!(first.policies()[0].id(), Some(a.as_str()));
    world.change(|state| state.remove_policy(&a));
    let second = list().set_next_token(first.next_token).send().await.expect("a page");
    assert_eq!(second.policies()[0].id(), Some(b.as_str()));
    assert_eq!(second.next_token(), None);
}

#[tokio::test(start_paused = true)]
async fn the_history_tells_what_was_attached() {
    let (world, a, _) = world_with_two_policies();
    let client = plain(&world);
    let start = Instant::now();
    attach(&client, &a, SANDBOX).send().await.expect("attached");
    refused!(attach(&client, &a, SANDBOX), "DuplicatePolicyAttachmentException");
    world.change(|state| state.attach(&a, PRODUCTION));
    client.update_policy().policy_id(&a).name("c").send().await.expect("renamed");
    sleep(SECOND).await;
    detach(&client, &a, SANDBOX).send().await.expect("detached");
    world.fail_first("DetachPolicy", 1, Fault::LostAnswer);
    detach(&client, &a, PRODUCTION).send().await.expect_err("the answer is lost");
    let change = |name: &str, target: &str, attached, after| AttachmentChange {
        policy: a.clone(),
        name: name.to_owned(),
        policy_type: BACKUP_POLICY.to_owned(),
        target: target.to_owned(),
        attached,
        at: start + after,
    };
    assert_eq!(
        world.history(),
        [
            change("a", SANDBOX, true, Duration::ZERO),
            change("c", SANDBOX, false, SECOND),
            change("c", PRODUCTION, false, SECOND),
        ]
    );
}
