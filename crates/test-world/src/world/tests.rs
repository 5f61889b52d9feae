//! One test for each behaviour of Organizations that the function's tests rely on and that no call shows by itself:
//! throttles, conflicts, and lists that lag behind.

mod point_reads;

use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_organizations::types::{PolicyType, Tag};
use tokio::time::sleep;

use super::*;
use crate::simulation::in_virtual_time;

const SECOND: Duration = Duration::from_secs(1);
const DOCUMENT: &str = "{\"plans\":{}}";
const CONFLICT: &str = "ConcurrentModificationException";
const SPREADING: &str = "PolicyChangesInProgressException";

/// An organization with the backup policies `a` and `b`, their ids, and a client that does not try again.
fn setup() -> (World, Client, String, String) {
    let world = World::new();
    let (a, b) = world.change(|state| {
        let mut add = |name| state.add_policy(BACKUP_POLICY, name, DOCUMENT);
        (add("a"), add("b"))
    });
    let config = world.sdk_config().into_builder().retry_config(RetryConfig::disabled()).build();
    (world, Client::new(&config), a, b)
}

/// "done", or the code of the error.
fn outcome<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, SdkError<E>>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => error.code().expect("the error has a code").to_owned(),
    }
}

macro_rules! outcome {
    ($call:expr) => {
        outcome($call.send().await)
    };
}

macro_rules! outcomes {
    ($one:expr, $other:expr) => {{
        let (one, other) = tokio::join!($one.send(), $other.send());
        [outcome(one), outcome(other)]
    }};
}

#[test]
fn a_bucket_is_shared_and_refills() {
    in_virtual_time(async {
        let mut throttles = Throttles::default();
        let mut admitted = |operation| throttles.admit(operation);
        let at_once = ["CreatePolicy", "AttachPolicy", "DetachPolicy", "DeletePolicy"];
        assert_eq!(at_once.map(&mut admitted), [true, true, true, false]);
        assert!(admitted("UpdatePolicy"), "another bucket");
        sleep(SECOND / 2).await;
        assert_eq!(["CreatePolicy", "CreatePolicy"].map(&mut admitted), [true, false]);
        sleep(60 * SECOND).await;
        assert_eq!(at_once.map(&mut admitted), [true, true, true, false], "it holds three");
    });
}

#[test]
fn overlapping_changes_of_one_entity_conflict() {
    in_virtual_time(async {
        let (world, client, a, b) = setup();
        world.set_latency(SECOND);
        world.conflict();
        let update = |id: &str| client.update_policy().policy_id(id).content(DOCUMENT);
        let attach = |id: &str| client.attach_policy().policy_id(id).target_id(SANDBOX);
        let create = |name: &str| {
            let create = client.create_policy().name(name).description("").content(DOCUMENT);
            create.r#type(PolicyType::BackupPolicy)
        };
        assert_eq!(outcomes!(update(&a), update(&b)), ["done", "done"]);
        assert_eq!(outcomes!(update(&a), attach(&a)), ["done", CONFLICT], "one policy");
        assert_eq!(outcomes!(attach(&a), attach(&b)), ["done", CONFLICT], "one target");
        assert_eq!(outcomes!(create("c"), create("c")), ["done", CONFLICT], "one name");
        let read = client.describe_policy().policy_id(&a);
        assert_eq!(outcomes!(update(&a), read), ["done", "done"]);
    });
}

#[test]
fn a_change_spreads_for_a_while() {
    in_virtual_time(async {
        let (world, client, a, b) = setup();
        world.change(|state| state.changes_in_progress = 5 * SECOND);
        let attach = |target| client.attach_policy().policy_id(&a).target_id(target);
        assert_eq!(outcome!(attach(SANDBOX)), "done");
        assert_eq!(outcome!(attach(PRODUCTION)), SPREADING);
        let other = client.update_policy().policy_id(&b).content(DOCUMENT);
        assert_eq!(outcome!(other), "done", "another policy");
        sleep(5 * SECOND).await;
        assert_eq!(outcome!(attach(PRODUCTION)), "done");
    });
}

