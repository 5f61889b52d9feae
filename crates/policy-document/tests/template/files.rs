//! Nested stacks and StackSets, and where their parameters come from.

use std::collections::BTreeMap;

use policy_document::template::{Files, Inputs, SourceFile, Template};
use serde_json::json;

use super::{evaluated_with, problems, properties};

struct Folder(BTreeMap<&'static str, &'static str>);

impl Files for Folder {
    fn read(&self, _: &str, location: &str) -> Result<SourceFile, String> {
        let text = self.0.get(location).ok_or_else(|| format!("the file {location}"))?;
        Ok(SourceFile { name: location.to_owned(), text: (*text).to_owned() })
    }
}

fn evaluated(template: &str, files: &[(&'static str, &'static str)]) -> Template {
    evaluated_with(template, Inputs::default(), &Folder(files.iter().copied().collect()))
}

fn nested<'a>(template: &'a Template, logical_id: &str) -> Result<&'a Template, &'a str> {
    let resource = template.resources.iter().find(|r| r.logical_id == logical_id).unwrap();
    match resource.nested.as_ref().unwrap() {
        Ok(nested) => Ok(&nested.template),
        Err(reason) => Err(reason),
    }
}

const CHILD: &str = r#"
Parameters: {Days: {Type: Number}, Units: {Type: CommaDelimitedList}}
Resources:
  It: {Type: A::B, Properties: {Days: !Ref Days, Units: !Ref Units, Account: !Ref AWS::AccountId, Name: !Ref AWS::StackName}}
Outputs: {Name: {Value: !Sub "kept-${Days}"}, Id: {Value: !Ref It}}
"#;

#[test]
fn a_nested_stack_gets_its_parameters_and_gives_outputs() {
    let template = evaluated(
        r#"
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Days: 35, Units: [a, b]}}
  It:
    Type: A::B
    Properties:
      Name: !GetAtt Child.Outputs.Name
      Id: !GetAtt Child.Outputs.Id
      Other: !GetAtt Child.Outputs.Misspelt
"#,
        &[("child.yaml", CHILD)],
    );
    assert_eq!(problems(&template), Vec::<&str>::new());
    assert_eq!(
        properties(nested(&template, "Child").unwrap(), "It"),
        json!({"Days": "35", "Units": ["a", "b"], "Account": "111122223333",
               "Name": {"?": "AWS::StackName of the deployment"}})
    );
    assert_eq!(
        properties(&template, "It"),
        json!({"Name": "kept-35", "Id": {"?": "the Ref of resource It"},
               "Other": {"?": "the attribute Outputs.Misspelt of Child"}})
    );
}

#[test]
fn the_stacks_of_a_stackset_stand_in_accounts_that_are_not_known() {
    let template = evaluated(
        r#"
Resources:
  Set:
    Type: AWS::CloudFormation::StackSet
    Properties:
      TemplateURL: child.yaml
      Parameters:
        - {ParameterKey: Days, ParameterValue: "35"}
        - {ParameterKey: Units, ParameterValue: "a,b"}
"#,
        &[("child.yaml", CHILD)],
    );
    assert_eq!(
        properties(nested(&template, "Set").unwrap(), "It"),
        json!({"Days": "35", "Units": ["a", "b"], "Account": {"?": "AWS::AccountId of the deployment"},
               "Name": {"?": "AWS::StackName of the deployment"}})
    );
}

#[test]
fn a_body_and_an_application() {
    let template = evaluated(
        r#"
Resources:
  Body:
    Type: AWS::CloudFormation::StackSet
    Properties: {TemplateBody: "{\"Resources\": {\"It\": {\"Type\": \"A::B\", \"Properties\": {\"a\": 1}}}}"}
  Application:
    Type: AWS::Serverless::Application
    Properties: {Location: child.yaml, Parameters: {Days: 1, Units: x}}
"#,
        &[("child.yaml", CHILD)],
    );
    assert_eq!(properties(nested(&template, "Body").unwrap(), "It"), json!({"a": 1}));
    assert_eq!(properties(nested(&template, "Application").unwrap(), "It")["Days"], json!("1"));
}

#[test]
fn a_parameter_that_the_nested_template_does_not_declare_is_a_fault() {
    let template = evaluated(
        r#"
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Days: 35, Units: a, Dais: 1}}
"#,
        &[("child.yaml", CHILD)],
    );
    assert_eq!(problems(&template), ["child.yaml has no parameter Dais: remove it"]);
}

#[test]
fn what_cannot_be_read_is_unknown_and_said() {
    let template = evaluated(
        r#"
Resources:
  Gone: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: gone.yaml}}
  Broken: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: broken.yaml}}
  Unnamed: {Type: "AWS::CloudFormation::Stack"}
"#,
        &[("broken.yaml", "a: [")],
    );
    assert_eq!(nested(&template, "Gone").unwrap_err(), "the file gone.yaml");
    assert!(
        nested(&template, "Broken").unwrap_err().starts_with("broken.yaml, which cannot be read: ")
    );
    assert_eq!(nested(&template, "Unnamed").unwrap_err(), "a template that is not named");
}

/// A template that nests itself ends, and so do two whose parameters need each other's outputs.
#[test]
fn nesting_without_end_ends() {
    let itself = "Resources: {A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}, \
                  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}}";
    let template = evaluated(itself, &[("a.yaml", itself)]);
    assert!(nested(&template, "A").is_ok());

    let template = evaluated(
        r#"
Resources:
  One: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: child.yaml, Parameters: {Days: !GetAtt Two.Outputs.Name}}}
  Two: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: child.yaml, Parameters: {Days: !GetAtt One.Outputs.Name}}}
"#,
        &[("child.yaml", CHILD)],
    );
    assert_eq!(problems(&template), ["Two depends on itself"]);
}
