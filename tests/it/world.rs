//! The model itself: every rule, quota and fault once, through the real SDK client.

use std::time::Duration;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::config::retry::RetryConfig;
use aws_sdk_organizations::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_organizations::operation::create_policy::builders::CreatePolicyFluentBuilder;
use aws_sdk_organizations::types::{PolicyType, Tag};

use test_world::world::*;
use test_world::{MiniStack, Organization, World};

const DOCUMENT: &str = r#"{"plans":{}}"#;
const STATEMENT: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// The error code as the SDK read it, with the Reason if there is one.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> String {
    let error = result.expect_err("the call is refused");
    let code = error.code().expect("a modelled error").to_owned();
    let body = error
        .raw_response()
        .and_then(|response| response.body().bytes())
        .expect("an answer with a body");
    let body: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    match body["Reason"].as_str() {
        Some(reason) => format!("{code} {reason}"),
        None => code,
    }
}

/// As [`refusal`], for a call that may also succeed.
fn outcome<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E>>,
) -> String {
    if result.is_ok() { "done".to_owned() } else { refusal(result) }
}

macro_rules! refused {
    ($call:expr, $expected:expr) => {
        assert_eq!(refusal($call.send().await), $expected)
    };
}

// Below the macro, because they use that.
mod busy;
mod disorder;

/// The code's way in, without retries.
fn plain(world: &World) -> Client {
    let config = world.sdk_config().into_builder().retry_config(RetryConfig::disabled()).build();
    Client::new(&config)
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("key and value are there")
}

fn create(client: &Client, name: &str) -> CreatePolicyFluentBuilder {
    client
        .create_policy()
        .r#type(PolicyType::BackupPolicy)
        .name(name)
        .description("")
        .content(DOCUMENT)
}

#[tokio::test(start_paused = true)]
async fn create_checks_its_input() {
    let client = World::new().client();
    let long = |length| "x".repeat(length);
    refused!(create(&client, ""), "InvalidInputException MIN_LENGTH_EXCEEDED:NAME");
    refused!(create(&client, &long(129)), "InvalidInputException MAX_LENGTH_EXCEEDED:NAME");
    refused!(create(&client, "<b>daily</b>"), "InvalidInputException INVALID_PATTERN");
    refused!(
        create(&client, "a").description(long(513)),
        "InvalidInputException MAX_LENGTH_EXCEEDED:DESCRIPTION"
    );
    refused!(create(&client, "a").set_description(None), "InvalidInputException INPUT_REQUIRED");
    refused!(
        create(&client, "a").r#type("NO_POLICY".into()),
        "InvalidInputException INVALID_ENUM_POLICY_TYPE"
    );
    refused!(create(&client, "a").content(""), "InvalidInputException MIN_LENGTH_EXCEEDED:CONTENT");
    refused!(
        create(&client, "a").tags(tag("", "")),
        "InvalidInputException MIN_LENGTH_EXCEEDED:TAG_KEY"
    );
    refused!(
        create(&client, "a").tags(tag(&long(129), "")),
        "InvalidInputException MAX_LENGTH_EXCEEDED:TAG_KEY"
    );
    refused!(
        create(&client, "a").tags(tag("k", &long(257))),
        "InvalidInputException MAX_LENGTH_EXCEEDED:TAG_VALUE"
    );
    refused!(
        create(&client, "a").tags(tag("aws:k", "")),
        "InvalidInputException INVALID_SYSTEM_TAGS_PARAMETER"
    );
    refused!(
        create(&client, "a").tags(tag("k", "")).tags(tag("k", "")),
        "InvalidInputException DUPLICATE_TAG_KEY"
    );
    let fifty_one = (0..51).map(|n| tag(&n.to_string(), "")).collect();
    refused!(
        create(&client, "a").set_tags(Some(fifty_one)),
        "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED"
    );
}

#[tokio::test(start_paused = true)]
async fn create_answers_the_policy() {
    let world = World::new();
    let created = create(&world.client(), "daily")
        .tags(tag("team", "storage"))
        .send()
        .await
        .expect("created");
    let policy = created.policy().expect("the policy");
    let summary = policy.policy_summary().expect("its summary");
    assert_eq!(policy.content(), Some(DOCUMENT));
    assert_eq!(summary.id(), Some("p-0000000001"));
    let arn = "arn:aws:organizations::111111111111:policy/o-exampleorg/backup_policy/p-0000000001";
    assert_eq!(summary.arn(), Some(arn));
    assert_eq!(world.change(|state| state.tags["p-0000000001"]["team"].clone()), "storage");
}