#[test]
fn lists_lag_behind() {
    in_virtual_time(async {
        let (world, client, a, _) = setup();
        world.change(|state| {
            state.list_lag = Some(ListLag::For(5 * SECOND));
            state.attachment_lag = 5 * SECOND;
            state.deletion_lag = 5 * SECOND;
            state.in_use_lag = SECOND;
        });
        // How many policies and how many attachments of `a` the lists show.
        let listed = async || {
            let policies = client.list_policies().filter(PolicyType::BackupPolicy).send().await;
            policies.expect("a list").policies().len()
        };
        let targets = async || {
            let targets = client.list_targets_for_policy().policy_id(&a).send().await;
            targets.expect("a list").targets().len()
        };
        let create = client.create_policy().name("c").description("").content(DOCUMENT);
        assert_eq!(outcome!(create.r#type(PolicyType::BackupPolicy)), "done");
        let attach = client.attach_policy().policy_id(&a).target_id(SANDBOX);
        assert_eq!(outcome!(attach), "done");
        assert_eq!((listed().await, targets().await), (2, 0));
        sleep(5 * SECOND).await;
        assert_eq!((listed().await, targets().await), (3, 1));

        let detach = client.detach_policy().policy_id(&a).target_id(SANDBOX);
        assert_eq!(outcome!(detach), "done");
        assert_eq!(targets().await, 1);
        let delete = || client.delete_policy().policy_id(&a);
        assert_eq!(outcome!(delete()), "PolicyInUseException");
        sleep(SECOND).await;
        assert_eq!(outcome!(delete()), "done");
        assert_eq!(outcome!(client.describe_policy().policy_id(&a)), "PolicyNotFoundException");
        assert_eq!(listed().await, 3);
        sleep(5 * SECOND).await;
        assert_eq!(listed().await, 2);
    });
}

#[test]
fn changes_do_not_find_a_fresh_policy() {
    in_virtual_time(async {
        let (world, client, a, _) = setup();
        world.change(|state| state.fresh_policy_lag = 5 * SECOND);
        let create = || {
            let create = client.create_policy().name("c").description("").content(DOCUMENT);
            create.r#type(PolicyType::BackupPolicy)
        };
        let created = create().send().await.expect("a policy").policy.expect("a policy");
        let id = created.policy_summary.and_then(|summary| summary.id).expect("an id");
        assert_eq!(outcome!(create()), "DuplicatePolicyException");
        let attach = |id: &str| client.attach_policy().policy_id(id).target_id(SANDBOX);
        let tag = Tag::builder().key("k").value("v").build().expect("a tag");
        // Each change, and what it says while the policy is fresh.
        let changes = async || {
            vec![
                outcome!(attach(&id)),
                outcome!(client.update_policy().policy_id(&id).description("new")),
                outcome!(client.tag_resource().resource_id(&id).tags(tag.clone())),
                outcome!(client.untag_resource().resource_id(&id).tag_keys("k")),
                outcome!(client.detach_policy().policy_id(&id).target_id(SANDBOX)),
                outcome!(client.delete_policy().policy_id(&id)),
            ]
        };
        let (policy, target) = ("PolicyNotFoundException", "TargetNotFoundException");
        assert_eq!(changes().await, [policy, policy, target, target, policy, policy]);
        assert_eq!(outcome!(client.describe_policy().policy_id(&id)), "done", "reads find it");
        assert_eq!(outcome!(attach(&a)), "done", "an older one");
        sleep(5 * SECOND).await;
        assert_eq!(changes().await, ["done"; 6]);
    });
}

#[test]
fn the_limit_of_a_target_is_checked_before_or_after_a_duplicate() {
    in_virtual_time(async {
        let (world, client, a, b) = setup();
        world.change(|state| {
            state.quotas.get_mut(BACKUP_POLICY).expect("a quota").attached = 1;
            state.attach(&a, SANDBOX);
        });
        let attach = |id: &str| client.attach_policy().policy_id(id).target_id(SANDBOX);
        let (duplicate, limit) =
            ("DuplicatePolicyAttachmentException", "ConstraintViolationException");
        assert_eq!([outcome!(attach(&a)), outcome!(attach(&b))], [duplicate, limit]);
        world.change(|state| state.limit_before_duplicate = true);
        assert_eq!([outcome!(attach(&a)), outcome!(attach(&b))], [limit, limit]);
        world.change(|state| state.quotas.get_mut(BACKUP_POLICY).expect("a quota").attached = 2);
        assert_eq!([outcome!(attach(&a)), outcome!(attach(&b))], [duplicate, "done"]);
    });
}

#[test]
fn a_document_without_a_version_is_stored_with_one() {
    in_virtual_time(async {
        let (world, client, ..) = setup();
        // The content that is stored, as each answer shows it.
        let stored = async |policy_type: PolicyType, name: &str, content: &str| {
            let create = client.create_policy().name(name).description("").content(content);
            let created = create.r#type(policy_type).send().await.expect("a policy");
            let created = created.policy.expect("a policy");
            let id = created.policy_summary.and_then(|summary| summary.id).expect("an id");
            let update = client.update_policy().policy_id(&id).content(content);
            let updated = update.send().await.expect("an update").policy.expect("a policy");
            let read = client.describe_policy().policy_id(&id).send().await.expect("a policy");
            let contents = [created.content, updated.content, read.policy.and_then(|p| p.content)];
            assert!(contents.iter().all(|shown| *shown == contents[0]), "{contents:?}");
            contents[0].clone().expect("a content")
        };
        let without = r#" {"Statement": []}"#;
        let added = r#"{"Version":"2008-10-17","Statement": []}"#;
        let with = r#"{"Statement": [], "Version": "2012-10-17"}"#;
        let (rcp, scp) = (PolicyType::ResourceControlPolicy, PolicyType::ServiceControlPolicy);
        assert_eq!(stored(rcp.clone(), "a", without).await, added);
        assert_eq!(stored(rcp.clone(), "b", with).await, with);
        assert_eq!(stored(rcp, "c", "{}").await, r#"{"Version":"2008-10-17"}"#);
        assert_eq!(stored(scp.clone(), "a", without).await, without);
        world.change(|state| state.scp_version_added = true);
        assert_eq!(stored(scp, "b", without).await, added);
        assert_eq!(stored(PolicyType::BackupPolicy, "c", without).await, without);
    });
}

#[test]
fn resource_control_policies_have_quotas() {
    in_virtual_time(async {
        let (world, client, ..) = setup();
        world.change(|state| state.enable_type(RCP));
        let create = |name: String, length: usize| {
            // Measured as sent, before a Version is added.
            let content = format!("{{{}}}", " ".repeat(length - 2));
            let create = client.create_policy().name(name).description("").content(content);
            create.r#type(PolicyType::ResourceControlPolicy)
        };
        assert_eq!(outcome!(create("long".to_owned(), 5_121)), "ConstraintViolationException");
        assert_eq!(outcome!(create("fits".to_owned(), 5_120)), "done");
        // RCPFullAWSAccess counts.
        let mut attached = Vec::new();
        for n in 0..5 {
            let id = world.change(|state| state.add_policy(RCP, &format!("r{n}"), "{}"));
            let attach = client.attach_policy().policy_id(id).target_id(SANDBOX);
            attached.push(outcome!(attach));
        }
        assert_eq!(attached, ["done", "done", "done", "done", "ConstraintViolationException"]);
        world.change(|state| {
            (6..1_000).for_each(|n| {
                state.add_policy(RCP, &format!("r{n}"), "{}");
            });
        });
        assert_eq!(outcome!(create("last".to_owned(), 2)), "ConstraintViolationException");
    });
}
