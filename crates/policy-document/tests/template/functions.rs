//! Each intrinsic function. The names are those of its page in the CloudFormation template reference.

use serde_json::{Value as Json, json};

use super::{evaluated, problems, properties};

const HEAD: &str = r#"
Transform: AWS::LanguageExtensions
Parameters:
  Text: {Type: String, Default: words}
  Days: {Type: Number, Default: 35}
  List: {Type: CommaDelimitedList, Default: "a, b ,c"}
  NoDefault: {Type: String}
  Secret: {Type: String, Default: x, NoEcho: true}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /backup/vault}
Mappings:
  Regions:
    eu-west-1: {vault: ireland, days: 30, list: [x, y]}
Conditions:
  Is: !Equals [!Ref Text, words]
  IsNot: !Not [!Condition Is]
  Perhaps: !Equals [!Ref NoDefault, x]
Resources:
  Other: {Type: "AWS::SNS::Topic"}
  It:
    Type: Some::Type
    Properties:
      Value: "#;

/// What the expression comes to, without a fault.
fn value(expression: &str) -> Json {
    let template = evaluated(&format!("{HEAD}{expression}"));
    assert_eq!(problems(&template), Vec::<&str>::new(), "{expression}");
    properties(&template, "It").get("Value").cloned().unwrap_or(json!("none"))
}

/// What CloudFormation would say of the expression.
fn fault(expression: &str) -> String {
    let template = evaluated(&format!("{HEAD}{expression}"));
    problems(&template).join("; ")
}

fn unknown(reason: &str) -> Json {
    json!({"?": reason})
}

fn check(cases: &[(&str, Json)]) {
    for (expression, expected) in cases {
        assert_eq!(&value(expression), expected, "{expression}");
    }
}

#[test]
fn plain_values_stay_as_they_are() {
    check(&[
        ("text", json!("text")),
        ("12", json!(12)),
        ("true", json!(true)),
        ("[1, {a: b}]", json!([1, {"a": "b"}])),
        // The only key of a statement is no function.
        ("{Condition: {Bool: {a: b}}}", json!({"Condition": {"Bool": {"a": "b"}}})),
        ("'{{resolve:ssm:/backup/vault}}'", unknown("a dynamic reference")),
    ]);
}

#[test]
fn reference() {
    check(&[
        ("!Ref Text", json!("words")),
        ("{Ref: Text}", json!("words")),
        ("!Ref Days", json!("35")),
        ("!Ref List", json!(["a", "b", "c"])),
        ("!Ref AWS::Region", json!("eu-west-1")),
        ("!Ref AWS::AccountId", json!("111122223333")),
        ("!Ref AWS::Partition", json!("aws")),
        ("!Ref AWS::URLSuffix", json!("amazonaws.com")),
        ("!Ref AWS::StackName", json!("guards")),
        ("!Ref AWS::StackId", unknown("AWS::StackId of the deployment")),
        ("!Ref AWS::NoValue", json!("none")),
        ("[a, !Ref AWS::NoValue, b]", json!(["a", "b"])),
        ("!Ref Other", unknown("the Ref of resource Other")),
        ("!Ref NoDefault", unknown("the value of parameter NoDefault, which is not given")),
        ("!Ref Secret", unknown("the value of parameter Secret, which is NoEcho")),
        ("!Ref Stored", unknown("the SSM parameter behind parameter Stored")),
    ]);
    assert_eq!(fault("!Ref Misspelt"), "there is no parameter and no resource Misspelt");
    assert_eq!(fault("{Ref: [a]}"), "Ref takes a name");
}

#[test]
fn get_att() {
    check(&[
        ("!GetAtt Other.TopicArn", unknown("the attribute TopicArn of Other")),
        ("{'Fn::GetAtt': [Other, TopicArn]}", unknown("the attribute TopicArn of Other")),
        ("{'Fn::GetAtt': Other.TopicArn}", unknown("the attribute TopicArn of Other")),
    ]);
    assert_eq!(fault("!GetAtt Missing.Arn"), "there is no resource Missing");
}

#[test]
fn sub() {
    check(&[
        ("!Sub plain", json!("plain")),
        (
            "!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Text}'",
            json!("arn:aws:iam::111122223333:role/words"),
        ),
        ("!Sub '${!aws:PrincipalTag/x} ${Text}'", json!("${aws:PrincipalTag/x} words")),
        ("!Sub ['${A}-${Text}', {A: !Ref Days}]", json!("35-words")),
        ("!Sub '$account $ {Text}'", json!("$account $ {Text}")),
        ("!Sub '${Other}'", unknown("the Ref of resource Other")),
        ("!Sub 'x${Other.TopicArn}'", unknown("the attribute TopicArn of Other")),
    ]);
    assert_eq!(fault("!Sub '${Misspelt}'"), "there is no parameter and no resource Misspelt");
    assert_eq!(fault("!Sub '${List}'"), "List in Fn::Sub is a list: use Fn::Join");
    assert_eq!(fault("!Sub '${Text'"), "a ${ in Fn::Sub has no }");
    assert_eq!(fault("!Sub [a]"), "Fn::Sub takes a text, or a text and variables");
}

#[test]
fn join() {
    check(&[
        ("!Join ['-', [a, !Ref Days, !Ref Text]]", json!("a-35-words")),
        ("!Join [',', !Ref List]", json!("a,b,c")),
        ("!Join ['', []]", json!("")),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", json!("a-b")),
        ("!Join ['-', [a, !Ref Other]]", unknown("the Ref of resource Other")),
    ]);
    assert_eq!(fault("!Join ['-', a]"), "must be a list");
    assert_eq!(fault("!Join [!Ref Text, [a]]"), "the delimiter of Fn::Join must be a literal text");
}

