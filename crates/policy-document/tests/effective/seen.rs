//! What others saw DescribeEffectivePolicy return (September 2026): the same situations, in names of
//! our own. Tag policies, unless a test says otherwise.

use policy_document::effective::{Assumptions, of_account};
use serde_json::{Value as Json, json};

use crate::organizations::{BACKUP, Order, add, attach, three_levels};

const TAG: &str = "TAG_POLICY";

/// The values of the tag `t`, by what the policies at the root, in the order of their attachment,
/// and at the account say of them.
fn values(root: &[&str], account: Option<&str>) -> Json {
    let document = |value: &&str| format!(r#"{{"tags": {{"t": {{"tag_value": {value}}}}}}}"#);
    let root: Vec<String> = root.iter().map(document).collect();
    let account: Vec<String> = account.iter().map(document).collect();
    let texts = |level: &[String]| level.iter().map(|text| text.to_owned()).collect::<Vec<_>>();
    let (root, account) = (texts(&root), texts(&account));
    let root: Vec<&str> = root.iter().map(String::as_str).collect();
    let account: Vec<&str> = account.iter().map(String::as_str).collect();
    let (organization, id) = three_levels(TAG, Order::Known, [&root, &[], &account]);
    let document = of_account(&organization, id, TAG, Assumptions::default()).document();
    document["tags"]["t"]["tag_value"].clone()
}

#[test]
fn values_of_a_parent_and_a_child() {
    let red_blue = r#"{"@@assign": ["red", "blue"]}"#;
    for (root, account, expect) in [
        (red_blue, r#"{"@@assign": ["green"]}"#, json!(["green"])),
        (red_blue, r#"{"@@append": ["blue", "green"]}"#, json!(["red", "blue", "green"])),
        (red_blue, r#"{"@@remove": ["red", "missing"]}"#, json!(["blue"])),
        (r#"{"@@assign": ["red"]}"#, r#"{"@@remove": ["red"]}"#, json!([])),
        (
            red_blue,
            r#"{"@@assign": ["green"], "@@append": ["yellow"], "@@remove": ["green"]}"#,
            json!(["yellow"]),
        ),
        (
            r#"{"@@assign": ["red"], "@@operators_allowed_for_child_policies": ["@@none"]}"#,
            r#"{"@@assign": ["green"]}"#,
            json!(["red"]),
        ),
        (
            r#"{"@@assign": ["red"], "@@operators_allowed_for_child_policies": ["@@append"]}"#,
            r#"{"@@append": ["green"]}"#,
            json!(["red", "green"]),
        ),
        (
            r#"{"@@assign": ["red"], "@@operators_allowed_for_child_policies": ["@@append"]}"#,
            r#"{"@@assign": ["green"], "@@operators_allowed_for_child_policies": ["@@all"]}"#,
            json!(["red"]),
        ),
        (
            r#"{"@@assign": [12, true, null]}"#,
            r#"{"@@append": ["12", 13]}"#,
            json!(["12", "true", "null", "13"]),
        ),
    ] {
        assert_eq!(values(&[root], Some(account)), expect, "{root} {account}");
    }
}

#[test]
fn values_of_two_policies_at_one_place() {
    let (red, blue) = (r#"{"@@assign": ["red"]}"#, r#"{"@@assign": ["blue"]}"#);
    let (append_red, append_blue) = (r#"{"@@append": ["red"]}"#, r#"{"@@append": ["blue"]}"#);
    let remove_red = r#"{"@@remove": ["red"]}"#;
    for (first, second, expect) in [
        (red, blue, json!(["red"])),
        (blue, red, json!(["blue"])),
        (append_red, append_blue, json!(["red", "blue"])),
        (red, append_blue, json!(["red", "blue"])),
        (append_red, blue, json!(["blue", "red"])),
        (r#"{"@@assign": ["red", "blue"]}"#, remove_red, json!(["blue"])),
        (append_red, remove_red, json!([])),
        (remove_red, append_red, json!([])),
        (
            r#"{"@@assign": ["red"], "@@append": ["blue"], "@@remove": ["red"]}"#,
            "{}",
            json!(["blue"]),
        ),
    ] {
        assert_eq!(values(&[first, second], None), expect, "{first} {second}");
    }
}

#[test]
fn two_controls_at_one_place() {
    let one = r#"{"@@assign": ["red"], "@@operators_allowed_for_child_policies": ["@@append"]}"#;
    let other = r#"{"@@operators_allowed_for_child_policies": ["@@remove"]}"#;
    assert_eq!(values(&[one, other], Some(r#"{"@@append": ["green"]}"#)), json!(["red"]));
}

#[test]
fn a_lock_on_a_tag_does_not_lock_its_values() {
    let root = r#"{"tags": {"t": {"@@operators_allowed_for_child_policies": ["@@none"],
        "tag_value": {"@@assign": ["red"]}}}}"#;
    let account = r#"{"tags": {"t": {"tag_value": {"@@assign": ["blue"]}}}}"#;
    let (organization, id) = three_levels(TAG, Order::Known, [&[root], &[], &[account]]);
    let document = of_account(&organization, id, TAG, Assumptions::default()).document();
    assert_eq!(document["tags"]["t"]["tag_value"], json!(["blue"]));
}

#[test]
fn what_a_tag_leaves_out() {
    for (root, expect) in [
        (r#"{}"#, json!({})),
        (r#"{"tags": {}}"#, json!({})),
        (
            r#"{"tags": {"Cost": {}}}"#,
            json!({"tags": {"cost": {"tag_key": "cost", "tag_value": ["*"]}}}),
        ),
        (
            r#"{"tags": {"Cost": {"tag_key": {"@@assign": "Cost"}}}}"#,
            json!({"tags": {"cost": {"tag_key": "Cost", "tag_value": ["*"]}}}),
        ),
        (
            r#"{"tags": {"Cost": {"tag_value": {"@@remove": ["red"]}}}}"#,
            json!({"tags": {"cost": {"tag_key": "cost", "tag_value": ["*"]}}}),
        ),
    ] {
        let (organization, id) = three_levels(TAG, Order::Known, [&[root], &[], &[]]);
        let effective = of_account(&organization, id, TAG, Assumptions::default());
        assert_eq!(effective.document(), expect, "{root}");
    }
}

#[test]
fn tags_that_differ_in_case_are_one() {
    let root = r#"{"tags": {"Cost": {"tag_value": {"@@assign": ["red"]}}}}"#;
    let account = r#"{"tags": {"cost": {"tag_value": {"@@append": ["blue"]}}}}"#;
    let (organization, id) = three_levels(TAG, Order::Known, [&[root], &[], &[account]]);
    let document = of_account(&organization, id, TAG, Assumptions::default()).document();
    assert_eq!(
        document,
        json!({"tags": {"cost": {"tag_key": "cost", "tag_value": ["red", "blue"]}}})
    );
}

/// To detach a policy and attach it again makes it the last.
#[test]
fn attached_again_is_attached_last() {
    let (mut organization, account) = three_levels(TAG, Order::Known, [&[], &[], &[]]);
    let root = organization.root();
    let document =
        |value| format!(r#"{{"tags": {{"t": {{"tag_value": {{"@@assign": [{value:?}]}}}}}}}}"#);
    let red = add(&mut organization, "red", TAG, &document("red"));
    let blue = add(&mut organization, "blue", TAG, &document("blue"));
    attach(&mut organization, root, Order::Known, &[red, blue]);
    let value = |organization: &_| {
        let effective = of_account(organization, account, TAG, Assumptions::default());
        effective.document()["tags"]["t"]["tag_value"].clone()
    };
    assert_eq!(value(&organization), json!(["red"]));
    organization.detach(root, red);
    assert_eq!(value(&organization), json!(["blue"]));
    organization.attach(root, &[red]);
    assert_eq!(value(&organization), json!(["blue"]));
}

/// Backup policies: an empty plan adds nothing, `$account` stays, and what is a number in one policy
/// and a text in another is the same.
#[test]
fn backup_policies() {
    let root = r#"{"plans": {"p": {"rules": {"r": {"lifecycle": {"delete_after_days": {"@@assign": 35}}}},
        "selections": {"tags": {"s": {"iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/x"}}}}}}}"#;
    let account = r#"{"plans": {"p": {}, "q": {"rules": {}}}}"#;
    let (organization, id) = three_levels(BACKUP, Order::Known, [&[root], &[], &[account]]);
    assert_eq!(
        of_account(&organization, id, BACKUP, Assumptions::default()).document(),
        json!({"plans": {"p": {
            "rules": {"r": {"lifecycle": {"delete_after_days": "35"}}},
            "selections": {"tags": {"s": {"iam_role_arn": "arn:aws:iam::$account:role/x"}}},
        }}})
    );
}

/// Chat policies: keys are shown in lower case, operators may have capitals.
#[test]
fn chat_policies() {
    const CHAT: &str = "CHATBOT_POLICY";
    let one = r#"{"ChatBot": {"Platforms": {"Slack": {"Overrides": {"T0AB": {
        "Supported_Role_Settings": {"@@Assign": ["user_role"]}}}}}}, "@@assign": null}"#;
    let other = r#"{"chatbot": {"platforms": {"slack": {"overrides": {"T0AB": {
        "supported_role_settings": {"@@append": ["channel_role"]}}}}}}}"#;
    let (organization, id) = three_levels(CHAT, Order::Known, [&[one, other], &[], &[]]);
    let overrides = json!({"t0ab": {"supported_role_settings": ["user_role", "channel_role"]}});
    assert_eq!(
        of_account(&organization, id, CHAT, Assumptions::default()).document(),
        json!({"chatbot": {"platforms": {"slack": {"overrides": overrides}}}})
    );
}
