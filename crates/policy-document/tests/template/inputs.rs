//! Parameters given on the command line and in files.

use policy_document::template::{Inputs, NoFiles};
use policy_document::tree::{self, Node, Value};
use serde_json::{Value as Json, json};

use super::{evaluated_with, problems, properties};

const TEMPLATE: &str = r#"
Parameters:
  Days: {Type: Number, Default: 35}
  Targets: {Type: CommaDelimitedList, Default: ""}
  Ids: {Type: "List<AWS::EC2::VPC::Id>", Default: "vpc-1,vpc-2"}
  Stored: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /backup/regions}
Resources:
  It:
    Type: Custom::OrgPolicy
    Properties: {Days: !Ref Days, Targets: !Ref Targets, Ids: !Ref Ids, Stored: !Ref Stored, Plain: 12, Flag: false}
"#;

fn with(inputs: Inputs) -> Json {
    let template = evaluated_with(TEMPLATE, inputs, &NoFiles);
    assert_eq!(problems(&template), Vec::<&str>::new());
    properties(&template, "It")
}

fn from_file(text: &str) -> Result<Inputs, String> {
    let mut inputs = Inputs::default();
    inputs.set_all(&tree::parse(text).unwrap()).map_err(|error| error.to_string())?;
    Ok(inputs)
}

#[test]
fn defaults_and_texts_for_a_custom_resource() {
    assert_eq!(
        with(Inputs::default()),
        json!({"Days": "35", "Targets": [""], "Ids": ["vpc-1", "vpc-2"],
               "Stored": {"?": "the SSM parameter behind parameter Stored"}, "Plain": "12", "Flag": "false"})
    );
}

#[test]
fn every_form_of_parameters() {
    for text in [
        r#"[{"ParameterKey": "Days", "ParameterValue": "7"}]"#,
        r#"[{"ParameterKey": "Days", "ParameterValue": 7}]"#,
        r#"{"Parameters": {"Days": "7"}}"#,
        "Parameters: {Days: 7}",
    ] {
        assert_eq!(with(from_file(text).unwrap())["Days"], json!("7"), "{text}");
    }
    let mut inputs = Inputs::default();
    inputs.set("Days", "7");
    assert_eq!(with(inputs)["Days"], json!("7"));
}

#[test]
fn what_the_stack_knows() {
    let inputs = from_file(
        r#"[{"ParameterKey": "Days", "UsePreviousValue": true},
            {"ParameterKey": "Targets", "ParameterValue": "****"},
            {"ParameterKey": "Stored", "ParameterValue": "/backup/regions", "ResolvedValue": "eu-west-1,eu-west-2"}]"#,
    );
    let properties = with(inputs.unwrap());
    assert_eq!(properties["Days"], json!({"?": "the value that parameter Days has in the stack"}));
    assert_eq!(
        properties["Targets"],
        json!({"?": "the value of parameter Targets, which is hidden"})
    );
    assert_eq!(properties["Stored"], json!(["eu-west-1", "eu-west-2"]));
}

#[test]
fn a_parameter_that_is_not_declared_is_told() {
    let mut inputs = Inputs::default();
    inputs.set("Dais", "7");
    let template = evaluated_with(TEMPLATE, inputs, &NoFiles);
    assert_eq!(template.undeclared_parameters, ["Dais"]);
}

#[test]
fn a_file_of_another_form_is_refused() {
    for (text, problem) in [
        ("- {Key: a}", "an entry has no ParameterKey"),
        ("a: b", "it has no Parameters"),
        ("words", "it is neither a list nor an object"),
        ("Parameters: {Days: [1]}", "the value of Days is no text"),
    ] {
        let error = from_file(text).unwrap_err();
        assert!(error.starts_with(problem) && error.contains("as the AWS CLI has it"), "{error}");
    }
}

#[test]
fn exports_and_partitions() {
    let mut inputs = Inputs::default();
    inputs.exports.insert("core:Vault".to_owned(), Node::new(Value::String("v".to_owned())));
    let template = "Resources: {It: {Type: A::B, Properties: {V: !ImportValue 'core:Vault'}}}";
    assert_eq!(properties(&evaluated_with(template, inputs, &NoFiles), "It"), json!({"V": "v"}));
    for (region, partition, suffix) in [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ] {
        let inputs = Inputs::default().deployed_in("111122223333", region, "s");
        assert_eq!(inputs.pseudo["AWS::Partition"], partition);
        assert_eq!(inputs.pseudo["AWS::URLSuffix"], suffix);
    }
}