#[tokio::test(start_paused = true)]
async fn documents_are_checked() {
    let client = World::new().client();
    let malformed = "MalformedPolicyDocumentException";
    for content in
        ["{", "[]", "{}", r#"{"plans":{},"plans":{}}"#, r#"{"plans":[{"a":1.5,"a":null}]}"#]
    {
        refused!(create(&client, "a").content(content), malformed);
    }
    let sized = |length: usize| format!("{DOCUMENT}{}", " ".repeat(length - DOCUMENT.len()));
    let too_long = "ConstraintViolationException POLICY_CONTENT_LIMIT_EXCEEDED";
    refused!(create(&client, "a").content(sized(10_001)), too_long);
    create(&client, "a").content(sized(10_000)).send().await.expect("just fits");
    let scp = create(&client, "a").r#type(PolicyType::ServiceControlPolicy);
    scp.content(sized(10_240)).send().await.expect("another type, its own limit");
    // Characters count, not bytes.
    let umlauts = format!(r#"{{"plans":"{}"}}"#, "ü".repeat(9_000));
    create(&client, "b").content(umlauts).send().await.expect("fits");
}

#[tokio::test(start_paused = true)]
async fn names_are_unique_per_type() {
    let client = World::new().client();
    create(&client, "a").send().await.expect("created");
    let b = create(&client, "b").send().await.expect("created");
    let b = b
        .policy()
        .and_then(|policy| policy.policy_summary())
        .and_then(|summary| summary.id())
        .expect("an id");
    refused!(create(&client, "a"), "DuplicatePolicyException");
    refused!(client.update_policy().policy_id(b).name("a"), "DuplicatePolicyException");
    client.update_policy().policy_id(b).name("b").send().await.expect("its own name");
    let scp = create(&client, "a").r#type(PolicyType::ServiceControlPolicy);
    scp.send().await.expect("the same name in another type");
}

#[tokio::test(start_paused = true)]
async fn policies_are_limited_in_number() {
    let world = World::new();
    world.change(|state| state.quotas.get_mut(SCP).expect("a quota").policies = 1);
    let client = world.client();
    let scp =
        |name| create(&client, name).r#type(PolicyType::ServiceControlPolicy).content(STATEMENT);
    scp("a").send().await.expect("FullAWSAccess does not count");
    refused!(scp("b"), "ConstraintViolationException POLICY_NUMBER_LIMIT_EXCEEDED");
}

#[tokio::test(start_paused = true)]
async fn update_answers_what_was_sent() {
    let world = World::new();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", DOCUMENT));
    let client = world.client();
    let update = || client.update_policy().policy_id(&id);
    update().description("old").send().await.expect("updated");
    let updated = update().name("weekly").description("").send().await.expect("updated");
    let summary = updated.policy().and_then(|policy| policy.policy_summary()).expect("a summary");
    assert_eq!((summary.name(), summary.r#type()), (Some("weekly"), None));
    let live = client.describe_policy().policy_id(&id).send().await.expect("described");
    let summary = live.policy().and_then(|policy| policy.policy_summary()).expect("a summary");
    assert_eq!((summary.name(), summary.description()), (Some("weekly"), Some("old")));

    refused!(update().name(""), "InvalidInputException MIN_LENGTH_EXCEEDED:NAME");
    refused!(update().content("{}"), "MalformedPolicyDocumentException");
    let long = format!("{DOCUMENT}{}", " ".repeat(10_000));
    refused!(update().content(long), "ConstraintViolationException POLICY_CONTENT_LIMIT_EXCEEDED");
    refused!(client.update_policy().policy_id("weekly"), "InvalidInputException INVALID_PATTERN");
    refused!(client.update_policy().policy_id("p-00000000"), "PolicyNotFoundException");
    refused!(
        client.update_policy().policy_id(FULL_AWS_ACCESS),
        "InvalidInputException IMMUTABLE_POLICY"
    );
    refused!(client.describe_policy().policy_id("p-00000000"), "PolicyNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn attach_detach_and_delete() {
    let world = World::new();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", DOCUMENT));
    let client = world.client();
    let attach = |target: &str| client.attach_policy().policy_id(&id).target_id(target);
    let detach = |target: &str| client.detach_policy().policy_id(&id).target_id(target);
    let delete = || client.delete_policy().policy_id(&id);

    refused!(attach("Sandbox"), "InvalidInputException INVALID_PATTERN_TARGET_ID");
    refused!(attach("ou-ab12-99999999"), "TargetNotFoundException");
    refused!(attach(SANDBOX).policy_id("p-00000000"), "PolicyNotFoundException");
    refused!(detach(SANDBOX), "PolicyNotAttachedException");
    attach(SANDBOX).send().await.expect("attached");
    refused!(attach(SANDBOX), "DuplicatePolicyAttachmentException");
    refused!(detach("999999999999"), "TargetNotFoundException");
    refused!(delete(), "PolicyInUseException");

    world.change(|state| state.in_use_lag = Duration::from_secs(3));
    detach(SANDBOX).send().await.expect("detached");
    refused!(delete(), "PolicyInUseException");
    tokio::time::sleep(Duration::from_secs(3)).await;
    delete().send().await.expect("deleted");
    refused!(delete(), "PolicyNotFoundException");
    refused!(detach(SANDBOX), "PolicyNotFoundException");
    refused!(
        client.delete_policy().policy_id(FULL_AWS_ACCESS),
        "InvalidInputException IMMUTABLE_POLICY"
    );
}

#[tokio::test(start_paused = true)]
async fn attachments_are_limited() {
    let world = World::new();
    let policies = world.change(|state| {
        let others: Vec<String> =
            (0..9).map(|n| state.add_policy(SCP, &format!("scp {n}"), STATEMENT)).collect();
        others.iter().for_each(|id| state.attach(id, PRODUCTION));
        others
    });
    let client = world.client();
    let one_more = world.change(|state| state.add_policy(SCP, "one more", STATEMENT));
    refused!(
        client.attach_policy().policy_id(&one_more).target_id(PRODUCTION),
        "ConstraintViolationException MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    );
    for id in &policies {
        client.detach_policy().policy_id(id).target_id(PRODUCTION).send().await.expect("detached");
    }
    refused!(
        client.detach_policy().policy_id(FULL_AWS_ACCESS).target_id(PRODUCTION),
        "ConstraintViolationException MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    );
}

#[tokio::test(start_paused = true)]
async fn types_are_enabled_after_a_while() {
    let world = World::new();
    let tag_policy = world.change(|state| {
        state.enable_lag = Duration::from_secs(20);
        state.add_policy("TAG_POLICY", "tags", "{}")
    });
    let client = world.client();
    let enable = || client.enable_policy_type().root_id(ROOT).policy_type(PolicyType::TagPolicy);
    let attach = || client.attach_policy().policy_id(&tag_policy).target_id(SANDBOX);
    refused!(attach(), "PolicyTypeNotEnabledException");
    refused!(enable().root_id("r-zz99"), "RootNotFoundException");
    enable().send().await.expect("under way");
    assert_eq!(Organization::read(&client).await.policy_types["TAG_POLICY"], "PENDING_ENABLE");
    refused!(attach(), "PolicyTypeNotEnabledException");
    refused!(enable(), "PolicyChangesInProgressException");
    tokio::time::sleep(Duration::from_secs(20)).await;
    refused!(enable(), "PolicyTypeAlreadyEnabledException");
    attach().send().await.expect("attached");
    world.change(|state| state.disable_type("TAG_POLICY"));
    assert!(world.change(|state| state.policy(&tag_policy).targets.is_empty()));

    world.change(|state| state.all_features = false);
    refused!(enable(), "PolicyTypeNotAvailableForOrganizationException");
    refused!(create(&client, "a"), "PolicyTypeNotAvailableForOrganizationException");
    world.change(|state| state.in_use = false);
    refused!(client.list_roots(), "AWSOrganizationsNotInUseException");
}

#[tokio::test(start_paused = true)]
async fn rcp_full_aws_access_stays() {
    let world = World::new();
    let account = world.change(|state| {
        state.enable_type(RCP);
        state.add_account(SANDBOX, "Playground")
    });
    for target in [ROOT, &account] {
        refused!(
            world.client().detach_policy().policy_id(RCP_FULL_AWS_ACCESS).target_id(target),
            "InvalidInputException NON_DETACHABLE_POLICY"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_on_anything() {
    let world = World::new();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", DOCUMENT));
    let client = world.client();
    for resource in [id.as_str(), ROOT, SANDBOX, BACKUP_ACCOUNT] {
        client
            .tag_resource()
            .resource_id(resource)
            .tags(tag("k", "v"))
            .send()
            .await
            .expect("tagged");
        client
            .untag_resource()
            .resource_id(resource)
            .tag_keys("k")
            .tag_keys("none")
            .send()
            .await
            .expect("untagged");
        let tags =
            client.list_tags_for_resource().resource_id(resource).send().await.expect("listed");
        assert!(tags.tags().is_empty());
    }
    let missing = "p-00000000";
    refused!(
        client.tag_resource().resource_id(missing).tags(tag("k", "v")),
        "TargetNotFoundException"
    );
    refused!(client.untag_resource().resource_id(missing).tag_keys("k"), "TargetNotFoundException");
    refused!(client.list_tags_for_resource().resource_id(missing), "TargetNotFoundException");
    refused!(
        client.list_tags_for_resource().resource_id("?"),
        "InvalidInputException INVALID_PATTERN"
    );

    let tags = |range: std::ops::Range<u32>| Some(range.map(|n| tag(&n.to_string(), "")).collect());
    client.tag_resource().resource_id(&id).set_tags(tags(0..50)).send().await.expect("tagged");
    client
        .tag_resource()
        .resource_id(&id)
        .set_tags(tags(0..1))
        .send()
        .await
        .expect("one that is there already");
    refused!(
        client.tag_resource().resource_id(&id).set_tags(tags(50..51)),
        "ConstraintViolationException MAX_TAG_LIMIT_EXCEEDED"
    );
}

#[tokio::test(start_paused = true)]
async fn listings_come_in_pages() {
    let world = World::new();
    world.change(|state| {
        for n in 0..5 {
            state.add_policy(BACKUP_POLICY, &format!("policy {n}"), DOCUMENT);
        }
        state.page_size = 2;
        state.empty_pages = true;
    });
    let client = plain(&world);
    let list = || client.list_policies().filter(PolicyType::BackupPolicy);
    let pages: Vec<_> =
        list().into_paginator().send().collect::<Result<_, _>>().await.expect("all pages");
    let sizes: Vec<usize> = pages.iter().map(|page| page.policies().len()).collect();
    assert_eq!(sizes, [0, 2, 2, 1]);
    assert_eq!(world.calls(), ["ListPolicies"; 4]);
    refused!(list().max_results(0), "InvalidInputException MIN_VALUE_EXCEEDED");
    refused!(list().max_results(21), "InvalidInputException MAX_VALUE_EXCEEDED");
    refused!(list().next_token("Targets:0"), "InvalidInputException INVALID_NEXT_TOKEN");
    refused!(
        client
            .list_policies_for_target()
            .target_id("ou-ab12-99999999")
            .filter(PolicyType::BackupPolicy),
        "TargetNotFoundException"
    );
    refused!(client.list_targets_for_policy().policy_id("p-00000000"), "PolicyNotFoundException");
    refused!(
        client.list_accounts_for_parent().parent_id("ou-ab12-99999999"),
        "ParentNotFoundException"
    );
    refused!(
        client.list_organizational_units_for_parent().parent_id(BACKUP_ACCOUNT),
        "ParentNotFoundException"
    );
}

#[tokio::test(start_paused = true)]
async fn a_fresh_policy_may_not_be_listed_yet() {
    async fn listed(client: &Client) -> usize {
        let pages = client.list_policies().filter(PolicyType::BackupPolicy).into_paginator().send();
        let pages: Vec<_> = pages.collect::<Result<_, _>>().await.expect("all pages");
        pages.iter().map(|page| page.policies().len()).sum()
    }
    let world = World::new();
    world.change(|state| {
        state.empty_pages = true;
        state.list_lag = Some(ListLag::Listings(2));
    });
    let client = plain(&world);
    create(&client, "a").send().await.expect("created");
    assert_eq!(listed(&world.client()).await, 1, "the test sees it at once");
    assert_eq!([listed(&client).await, listed(&client).await, listed(&client).await], [0, 0, 1]);
    world.change(|state| state.list_lag = Some(ListLag::For(Duration::from_secs(5))));
    create(&client, "b").send().await.expect("created");
    assert_eq!(listed(&client).await, 1);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(listed(&client).await, 2);
}

#[tokio::test(start_paused = true)]
async fn calls_are_recorded_as_sent() {
    let world = World::new();
    let client = plain(&world);
    create(&client, "daily").send().await.expect("created");
    client
        .update_policy()
        .policy_id("p-0000000001")
        .content(DOCUMENT)
        .send()
        .await
        .expect("updated");
    client
        .attach_policy()
        .policy_id("p-0000000001")
        .target_id(SANDBOX)
        .send()
        .await
        .expect("attached");
    client
        .tag_resource()
        .resource_id("p-0000000001")
        .tags(tag("k", "v"))
        .send()
        .await
        .expect("tagged");
    world.client().list_roots().send().await.expect("not counted");
    assert_eq!(world.calls(), ["CreatePolicy", "UpdatePolicy", "AttachPolicy", "TagResource"]);
    assert_eq!(
        world.calls_in_detail(),
        [
            "CreatePolicy BACKUP_POLICY daily",
            "UpdatePolicy p-0000000001 Content",
            "AttachPolicy p-0000000001 ou-ab12-44444444",
            "TagResource p-0000000001 k",
        ]
    );
    world.reset_calls();
    assert!(world.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted() {
    let world = World::new();
    world.throttle();
    let client = plain(&world);
    for name in ["a", "b", "c"] {
        create(&client, name).send().await.expect("admitted");
    }
    refused!(create(&client, "d"), "TooManyRequestsException");
    client.list_roots().send().await.expect("admitted");
    let shared = |operation: &str| SHARED_BUCKET.contains(&operation);
    assert_eq!(world.attempts(shared), Attempts { sent: 4, admitted: 3 });
    assert_eq!(world.attempts(|_| true), Attempts { sent: 5, admitted: 4 });
    assert_eq!(world.throttled(), 1);
    world.reset_calls();
    assert_eq!(world.attempts(|_| true), Attempts { sent: 0, admitted: 0 });
}

#[tokio::test(start_paused = true)]
async fn faults_come_before_the_effect_or_after_it() {
    let world = World::new();
    let client = plain(&world);
    let policies = || world.change(|state| state.policies.len() - 1);
    world.fail_call(0, Fault::Error("ConcurrentModificationException"));
    world.fail_call(
        1,
        Fault::ErrorWithReason("ConstraintViolationException", "TAG_POLICY_VIOLATION"),
    );
    world.fail_call(2, Fault::Status(500));
    world.fail_call(3, Fault::LostAnswer);
    refused!(create(&client, "a"), "ConcurrentModificationException");
    refused!(create(&client, "a"), "ConstraintViolationException TAG_POLICY_VIOLATION");
    let bare = create(&client, "a").send().await.expect_err("refused");
    assert_eq!(bare.raw_response().expect("an answer").status().as_u16(), 500);
    assert_eq!(policies(), 0);
    let lost = create(&client, "a").send().await.expect_err("no answer");
    assert!(matches!(lost, SdkError::DispatchFailure(failure) if failure.is_io()));
    assert_eq!(policies(), 1);

    let wait = Duration::from_secs(60);
    for takes_effect in [false, true] {
        world.fail_first("CreatePolicy", 1, Fault::Hang { takes_effect });
        tokio::time::timeout(wait, create(&client, "b").send()).await.expect_err("never answered");
        assert_eq!(policies(), 1 + usize::from(takes_effect));
    }
    world.fail_always("ListRoots", Fault::Error("AccessDeniedException"));
    refused!(client.list_roots(), "AccessDeniedException");
    refused!(client.list_roots(), "AccessDeniedException");
    world.client().list_roots().send().await.expect("the test's own client is spared");
    world.clear_faults();
    client.list_roots().send().await.expect("all is well");
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried_by_the_sdk() {
    let world = World::new();
    let config = world.sdk_config().into_builder().retry_config(RetryConfig::standard()).build();
    world.fail_first("ListRoots", 1, Fault::Error("TooManyRequestsException"));
    world.fail_first("DescribePolicy", 1, Fault::Error("ServiceException"));
    let client = Client::new(&config);
    client.list_roots().send().await.expect("the second try");
    client.describe_policy().policy_id(FULL_AWS_ACCESS).send().await.expect("the second try");
    assert_eq!(world.calls(), ["ListRoots", "ListRoots", "DescribePolicy", "DescribePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn the_connector_panics_on_demand() {
    let world = World::new();
    world.fail_call(0, Fault::Panic);
    let client = plain(&world);
    let call = tokio::spawn(async move { client.list_roots().send().await });
    let panic = call.await.expect_err("a panic").into_panic();
    assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some(PANIC_TEXT));
    plain(&world).list_roots().send().await.expect("the world goes on");
}

/// Others work between our calls, and a call cut off half-way has not taken effect.
#[tokio::test(start_paused = true)]
async fn time_passes_and_others_work() {
    let world = World::new();
    let client = plain(&world);
    world.on_call(1, |state| state.remove_policy("p-0000000001"));
    create(&client, "a").send().await.expect("created");
    refused!(client.describe_policy().policy_id("p-0000000001"), "PolicyNotFoundException");

    world.set_latency(Duration::from_secs(2));
    let started = tokio::time::Instant::now();
    create(&client, "b").send().await.expect("created");
    assert_eq!(started.elapsed(), Duration::from_secs(2));
    tokio::time::timeout(Duration::from_millis(900), create(&client, "c").send())
        .await
        .expect_err("cut off");
    refused!(create(&client, "b"), "DuplicatePolicyException");
    create(&client, "c").send().await.expect("not made before");
}

#[tokio::test(start_paused = true)]
async fn an_organization_prints_itself() {
    let world = World::new();
    world.change(|state| {
        let id = state.add_policy(BACKUP_POLICY, "daily", DOCUMENT);
        state.tag(&id, "team", "storage");
        state.attach(&id, BACKUP);
        state.attach(&id, PRODUCTION_ACCOUNT);
        state.add_unit(SANDBOX, "Twin");
        state.add_unit(SANDBOX, "Twin");
        state.page_size = 2;
        state.empty_pages = true;
    });
    let organization = Organization::read(&world.client()).await;
    insta::assert_snapshot!(organization, @r#"
    Root/
      Master Account (account)
      Production/
        Web Shop (account): BACKUP_POLICY daily
      Sandbox/
        Twin/
        Twin/
      Security/
        Backup/: BACKUP_POLICY daily
          Central Backup (account)
    BACKUP_POLICY ENABLED
    SERVICE_CONTROL_POLICY ENABLED
    BACKUP_POLICY daily "" {"plans":{}}
      team = storage
    "#);
    assert!(
        format!("{organization:#}").contains("Backup/ (ou-ab12-22222222): BACKUP_POLICY daily")
    );
    let daily = organization.policy(BACKUP_POLICY, "daily").expect("the policy");
    assert_eq!(
        (daily.id.as_str(), organization.id("/Production/Web Shop")),
        ("p-0000000001", PRODUCTION_ACCOUNT)
    );
    world.change(|state| state.detach(FULL_AWS_ACCESS, SANDBOX));
    let changed = Organization::read(&world.client()).await;
    assert_ne!(organization, changed);
    assert!(changed.to_string().contains("Root/: SERVICE_CONTROL_POLICY FullAWSAccess"));
}

/// Both neighbours hold the same standard tree and take the same calls.
#[tokio::test]
async fn both_neighbours_agree() {
    let ministack = MiniStack::shared();
    let theirs = Client::new(&ministack.organization("000000000001").await);
    let world = World::new();
    let ours = world.client();
    assert_eq!(Organization::read(&theirs).await, Organization::read(&ours).await);
    for client in [&theirs, &ours] {
        let before = Organization::read(client).await;
        let created =
            create(client, "daily").description("daily backups").tags(tag("team", "storage"));
        let created = created.send().await.expect("created");
        let summary =
            created.policy().and_then(|policy| policy.policy_summary()).expect("a summary");
        let unit =
            client.create_organizational_unit().name("Data").parent_id(before.id("/Sandbox"));
        unit.send().await.expect("a new OU");
        let attach = client.attach_policy().set_policy_id(summary.id().map(str::to_owned));
        attach.target_id(before.id("/Security/Backup")).send().await.expect("attached");
        refused!(create(client, "daily"), "DuplicatePolicyException");
    }
    // MiniStack leaves a new OU without FullAWSAccess.
    let data = Organization::read(&theirs).await.id("/Sandbox/Data").to_owned();
    theirs
        .attach_policy()
        .policy_id(FULL_AWS_ACCESS)
        .target_id(data)
        .send()
        .await
        .expect("attached");
    assert_eq!(Organization::read(&theirs).await, Organization::read(&ours).await);
}

#[tokio::test(start_paused = true)]
async fn siblings_have_different_names() {
    let client = World::new().client();
    refused!(
        client.create_organizational_unit().name("Backup").parent_id(SECURITY),
        "DuplicateOrganizationalUnitException"
    );
}

#[tokio::test]
async fn a_server_ends_with_its_last_owner() {
    let ministack = MiniStack::start();
    let client = Client::new(&ministack.sdk_config("000000000002"));
    client.list_roots().send().await.expect("a server of our own");
    drop(ministack);
    let ended = client.list_roots().send().await.expect_err("no server");
    assert!(matches!(ended, SdkError::DispatchFailure(_)));
}
