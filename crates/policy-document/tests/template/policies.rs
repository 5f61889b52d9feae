//! The policies that templates declare.

use policy_document::template::declared_policies;
use policy_document::tree::Value;
use serde_json::json;

use super::{evaluated, shown};

const POLICIES: &str = r#"
Parameters: {Days: {Type: Number, Default: 35}, Later: {Type: String}}
Resources:
  Object:
    Type: Custom::OrgPolicy
    Properties:
      Type: BACKUP_POLICY
      Variables: {days: !Ref Days, later: !Ref Later, plan: daily}
      Content:
        plans:
          ${plan}: {a: "${days}", b: "${later}", c: "${aws:PrincipalTag/x}", d: 12}
          other: {"${later}": 1}
  Text:
    Type: Custom::OrgPolicy
    Properties: {Type: TAG_POLICY, Content: '{"tags": {"x": 12}}'}
  Native:
    Type: AWS::Organizations::Policy
    Properties: {Type: TAG_POLICY, Content: {tags: {x: 12, y: "${z}"}}}
  Unknown:
    Type: Custom::OrgPolicy
    Properties: {Type: !Ref Later, Content: !Ref Later}
  Topic: {Type: "AWS::SNS::Topic"}
"#;

#[test]
fn documents_and_their_types() {
    let template = evaluated(POLICIES);
    let policies: Vec<_> = declared_policies(&template).collect();
    let later = json!({"?": "the value of parameter Later, which is not given"});
    let reason = "the value of parameter Later, which is not given".to_owned();
    let expected = [
        (
            "Object",
            Ok("BACKUP_POLICY".to_owned()),
            json!({"plans": {"daily": {"a": "35", "b": later, "c": "${aws:PrincipalTag/x}", "d": "12"}, "other": later}}),
        ),
        ("Text", Ok("TAG_POLICY".to_owned()), json!({"tags": {"x": 12}})),
        // No function of ours fills anything in there, and CloudFormation passes on numbers.
        ("Native", Ok("TAG_POLICY".to_owned()), json!({"tags": {"x": 12, "y": "${z}"}})),
        ("Unknown", Err(reason), later.clone()),
    ];
    assert_eq!(policies.len(), expected.len());
    for (policy, (logical_id, policy_type, document)) in policies.iter().zip(expected) {
        assert_eq!(policy.resource.logical_id, logical_id);
        assert_eq!(policy.policy_type, policy_type);
        assert_eq!(shown(&policy.document), document, "{logical_id}");
        assert_eq!(policy.pointer, format!("/Resources/{logical_id}/Properties/Content"));
        assert_eq!(policy.faults, []);
    }
}

/// A place in the document is the place in the template where it is written.
#[test]
fn places_are_kept() {
    let template = evaluated(POLICIES);
    let policy = declared_policies(&template).next().unwrap();
    let daily = &policy.document.get("plans").unwrap().members()[0];
    assert_eq!(&POLICIES[daily.key_span.start..daily.key_span.end], "${plan}");
    let d = daily.node.get("d").unwrap();
    assert_eq!(&POLICIES[d.span.start..d.span.end], "12");
}

#[test]
fn faults_of_content_and_variables() {
    for (properties, fault) in [
        ("{Type: T, Content: '{'}", "Content: is no JSON text"),
        (
            "{Type: T, Content: {a: '${b}'}}",
            "Content.a: variable ${b} is not declared in Variables",
        ),
    ] {
        let template = evaluated(&format!(
            "Resources: {{It: {{Type: Custom::OrgPolicy, Properties: {properties}}}}}"
        ));
        let policy = declared_policies(&template).next().unwrap();
        assert!(
            policy.faults.iter().any(|found| found.to_string().starts_with(fault)),
            "{:?}",
            policy.faults
        );
    }
}

#[test]
fn a_missing_content_is_unknown() {
    let template = evaluated("Resources: {It: {Type: Custom::OrgPolicy}}");
    let policy = declared_policies(&template).next().unwrap();
    assert!(matches!(policy.document.value, Value::Unknown(_)));
    assert_eq!(policy.policy_type, Err("Type, which is missing".to_owned()));
}
