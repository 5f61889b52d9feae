//! Fn::ForEach (template reference, "Fn::ForEach") and AWS::Include.

use policy_document::template::{Files, Inputs, SourceFile};
use serde_json::json;

use super::{evaluated, evaluated_with, problems, properties};

const LOOP: &str = r#"
Transform: AWS::LanguageExtensions
Parameters: {Units: {Type: CommaDelimitedList, Default: "prod,sand-box"}}
Resources:
  Fn::ForEach::Guards:
    - Unit
    - !Ref Units
    - Guard&{Unit}:
        Type: Custom::OrgPolicy
        Properties:
          Name: !Sub guard-${Unit}
          Plain: guard-${Unit}
          Fn::ForEach::Inner:
            - Key
            - [a, b]
            - ${Key}${Unit}: !Ref Key
Outputs:
  Fn::ForEach::Names:
    - Unit
    - !Ref Units
    - Name&{Unit}: {Value: !Ref Unit}
"#;

#[test]
fn loops_are_written_out() {
    let template = evaluated(LOOP);
    assert_eq!(problems(&template), Vec::<&str>::new());
    assert_eq!(
        properties(&template, "Guardsandbox"),
        json!({"Name": "guard-sand-box", "Plain": "guard-sand-box", "asand-box": "a", "bsand-box": "b"})
    );
    assert_eq!(template.resources.len(), 2);
    assert_eq!(template.outputs.keys().collect::<Vec<_>>(), ["Nameprod", "Namesandbox"]);
}

#[test]
fn a_loop_over_what_is_not_known_is_said() {
    let template = evaluated(&LOOP.replace(r#", Default: "prod,sand-box""#, ""));
    assert_eq!(template.resources.len(), 0);
    let reasons: Vec<&str> = template.unresolved.iter().map(|u| u.reason.as_str()).collect();
    assert_eq!(reasons, ["the value of parameter Units, which is not given"; 2]);
    assert_eq!(problems(&template), Vec::<&str>::new());
}

#[test]
fn a_loop_needs_its_transform() {
    let template = evaluated(&LOOP.replace("Transform: AWS::LanguageExtensions\n", ""));
    assert!(problems(&template).contains(&"Fn::ForEach needs Transform: AWS::LanguageExtensions"));
}

struct Snippets;

impl Files for Snippets {
    fn read(&self, from: &str, location: &str) -> Result<SourceFile, String> {
        assert_eq!(from, "template.yaml");
        let text = match location {
            "content.yaml" => "plans: {daily: {}}",
            "resources.json" => {
                r#"{"Second": {"Type": "A::B", "Properties": {"Name": {"Ref": "AWS::Region"}}}}"#
            }
            _ => return Err(format!("the file {location}")),
        };
        Ok(SourceFile { name: location.to_owned(), text: text.to_owned() })
    }
}

#[test]
fn includes() {
    let template = evaluated_with(
        r#"
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: resources.json}}
  First:
    Type: A::B
    Properties:
      Content:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: content.yaml}}
        more: 1
  Third:
    Type: A::B
    Properties:
      Content:
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: "s3://bucket/x"}}
"#,
        Inputs::default(),
        &Snippets,
    );
    assert_eq!(problems(&template), Vec::<&str>::new());
    assert_eq!(
        properties(&template, "First"),
        json!({"Content": {"plans": {"daily": {}}, "more": 1}})
    );
    assert_eq!(properties(&template, "Second"), json!({"Name": "eu-west-1"}));
    assert_eq!(properties(&template, "Third"), json!({"Content": {"?": "the file s3://bucket/x"}}));
}
