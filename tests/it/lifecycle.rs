//! Whole events with the real SDK client over `World`: what is called, what is left, what is
//! answered. Each test tells one rule of docs/SEMANTICS.md.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use serde_json::{Value, json};

use test_world::stack::{LAMBDA_TIMEOUT, failure, succeeded, with};
use test_world::world::{
    BACKUP, BACKUP_POLICY, FULL_AWS_ACCESS, Fault, ListLag, PRODUCTION, ROOT, SANDBOX, SCP,
    SECURITY,
};
use test_world::{Organization, Resource, Stack, World};

const POLICY: &str = "p-0000000001";

fn properties() -> Value {
    json!({
        "ServiceToken": "arn:aws:lambda:us-east-1:111111111111:function:f",
        "Name": "daily",
        "Type": BACKUP_POLICY,
        "Content": {"plans": {"daily": {"regions": {"@@assign": ["eu-west-1"]}}}},
        "Targets": [PRODUCTION, SANDBOX],
    })
}

fn scp() -> Value {
    let deny = json!({"Effect": "Deny", "Action": ["a:B", "a:C"], "Resource": "*"});
    with(
        &properties(),
        json!({"Name": "guard", "Type": SCP, "Content": {"Version": "2012-10-17", "Statement": [deny]}}),
    )
}

/// A world, and a stack in it.
fn stage() -> (World, Stack) {
    let world = World::new();
    let stack = Stack::new(&world.sdk_config(), "backup");
    (world, stack)
}

async fn created(stack: &Stack, properties: Value) -> Resource {
    let (resource, response) = stack.create("Daily", properties).await;
    succeeded(&response);
    resource
}

async fn read(world: &World) -> Organization {
    Organization::read(&world.client()).await
}

fn tags(world: &World, id: &str) -> Vec<String> {
    world.change(|state| {
        let tags = state.tags.get(id).into_iter().flatten();
        tags.map(|(key, value)| format!("{key}={value}")).collect()
    })
}

fn targets(world: &World, id: &str) -> Vec<String> {
    world.change(|state| state.policy(id).targets.iter().cloned().collect())
}

fn exists(world: &World, id: &str) -> bool {
    world.change(|state| state.policies.contains_key(id))
}

/// The calls made by what `events` sends.
macro_rules! calls {
    ($world:expr, $event:expr) => {{
        $world.reset_calls();
        let result = $event.await;
        (result, $world.calls())
    }};
}

// ---------------------------------------------------------------- Create

