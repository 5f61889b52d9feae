//! Every template of the project, by both evaluators.

use std::fs;
use std::path::{Path, PathBuf};

use cfn_org_policy_oracle::{Comparison, compare};

fn templates() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = vec![root.join("template.yaml"), root.join("solution.yaml")];
    for folder in ["stacks", "stacksets", "examples"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn both_come_to_the_same() {
    let mut different = Vec::new();
    let mut all = Comparison::default();
    for path in templates() {
        let text = fs::read_to_string(&path).unwrap();
        let Comparison { same, only_ours, only_theirs, unknown, different: found } =
            compare(&text, &[]);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        println!(
            "{name:25} same {same:4}, only ours {only_ours:3}, only AWS's {:3}, unknown {unknown:3}, different {}",
            only_theirs.len(),
            found.len()
        );
        for line in &only_theirs {
            println!("    {line}");
        }
        different.extend(found.into_iter().map(|line| format!("{name}: {line}")));
        all.same += same;
        all.only_theirs.extend(only_theirs);
    }
    assert!(all.same > 500, "{} values are the same", all.same);
    assert_eq!(different, Vec::<String>::new());
}

/// What the project's own templates do not use.
#[test]
fn both_know_the_functions() {
    let text = r#"
Transform: AWS::LanguageExtensions
Parameters:
  Units: {Type: CommaDelimitedList, Default: "prod,sand-box"}
  Days: {Type: Number, Default: 35}
Mappings: {Regions: {eu-west-1: {vault: ireland}}}
Conditions:
  Long: !Not [!Equals [!Ref Days, "30"]]
  Both: !And [!Condition Long, !Or [!Equals [a, b], !Equals [!Ref AWS::Region, eu-west-1]]]
Resources:
  Fn::ForEach::Guards:
    - Unit
    - !Ref Units
    - Guard&{Unit}: {Type: Custom::OrgPolicy, Properties: {Name: !Sub "guard-${Unit}", Plain: !Ref Unit}}
  It:
    Type: Custom::OrgPolicy
    Condition: Both
    Properties:
      Joined: !Join ["-", [a, !Ref Days, !Ref AWS::AccountId]]
      Split: !Split ["|", "a|b"]
      Selected: !Select [1, [a, b]]
      Mapped: !FindInMap [Regions, !Ref AWS::Region, vault]
      Default: {"Fn::FindInMap": [Regions, eu-west-2, vault, {DefaultValue: none}]}
      Base64: !Base64 hello
      Length: {"Fn::Length": [a, b, c]}
      Json: {"Fn::ToJsonString": {a: [1, x]}}
      Chosen: !If [Both, yes it is, no]
      Gone: [a, !If [Both, !Ref AWS::NoValue, x]]
      Literal: !Sub "${!aws:PrincipalTag/x} ${AWS::Partition} ${AWS::URLSuffix} ${AWS::StackName}"
      List: !Ref Units
"#;
    let comparison = compare(text, &[]);
    println!("{comparison:#?}");
    assert_eq!(comparison.different, Vec::<String>::new());
    assert_eq!(comparison.only_theirs, Vec::<String>::new());
    assert!(comparison.same >= 15, "{}", comparison.same);
}
