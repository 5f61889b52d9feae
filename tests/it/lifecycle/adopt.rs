//! Ownership: policies of other owners and unowned ones, and their adoption.

use serde_json::json;

use test_world::Stack;
use test_world::fixtures::{POLICY, guard_properties, policy_properties, setup, with};
use test_world::stack::{failure, succeeded};
use test_world::world::{
    BACKUP_POLICY, FULL_AWS_ACCESS, Fault, PRODUCTION, SANDBOX, SCP, SECURITY,
};

use super::{calls_of, created, read, tags, targets};

#[tokio::test(start_paused = true)]
async fn another_stacks_policy_is_named_and_not_touched() {
    let (world, stack) = setup();
    created(&stack, policy_properties()).await;
    let before = read(&world).await;
    let other = Stack::new(&world.sdk_config(), "other");
    for adopt in ["false", "true"] {
        let (resource, response) =
            other.create("Mine", with(&policy_properties(), json!({"AdoptExisting": adopt}))).await;
        assert_eq!(
            failure(&response),
            format!(
                "create policy \"daily\" (p-0000000001): it belongs to resource Daily of stack {}; \
                 to move it here, set AdoptExisting to p-0000000001, then remove it there, or choose another Name",
                stack.id
            )
        );
        assert_eq!(response.physical_resource_id, "cfn-org-policy:nothing-created");
        succeeded(&other.delete(&resource).await);
        assert_eq!(read(&world).await, before);
    }
}

/// An adoption looks twice, and waits before it goes on.
#[tokio::test(start_paused = true)]
async fn with_the_time_that_the_error_advises_an_adoption_succeeds() {
    let adopt = |seconds: &str| {
        let adopting = json!({"AdoptExisting": "true", "ServiceTimeout": seconds});
        with(&policy_properties(), adopting)
    };
    let (world, stack) = setup();
    world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    let (_, response) = stack.create("Daily", adopt("60")).await;
    let reason = failure(&response);
    let (_, advised) = reason.split_once("set ServiceTimeout to ").expect(reason);
    let (advised, _) = advised.split_once(" or more").expect(reason);
    let (_, response) = stack.create("Daily", adopt(advised)).await;
    succeeded(&response);
}

#[tokio::test(start_paused = true)]
async fn an_unowned_policy_is_adopted_only_with_adopt_existing() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    world.change(|state| state.attach(&id, SECURITY));
    let before = read(&world).await;
    let (resource, response) = stack.create("Daily", policy_properties()).await;
    insta::assert_snapshot!(failure(&response), @r#"create policy "daily" (p-0000000001): it exists and no stack owns it; set AdoptExisting to true to adopt it, or choose another Name"#);
    succeeded(&stack.delete(&resource).await);
    assert_eq!(read(&world).await, before);
}