#[test]
fn split_and_select() {
    check(&[
        ("!Split ['|', 'a|b|']", json!(["a", "b", ""])),
        ("!Select [1, !Ref List]", json!("b")),
        ("!Select ['0', [a, b]]", json!("a")),
        ("!Select [2, !Split ['/', 'a/b/c']]", json!("c")),
        // What is chosen is known, whatever the others are.
        ("!Select [0, [a, !Ref Other]]", json!("a")),
        ("!Select [1, [a, !Ref Other]]", unknown("the Ref of resource Other")),
    ]);
    assert_eq!(fault("!Select [3, [a, b]]"), "Fn::Select takes item 3 of 2, from 0");
    assert_eq!(fault("!Select [x, [a, b]]"), "\"x\" is no index");
}

#[test]
fn find_in_map() {
    check(&[
        ("!FindInMap [Regions, !Ref AWS::Region, vault]", json!("ireland")),
        ("!FindInMap [Regions, eu-west-1, list]", json!(["x", "y"])),
        ("!FindInMap [Regions, eu-west-2, vault, {DefaultValue: london}]", json!("london")),
        ("!FindInMap [Regions, !Ref Other, vault]", unknown("the Ref of resource Other")),
    ]);
    assert_eq!(
        fault("!FindInMap [Regions, eu-west-2, vault]"),
        "Mappings has no Regions.eu-west-2.vault"
    );
}

#[test]
fn base64_length_to_json_string() {
    check(&[
        ("!Base64 hello", json!("aGVsbG8=")),
        ("{'Fn::Length': !Ref List}", json!(3)),
        ("{'Fn::Length': [a, !Ref Other]}", json!(2)),
        ("{'Fn::ToJsonString': {b: !Ref Days, a: [true]}}", json!(r#"{"b":"35","a":[true]}"#)),
        ("{'Fn::ToJsonString': {a: !Ref Other}}", unknown("the Ref of resource Other")),
    ]);
}

#[test]
fn conditions() {
    check(&[
        ("!If [Is, a, b]", json!("a")),
        ("!If [IsNot, a, b]", json!("b")),
        ("!If [IsNot, a, !Ref AWS::NoValue]", json!("none")),
        ("!If [Perhaps, a, b]", unknown("the value of parameter NoDefault, which is not given")),
        // What is not chosen does not matter.
        ("!If [Is, a, !Ref Other]", json!("a")),
    ]);
    assert_eq!(
        fault("!If [Misspelt, a, b]"),
        "there is no condition Misspelt: declare it under Conditions"
    );
    assert_eq!(fault("!If [Is, a]"), "Fn::If takes a condition's name and two values");
}

/// Fn::And, Fn::Or, Fn::Not and Fn::Equals, by what a resource's Condition does.
#[test]
fn truth() {
    for (condition, expected) in [
        ("!Equals [1, '1']", Some(true)),
        ("!Equals [true, 'true']", Some(true)),
        ("!Equals [a, A]", Some(false)),
        ("!Equals [[a, 1], [a, '1']]", Some(true)),
        ("!And [!Equals [a, a], !Equals [a, b]]", Some(false)),
        ("!And [!Equals [a, a], !Equals [b, b]]", Some(true)),
        ("!Or [!Equals [a, b], !Equals [a, a]]", Some(true)),
        ("!Or [!Equals [a, b], !Equals [a, c]]", Some(false)),
        ("!Not [!Equals [a, b]]", Some(true)),
        ("!Equals [!Ref P, a]", None),
        // One operand decides, although the other is not known.
        ("!And [!Equals [!Ref P, a], !Equals [a, b]]", Some(false)),
        ("!Or [!Equals [!Ref P, a], !Equals [a, a]]", Some(true)),
        ("!And [!Equals [!Ref P, a], !Equals [a, a]]", None),
        ("!Not [!Equals [!Ref P, a]]", None),
    ] {
        let template = evaluated(&format!(
            "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: {condition}}}\nResources: {{It: {{Type: A::B, Condition: C}}}}"
        ));
        assert_eq!(problems(&template), Vec::<&str>::new(), "{condition}");
        let found = template.resources.first().map(|resource| resource.condition.is_ok());
        let expected_found = match expected {
            Some(true) => Some(true),
            Some(false) => None,
            None => Some(false),
        };
        assert_eq!(found, expected_found, "{condition}");
    }
}

#[test]
fn what_only_a_deployment_knows() {
    check(&[
        ("!ImportValue 'core:Vault'", unknown("the export core:Vault of another stack")),
        ("!GetAZs eu-west-1", unknown("the Availability Zones of a Region")),
        ("!Cidr [10.0.0.0/16, 2]", unknown("the blocks that Fn::Cidr makes")),
        ("!Transform {Name: Macro, Parameters: {}}", unknown("what a macro makes of it")),
    ]);
}

#[test]
fn functions_of_the_transform_need_it() {
    for function in ["{'Fn::Length': [a]}", "{'Fn::ToJsonString': {a: b}}"] {
        let template = evaluated(&format!(
            "Resources: {{It: {{Type: A::B, Properties: {{Value: {function}}}}}}}"
        ));
        assert!(
            problems(&template)
                .iter()
                .any(|problem| problem.ends_with("needs Transform: AWS::LanguageExtensions")),
            "{function}"
        );
    }
}

#[test]
fn a_condition_that_depends_on_itself_is_a_fault() {
    let template = evaluated(
        "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources: {It: {Type: A::B, Condition: A}}",
    );
    assert_eq!(problems(&template), ["condition A depends on itself"]);
}
