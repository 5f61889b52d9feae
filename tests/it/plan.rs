//! Plans as the log shows them, for what is declared and what is observed. No calls are made.

use std::collections::BTreeSet;

use cfn_org_policy::aws::types::{Holding, PolicyDescription, PolicyId, RootStatus, Tags};
use cfn_org_policy::error::Error;
use cfn_org_policy::policy::desired::{Declared, Desired, Removal};
use cfn_org_policy::policy::digest::{Digest, Hash};
use cfn_org_policy::policy::observed::{FoundBy, LivePolicy, Observed};
use cfn_org_policy::policy::observed_removal::ObservedRemoval;
use cfn_org_policy::policy::ownership::{Owner, ResourceKey};
use cfn_org_policy::policy::physical_id::PhysicalId;
use cfn_org_policy::policy::plan::plan;
use cfn_org_policy::policy::removal::{RemovalPlan, plan_removal};
use cfn_org_policy::policy::step::Step;
use cfn_org_policy::protocol::request::Request;
use policy_document::quotas::Quotas;
use serde_json::{Value, json};

use test_world::Resource;
use test_world::fixtures::{Event, policy_properties, with};
use test_world::world::{PRODUCTION, SANDBOX};

const POLICY: &str = "p-a1b2c3d4";

fn declared(event: Value) -> Declared {
    let request = Request::parse(event.into()).expect("an event");
    match Desired::parse(&request, &Quotas::default()) {
        Ok(Desired::Present(declared)) => *declared,
        other => panic!("{other:?}"),
    }
}

fn create(changes: Value) -> Declared {
    let properties = with(&policy_properties(), changes);
    declared(Event::create("Daily").properties(properties).build())
}

fn update(changes: Value) -> Declared {
    let properties = with(&policy_properties(), changes);
    let resource = Resource {
        logical_id: "Daily".to_owned(),
        physical_id: POLICY.to_owned(),
        properties: policy_properties(),
    };
    declared(Event::update(&resource).properties(properties).build())
}

fn resource(logical_id: &str) -> ResourceKey {
    ResourceKey { stack_id: "stack".to_owned(), logical_id: logical_id.to_owned() }
}

fn owner() -> Owner {
    Owner { resource: resource("Daily"), request_id: "request-0".to_owned() }
}

/// The policy as [`policy_properties`] declares it, made by an earlier event.
fn live() -> LivePolicy {
    LivePolicy {
        id: PolicyId::parse(POLICY).expect("an id"),
        found_by: FoundBy::PhysicalId,
        description: PolicyDescription {
            arn: "arn".to_owned(),
            name: "daily".to_owned(),
            policy_type: "BACKUP_POLICY".to_owned(),
            description: "Managed by cfn-org-policy".to_owned(),
            content: policy_properties()["Content"].to_string(),
            aws_managed: false,
        },
        tags: owner().tags().into_iter().chain([digest()]).collect(),
        attachments: ids(&[SANDBOX, PRODUCTION]),
        other: Holding::Unknown,
    }
}

/// The tag that says so.
fn digest() -> (String, String) {
    let digest = Digest {
        name: Hash::of_name("daily"),
        description: Hash::of_description("Managed by cfn-org-policy"),
        content: Hash::of_content("BACKUP_POLICY", &policy_properties()["Content"]),
        targets: Hash::of_targets(&ids(&[SANDBOX, PRODUCTION])),
    };
    ("cfn-org-policy:digest".to_owned(), digest.to_string())
}

