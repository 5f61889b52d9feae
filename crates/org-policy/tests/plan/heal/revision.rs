//! Templates without Revision get the lines that are missing; its new value fits the template.

use std::path::Path;

use policy_document::template::{Inputs, NoFiles, Resource, evaluate};
use policy_document::tree;
use serde_json::{Value, json};
use test_world::fixtures::{guard_properties, policy_properties, with};
use test_world::world::Fault;

use super::{assert_refused, drifted, never, page};

use crate::account::{Account, STACK, template};
use test_world::cloudformation::{self, Stack};

/// A deployed stack of this template.
fn with_template(template: &Value, parameters: &[(&str, &str)]) -> Account {
    let account = Account::new();
    account.deploy_with(template, parameters);
    account.world.reset_calls();
    account
}

#[track_caller]
fn lines(account: &Account) -> String {
    let run = account.heal(&["backup", "--yes"], never);
    assert_refused(
        account,
        &run,
        "its template does not hand a parameter Revision to all policies and backup settings; add the lines above and deploy it, which puts drift back as well",
    );
    run.stdout
}

#[test]
fn a_template_without_revision_gets_the_lines() {
    let plain = template(&[("Daily", policy_properties()), ("Guard", guard_properties())]);
    let expected = r#"# In the template of the stack:
Parameters:
  Revision:
    Type: String
    Default: ""
Resources:
  Daily:
    Properties:
      Revision: !Ref Revision
  Guard:
    Properties:
      Revision: !Ref Revision
"#;
    assert_eq!(lines(&with_template(&plain, &[])), expected);
    assert!(page("HEALING.md").contains(expected), "docs/HEALING.md shows other lines");
}

/// Only what is missing: here one of two resources, the other has it in a Sub.
#[test]
fn only_what_is_missing_is_printed() {
    let mut partly = template(&[
        ("Daily", with(&policy_properties(), json!({"Revision": {"Fn::Sub": "r-${Revision}"}}))),
        ("Guard", with(&guard_properties(), json!({"Revision": "2"}))),
    ]);
    partly["Parameters"] = json!({"Revision": {"Type": "String"}});
    let expected = "# In the template of the stack:\nResources:\n  Guard:\n    Properties:\n      Revision: !Ref Revision\n";
    assert_eq!(lines(&with_template(&partly, &[("Revision", "1")])), expected);
}

/// The value is the time in a form that the parameter takes.
#[test]
fn the_new_value_fits_the_parameter() {
    let digits = |value: &str| value.chars().all(|c| c.is_ascii_digit());
    type Fits = fn(&str) -> bool;
    let cases: [(Value, &str, Fits); 7] = [
        (json!({}), "", |value| value.len() == 20 && value.ends_with('Z')),
        // The parameter of our own templates.
        (json!({"AllowedPattern": "^[\\w .:-]{0,64}$"}), "", |value| value.len() == 20),
        (json!({"AllowedPattern": "[0-9]*"}), "", |value| value.len() == 14),
        (json!({"MaxLength": 10}), "", |value| value.len() == 10),
        (json!({"Type": "Number", "MaxValue": 99}), "7", |value| value == "8"),
        (json!({"AllowedValues": ["red", "green"]}), "red", |value| value == "green"),
        // Only Java knows this pattern: CloudFormation is asked.
        (json!({"AllowedPattern": "(?=2).*"}), "", |value| value.len() == 20),
    ];
    assert!(digits("1"));
    for (declaration, present, fits) in cases {
        let account = with_declaration(&declaration, present);
        let run = account.heal(&["backup", "--dry-run"], never);
        assert_eq!(run.exit, 0, "{declaration} {run:?}");
        let made = account.cloudformation.change(|state| state.change_sets.made[0].clone());
        let value = &made["Parameters.member.2.ParameterValue"];
        assert!(fits(value) && value != present, "{declaration} {value}");
    }
    for (declaration, arguments, says) in [
        (
            json!({"AllowedValues": ["red"]}),
            &[][..],
            "no time fits its parameter Revision (AllowedValues); name a value with --revision",
        ),
        (
            json!({"AllowedPattern": "[x-z]+"}),
            &[],
            "no time fits its parameter Revision (AllowedPattern [x-z]+)",
        ),
        (
            json!({"AllowedPattern": "[x-z]+"}),
            &["--revision", "1"],
            "\"1\" does not fit its AllowedPattern [x-z]+; name another value with --revision",
        ),
        (
            json!({}),
            &["--revision", "red"],
            "Revision is \"red\" already; name another value with --revision",
        ),
        (
            json!({"Type": "List<Number>"}),
            &[],
            "no time fits its parameter Revision (Type List<Number>)",
        ),
    ] {
        let account = with_declaration(&declaration, "red");
        account.world.reset_calls();
        let arguments = [&["backup", "--dry-run"], arguments].concat();
        let run = account.heal(&arguments, never);
        assert_refused(&account, &run, says);
    }
    let account = with_declaration(&json!({"AllowedPattern": "[x-z]+"}), "x");
    let run = account.heal(&["backup", "--dry-run", "--revision", "zz"], never);
    assert_eq!(run.exit, 0, "{run:?}");
}

