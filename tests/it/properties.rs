//! Bad properties: every fault is reported with its path.

use cfn_org_policy::error::Error;
use cfn_org_policy::policy::desired::Desired;
use cfn_org_policy::policy::properties::ManageAttachments;
use cfn_org_policy::protocol::request::Request;
use policy_document::quotas::Quotas;
use serde_json::{Value, json};

use test_world::fixtures::{Event, policy_properties, with};

/// The required properties, and those that belong to CloudFormation.
fn required() -> Value {
    with(&policy_properties(), json!({"Targets": null, "ServiceTimeout": "900"}))
}

fn parse_with(properties: Value, quotas: &Quotas) -> Result<Desired, Error> {
    let event = Event::create("Daily").properties(properties).build();
    Desired::parse(&Request::parse(event.into())?, quotas)
}

/// The properties that are accepted, as declared.
fn declared(changes: Value) -> cfn_org_policy::policy::desired::Declared {
    match parse_with(with(&required(), changes), &Quotas::default()) {
        Ok(Desired::Present(declared)) => *declared,
        other => panic!("{other:?}"),
    }
}

/// The Reason for the required properties with these changes.
fn reason(changes: Value) -> String {
    match parse_with(with(&required(), changes), &Quotas::default()) {
        Err(error @ Error::Properties(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_may_be_left_out_has_its_default() {
    let declared = declared(json!({}));
    assert_eq!(declared.description, "Managed by cfn-org-policy");
    assert_eq!(declared.manage, ManageAttachments::All);
    assert!(declared.targets.is_empty() && declared.tags.is_empty() && !declared.enable_type);
}

#[test]
fn an_empty_description_is_the_default_one() {
    assert_eq!(declared(json!({"Description": ""})).description, "Managed by cfn-org-policy");
}

#[test]
fn a_typo_is_named_with_what_is_known() {
    assert_eq!(
        reason(json!({"Target": []})),
        "read properties: Target: unknown property; known are AdoptExisting, Content, Description, \
         EnablePolicyType, ManageAttachments, Name, Revision, Tags, Targets, Type, Variables"
    );
}

#[test]
fn all_faults_are_reported_together() {
    let reason = reason(json!({
        "Name": null,
        "Type": "",
        "Content": null,
        "Targets": "Root",
        "AdoptExisting": "yes",
        "EnablePolicyType": "True",
        "ManageAttachments": "Some",
    }));
    insta::assert_snapshot!(reason.replace("; ", "\n"), @r#"
    read properties: Name: is missing
    Type: is empty
    Content: is missing
    Targets: must be a list
    ManageAttachments: must be All or Declared, not "Some"
    AdoptExisting: must be true, false or a policy id, not "yes"
    EnablePolicyType: must be true or false, not "True"
    "#);
}

#[test]
fn another_resource_type_is_refused() {
    let event = Event::create("Daily").set("ResourceType", "Custom::OrgPolice");
    let request = Request::parse(event.properties(required()).build().into()).unwrap();
    let error = Desired::parse(&request, &Quotas::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read properties: ResourceType: \"Custom::OrgPolice\" is not known; \
         write Custom::OrgPolicy or Custom::OrgBackupSettings or AWS::CloudFormation::CustomResource"
    );
}

#[test]
fn lengths_are_counted_in_characters() {
    declared(json!({"Name": "ü".repeat(128), "Description": "ü".repeat(512)}));
    assert_eq!(
        reason(json!({"Name": "ü".repeat(129), "Description": "d".repeat(513)})),
        "read properties: Name: has 129 characters, at most 128 are allowed; \
         Description: has 513 characters, at most 512 are allowed"
    );
}

/// What AWS makes of such a name is not documented; nobody means one.
#[test]
fn a_name_with_outer_blanks_is_refused() {
    for name in [" daily", "daily ", "\u{a0}daily", "daily\n", " "] {
        assert_eq!(
            reason(json!({"Name": name})),
            "read properties: Name: begins or ends with white space: remove it"
        );
    }
}

/// CloudFormation's own bounds of ServiceTimeout (user guide, custom resources).
#[test]
fn a_service_timeout_is_one_to_3600_seconds() {
    for timeout in [json!("1"), json!(3600), json!("3600")] {
        declared(json!({"ServiceTimeout": timeout}));
    }
    for timeout in [json!("0"), json!(0), json!("3601"), json!("-1"), json!("1.5"), json!("1h")] {
        assert_eq!(
            reason(json!({"ServiceTimeout": timeout})),
            format!("read properties: ServiceTimeout: must be 1 to 3600 seconds, not {timeout}")
        );
    }
}

#[test]
fn names_of_control_tower_are_refused() {
    assert_eq!(
        reason(json!({"Name": "aws-guardrails-x"})),
        "read properties: Name: names with aws-guardrails- are Control Tower's"
    );
}

#[test]
fn scalars_may_come_as_numbers_and_booleans() {
    let scalars = declared(json!({"Name": 7, "EnablePolicyType": true, "AdoptExisting": false}));
    assert_eq!(scalars.name, "7");
    assert!(scalars.enable_type);
    let content = json!({"plans": {"${N}": "${B}"}});
    let variables = json!({"Content": content, "Variables": {"N": 7, "B": true}});
    assert_eq!(declared(variables).content, json!({"plans": {"7": "true"}}));
}

#[test]
fn content_may_be_json_text() {
    let text = declared(json!({"Content": "{\"plans\": { }}"}));
    assert_eq!(text.content, json!({"plans": {}}));
}

#[test]
fn broken_json_is_told_with_its_place() {
    assert_eq!(
        reason(json!({"Content": "{\"plans\": {"})),
        "read properties: Content: is no JSON text: EOF while parsing an object at line 1 column 11"
    );
    assert_eq!(
        reason(json!({"Content": "{} {}"})),
        "read properties: Content: is no JSON text: trailing characters at line 1 column 4"
    );
}

#[test]
fn duplicate_keys_are_told_with_their_paths() {
    let text = r#"{"plans": {"a": [1, {"x.y": 1, "x.y": 2}], "a": {}}}"#;
    assert_eq!(
        reason(json!({"Content": text})),
        "read properties: Content.plans.a[1].\"x.y\": this key stands here twice; \
         Content.plans.a: this key stands here twice"
    );
}

#[test]
fn content_must_be_an_object() {
    for content in [json!("[]"), json!(["x"]), json!("7"), json!("null")] {
        assert_eq!(
            reason(json!({"Content": content})),
            "read properties: Content: must be an object, or JSON text of one"
        );
    }
}

#[test]
fn an_undeclared_variable_is_told_with_its_path() {
    assert_eq!(
        reason(json!({"Content": {"plans": {"${Plan}": ["a", "${Word} $account ${aws:x}"]}}})),
        "read properties: Content.plans.\"${Plan}\": variable ${Plan} is not declared in Variables; \
         Content.plans.\"${Plan}\"[1]: variable ${Word} is not declared in Variables"
    );
}

#[test]
fn a_variable_that_occurs_nowhere_is_a_warning() {
    let declared = declared(json!({"Variables": {"Word": "x"}}));
    assert_eq!(declared.warnings, ["variable Word is declared but occurs nowhere in Content"]);
}

#[test]
fn two_keys_that_become_one_are_refused() {
    assert_eq!(
        reason(json!({"Content": {"a": 1, "${A}": 2}, "Variables": {"A": "a"}})),
        "read properties: Content.\"${A}\": another key here becomes \"a\" too"
    );
}

#[test]
fn variables_map_names_to_texts() {
    assert_eq!(
        reason(json!({"Variables": {"a b": "x", "List": ["x"]}})),
        "read properties: Variables.\"a b\": a variable's name begins with a letter or digit and has letters, digits, _, - and . only; \
         Variables.List: must be a text"
    );
    assert_eq!(
        reason(json!({"Variables": ["x"]})),
        "read properties: Variables: must map names to texts"
    );
}

/// The limit counts the characters of the text as it is sent: minified, with variables filled in.
#[test]
fn content_over_the_limit_is_refused_before_aws_sees_it() {
    let content = |characters: usize| {
        let frame = "{ \"plans\" : \"\" }".len();
        json!(format!("{{ \"plans\" : \"{}${{Tail}}\" }}", "ü".repeat(characters + 4 - frame)))
    };
    let fits = json!({"Content": content(9_999), "Variables": {"Tail": "é"}});
    assert_eq!(declared(fits).content["plans"].as_str().map(|t| t.chars().count()), Some(9_988));
    assert_eq!(
        reason(json!({"Content": content(10_000), "Variables": {"Tail": "é"}})),
        "read properties: Content: has 10001 characters without white space, BACKUP_POLICY allows \
         10000: split the policy in two"
    );
    let guard = |characters: usize| {
        json!({"Content": content(characters - 1), "Variables": {"Tail": "é"},
            "Type": "SERVICE_CONTROL_POLICY"})
    };
    declared(guard(10_240));
    assert!(reason(guard(10_241)).contains("SERVICE_CONTROL_POLICY allows 10240"));
}

/// Quotas and service limits for AWS Organizations: a resource control policy has 5,120 characters.
#[test]
fn a_resource_control_policy_has_5120_characters() {
    let content = |characters: usize| {
        let frame = "{\"Sid\":\"\"}".len();
        json!({"Type": "RESOURCE_CONTROL_POLICY", "Content": {"Sid": "ü".repeat(characters - frame)}})
    };
    declared(content(5_120));
    assert_eq!(
        reason(content(5_121)),
        "read properties: Content: has 5121 characters without white space, \
         RESOURCE_CONTROL_POLICY allows 5120: split the policy in two"
    );
}

#[test]
fn quotas_can_be_overridden_and_other_types_are_left_to_aws() {
    let long = json!({"plans": "x".repeat(100)});
    let quotas = Quotas::with_overrides("BACKUP_POLICY=50, TAG_POLICY = 60").unwrap();
    let parse = |policy_type: &str| {
        let changes = json!({"Type": policy_type, "Content": long});
        parse_with(with(&required(), changes), &quotas)
    };
    assert!(parse("BACKUP_POLICY").unwrap_err().to_string().contains("allows 50"));
    assert!(parse("TAG_POLICY").unwrap_err().to_string().contains("allows 60"));
    parse("CHATBOT_POLICY").unwrap();
    assert_eq!(
        Quotas::with_overrides("BACKUP_POLICY").unwrap_err(),
        "\"BACKUP_POLICY\" is not TYPE=characters"
    );
}

/// A rule of ours may be wrong, or older than AWS: the checker explains what AWS refuses, and refuses
/// nothing before.
#[test]
fn what_is_wrong_by_our_rules_is_left_to_aws() {
    declared(json!({"Content": {"plans": {"daily": {
        "regions": {"@@assign": ["eu-west-1a"]},
        "rules": {"daily": {"schedule_expression": {"@@assign": "rate(1 day)"}}},
    }}}}));
}

#[test]
fn targets_have_five_forms() {
    let targets = ["r-ab12", "ou-ab12-12345678", "123456789012", "Root", "/Security/Backup"];
    assert_eq!(declared(json!({"Targets": targets})).targets.len(), 5);
}

/// API reference, PolicyId and PolicyTargetId.
#[test]
fn ids_have_the_lengths_of_the_api_reference() {
    let [four, eight, most] = [4, 8, 32].map(|length| "a".repeat(length));
    let [three, seven, more] = [3, 7, 33].map(|length| "a".repeat(length));
    for fits in [&four, &most] {
        let units = [&eight, &most].map(|unit| format!("ou-{fits}-{unit}"));
        let targets = json!({"Targets": [format!("r-{fits}"), units[0], units[1]]});
        assert_eq!(declared(targets).targets.len(), 3);
    }
    let roots = [&three, &more].map(|root| format!("r-{root}"));
    let units = [(&three, &eight), (&more, &eight), (&four, &seven), (&four, &more)];
    let units = units.map(|(root, unit)| format!("ou-{root}-{unit}"));
    for bad in roots.iter().chain(&units) {
        assert!(reason(json!({"Targets": [bad]})).contains("Targets[0]: "), "{bad}");
    }
    let adopting = |length: usize| json!({"AdoptExisting": format!("p-{}", "a".repeat(length))});
    declared(adopting(8));
    declared(adopting(128));
    for length in [7, 129] {
        assert!(reason(adopting(length)).contains("AdoptExisting: must be true, false or"));
    }
}

#[test]
fn anything_else_is_no_target() {
    for bad in
        ["", "root", "ou-ab12", "12345678901", "r-AB12", "/", "//x", "/x/", "x", "ou-ab-12345678"]
    {
        let reason = reason(json!({"Targets": ["Root", bad]}));
        assert!(reason.contains("Targets[1]: "), "{bad}: {reason}");
    }
    assert!(reason(json!({"Targets": [7]})).contains("Targets[0]: 7 is no root id"));
}

#[test]
fn tags_are_checked_one_by_one() {
    let reason = reason(json!({"Tags": [
        {"Key": "cost", "Value": "1"},
        {"Key": "cost", "Value": "2"},
        {"Key": "AWS:x", "Value": ""},
        {"Key": "cfn-org-policy:stack-id", "Value": ""},
        {"Key": "", "Value": ""},
        {"Key": "k".repeat(129), "Value": "v".repeat(257)},
        {"Key": "no value"},
        {"Key": "more", "Value": "", "Other": ""},
    ]}));
    insta::assert_snapshot!(reason.replace("; ", "\n"), @r#"
    read properties: Tags[1].Key: "cost" stands here twice
    Tags[2].Key: "AWS:x" is reserved: aws: and cfn-org-policy: keys are not yours
    Tags[3].Key: "cfn-org-policy:stack-id" is reserved: aws: and cfn-org-policy: keys are not yours
    Tags[4].Key: is empty
    Tags[5].Key: has 129 characters, at most 128 are allowed
    Tags[5].Value: has 257 characters, at most 256 are allowed
    Tags[6]: must have a Key and a Value, both texts, and nothing else
    Tags[7]: must have a Key and a Value, both texts, and nothing else
    "#);
}

#[test]
fn fifty_tags_with_ours_are_the_most() {
    let tags = |n: usize| -> Value {
        (0..n).map(|i| json!({"Key": format!("k{i}"), "Value": ""})).collect()
    };
    assert_eq!(declared(json!({"Tags": tags(47)})).tags.len(), 47);
    assert_eq!(
        reason(json!({"Tags": tags(48)})),
        "read properties: Tags: 48 tags, at most 47 beside ours"
    );
    assert!(reason(json!({"Tags": tags(47), "AdoptExisting": "true"})).contains("at most 46"));
}

#[test]
fn an_event_that_is_none_is_refused() {
    let reason = |event: Value| Request::parse(event.into()).unwrap_err().to_string();
    let remedy = "; invoke this function as the ServiceToken of a CloudFormation custom resource";
    assert_eq!(reason(json!({})), format!("read event: missing field `RequestType`{remedy}"));
    assert_eq!(
        reason(Event::new("Delete", "Daily").build()),
        format!("read event: missing field `PhysicalResourceId`{remedy}")
    );
}