/// One CreatePolicy, one AttachPolicy a target, and no look at the list of policies.
#[tokio::test(start_paused = true)]
async fn create_takes_one_call_and_one_per_target() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    assert_eq!(resource.physical_id, POLICY);
    assert_eq!(world.calls(), ["CreatePolicy", "AttachPolicy", "AttachPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn the_answer_holds_what_get_att_can_get() {
    let (_world, stack) = stage();
    let (_, response) = stack.create("Daily", properties()).await;
    let data = serde_json::to_string_pretty(&response.data).unwrap();
    insta::assert_snapshot!(data, @r#"
    {
      "PolicyId": "p-0000000001",
      "Arn": "arn:aws:organizations::111111111111:policy/o-exampleorg/backup_policy/p-0000000001",
      "Name": "daily",
      "Type": "BACKUP_POLICY",
      "TargetIds": "ou-ab12-33333333,ou-ab12-44444444",
      "ContentLength": "58"
    }
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_new_policy_carries_three_tags_and_those_declared() {
    let (world, stack) = stage();
    let tag = json!([{"Key": "cost-centre", "Value": "42"}]);
    created(&stack, with(&properties(), json!({"Tags": tag}))).await;
    assert_eq!(
        tags(&world, POLICY),
        [
            "cfn-org-policy:logical-id=Daily",
            "cfn-org-policy:request-id=request-1",
            &format!("cfn-org-policy:stack-id={}", stack.id),
            "cost-centre=42",
        ]
    );
    assert!(!world.calls().contains(&"TagResource".to_owned()), "CreatePolicy itself sets them");
}

#[tokio::test(start_paused = true)]
async fn a_policy_without_targets_is_attached_nowhere() {
    let (world, stack) = stage();
    created(&stack, with(&properties(), json!({"Targets": []}))).await;
    assert_eq!(world.calls(), ["CreatePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn any_policy_type_goes_as_a_free_string() {
    let (world, stack) = stage();
    world.change(|state| state.enable_type("TAG_POLICY"));
    let changes = json!({"Type": "TAG_POLICY", "Content": {"tags": {}}});
    created(&stack, with(&properties(), changes)).await;
    assert!(read(&world).await.policy("TAG_POLICY", "daily").is_some());
}

#[tokio::test(start_paused = true)]
async fn targets_may_be_the_root_and_paths() {
    let (world, stack) = stage();
    let names = json!({"Targets": ["Root", "/Security/Backup", "/Sandbox", SANDBOX]});
    created(&stack, with(&properties(), names)).await;
    assert_eq!(targets(&world, POLICY), [BACKUP, SANDBOX, ROOT]);
}

#[tokio::test(start_paused = true)]
async fn the_root_is_asked_for_once_per_process() {
    let (world, stack) = stage();
    let targets = json!({"Targets": ["Root"]});
    created(&stack, with(&properties(), targets.clone())).await;
    let other = with(&properties(), json!({"Name": "other", "Targets": ["Root"]}));
    succeeded(&stack.create("Other", other).await.1);
    assert_eq!(world.calls().iter().filter(|call| *call == "ListRoots").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_to_their_end() {
    let (world, stack) = stage();
    world.change(|state| {
        state.page_size = 1;
        state.empty_pages = true;
    });
    let resource =
        created(&stack, with(&properties(), json!({"Targets": ["/Sandbox", "/Security/Backup"]})))
            .await;
    let mut resource = resource;
    succeeded(&stack.update(&mut resource, with(&properties(), json!({"Targets": []}))).await);
    assert!(targets(&world, POLICY).is_empty());
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_missing_step_of_a_path_names_its_siblings() {
    let (world, stack) = stage();
    let (_, response) =
        stack.create("Daily", with(&properties(), json!({"Targets": ["/Security/backup"]}))).await;
    assert_eq!(
        failure(&response),
        "find target /Security/backup: /Security holds no organizational unit \"backup\", but \
         Backup (names are case-sensitive)"
    );
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    assert!(!world.calls().contains(&"CreatePolicy".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_step_of_a_path_names_the_ids() {
    let (world, stack) = stage();
    let twin = world.change(|state| state.add_unit(SECURITY, "Backup"));
    let (_, response) =
        stack.create("Daily", with(&properties(), json!({"Targets": ["/Security/Backup"]}))).await;
    let reason = failure(&response);
    assert!(reason.contains("/Security holds several organizational units \"Backup\""), "{reason}");
    assert!(reason.contains(BACKUP) && reason.contains(&twin), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn bad_properties_fail_before_any_call() {
    let (world, stack) = stage();
    let (_, response) = stack.create("Daily", with(&properties(), json!({"Content": null}))).await;
    assert_eq!(failure(&response), "read properties: Content: is missing");
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    assert!(world.calls().is_empty());
}

/// FAILED carries the policy's id, and the rollback's Delete for it leaves nothing.
#[tokio::test(start_paused = true)]
async fn a_create_that_fails_half_way_is_cleaned_up_by_its_id() {
    let (world, stack) = stage();
    let before = read(&world).await;
    let third = json!({"Targets": [PRODUCTION, SANDBOX, "999999999999"]});
    let (resource, response) = stack.create("Daily", with(&properties(), third)).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to 999999999999: there is no such target (TargetNotFoundException); no such root, organizational unit or account in this organization: correct Targets"#);
    assert_eq!(response.physical_resource_id, POLICY);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_aws_refuses_has_made_nothing() {
    let (world, stack) = stage();
    world.fail_always("CreatePolicy", Fault::Error("MalformedPolicyDocumentException"));
    let (resource, response) = stack.create("Daily", properties()).await;
    assert!(failure(&response).starts_with("create policy \"daily\" of type BACKUP_POLICY: "));
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert!(calls.is_empty(), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_type_that_is_not_enabled_is_told_with_its_remedy() {
    let (world, stack) = stage();
    world.change(|state| state.disable_type(BACKUP_POLICY));
    let (_, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: the type is not enabled (PolicyTypeNotEnabledException); this policy type is not enabled on the root: set EnablePolicyType to true, or enable it"#);
}

#[tokio::test(start_paused = true)]
async fn a_type_is_enabled_when_asked_for_and_waited_for() {
    let (world, stack) = stage();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.enable_lag = Duration::from_secs(90);
    });
    created(&stack, with(&properties(), json!({"EnablePolicyType": "true"}))).await;
    let calls = world.calls();
    assert_eq!(calls[..3], ["ListRoots", "EnablePolicyType", "ListRoots"]);
    assert_eq!(calls[calls.len() - 3..], ["CreatePolicy", "AttachPolicy", "AttachPolicy"]);
}

#[tokio::test(start_paused = true)]
async fn an_enabled_type_costs_one_read() {
    let (world, stack) = stage();
    created(&stack, with(&properties(), json!({"EnablePolicyType": "true", "Targets": []}))).await;
    assert_eq!(world.calls(), ["ListRoots", "CreatePolicy"]);
}

#[tokio::test(start_paused = true)]
async fn a_type_that_stays_pending_is_an_error_not_a_hang() {
    let (world, stack) = stage();
    world.change(|state| {
        state.disable_type(BACKUP_POLICY);
        state.enable_lag = Duration::from_secs(3_000);
    });
    let (_, response) =
        stack.create("Daily", with(&properties(), json!({"EnablePolicyType": "true"}))).await;
    assert_eq!(
        failure(&response),
        "enable policy type BACKUP_POLICY on root r-ab12: not done after 300 s; try again"
    );
}

#[tokio::test(start_paused = true)]
async fn no_delete_ever_disables_a_type() {
    let (world, stack) = stage();
    world.change(|state| state.disable_type(BACKUP_POLICY));
    let resource = created(&stack, with(&properties(), json!({"EnablePolicyType": "true"}))).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await.policy_types[BACKUP_POLICY], "ENABLED");
}

// ---------------------------------------------------------------- Create meets a policy of its name

#[tokio::test(start_paused = true)]
async fn a_second_delivery_carries_on_and_writes_nothing_twice() {
    let (world, stack) = stage();
    let event = stack.create_event("Daily", &properties());
    let first = stack.send(&event).await;
    let after = read(&world).await;
    let (second, calls) = calls!(world, stack.send(&event));
    assert_eq!(second, first);
    assert_eq!(read(&world).await, after);
    let writes = ["AttachPolicy", "DetachPolicy", "UpdatePolicy", "TagResource"];
    assert!(!calls.iter().any(|call| writes.contains(&call.as_str())), "{calls:?}");
}

/// CreatePolicy says Duplicate although the list does not show the policy yet.
#[tokio::test(start_paused = true)]
async fn a_policy_that_is_not_listed_yet_is_waited_for() {
    let (world, stack) = stage();
    world.change(|state| state.list_lag = Some(ListLag::For(Duration::from_secs(30))));
    world.fail_call(0, Fault::LostAnswer);
    let resource = created(&stack, properties()).await;
    assert_eq!(resource.physical_id, POLICY);
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_never_listed_is_an_error_with_an_unknown_outcome() {
    let (world, stack) = stage();
    world.change(|state| state.list_lag = Some(ListLag::For(Duration::from_secs(3_000))));
    world.fail_call(0, Fault::LostAnswer);
    let (_, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily": a BACKUP_POLICY of this name exists, but ListPolicies does not show it yet; try again"#);
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
}

#[tokio::test(start_paused = true)]
async fn another_stacks_policy_is_named_and_not_touched() {
    let (world, stack) = stage();
    created(&stack, properties()).await;
    let before = read(&world).await;
    let other = Stack::new(&world.sdk_config(), "other");
    for adopt in ["false", "true"] {
        let (resource, response) =
            other.create("Mine", with(&properties(), json!({"AdoptExisting": adopt}))).await;
        assert_eq!(
            failure(&response),
            format!(
                "create policy \"daily\" (p-0000000001): it belongs to resource Daily of stack {}; \
                 delete it there first, or set AdoptExisting to p-0000000001 to take it over",
                stack.id
            )
        );
        assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
        succeeded(&other.delete(&resource).await);
        assert_eq!(read(&world).await, before);
    }
}

#[tokio::test(start_paused = true)]
async fn nobodys_policy_is_left_alone_unless_told_to_adopt() {
    let (world, stack) = stage();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    world.change(|state| state.attach(&id, SECURITY));
    let before = read(&world).await;
    let (resource, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" (p-0000000001): it exists and no stack owns it; set AdoptExisting to true to adopt it, or choose another Name"#);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn an_adopted_policy_becomes_as_declared_and_survives_its_delete() {
    let (world, stack) = stage();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    world.change(|state| state.attach(&id, SECURITY));
    let resource = created(&stack, with(&properties(), json!({"AdoptExisting": "true"}))).await;
    assert_eq!(resource.physical_id, id);
    assert_eq!(targets(&world, &id), [PRODUCTION, SANDBOX]);
    assert!(tags(&world, &id).contains(&"cfn-org-policy:adopted=true".to_owned()));

    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource", "UntagResource"]);
    assert_eq!(tags(&world, &id), [""; 0]);
    assert_eq!(targets(&world, &id), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_can_be_taken_over_by_its_id_and_its_former_owner_leaves_it() {
    let (world, stack) = stage();
    let former = created(&stack, properties()).await;
    let other = Stack::new(&world.sdk_config(), "other");
    let adopt = with(&properties(), json!({"AdoptExisting": POLICY, "Name": "renamed"}));
    let (resource, response) = other.create("Mine", adopt).await;
    succeeded(&response);
    assert_eq!(resource.physical_id, POLICY);
    assert!(!world.calls()[3..].contains(&"CreatePolicy".to_owned()));
    let after = read(&world).await;
    assert!(after.policy(BACKUP_POLICY, "renamed").is_some());

    succeeded(&stack.delete(&former).await);
    assert_eq!(read(&world).await, after);
}

#[tokio::test(start_paused = true)]
async fn a_policy_to_adopt_must_exist_and_be_of_the_type() {
    let (world, stack) = stage();
    let adopt = |id: &str| with(&properties(), json!({"AdoptExisting": id}));
    let (_, response) = stack.create("Daily", adopt("p-12345678")).await;
    assert_eq!(
        failure(&response),
        "adopt policy p-12345678: there is no such policy; correct AdoptExisting, or leave it out \
         to create the policy"
    );
    assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
    let id = world.change(|state| state.add_policy(SCP, "daily", "{}"));
    let (_, response) = stack.create("Daily", adopt(&id)).await;
    assert!(
        failure(&response)
            .contains("its type is SERVICE_CONTROL_POLICY, declared is BACKUP_POLICY")
    );
    assert!(tags(&world, &id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn policies_of_aws_and_control_tower_are_never_adopted() {
    let (world, stack) = stage();
    let guardrail = world.change(|state| state.add_policy(SCP, "aws-guardrails-abc", "{}"));
    for id in [FULL_AWS_ACCESS, &guardrail] {
        let before = read(&world).await;
        let adopt = with(&scp(), json!({"AdoptExisting": id}));
        let (_, response) = stack.create("Guard", adopt).await;
        let reason = failure(&response);
        assert!(reason.contains("AWS or Control Tower manages this policy"), "{reason}");
        assert_eq!(read(&world).await, before);
    }
    let adopt = with(&scp(), json!({"AdoptExisting": "true", "Name": "FullAWSAccess"}));
    let (_, response) = stack.create("Guard", adopt).await;
    assert!(failure(&response).contains("AWS or Control Tower manages this policy"));
}

// ---------------------------------------------------------------- Update

#[tokio::test(start_paused = true)]
async fn an_update_with_nothing_to_do_reads_three_times_and_writes_nothing() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    let again = with(&properties(), json!({"Revision": "2"}));
    let (response, calls) = calls!(world, stack.update(&mut resource, again));
    succeeded(&response);
    assert_eq!(calls, ["DescribePolicy", "ListTargetsForPolicy", "ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn the_same_content_in_another_form_writes_nothing() {
    let (world, stack) = stage();
    let mut backup = created(&stack, properties()).await;
    let text = json!({"Content": "{ \"plans\": {\"daily\": {\"regions\": {\"@@assign\": [\"eu-west-1\"] } } } }"});
    let (response, calls) = calls!(world, stack.update(&mut backup, with(&properties(), text)));
    succeeded(&response);
    assert_eq!(calls.len(), 3);

    let (mut guard, response) = stack.create("Guard", scp()).await;
    succeeded(&response);
    let statement = json!({"Resource": ["*"], "Action": ["a:C", "a:B"], "Effect": "Deny"});
    let content = json!({"Content": {"Statement": statement, "Version": "2012-10-17"}});
    let (response, calls) = calls!(world, stack.update(&mut guard, with(&scp(), content)));
    succeeded(&response);
    assert_eq!(calls.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_update_policy_changes_only_what_differs() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    let changes = [
        (json!({"Name": "weekly"}), "UpdatePolicy p-0000000001 Name weekly"),
        (json!({"Name": "weekly", "Description": "d"}), "UpdatePolicy p-0000000001 Description"),
        (
            json!({"Name": "weekly", "Content": {"plans": {}}}),
            "UpdatePolicy p-0000000001 Description Content",
        ),
    ];
    for (change, expected) in changes {
        world.reset_calls();
        succeeded(&stack.update(&mut resource, with(&properties(), change)).await);
        let writes = world.calls_in_detail().split_off(3);
        assert_eq!(writes.len(), 1, "{writes:?}");
        assert!(expected.starts_with(&writes[0]), "{writes:?}");
    }
    assert_eq!(resource.physical_id, POLICY);
    let after = read(&world).await;
    let policy = after.policy(BACKUP_POLICY, "weekly").unwrap();
    assert_eq!(policy.description, "Managed by cfn-org-policy");
    assert_eq!(policy.content, "{\"plans\":{}}");
}

#[tokio::test(start_paused = true)]
async fn new_targets_are_attached_before_old_ones_are_detached() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.reset_calls();
    let moved = with(&properties(), json!({"Targets": [SECURITY, ROOT, SANDBOX]}));
    succeeded(&stack.update(&mut resource, moved).await);
    assert_eq!(
        world.calls_in_detail().split_off(3),
        [
            "AttachPolicy p-0000000001 ou-ab12-11111111",
            "AttachPolicy p-0000000001 r-ab12",
            "DetachPolicy p-0000000001 ou-ab12-33333333",
        ]
    );
}

/// The rollback of an Update comes right after it, when the list may still show what it took off.
#[tokio::test(start_paused = true)]
async fn a_target_that_comes_back_at_once_is_attached_whatever_the_list_shows() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.change(|state| state.attachment_lag = Duration::from_secs(5));
    succeeded(&stack.update(&mut resource, with(&scp(), json!({"Targets": [SANDBOX]}))).await);
    assert_eq!(targets(&world, POLICY), [SANDBOX]);
    succeeded(&stack.update(&mut resource, scp()).await);
    assert_eq!(targets(&world, POLICY), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn drift_is_put_right() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    let as_declared = read(&world).await;
    world.change(|state| {
        state.detach(POLICY, SANDBOX);
        state.attach(POLICY, SECURITY);
        state.policy(POLICY).content = "not JSON at all".to_owned();
        state.policy(POLICY).name = "changed by hand".to_owned();
        state.tag(POLICY, "stray", "1");
    });
    succeeded(&stack.update(&mut resource, with(&properties(), json!({"Revision": "2"}))).await);
    assert_eq!(read(&world).await, as_declared);
}

#[tokio::test(start_paused = true)]
async fn with_declared_attachments_those_of_others_stay() {
    let (world, stack) = stage();
    let declared = with(&properties(), json!({"ManageAttachments": "Declared"}));
    let mut resource = created(&stack, declared.clone()).await;
    world.change(|state| state.attach(POLICY, SECURITY));
    let fewer = with(&declared, json!({"Targets": ["/Sandbox"]}));
    succeeded(&stack.update(&mut resource, fewer).await);
    assert_eq!(targets(&world, POLICY), [SECURITY, SANDBOX]);

    let before = read(&world).await;
    let response = stack.delete(&resource).await;
    assert_eq!(
        failure(&response),
        "delete policy \"daily\" (p-0000000001): others attached it to ou-ab12-11111111; detach it \
         there, or set ManageAttachments to All"
    );
    assert_eq!(read(&world).await, before, "nothing is half done");
    world.change(|state| state.detach(POLICY, SECURITY));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_exactly() {
    let (world, stack) = stage();
    let with_tags = |tags: Value| with(&properties(), json!({"Tags": tags}));
    let a = json!({"Key": "a", "Value": "1"});
    let mut resource = created(&stack, with_tags(json!([a, {"Key": "b", "Value": "1"}]))).await;
    world.change(|state| state.tag(POLICY, "aws:by-aws", "x"));
    world.reset_calls();
    let changed = with_tags(json!([a, {"Key": "c", "Value": "3"}]));
    succeeded(&stack.update(&mut resource, changed).await);
    let calls = world.calls_in_detail();
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| !call.starts_with("List") && !call.starts_with("Describe"))
        .collect();
    assert_eq!(writes, ["UntagResource p-0000000001 b", "TagResource p-0000000001 c"]);
    let user = tags(&world, POLICY);
    let user: Vec<_> = user.iter().filter(|tag| !tag.starts_with("cfn-org-policy:")).collect();
    assert_eq!(user, ["a=1", "aws:by-aws=x", "c=3"]);
}

#[tokio::test(start_paused = true)]
async fn a_full_target_names_who_holds_its_places() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.change(|state| {
        for n in 0..10 {
            let id = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{}");
            state.attach(&id, SECURITY);
        }
    });
    let before = read(&world).await;
    let response =
        stack.update(&mut resource, with(&properties(), json!({"Targets": [SECURITY]}))).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-11111111: 10 policies of type BACKUP_POLICY are already attached to the target (other-0, other-1, other-2, other-3, other-4, other-5, other-6, other-7, other-8, other-9); detach one first"#);
    assert_eq!(read(&world).await, before, "the old targets are not detached");
}

#[tokio::test(start_paused = true)]
async fn missing_ownership_tags_are_restored() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.change(|state| state.tags.remove(POLICY));
    succeeded(&stack.update(&mut resource, with(&properties(), json!({"Revision": "2"}))).await);
    assert_eq!(tags(&world, POLICY).len(), 3);
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY), "restored, not adopted");
}

#[tokio::test(start_paused = true)]
async fn another_owners_policy_is_not_updated_until_adopted_by_id() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.change(|state| state.tag(POLICY, "cfn-org-policy:logical-id", "Theirs"));
    let before = read(&world).await;
    let response = stack.update(&mut resource, with(&properties(), json!({"Name": "n"}))).await;
    let reason = failure(&response);
    assert!(
        reason.starts_with("update policy \"daily\" (p-0000000001): it belongs to resource Theirs"),
        "{reason}"
    );
    assert_eq!(read(&world).await, before);

    let adopt = with(&properties(), json!({"Name": "n", "AdoptExisting": POLICY}));
    succeeded(&stack.update(&mut resource, adopt).await);
    assert!(tags(&world, POLICY).contains(&"cfn-org-policy:logical-id=Daily".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_vanished_policy_is_made_again_under_a_new_id() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    let as_declared = read(&world).await;
    world.change(|state| state.remove_policy(POLICY));
    succeeded(&stack.update(&mut resource, with(&properties(), json!({"Revision": "2"}))).await);
    assert_ne!(resource.physical_id, POLICY);
    let again = read(&world).await;
    assert_eq!(again.root, as_declared.root);
    let former = Resource { physical_id: POLICY.to_owned(), ..resource };
    succeeded(&stack.delete(&former).await);
    assert_eq!(read(&world).await, again);
}

/// The clean-up Delete of the old policy comes from CloudFormation, after the new one stands.
#[tokio::test(start_paused = true)]
async fn another_type_is_a_new_policy_and_the_old_one_stays_until_cleaned_up() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    let former = resource.clone();
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}});
    let response = stack.update(&mut resource, with(&scp(), changes)).await;
    succeeded(&response);
    assert_ne!(resource.physical_id, former.physical_id);
    assert!(exists(&world, &former.physical_id), "the guard is on until the new policy stands");
    succeeded(&stack.delete(&former).await);
    assert!(!exists(&world, &former.physical_id));
    assert_eq!(targets(&world, &resource.physical_id), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_that_fails_takes_its_new_policy_away() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    let before = read(&world).await;
    let changes = json!({
        "Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": [SANDBOX, "999999999999"],
    });
    let response = stack.update(&mut resource, with(&scp(), changes)).await;
    assert!(failure(&response).contains("to 999999999999"), "{response:?}");
    assert_eq!(read(&world).await, before);
}

/// CloudFormation rolls a successful replacement back with an Update from new to old, and cleans
/// the new policy up. MiniStack only sends the Delete.
#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_successful_replacement_finds_the_old_policy() {
    let (world, stack) = stage();
    let resource = created(&stack, scp()).await;
    let before = read(&world).await;
    let mut replaced = resource.clone();
    let changes = with(&scp(), json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}}));
    succeeded(&stack.update(&mut replaced, changes).await);
    let new = replaced.clone();
    succeeded(&stack.update(&mut replaced, scp()).await);
    assert_eq!(replaced.physical_id, resource.physical_id);
    succeeded(&stack.delete(&new).await);
    assert_eq!(read(&world).await, before);
}

/// A replacement that failed without being able to tidy up, then its rollback.
#[tokio::test(start_paused = true)]
async fn the_rollback_of_a_failed_replacement_removes_what_it_left() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    let before = read(&world).await;
    let replacement = with(
        &scp(),
        json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "Targets": ["999999999999"]}),
    );
    world.fail_always("DeletePolicy", Fault::Error("AccessDeniedException"));
    let response = stack.update(&mut resource, replacement.clone()).await;
    let reason = failure(&response);
    assert!(
        reason.contains("; cleaning up failed as well: delete policy \"guard\" (p-0000000002): "),
        "{reason}"
    );
    world.clear_faults();

    let mut failed = resource.clone();
    failed.properties = replacement;
    succeeded(&stack.update(&mut failed, scp()).await);
    assert_eq!(failed.physical_id, resource.physical_id);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn the_rollbacks_update_brings_back_what_was_there() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    let before = read(&world).await;
    let tried = with(
        &properties(),
        json!({"Name": "n", "Content": {"plans": {}}, "Targets": [SECURITY, "999999999999"]}),
    );
    let response = stack.update(&mut resource, tried.clone()).await;
    failure(&response);
    let mut failed = resource.clone();
    failed.properties = tried;
    succeeded(&stack.update(&mut failed, properties()).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_rename_to_a_taken_name_fails_with_a_remedy() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.change(|state| state.add_policy(BACKUP_POLICY, "taken", "{}"));
    let response = stack.update(&mut resource, with(&properties(), json!({"Name": "taken"}))).await;
    insta::assert_snapshot!(failure(&response), @r#"update policy "daily" (p-0000000001): a policy of the type has that name (DuplicatePolicyException); another policy of this type has that name: rename or delete it first (to swap two names, use a third one in between)"#);
}

/// A Create failed and the stack was not rolled back; the next Update makes up for it.
#[tokio::test(start_paused = true)]
async fn an_update_of_a_marker_creates_the_policy() {
    let (world, stack) = stage();
    let (mut resource, response) =
        stack.create("Daily", with(&properties(), json!({"Content": "{"}))).await;
    failure(&response);
    let marker = resource.clone();
    succeeded(&stack.update(&mut resource, properties()).await);
    assert_eq!(resource.physical_id, POLICY);
    let (response, calls) = calls!(world, stack.delete(&marker));
    succeeded(&response);
    assert!(calls.is_empty());
}

// ---------------------------------------------------------------- Delete

#[tokio::test(start_paused = true)]
async fn delete_of_ours_reads_twice_detaches_and_deletes() {
    let (world, stack) = stage();
    let before = read(&world).await;
    let resource = created(&stack, properties()).await;
    world.change(|state| state.attach(POLICY, SECURITY));
    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert_eq!(
        calls,
        [
            "ListTagsForResource",
            "ListTargetsForPolicy",
            "DetachPolicy",
            "DetachPolicy",
            "DetachPolicy",
            "DeletePolicy"
        ]
    );
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn a_policy_still_in_use_after_its_last_detach_is_waited_for() {
    let (world, stack) = stage();
    world.change(|state| state.in_use_lag = Duration::from_secs(20));
    let resource = created(&stack, properties()).await;
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_stays_in_use_is_an_error() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    world.fail_always("DeletePolicy", Fault::Error("PolicyInUseException"));
    insta::assert_snapshot!(failure(&stack.delete(&resource).await), @r#"delete policy "daily" (p-0000000001): it is still attached somewhere; somebody has attached it again: detach it, then delete again"#);
}

#[tokio::test(start_paused = true)]
async fn a_policy_of_others_or_nobody_is_left_in_place() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    world.change(|state| state.tag(POLICY, "cfn-org-policy:stack-id", "theirs"));
    let theirs = read(&world).await;
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, theirs);

    world.change(|state| state.tags.remove(POLICY));
    let nobodys = read(&world).await;
    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource"]);
    assert_eq!(read(&world).await, nobodys);
}

/// A policy of the same name may be a later, living one.
#[tokio::test(start_paused = true)]
async fn a_gone_policy_is_not_looked_up_by_name() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    world.change(|state| state.remove_policy(POLICY));
    let (later, response) = stack.create("Daily", properties()).await;
    succeeded(&response);
    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource"]);
    assert!(exists(&world, &later.physical_id));
}

/// The first Create made a policy, and neither its answer nor any other came in time.
async fn with_unknown_outcome(world: &World, stack: &Stack) -> Resource {
    world.fail_call(0, Fault::Hang { takes_effect: true });
    world.fail_always("ListPolicies", Fault::Hang { takes_effect: false });
    let (resource, response) = stack.create("Daily", properties()).await;
    failure(&response);
    world.clear_faults();
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
    assert!(exists(world, POLICY));
    resource
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_cleaned_up_by_its_request_id() {
    let (world, stack) = stage();
    let resource = with_unknown_outcome(&world, &stack).await;
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

#[tokio::test(start_paused = true)]
async fn a_fresh_policy_of_unknown_outcome_may_be_listed_late() {
    let (world, stack) = stage();
    let resource = with_unknown_outcome(&world, &stack).await;
    world.change(|state| state.list_lag = Some(ListLag::Listings(2)));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

/// A failed first try was followed by a good one; the clean-up of the first comes later.
#[tokio::test(start_paused = true)]
async fn the_delete_of_an_old_marker_does_not_find_the_new_policy() {
    let (world, stack) = stage();
    let marker = with_unknown_outcome(&world, &stack).await;
    let mut resource = marker.clone();
    succeeded(&stack.update(&mut resource, properties()).await);
    assert_eq!(resource.physical_id, POLICY, "it carries on with what the first try made");
    let after = read(&world).await;
    succeeded(&stack.delete(&marker).await);
    assert_eq!(read(&world).await, after);
}

#[tokio::test(start_paused = true)]
async fn an_invented_id_deletes_only_what_carries_our_tags() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    let invented = Resource { physical_id: "backup-Daily-1ABC".to_owned(), ..resource };
    let other = Stack::new(&world.sdk_config(), "other");
    succeeded(&other.delete(&invented).await);
    assert!(exists(&world, POLICY));
    succeeded(&stack.delete(&invented).await);
    assert!(!exists(&world, POLICY));
    succeeded(&stack.delete(&invented).await);
}

#[tokio::test(start_paused = true)]
async fn bad_properties_never_make_a_delete_fail() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    resource.properties = json!({"Nmae": 7, "Targets": 7, "Type": [], "Tags": "x"});
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
    resource.physical_id = "invented".to_owned();
    succeeded(&stack.delete(&resource).await);
}

#[tokio::test(start_paused = true)]
async fn the_last_scp_of_a_target_stays_and_the_reason_says_so() {
    let (world, stack) = stage();
    let resource = created(&stack, with(&scp(), json!({"Targets": [SANDBOX]}))).await;
    world.change(|state| state.detach(FULL_AWS_ACCESS, SANDBOX));
    let before = read(&world).await;
    insta::assert_snapshot!(failure(&stack.delete(&resource).await), @r#"detach policy "guard" (p-0000000001) from ou-ab12-44444444: a limit of the organization is in the way (ConstraintViolationException, MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED); the last policy of this type cannot be detached: attach another one first, for example FullAWSAccess, then try again"#);
    assert_eq!(read(&world).await, before);
}

/// Retained when it left the template, and back now: the policy was there before this event.
#[tokio::test(start_paused = true)]
async fn a_failed_create_does_not_take_an_older_policy_of_its_own_along() {
    let (world, stack) = stage();
    created(&stack, properties()).await;
    let before = read(&world).await;
    for adopt in ["false", POLICY] {
        let bad = json!({"Targets": [PRODUCTION, SANDBOX, "999999999999"], "AdoptExisting": adopt});
        let (resource, response) = stack.create("Daily", with(&properties(), bad)).await;
        assert!(failure(&response).contains("999999999999"), "{response:?}");
        succeeded(&stack.delete(&resource).await);
        assert_eq!(read(&world).await.root, before.root, "AdoptExisting: {adopt}");
        assert!(exists(&world, POLICY));
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_that_adopts_and_fails_gives_the_policy_back() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "guard", "{\"plans\":{}}"));
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "AdoptExisting": "true",
        "Targets": ["999999999999"]});
    let response = stack.update(&mut resource, with(&scp(), changes)).await;
    failure(&response);
    assert_eq!(tags(&world, &id), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_may_adopt_by_id() {
    let (world, stack) = stage();
    let mut resource = created(&stack, scp()).await;
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "other name", "{\"plans\":{}}"));
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "AdoptExisting": id});
    succeeded(&stack.update(&mut resource, with(&scp(), changes)).await);
    assert_eq!(resource.physical_id, id);
    assert!(!world.calls_in_detail().contains(&"CreatePolicy BACKUP_POLICY guard".to_owned()));
}

/// The first delivery made a policy and its answer was lost; the second comes to nothing before it
/// could find that out.
#[tokio::test(start_paused = true)]
async fn a_second_delivery_that_reads_nothing_does_not_know_the_outcome() {
    let (world, stack) = stage();
    let with_root = with(&properties(), json!({"Targets": ["Root"]}));
    let event = stack.create_event("Daily", &with_root);
    succeeded(&stack.send(&event).await);
    let process = Stack::new(&world.sdk_config(), "backup");
    world.fail_always("ListRoots", Fault::Hang { takes_effect: false });
    let response = process.send(&event).await;
    failure(&response);
    assert_eq!(response.physical_resource_id, "cfn-org-policy:unknown:request-1");
}

/// A first delivery would have made nothing by then; a late one may be the second.
#[tokio::test(start_paused = true)]
async fn only_a_late_create_that_does_nothing_leaves_the_outcome_unknown() {
    let (world, stack) = stage();
    let event = stack.create_event("Daily", &with(&properties(), json!({"Targets": ["Root"]})));
    world.fail_always("ListRoots", Fault::Error("AccessDeniedException"));
    for (age, id) in [(5, "nothing-created"), (60, "unknown:request-1")] {
        let sent = tokio::time::Instant::now() - Duration::from_secs(age);
        let response = stack.deliver(&event, sent, LAMBDA_TIMEOUT).await;
        failure(&response);
        assert_eq!(response.physical_resource_id, format!("cfn-org-policy:{id}"));
    }
}

#[tokio::test(start_paused = true)]
async fn tags_go_before_others_come_so_that_fifty_are_enough() {
    let (world, stack) = stage();
    let with_tags = |prefix: &str| {
        let tags = (0..47).map(|n| json!({"Key": format!("{prefix}{n}"), "Value": ""}));
        with(&properties(), json!({"Tags": tags.collect::<Value>()}))
    };
    let mut resource = created(&stack, with_tags("old")).await;
    succeeded(&stack.update(&mut resource, with_tags("new")).await);
    assert_eq!(tags(&world, POLICY).len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_declared_path_that_is_gone_is_named() {
    let (world, stack) = stage();
    let unit = world.change(|state| state.add_unit(ROOT, "Old"));
    let declared = json!({"ManageAttachments": "Declared", "Targets": ["/Old", SANDBOX]});
    let mut resource = created(&stack, with(&properties(), declared.clone())).await;
    let id = resource.physical_id.clone();
    let renamed = with(&with(&properties(), declared.clone()), json!({"Targets": [SANDBOX]}));
    // The OU has been renamed: its id is still there, its path is not.
    resource.properties =
        with(&with(&properties(), declared), json!({"Targets": ["/Gone", SANDBOX]}));
    let response = stack.delete(&resource).await;
    assert_eq!(
        failure(&response),
        format!(
            "delete policy \"daily\" ({id}): others attached it to {unit} (or it was \
             declared as /Gone, which is not there any more); detach it there, or set \
             ManageAttachments to All"
        )
    );
    succeeded(&stack.update(&mut resource, renamed).await);
    assert_eq!(targets(&world, &id), [unit.as_str(), SANDBOX]);
}

/// Whether its paths still exist does not matter for a policy that stays.
#[tokio::test(start_paused = true)]
async fn a_policy_that_stays_needs_no_targets_read() {
    let (world, stack) = stage();
    let declared = json!({"ManageAttachments": "Declared", "Targets": ["/Sandbox"]});
    let resource = created(&stack, with(&properties(), declared)).await;
    world.change(|state| state.tags.remove(POLICY));
    let (response, calls) = calls!(world, stack.delete(&resource));
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource"]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_attached_again_while_it_is_deleted_is_detached_there_too() {
    let (world, stack) = stage();
    let resource = created(&stack, properties()).await;
    world.reset_calls();
    // Two reads and two detaches, then the first DeletePolicy.
    world.on_call(4, |state| state.attach(POLICY, SECURITY));
    succeeded(&stack.delete(&resource).await);
    assert!(!exists(&world, POLICY));
}

/// Somebody else was faster, at any point: that is what was wanted.
#[tokio::test(start_paused = true)]
async fn a_policy_that_vanishes_under_its_delete_is_a_success() {
    for call in 0..5 {
        let (world, stack) = stage();
        let resource = created(&stack, properties()).await;
        world.reset_calls();
        world.on_call(call, |state| state.remove_policy(POLICY));
        succeeded(&stack.delete(&resource).await);
    }
    let (world, stack) = stage();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let adopted = created(&stack, with(&properties(), json!({"AdoptExisting": "true"}))).await;
    world.reset_calls();
    world.on_call(1, move |state| state.remove_policy(&id));
    succeeded(&stack.delete(&adopted).await);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_vanishes_under_an_update_is_not_a_success() {
    let (world, stack) = stage();
    let mut resource = created(&stack, properties()).await;
    world.reset_calls();
    world.on_call(3, |state| state.remove_policy(POLICY));
    let fewer = with(&properties(), json!({"Targets": [SANDBOX]}));
    let response = stack.update(&mut resource, fewer).await;
    assert!(
        failure(&response).contains("update the stack to create the policy again"),
        "{response:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_full_target_is_told_even_if_its_holders_cannot_be_seen() {
    let (world, stack) = stage();
    world.change(|state| {
        for n in 0..10 {
            let id = state.add_policy(BACKUP_POLICY, &format!("other-{n}"), "{}");
            state.attach(&id, SANDBOX);
        }
    });
    world.fail_always("ListPoliciesForTarget", Fault::Error("AccessDeniedException"));
    let (_, response) = stack.create("Daily", properties()).await;
    assert!(failure(&response).contains("detach one first"), "{response:?}");
}

/// A server's failure that has a name may have taken effect all the same.
#[tokio::test(start_paused = true)]
async fn a_failing_server_leaves_the_outcome_unknown() {
    let (world, stack) = stage();
    world.fail_call(0, Fault::Status(500));
    world.fail_call(
        1,
        Fault::ErrorWithReason("ConstraintViolationException", "POLICY_NUMBER_LIMIT_EXCEEDED"),
    );
    let (resource, response) = stack.create("Daily", properties()).await;
    assert!(failure(&response).contains("delete one that is not needed"), "{response:?}");
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
}

#[tokio::test(start_paused = true)]
async fn paths_share_what_has_been_read_of_the_tree() {
    let (world, stack) = stage();
    world.change(|state| state.add_unit(SECURITY, "Audit"));
    let paths =
        json!({"Targets": ["/Security/Audit", "/Security/Backup"], "EnablePolicyType": "true"});
    created(&stack, with(&properties(), paths)).await;
    let reads = world.calls().iter().filter(|call| call.starts_with("List")).count();
    assert_eq!(reads, 1 + 2 + 1, "the root, two levels, the status of the type");
}

#[tokio::test(start_paused = true)]
async fn properties_that_are_missing_or_null_never_make_a_delete_fail() {
    let (_world, stack) = stage();
    let resource = created(&stack, properties()).await;
    for properties in [Value::Null, json!({})] {
        let resource = Resource { properties, ..resource.clone() };
        succeeded(&stack.delete(&resource).await);
    }
}

// ---------------------------------------------------------------- deadlines, faults of AWS and ours

#[tokio::test(start_paused = true)]
async fn an_organization_that_is_not_there_is_told_at_once() {
    let (world, stack) = stage();
    world.change(|state| state.in_use = false);
    let (_, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: the account is in no organization (AWSOrganizationsNotInUseException); deploy the function in the management account, or give it a ManagementRoleArn there"#);
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_told_with_its_remedy() {
    let (world, stack) = stage();
    world.fail_always("AttachPolicy", Fault::Error("AccessDeniedException"));
    let (_, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: AccessDeniedException on demand (AccessDeniedException); grant this action to the function's role, and run it in the management account, as a delegated administrator, or with ManagementRoleArn"#);
}

/// What passes by itself is waited for by the SDK's retry.
#[tokio::test(start_paused = true)]
async fn transient_errors_pass() {
    for code in [
        "ConcurrentModificationException",
        "PolicyChangesInProgressException",
        "TooManyRequestsException",
        "ServiceException",
    ] {
        let (world, stack) = stage();
        world.fail_first("CreatePolicy", 3, Fault::Error(code));
        world.fail_first("AttachPolicy", 3, Fault::Error(code));
        created(&stack, properties()).await;
        assert_eq!(world.calls().len(), 3 + 6, "{code}");
    }
}

/// A wrong ManagementRoleArn, say. Nothing was sent, so the rollback's Delete needs no call, which
/// would only fail again.
#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_was_created() {
    let world = World::new();
    let config = world.sdk_config().into_builder();
    let stack = Stack::new(&config.credentials_provider(NoCredentials::shared()).build(), "backup");
    let (resource, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: dispatch failure: other: an error occurred while loading credentials: not authorized to perform: sts:AssumeRole; check ManagementRoleArn, and that this role trusts the function's role"#);
    assert_eq!(resource.physical_id, "cfn-org-policy:nothing-created");
    succeeded(&stack.delete(&resource).await);
    assert!(world.calls().is_empty());
}

/// The role to assume cannot be assumed.
#[derive(Debug)]
struct NoCredentials;

impl NoCredentials {
    fn shared() -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(NoCredentials)
    }
}

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let denied = "not authorized to perform: sts:AssumeRole";
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error(denied)))
    }
}

#[tokio::test(start_paused = true)]
async fn aws_being_down_is_answered_before_the_deadline_with_its_message() {
    let (world, stack) = stage();
    world.fail_always("CreatePolicy", Fault::Error("ServiceException"));
    let (resource, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" of type BACKUP_POLICY: time ran out after 0 of 3 steps (AWS last answered: ServiceException on demand (ServiceException)); try again: the next event continues from there"#);
    assert_eq!(resource.physical_id, "cfn-org-policy:unknown:request-1");
}

/// Throttling refuses a call before it takes effect, so there is nothing to clean up.
#[tokio::test(start_paused = true)]
async fn the_deadline_in_the_middle_of_an_attach_carries_the_policys_id() {
    let (world, stack) = stage();
    world.fail_always("AttachPolicy", Fault::Error("TooManyRequestsException"));
    let (resource, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: time ran out after 1 of 3 steps (AWS last answered: TooManyRequestsException on demand (TooManyRequestsException)); try again: the next event continues from there"#);
    assert_eq!(resource.physical_id, POLICY);
}

/// CloudFormation stops listening after ServiceTimeout, whatever time Lambda still has.
#[tokio::test(start_paused = true)]
async fn the_deadline_is_the_earlier_of_lambdas_and_service_timeout() {
    let (world, stack) = stage();
    world.fail_always("AttachPolicy", Fault::Hang { takes_effect: false });
    let started = tokio::time::Instant::now();
    let timeout = with(&properties(), json!({"ServiceTimeout": "60"}));
    let response = stack.create("Daily", timeout).await.1;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: time ran out after 1 of 3 steps (AWS last answered: no clear answer, request has timed out: operation attempt timeout (single attempt) occurred after 30s); try again: the next event continues from there"#);
    assert!(started.elapsed() < Duration::from_secs(60));

    let started = tokio::time::Instant::now();
    let event = stack.create_event("Other", &with(&properties(), json!({"Name": "other"})));
    let response = stack.send_with(&event, Duration::from_secs(30)).await;
    assert!(failure(&response).contains("time ran out after 1 of 3 steps"), "{}", response.reason);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_answered_with_the_right_id() {
    let (world, stack) = stage();
    world.fail_first("AttachPolicy", 1, Fault::Panic);
    let (resource, response) = stack.create("Daily", properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"attach policy "daily" (p-0000000001) to ou-ab12-33333333: the function has a bug; its log says where: report it, then update the stack again"#);
    assert_eq!(resource.physical_id, POLICY);
}

#[tokio::test(start_paused = true)]
async fn a_bad_event_with_a_response_url_is_answered() {
    let (_world, stack) = stage();
    let event =
        json!({"ResponseURL": "https://example.com/?secret", "RequestId": "r", "StackId": "s"});
    let response = stack.send(&event).await;
    assert!(failure(&response).starts_with("read event: missing field `RequestType`"));
    assert_eq!((response.stack_id.as_str(), response.request_id.as_str()), ("s", "r"));
}
