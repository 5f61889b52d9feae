//! The digest of what was applied: when it is written, and that it is that of what is there.

use cfn_org_policy::policy::digest::{Digest, Hash};
use serde_json::{Value, json};

use test_world::fixtures::{DIGEST_TAG, POLICY, digest, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{BACKUP_POLICY, Fault, PRODUCTION, ROOT, SANDBOX, SCP, SECURITY};
use test_world::{Stack, World};

use super::{created, tags};

/// The tag, and what it has to be.
fn digests(world: &World, id: &str, declared: &[&str]) -> (Option<String>, Option<String>) {
    let declared = declared.iter().map(|target| (*target).to_owned()).collect();
    let right = world.change(|state| digest(&state.policies[id], &declared));
    (tag(world, id), Some(right))
}

fn tag(world: &World, id: &str) -> Option<String> {
    world.change(|state| state.tags.get(id)?.get(DIGEST_TAG).cloned())
}

fn writes(world: &World) -> Vec<String> {
    let calls = world.calls_in_detail().into_iter();
    calls.filter(|call| !call.starts_with("List") && !call.starts_with("Describe")).collect()
}

fn with_tags(count: usize) -> Value {
    let tags = (0..count).map(|n| json!({"Key": format!("tag-{n}"), "Value": ""}));
    with(&policy_properties(), json!({"Tags": tags.collect::<Value>()}))
}

#[tokio::test(start_paused = true)]
async fn after_every_event_it_is_that_of_what_is_there() {
    let steps = [
        json!({}),
        json!({"Name": "weekly"}),
        json!({"Name": "weekly", "Description": "d"}),
        json!({"Content": {"plans": {}}, "Targets": [ROOT, SANDBOX]}),
        json!({"Targets": []}),
        json!({"Type": SCP, "Content": {"Statement": []}}),
    ];
    let (world, stack) = setup();
    let (mut resource, response) = stack.create("Daily", policy_properties()).await;
    succeeded(&response);
    for step in steps {
        let properties = with(&policy_properties(), step);
        succeeded(&stack.update(&mut resource, properties).await);
        let id = &resource.physical_id;
        let (tag, right) = digests(&world, id, &[ROOT, SANDBOX, PRODUCTION]);
        assert_eq!(tag, right);
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_writes_it_where_it_is_missing_or_wrong_and_nothing_else() {
    let write = format!("TagResource {POLICY} {DIGEST_TAG}");
    for (found, expected) in [
        ("right", vec![]),
        ("missing", vec![write.clone()]),
        ("v1:another", vec![write.clone()]),
        ("v2:of a later version", vec![write]),
    ] {
        let (world, stack) = setup();
        let mut resource = created(&stack, policy_properties()).await;
        world.change(|state| {
            let tags = state.tags.get_mut(POLICY).expect("it has tags");
            match found {
                "right" => {}
                "missing" => drop(tags.remove(DIGEST_TAG)),
                other => drop(tags.insert(DIGEST_TAG.to_owned(), other.to_owned())),
            }
        });
        world.reset_calls();
        let properties = with(&policy_properties(), json!({"Revision": "2"}));
        succeeded(&stack.update(&mut resource, properties).await);
        assert_eq!(writes(&world), expected, "{found}");
        let (tag, right) = digests(&world, POLICY, &[SANDBOX, PRODUCTION]);
        assert_eq!(tag, right, "{found}");
    }
}

/// What others have changed is put back, and the digest has said so all the time.
#[tokio::test(start_paused = true)]
async fn the_repair_of_drift_leaves_it_as_it_is() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.change(|state| {
        state.policy(POLICY).content = "{}".to_owned();
        state.detach(POLICY, SANDBOX);
    });
    world.reset_calls();
    let properties = with(&policy_properties(), json!({"Revision": "2"}));
    succeeded(&stack.update(&mut resource, properties).await);
    let attach = format!("AttachPolicy {POLICY} {SANDBOX}");
    assert_eq!(writes(&world), [format!("UpdatePolicy {POLICY} Content"), attach]);
}

#[tokio::test(start_paused = true)]
async fn it_comes_with_the_tags_if_there_are_new_ones() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.reset_calls();
    let tags = json!([{"Key": "a", "Value": "1"}]);
    let properties = with(&policy_properties(), json!({"Description": "d", "Tags": tags}));
    succeeded(&stack.update(&mut resource, properties).await);
    let tag = format!("TagResource {POLICY} a {DIGEST_TAG}");
    assert_eq!(writes(&world), [format!("UpdatePolicy {POLICY} Description"), tag]);
}

#[tokio::test(start_paused = true)]
async fn other_tags_alone_do_not_concern_it() {
    let (world, stack) = setup();
    let mut resource = created(&stack, with_tags(2)).await;
    world.reset_calls();
    succeeded(&stack.update(&mut resource, with_tags(1)).await);
    assert_eq!(writes(&world), [format!("UntagResource {POLICY} tag-1")]);
}

#[tokio::test(start_paused = true)]
async fn it_leaves_room_for_every_other_tag_of_ours() {
    let (world, stack) = setup();
    let mut resource = created(&stack, with_tags(42)).await;
    assert!(tag(&world, POLICY).is_some());
    succeeded(&stack.update(&mut resource, with_tags(43)).await);
    assert_eq!(tag(&world, POLICY), None);
    succeeded(&stack.update(&mut resource, with_tags(42)).await);
    assert!(tag(&world, POLICY).is_some());
    let (mut full, response) =
        stack.create("Full", with(&with_tags(47), json!({"Name": "f"}))).await;
    succeeded(&response);
    assert_eq!(tag(&world, &full.physical_id), None);
    let renamed = with(&with_tags(47), json!({"Name": "g"}));
    succeeded(&stack.update(&mut full, renamed).await);
}

#[tokio::test(start_paused = true)]
async fn a_policy_with_digest_and_42_tags_can_move_to_another_stack() {
    let (world, stack) = setup();
    created(&stack, with_tags(42)).await;
    let other = Stack::new(&world.sdk_config(), "other");
    let adopting = with(&with_tags(42), json!({"AdoptExisting": POLICY}));
    let (_, response) = other.create("Here", adopting).await;
    succeeded(&response);
    assert!(tags(&world, POLICY).len() <= 50);
    assert!(tag(&world, POLICY).is_some());
}

/// One TagResource moves a policy, and gives it its digest.
#[tokio::test(start_paused = true)]
async fn a_policy_of_an_earlier_version_gets_it_in_a_move() {
    let (world, stack) = setup();
    created(&stack, policy_properties()).await;
    world.change(|state| state.tags.get_mut(POLICY).expect("tags").remove(DIGEST_TAG));
    world.reset_calls();
    let adopting = with(&policy_properties(), json!({"AdoptExisting": POLICY}));
    succeeded(&stack.create("New", adopting).await.1);
    assert_eq!(writes(&world).len(), 1);
    let (tag, right) = digests(&world, POLICY, &[SANDBOX, PRODUCTION]);
    assert_eq!(tag, right);
}

#[tokio::test(start_paused = true)]
async fn an_adopted_policy_has_it_until_it_is_released() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{}"));
    let adopting = with(&policy_properties(), json!({"AdoptExisting": "true"}));
    let (resource, response) = stack.create("Daily", adopting).await;
    succeeded(&response);
    let (found, right) = digests(&world, &id, &[SANDBOX, PRODUCTION]);
    assert_eq!(found, right);
    succeeded(&stack.delete(&resource).await);
    assert!(tags(&world, &id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn with_declared_attachments_it_tells_the_declared_ones() {
    let (world, stack) = setup();
    let declared = with(&policy_properties(), json!({"ManageAttachments": "Declared"}));
    let mut resource = created(&stack, declared.clone()).await;
    world.change(|state| state.attach(POLICY, SECURITY));
    world.reset_calls();
    succeeded(&stack.update(&mut resource, with(&declared, json!({"Revision": "2"}))).await);
    assert_eq!(writes(&world), [""; 0]);
    let (tag, right) = digests(&world, POLICY, &[SANDBOX, PRODUCTION]);
    assert_eq!(tag, right);
}

/// It comes last, so an Update that fails leaves the one of before; and the rollback writes it anew, since its own read of
/// the tags may be older than a digest that was written.
#[tokio::test(start_paused = true)]
async fn a_failed_update_leaves_that_of_before_and_the_rollback_writes_it() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    let before = tag(&world, POLICY);
    let tried = with(&policy_properties(), json!({"Description": "d", "Targets": [SECURITY]}));
    world.fail_first("DetachPolicy", 1, Fault::Error("AccessDeniedException"));
    failure(&stack.update(&mut resource, tried.clone()).await);
    assert_eq!(tag(&world, POLICY), before);
    let mut failed = resource.clone();
    failed.properties = tried;
    world.reset_calls();
    succeeded(&stack.update(&mut failed, policy_properties()).await);
    assert!(writes(&world).contains(&format!("TagResource {POLICY} {DIGEST_TAG}")));
    assert_eq!(tag(&world, POLICY), before);
}

/// Two Creates at once leave the digest of one of them, and nobody minds.
#[tokio::test(start_paused = true)]
async fn whoever_takes_a_policy_over_does_not_go_by_it() {
    let (world, stack) = setup();
    created(&stack, policy_properties()).await;
    let tagged = world.calls().len() + 7;
    world.on_call(tagged, |state| state.tag(POLICY, DIGEST_TAG, "v1:another"));
    let adopting = with(&policy_properties(), json!({"AdoptExisting": POLICY}));
    succeeded(&stack.create("New", adopting).await.1);
    assert_eq!(tag(&world, POLICY).as_deref(), Some("v1:another"), "the second look saw it");
}

#[test]
fn a_value_is_read_in_its_own_form_only() {
    let digest = Digest {
        name: Hash::of_name("n"),
        description: Hash::of_description("d"),
        content: Hash::of_content(SCP, &json!({"Statement": []})),
        targets: Hash::of_targets(&[SANDBOX.to_owned()].into()),
    };
    let value = digest.to_string();
    assert_eq!(Digest::read(&value).as_ref(), Some(&digest));
    assert!(value.len() <= 256 && value.chars().all(|c| c.is_ascii_alphanumeric() || c == ':'));
    let odd = [
        String::new(),
        "v1".to_owned(),
        format!("{value}:"),
        format!("{value}0"),
        value.replace("v1:", "v2:"),
        value.to_uppercase(),
        value.replacen(':', "::", 1),
        value.chars().take(100).collect(),
    ];
    for odd in odd {
        assert_eq!(Digest::read(&odd), None, "{odd:?}");
    }
}

/// A policy that carries one of another version is compared part by part, so the values may never change. They are SHA-256 of JSON, computed by another program.
#[test]
fn the_first_form_stays_as_it_is() {
    let hashes = [
        Hash::of_name("daily"),
        Hash::of_description("Managed by cfn-org-policy"),
        Hash::of_content(BACKUP_POLICY, &json!({"plans": {"b": -0.0, "a": "1"}})),
        Hash::of_content(SCP, &json!({"Statement": {"Action": ["a:C", "a:B"], "Resource": "*"}})),
        Hash::of_targets(&[SANDBOX.to_owned(), PRODUCTION.to_owned()].into()),
    ];
    let [name, description, content, iam, targets] = hashes;
    let value = Digest { name, description, content, targets: targets.clone() }.to_string();
    assert_eq!(
        value,
        "v1:2f4ded3a5de332e022f22ab621f5a660:ab80e980220066cf9b8ae4305ff229aa:ffbb828f6e551aa5fccf144bab6b3132:86248c1990d25e10d188567f3f1367d0"
    );
    let other = Digest { content: iam, ..Digest::read(&value).expect("it is one") };
    assert_eq!(
        other.to_string(),
        "v1:2f4ded3a5de332e022f22ab621f5a660:ab80e980220066cf9b8ae4305ff229aa:495e96c73d79ac4b3dceea271f93d2cb:86248c1990d25e10d188567f3f1367d0"
    );
}