#[tokio::test(start_paused = true)]
async fn an_adopted_policy_becomes_as_declared_and_survives_its_delete() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "daily", "{\"plans\":{}}"));
    world.change(|state| state.attach(&id, SECURITY));
    let resource =
        created(&stack, with(&policy_properties(), json!({"AdoptExisting": "true"}))).await;
    assert_eq!(resource.physical_id, id);
    assert_eq!(targets(&world, &id), [PRODUCTION, SANDBOX]);
    assert!(tags(&world, &id).contains(&"cfn-org-policy:adopted=true".to_owned()));

    let (response, calls) = calls_of(&world, stack.delete(&resource)).await;
    succeeded(&response);
    assert_eq!(calls, ["ListTagsForResource", "UntagResource"]);
    assert_eq!(tags(&world, &id), [""; 0]);
    assert_eq!(targets(&world, &id), [PRODUCTION, SANDBOX]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_can_be_adopted_by_its_id_and_its_former_owner_leaves_it() {
    let (world, stack) = setup();
    let former = created(&stack, policy_properties()).await;
    let other = Stack::new(&world.sdk_config(), "other");
    let adopt = with(&policy_properties(), json!({"AdoptExisting": POLICY}));
    let (mut resource, response) = other.create("Mine", adopt).await;
    succeeded(&response);
    assert_eq!(resource.physical_id, POLICY);
    assert!(!world.calls()[3..].contains(&"CreatePolicy".to_owned()));
    // What else is to change comes with the next deployment.
    let renamed = with(&policy_properties(), json!({"AdoptExisting": POLICY, "Name": "renamed"}));
    succeeded(&other.update(&mut resource, renamed).await);
    let after = read(&world).await;
    assert!(after.policy(BACKUP_POLICY, "renamed").is_some());

    succeeded(&stack.delete(&former).await);
    assert_eq!(read(&world).await, after);
}

#[tokio::test(start_paused = true)]
async fn a_policy_to_adopt_must_exist_and_be_of_the_type() {
    let (world, stack) = setup();
    let adopt = |id: &str| with(&policy_properties(), json!({"AdoptExisting": id}));
    let (_, response) = stack.create("Daily", adopt("p-12345678")).await;
    assert_eq!(
        failure(&response),
        "adopt policy p-12345678: there is no such policy; correct AdoptExisting, or remove it \
         to create a new policy"
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
    let (world, stack) = setup();
    let guardrail = world.change(|state| state.add_policy(SCP, "aws-guardrails-abc", "{}"));
    for id in [FULL_AWS_ACCESS, &guardrail] {
        let before = read(&world).await;
        let adopt = with(&guard_properties(), json!({"AdoptExisting": id}));
        let (_, response) = stack.create("Guard", adopt).await;
        let reason = failure(&response);
        assert!(reason.contains("AWS or Control Tower manages this policy"), "{reason}");
        assert_eq!(read(&world).await, before);
    }
    let adopt =
        with(&guard_properties(), json!({"AdoptExisting": "true", "Name": "FullAWSAccess"}));
    let (_, response) = stack.create("Guard", adopt).await;
    assert!(failure(&response).contains("AWS or Control Tower manages this policy"));
}

#[tokio::test(start_paused = true)]
async fn another_owners_policy_is_not_updated_until_adopted_by_id() {
    let (world, stack) = setup();
    let mut resource = created(&stack, policy_properties()).await;
    world.change(|state| state.tag(POLICY, "cfn-org-policy:logical-id", "Theirs"));
    let before = read(&world).await;
    let response =
        stack.update(&mut resource, with(&policy_properties(), json!({"Name": "n"}))).await;
    let reason = failure(&response);
    assert!(
        reason.starts_with("update policy \"daily\" (p-0000000001): it belongs to resource Theirs"),
        "{reason}"
    );
    assert_eq!(read(&world).await, before);

    let adopt = with(&policy_properties(), json!({"Name": "n", "AdoptExisting": POLICY}));
    succeeded(&stack.update(&mut resource, adopt).await);
    assert!(tags(&world, POLICY).contains(&"cfn-org-policy:logical-id=Daily".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_adopts_and_fails_gives_the_policy_back() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "guard", "{\"plans\":{}}"));
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "AdoptExisting": "true",
        "Targets": ["999999999999"]});
    let response = stack.update(&mut resource, with(&guard_properties(), changes)).await;
    failure(&response);
    assert_eq!(tags(&world, &id), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_may_adopt_by_id() {
    let (world, stack) = setup();
    let mut resource = created(&stack, guard_properties()).await;
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "other name", "{\"plans\":{}}"));
    let changes = json!({"Type": BACKUP_POLICY, "Content": {"plans": {}}, "AdoptExisting": id});
    succeeded(&stack.update(&mut resource, with(&guard_properties(), changes)).await);
    assert_eq!(resource.physical_id, id);
    assert!(!world.calls_in_detail().contains(&"CreatePolicy BACKUP_POLICY guard".to_owned()));
}

/// The Create that was to rename it never got a response: the policy still has its old name.
#[tokio::test(start_paused = true)]
async fn an_adoption_that_was_cut_short_is_given_up_though_the_policy_has_another_name() {
    let (world, stack) = setup();
    let id = world.change(|state| state.add_policy(BACKUP_POLICY, "old", "{\"plans\":{}}"));
    let adopt = with(&policy_properties(), json!({"AdoptExisting": id}));
    world.fail_first("UpdatePolicy", 1, Fault::Error("AccessDeniedException"));
    let (mut resource, response) = stack.create("Daily", adopt).await;
    failure(&response);
    resource.physical_id = "backup-Daily-1ABC".to_owned();
    succeeded(&stack.delete(&resource).await);
    assert_eq!(tags(&world, &id), [""; 0]);
}
