//! Policies in CloudFormation templates, and templates by themselves.

use std::path::Path;

use serde_json::{Value, json};

use crate::run::{Folder, Run};

const TEMPLATE: &str = r#"Parameters:
  Minutes: {Type: Number, Default: 30}
  Plan: {Type: String}
Resources:
  Daily:
    Type: Custom::OrgPolicy
    Properties:
      ServiceToken: !ImportValue cfn-org-policy:ServiceToken
      Type: BACKUP_POLICY
      Content:
        plans:
          daily:
            rules:
              nightly:
                start_backup_window_minutes: {"@@assign": !Ref Minutes}
                complete_backup_window_minutes: {"@@assign": !Sub "${Plan}0"}
"#;

fn findings(run: &Run) -> Vec<Value> {
    let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
    report["findings"].as_array().expect("a list").clone()
}

#[test]
fn a_policy_in_a_template_is_checked_with_the_parameters() {
    let folder = Folder::with("template", &[("t.yaml", TEMPLATE)]);
    let run = folder.run(&["check", "--format", "json", "t.yaml"]);
    assert_eq!(run.exit, 1, "{run:?}");
    let found = findings(&run);
    assert_eq!(found.len(), 1, "{run:?}");
    assert_eq!(found[0]["name"], "Daily");
    assert_eq!(found[0]["line"], 15);
    assert_eq!(
        found[0]["pointer"],
        "/plans/daily/rules/nightly/start_backup_window_minutes/@@assign"
    );
    assert!(run.stdout.contains("the value of parameter Plan, which is not given"), "{run:?}");

    let run = folder.run(&["check", "t.yaml", "--parameters", "Minutes=60", "Plan=12"]);
    assert_eq!((run.stdout.as_str(), run.exit), ("no findings in 1 policy\n", 0));
}