fn ids(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// For a template whose targets have not changed.
fn observed(policy: Option<LivePolicy>) -> Observed {
    let targets = ids(&[SANDBOX, PRODUCTION]);
    Observed {
        policy,
        targets: targets.clone(),
        former_targets: targets,
        lost_paths: Vec::new(),
        root: None,
    }
}

#[test]
fn a_new_policy_is_created_and_attached() {
    insta::assert_snapshot!(plan(&create(json!({})), &observed(None)).unwrap(), @r#"
    create policy "daily" of type BACKUP_POLICY: content of 58 characters
    attach policy "daily" to ou-ab12-33333333
    attach policy "daily" to ou-ab12-44444444
    "#);
}

#[test]
fn enabling_the_type_comes_first() {
    let mut observed = observed(None);
    for (enabled, pending) in [(false, false), (false, true), (true, false)] {
        observed.root = Some(RootStatus { root_id: "r-ab12".to_owned(), enabled, pending });
        let plan = plan(&create(json!({})), &observed).unwrap();
        let plan = plan.to_string();
        let first = plan.lines().next().expect("a line");
        match (enabled, pending) {
            (true, _) => assert!(first.starts_with("create policy")),
            (_, true) => {
                insta::assert_snapshot!(first, @"wait for policy type BACKUP_POLICY to be enabled on root r-ab12")
            }
            (_, false) => {
                insta::assert_snapshot!(first, @"enable policy type BACKUP_POLICY on root r-ab12")
            }
        }
    }
}

#[test]
fn no_difference_is_no_step() {
    let plan = plan(&update(json!({})), &observed(Some(live()))).unwrap();
    assert_eq!(plan.steps, []);
    insta::assert_snapshot!(plan, @"it is as declared");
}

#[test]
fn everything_different_is_one_change_then_attach_then_detach_then_tags() {
    let mut live = live();
    live.description.name = "old".to_owned();
    live.description.description = "old".to_owned();
    live.description.content = "{}".to_owned();
    live.attachments = ids(&[PRODUCTION, "r-ab12", "333333333333"]);
    live.tags.insert("old".to_owned(), "1".to_owned());
    let declared = update(json!({"Tags": [{"Key": "new", "Value": "1"}]}));
    insta::assert_snapshot!(plan(&declared, &observed(Some(live))).unwrap(), @r#"
    update policy "old" (p-a1b2c3d4): name "daily", description "Managed by cfn-org-policy", content of 58 characters
    attach policy "old" (p-a1b2c3d4) to ou-ab12-44444444
    detach policy "old" (p-a1b2c3d4) from 333333333333
    detach policy "old" (p-a1b2c3d4) from r-ab12
    untag policy "old" (p-a1b2c3d4) of old
    tag policy "old" (p-a1b2c3d4) with new=1
    "#);
}

#[test]
fn with_declared_attachments_only_former_targets_are_detached() {
    let mut live = live();
    live.attachments = ids(&[PRODUCTION, "r-ab12", "333333333333"]);
    let mut observed = observed(Some(live));
    observed.former_targets.insert("r-ab12".to_owned());
    let declared = update(json!({"ManageAttachments": "Declared"}));
    insta::assert_snapshot!(plan(&declared, &observed).unwrap(), @r#"
    attach policy "daily" (p-a1b2c3d4) to ou-ab12-44444444
    detach policy "daily" (p-a1b2c3d4) from r-ab12
    tag policy "daily" (p-a1b2c3d4) with its digest
    "#);
}

/// Attachments that the list shows for new targets may be gone already, but at most as many as can be detached while a
/// list lags. So an Update that was stopped half-way makes progress.
#[test]
fn of_many_new_targets_that_the_list_shows_only_the_first_are_in_doubt() {
    let mut observed = observed(Some(live()));
    let many: BTreeSet<String> = (0..2_000).map(|n| format!("9{n:011}")).collect();
    observed.targets.clone_from(&many);
    observed.policy = observed.policy.map(|live| LivePolicy { attachments: many.clone(), ..live });
    observed.former_targets.clear();
    let mut steps = plan(&update(json!({})), &observed).unwrap().steps;
    assert!(matches!(steps.pop(), Some(Step::Tag(_))), "the digest");
    assert_eq!(steps, many.into_iter().take(20).map(Step::Attach).collect::<Vec<_>>());
}

/// Whose the attachment at a renamed OU is cannot be told any more; the log says that it stays.
#[test]
fn a_former_path_that_leads_nowhere_is_reported() {
    let mut observed = observed(Some(live()));
    observed.lost_paths.push("/Old".to_owned());
    let declared = update(json!({"ManageAttachments": "Declared"}));
    insta::assert_snapshot!(plan(&declared, &observed).unwrap(), @r"
    /Old was a target and is not there any more: an attachment under its new name stays
    it is as declared
    ");
}

#[test]
fn another_type_is_a_new_policy() {
    let mut live = live();
    live.description.policy_type = "SERVICE_CONTROL_POLICY".to_owned();
    insta::assert_snapshot!(plan(&update(json!({})), &observed(Some(live))).unwrap(), @r#"
    create policy "daily" of type BACKUP_POLICY: content of 58 characters
    attach policy "daily" to ou-ab12-33333333
    attach policy "daily" to ou-ab12-44444444
    tag policy p-a1b2c3d4 as replaced
    the type changes from SERVICE_CONTROL_POLICY: a new policy takes over, CloudFormation removes p-a1b2c3d4 afterwards
    "#);
}

#[test]
fn a_vanished_policy_is_created_again() {
    insta::assert_snapshot!(plan(&update(json!({})), &observed(None)).unwrap(), @r#"
    create policy "daily" of type BACKUP_POLICY: content of 58 characters
    attach policy "daily" to ou-ab12-33333333
    attach policy "daily" to ou-ab12-44444444
    policy p-a1b2c3d4 has vanished: it is created again
    "#);
}

#[test]
fn an_unowned_policy_of_the_name_is_adopted_first_and_then_changed() {
    let mut live = live();
    live.found_by = FoundBy::Name;
    live.tags = Tags::new();
    live.description.content = "{}".to_owned();
    let adopt = create(json!({"AdoptExisting": "true"}));
    insta::assert_snapshot!(plan(&adopt, &observed(Some(live.clone()))).unwrap(), @r#"
    tag policy "daily" (p-a1b2c3d4) with cfn-org-policy:adopted=true, cfn-org-policy:logical-id=Daily, cfn-org-policy:request-id=request-1, cfn-org-policy:stack-id=stack and its digest, and make sure of it after 20 s
    update policy "daily" (p-a1b2c3d4): content of 58 characters
    "#);
    let error = plan(&create(json!({})), &observed(Some(live))).unwrap_err();
    assert!(matches!(error, Error::Unowned { .. }));
}

/// Somebody has removed the other tag.
#[test]
fn one_ownership_tag_alone_counts_as_unowned() {
    for key in ["cfn-org-policy:stack-id", "cfn-org-policy:logical-id"] {
        let mut live = live();
        live.tags.remove(key);
        let restored = plan(&update(json!({})), &observed(Some(live.clone()))).unwrap();
        assert!(matches!(restored.steps.as_slice(), [Step::Tag(_)]), "{restored}");
        live.found_by = FoundBy::Name;
        let error = plan(&create(json!({})), &observed(Some(live))).unwrap_err();
        assert!(matches!(error, Error::Unowned { .. }), "{error}");
    }
}

#[test]
fn a_policy_that_differs_in_one_ownership_tag_is_another_owners() {
    for key in ["cfn-org-policy:stack-id", "cfn-org-policy:logical-id"] {
        let mut live = live();
        live.tags.insert(key.to_owned(), "other".to_owned());
        let error = plan(&update(json!({})), &observed(Some(live))).unwrap_err();
        assert!(matches!(error, Error::OwnedByAnother { .. }), "{error}");
    }
}

/// It was found by its name, and an earlier event has created it.
#[test]
fn the_request_id_of_a_policy_from_an_earlier_event_is_set_last() {
    let mut live = live();
    live.found_by = FoundBy::Name;
    live.attachments = ids(&[PRODUCTION]);
    insta::assert_snapshot!(plan(&create(json!({})), &observed(Some(live.clone()))).unwrap(), @r#"
    attach policy "daily" (p-a1b2c3d4) to ou-ab12-44444444
    tag policy "daily" (p-a1b2c3d4) with cfn-org-policy:logical-id=Daily, cfn-org-policy:request-id=request-1, cfn-org-policy:stack-id=stack and its digest, and make sure of it after 10 s
    "#);

    live.tags.extend(Owner { request_id: "request-1".to_owned(), ..owner() }.claim());
    let redelivery = plan(&create(json!({})), &observed(Some(live))).unwrap();
    assert_eq!(redelivery.steps, [Step::Attach(SANDBOX.to_owned())]);
}

fn removal(physical_id: &str) -> Removal {
    Removal {
        owner: owner(),
        physical_id: PhysicalId::read(physical_id),
        name: Some("daily".to_owned()),
        policy_type: Some("BACKUP_POLICY".to_owned()),
        adopted: None,
        declared_targets: None,
        keep_if_current: false,
    }
}

fn remains(tags: Tags) -> ObservedRemoval {
    ObservedRemoval {
        id: PolicyId::parse(POLICY).expect("an id"),
        tags,
        other: Holding::Unknown,
        attachments: ids(&[PRODUCTION, "r-ab12"]),
        detachable: None,
        lost_paths: Vec::new(),
    }
}

#[test]
fn the_resources_own_policy_is_detached_and_deleted() {
    let plan = plan_removal(&removal(POLICY), Some(&remains(owner().tags()))).unwrap();
    insta::assert_snapshot!(plan, @r#"
    detach policy "daily" (p-a1b2c3d4) from ou-ab12-33333333
    detach policy "daily" (p-a1b2c3d4) from r-ab12
    delete policy "daily" (p-a1b2c3d4)
    "#);
}

#[test]
fn an_adopted_policy_loses_only_the_functions_tags() {
    let mut tags = owner().adoption_tags();
    tags.insert("theirs".to_owned(), "1".to_owned());
    insta::assert_snapshot!(plan_removal(&removal(POLICY), Some(&remains(tags))).unwrap(), @r#"
    untag policy "daily" (p-a1b2c3d4) of cfn-org-policy:adopted, cfn-org-policy:logical-id, cfn-org-policy:request-id, cfn-org-policy:stack-id
    it was adopted: it stays, without our tags
    "#);
}

#[test]
fn a_policy_of_another_owner_or_of_none_stays_and_the_log_says_why() {
    let mut tags = owner().tags();
    tags.insert("cfn-org-policy:logical-id".to_owned(), "Other".to_owned());
    let others = plan_removal(&removal(POLICY), Some(&remains(tags))).unwrap();
    assert!(matches!(others, RemovalPlan::Keep { in_doubt: true, .. }));
    insta::assert_snapshot!(others, @"it belongs to resource Other of stack stack: it stays as it is");
    let unowned = plan_removal(&removal(POLICY), Some(&remains(Tags::new()))).unwrap();
    assert!(matches!(unowned, RemovalPlan::Keep { in_doubt: true, .. }));
    insta::assert_snapshot!(unowned, @"no stack owns it: it stays as it is");
}

#[test]
fn the_log_says_that_a_policy_is_gone_or_was_never_created() {
    let gone = plan_removal(&removal(POLICY), None).unwrap();
    let never = plan_removal(&removal("cfn-org-policy:nothing-created"), None).unwrap();
    assert_eq!((gone.step_count(), never.step_count()), (0, 0));
    insta::assert_snapshot!(gone, @"policy p-a1b2c3d4 is gone already");
    insta::assert_snapshot!(never, @"this resource has created no policy");
}