fn with_declaration(declaration: &Value, present: &str) -> Account {
    let account = drifted();
    account.cloudformation.change(|state| {
        let stack = state.stacks.get_mut(STACK).expect("the stack");
        let mut template: Value = serde_json::from_str(&stack.template).expect("JSON");
        template["Parameters"]["Revision"] = with(&json!({"Type": "String"}), declaration.clone());
        stack.template = template.to_string();
        stack.parameters = vec![
            ("Other".to_owned(), "****".to_owned()),
            ("Revision".to_owned(), present.to_owned()),
        ];
    });
    account
}

/// Puts the template of a file there as a deployed stack, with what it nests.
fn deploy_file(account: &Account, name: &str, file: &Path) {
    let text = std::fs::read_to_string(file).expect("a template");
    let root = tree::parse(&text).expect("a template");
    let template = evaluate("template", &root, &Inputs::default(), &NoFiles);
    let mut resources = Vec::new();
    for resource in template.resources {
        let mut physical_id = "p-0000000000".to_owned();
        if resource.resource_type == "AWS::CloudFormation::Stack" {
            let url = resource
                .properties
                .get("TemplateURL")
                .and_then(|url| url.as_str().map(str::to_owned));
            let nested = format!("{name}-{}", resource.logical_id);
            deploy_file(
                account,
                &nested,
                &file.parent().expect("a folder").join(url.expect("a path")),
            );
            physical_id = arn(&nested);
        }
        let Resource { logical_id, resource_type, .. } = resource;
        resources.push(cloudformation::Resource {
            logical_id,
            resource_type,
            physical_id,
            status: "CREATE_COMPLETE".to_owned(),
        });
    }
    account.cloudformation.change(|state| {
        let stack = Stack {
            id: arn(name),
            status: "UPDATE_COMPLETE".to_owned(),
            template: text,
            resources,
            ..Stack::default()
        };
        state.stacks.insert(name.to_owned(), stack);
    });
}

fn arn(name: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:111111111111:stack/{name}/1")
}

/// So heal has nothing to ask for in them.
#[test]
fn our_own_templates_hand_revision_on() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let examples = ["adopt-existing", "consumer", "scp", "weekly-backup"]
        .map(|name| format!("examples/{name}.yaml"));
    let stacks = ["backup-policies", "backup-settings", "member-guard", "vault-guard"]
        .map(|name| format!("stacks/{name}.yaml"));
    for file in examples.into_iter().chain(stacks).chain(["solution.yaml".to_owned()]) {
        let account = Account::new();
        deploy_file(&account, STACK, &project.join(&file));
        // Nobody waits for policies that are not there.
        account.world.fail_always("DescribePolicy", Fault::Error("AccessDeniedException"));
        let run = account.heal(&["backup", "--dry-run"], never);
        assert!(!run.stderr.contains("does not hand a parameter"), "{file}: {}", run.stdout);
        assert!(!run.stderr.contains("nothing to heal"), "{file}: {run:?}");
        // It has come to the plan, or past it.
        let is_planned =
            run.stdout.starts_with("Plan for stack") || run.stderr.contains("change set");
        assert!(is_planned, "{file}: {run:?}");
    }
}