#[test]
fn parameters_come_from_files_too() {
    let folder = Folder::with(
        "parameters",
        &[
            ("t.yaml", TEMPLATE),
            ("cli.json", r#"[{"ParameterKey": "Minutes", "ParameterValue": "60"}]"#),
            ("pipeline.json", r#"{"Parameters": {"Minutes": "60"}}"#),
            ("broken.json", "{"),
        ],
    );
    for (arguments, exit) in [
        (vec!["--parameters-file", "cli.json"], 0),
        (vec!["--parameters-file", "pipeline.json"], 0),
        (vec!["--parameters-file", "cli.json", "--parameters", "Minutes=30"], 1),
        (vec!["--parameters-file", "broken.json"], 2),
        (vec!["--parameters-file", "none.json"], 2),
        (vec!["--parameters", "Minuets=60"], 2),
    ] {
        let run = folder.run(&[vec!["check", "t.yaml"], arguments.clone()].concat());
        assert_eq!(run.exit, exit, "{arguments:?}: {run:?}");
    }
    let run = folder.run(&["check", "t.yaml", "--parameters", "Minuets=60"]);
    assert_eq!(
        run.stderr,
        "error: t.yaml: set the parameters: no template declares Minuets; correct the name\n"
    );
}

#[test]
fn a_finding_is_silenced_by_a_comment_or_by_metadata() {
    let code = "backup-window-too-short";
    let comment = TEMPLATE.replace(
        "!Ref Minutes}\n",
        &format!("!Ref Minutes}} # org-policy: allow({code}) the service is fast\n"),
    );
    let metadata = TEMPLATE.replace(
        "    Properties:\n",
        &format!("    Metadata: {{org-policy: {{allow: {{{code}: the service is fast}}}}}}\n    Properties:\n"),
    );
    let without_reason = metadata.replace("the service is fast", "''");
    let unused = metadata.replace("Default: 30", "Default: 60");
    let unreadable = unused.replace(code, "no-such-code");
    for (template, codes) in [
        (comment, vec![]),
        (metadata, vec![]),
        (without_reason, vec!["silence-without-reason"]),
        (unused, vec!["silence-unused"]),
        (unreadable, vec!["silence-unreadable"]),
    ] {
        let folder = Folder::with("silenced-template", &[("t.yaml", &template)]);
        let run = folder.run(&["check", "--format", "json", "t.yaml"]);
        let found: Vec<Value> = findings(&run).iter().map(|found| found["code"].clone()).collect();
        assert_eq!(found, codes, "{template}");
    }
}

/// The lock stands in the template of a StackSet, the plan in that of a nested stack.
#[test]
fn the_solution_with_a_retention_that_the_lock_refuses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let solution = root.join("solution.yaml").display().to_string();
    let folder = Folder::new("solution");
    let run = |days: &str| {
        let days = format!("DailyCopyDeleteAfterDays={days}");
        folder.run(&[
            "check",
            "--format",
            "json",
            &solution,
            "--parameters",
            "CentralAccountId=111122223333",
            "CentralRegion=eu-west-1",
            "Regions=eu-west-1",
            "AdminRole1=vault-admin",
            &days,
        ])
    };
    assert_eq!(findings(&run("35")), Vec::<Value>::new());
    let run = run("9999");
    let found = findings(&run);
    assert_eq!(found.len(), 1, "{run:?}");
    assert_eq!(found[0]["code"], "template-retention-outside-lock");
    assert_eq!(found[0]["found"], "a retention of 9999 days");
    let path = found[0]["path"].as_str().expect("a text");
    assert!(path.ends_with("stacks/backup-policies.yaml"), "{path}");
    assert_eq!(run.exit, 1);
}

/// A template that another one nests is checked once with its own defaults, and once as it is
/// nested; what both find is told once.
#[test]
fn a_nested_template_is_told_once() {
    let parent = "Resources: {Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Plan: '12'}}}}";
    let folder = Folder::with("nested", &[("parent.yaml", parent), ("child.yaml", TEMPLATE)]);
    for arguments in [["parent.yaml", "child.yaml"], ["child.yaml", "parent.yaml"]] {
        let run = folder.run(&[&["check", "--format", "json"][..], &arguments[..]].concat());
        assert_eq!(findings(&run).len(), 1, "{arguments:?}: {run:?}");
    }
}

/// A silence is used if it is in any of the ways in which a template is nested.
#[test]
fn a_silence_in_a_template_that_is_nested_several_times_is_used() {
    let silenced = TEMPLATE.replace(
        "!Ref Minutes}\n",
        "!Ref Minutes}  # org-policy: allow(backup-window-too-short) the service is fast\n",
    );
    let child = |minutes: &str| {
        format!(
            "{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: child.yaml, Parameters: {{Plan: '12', Minutes: {minutes}}}}}}}"
        )
    };
    let parent = |children: &[&str]| {
        let children = children.iter().enumerate();
        let children = children.map(|(i, minutes)| format!("Child{i}: {}", child(minutes)));
        format!("Resources: {{{}}}", children.collect::<Vec<_>>().join(", "))
    };
    for (children, files) in [
        (vec!["30", "30"], vec!["parent.yaml"]),
        (vec!["30", "60"], vec!["parent.yaml"]),
        (vec!["60", "30"], vec!["parent.yaml"]),
        (vec!["60"], vec!["parent.yaml", "child.yaml"]),
        (vec!["60"], vec!["child.yaml", "parent.yaml"]),
    ] {
        let parent = parent(&children);
        let folder =
            Folder::with("nested-silence", &[("parent.yaml", &parent), ("child.yaml", &silenced)]);
        let run = folder.run(&[&["check", "--format", "json"][..], &files[..]].concat());
        let report: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(findings(&run), Vec::<Value>::new(), "{children:?} {files:?}: {run:?}");
        assert_eq!(report["summary"]["silenced"], 1, "{children:?} {files:?}: {run:?}");
    }
}

#[test]
fn a_template_is_evaluated() {
    let folder = Folder::with("evaluated", &[("t.yaml", TEMPLATE)]);
    let run = folder.run(&["evaluate", "t.yaml", "--type", "Custom::OrgPolicy"]);
    let shown: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let rule =
        &shown["Resources"]["Daily"]["Properties"]["Content"]["plans"]["daily"]["rules"]["nightly"];
    assert_eq!(
        rule,
        &json!({
            "start_backup_window_minutes": {"@@assign": "30"},
            "complete_backup_window_minutes":
                {"@@assign": {"Unknown": "the value of parameter Plan, which is not given"}},
        })
    );
    assert_eq!((run.stderr.as_str(), run.exit), ("", 0));
    let run = folder.run(&["evaluate", "t.yaml", "--type", "AWS::SNS::Topic"]);
    assert_eq!(run.stdout, "{\n  \"Resources\": {},\n  \"Outputs\": {}\n}\n");
}

#[test]
fn a_template_that_cloudformation_refuses_is_evaluated_as_far_as_it_goes() {
    let broken = TEMPLATE.replace("!Ref Minutes", "!Ref Minuets");
    let folder = Folder::with("refused", &[("t.yaml", &broken)]);
    let run = folder.run(&["evaluate", "t.yaml"]);
    assert_eq!(run.stderr, "error: t.yaml:15:59: there is no parameter and no resource Minuets\n");
    assert_eq!(run.exit, 1);
    assert!(run.stdout.contains("BACKUP_POLICY"));
    assert_eq!(folder.run(&["evaluate", "none.yaml"]).exit, 2);
    assert_eq!(folder.run(&["check", "t.yaml"]).exit, 1);
}
