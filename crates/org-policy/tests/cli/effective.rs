//! `org-policy effective`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::page::example;
use crate::run::{Folder, Run};

fn run(folder: &Folder, arguments: &str) -> Run {
    let words: Vec<&str> = ["effective"].into_iter().chain(arguments.split(' ')).collect();
    folder.run(&words)
}

#[test]
fn the_exit_tells_how_it_went() {
    let folder = example("effective-exits");
    folder.write("broken.yaml", b"root: {");
    for (arguments, exit) in [
        ("-o organization.yaml ledger", 0),
        ("-o organization.yaml 333333333333", 0),
        ("-o organization.yaml Production", 0),
        ("-o organization.yaml old-shop", 0),
        ("-o organization.yaml playground", 1),
        ("-o organization.yaml playground --format json", 1),
        ("-o organization.yaml --all", 1),
        ("-o organization.yaml --all --type TAG_POLICY", 0),
        ("-o organization.yaml shop --type service_control_policy", 0),
        ("-o organization.yaml shop --action backup:DeleteRecoveryPoint", 0),
        ("-o organization.yaml nobody", 2),
        ("-o organization.yaml", 2),
        ("-o organization.yaml --all ledger", 2),
        ("-o organization.yaml shop --action backup:*", 2),
        ("-o organization.yaml shop --action DeleteRecoveryPoint", 2),
        ("-o organization.yaml shop --type BACKUP_POLICY --action backup:DeleteRecoveryPoint", 2),
        ("-o organization.yaml shop --type NO_SUCH_POLICY", 2),
        ("-o missing.yaml shop", 2),
        ("-o broken.yaml shop", 2),
        ("shop", 2),
        ("-o organization.yaml shop --with change.yaml", 0),
        ("-o organization.yaml playground --with change.yaml --format json", 0),
        ("-o organization.yaml --all --with change.yaml --parameters Days=30", 0),
        ("-o organization.yaml --all --with change.yaml --parameters Nights=30", 2),
        ("-o organization.yaml --all --with missing.yaml", 2),
        ("-o organization.yaml --all --with broken.yaml", 2),
    ] {
        let run = run(&folder, arguments);
        assert_eq!(run.exit, exit, "{arguments}: {run:?}");
        assert_eq!(run.stderr.is_empty(), exit != 2, "{arguments}: {run:?}");
    }
}

/// Each in one line, with its place in the file.
#[test]
fn what_is_wrong_with_the_file() {
    let folder = Folder::new("effective-file");
    folder.write("broken.json", b"{\n  \"plans\": }");
    folder.write(
        "organization.yaml",
        b"policies:\n  - {name: a, type: BACKUP_POLICY, file: missing.json}\n  - {name: b, type: BACKUP_POLICY, \
          file: broken.json}\nroot:\n  policies: [c]\n",
    );
    let run = run(&folder, "-o organization.yaml --all");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "error: organization.yaml:2:42: /policies/0/file: missing.json: read the file: there is none; see \
         whether its name is right"
    );
    assert!(
        lines[1].starts_with("error: organization.yaml:3:42: /policies/1/file: broken.json:2:12: "),
        "{run:?}"
    );
    assert_eq!(
        lines[2],
        "error: organization.yaml:5:14: /root/policies/0: \"c\" is the id or the name of no policy above"
    );
    assert_eq!((lines.len(), run.exit, run.stdout.as_str()), (3, 2, ""));
}

#[test]
fn a_name_that_two_places_have() {
    let folder = Folder::new("effective-names");
    folder.write("o.yaml", b"root:\n  ous: [{name: a}, {name: a}]\n");
    let run = run(&folder, "-o o.yaml a");
    assert_eq!(run.stderr, "error: a: 2 places have this name; use the id\n");
}

/// What another assumption would change, what the checker says of the policies, and an order that decides several
/// settings at once.
#[test]
fn the_parts_of_an_answer() {
    let folder = Folder::new("effective-parts");
    folder.write(
        "o.yaml",
        br#"
policies:
  - {name: lock, type: BACKUP_POLICY, content: {plans: {p: {"@@operators_allowed_for_child_policies": ["@@none"],
      regions: {"@@assign": [eu-west-1]}}}}}
  - {name: bare, type: BACKUP_POLICY, content: {plans: {p: {regions: eu-west-1}}}}
  - {name: change, type: BACKUP_POLICY, content: {plans: {p: {regions: {"@@remove": [eu-west-1]}, tags: {a: {"@@assign": 1}}}}}}
root:
  policies: [lock, bare]
  accounts: [{id: "111122223333", policies: [change]}]
"#,
    );
    let run = run(&folder, "-o o.yaml 111122223333");
    for expected in [
        "    regions: []  \u{2190} emptied by change (111122223333)\n",
        "error[effective-list-empty]: nothing: at least one\n  at /plans/p/regions, from lock, change\n",
        "AWS withholds this effective policy; the account keeps its last valid one, if it had any.\n",
        "Without effect:\n  change (111122223333) /plans/p/tags\n    not allowed by lock (Root)\n",
        "Otherwise, if a lock on an object locks every value beneath it:\n  /plans/p/regions: [eu-west-1] instead of []\n",
        "Otherwise, if a lock on an object that holds other keys has no effect:\n  /plans/p/tags/a: 1 instead of nothing\n",
        "bare has 1 error by org-policy check: AWS refuses it as it stands here\n",
    ] {
        assert!(run.stdout.contains(expected), "{expected}\n{}", run.stdout);
    }
}

#[test]
fn the_object_for_programs() {
    let folder = example("effective-json");
    let object = |arguments: &str| -> Value {
        let run = run(&folder, arguments);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    };
    let account = object("-o organization.yaml ledger --format json");
    assert_eq!(account["version"], 1);
    assert_eq!(account["account"], json!({"id": "333333333333", "name": "ledger"}));
    let retention = &account["settings"][1];
    assert_eq!(retention["pointer"], "/plans/daily/rules/nightly/lifecycle/delete_after_days");
    assert_eq!(retention["values"][0]["value"], "90");
    let source = &retention["values"][0]["from"][0];
    assert_eq!(source["policy"]["name"], "keep-long");
    assert_eq!(source["file"], "organization.yaml");
    assert!(source["line"].as_u64().is_some_and(|line| line > 1), "{source}");
    assert_eq!(retention["values"][1]["when"]["first"][0]["name"], "keep-short");
    assert_eq!(account["without_effect"][0]["reason"], "not allowed");
    assert_eq!(account["without_effect"][0]["by"][0]["file"], "base.json");

    let all = object("-o organization.yaml --all --format json");
    assert_eq!(
        (&all["accounts"], &all["without"], &all["undecided"]),
        (&json!(5), &json!(2), &json!(2))
    );
    assert_eq!(all["groups"][2]["findings"][0]["aws_code"], "KEY_REQUIRED");

    let question =
        object("-o organization.yaml --all --action backup:DeleteBackupVault --format json");
    let answer = &question["accounts"][1]["answers"][0];
    assert_eq!(answer["verdict"], "denied for some requests");
    assert_eq!(answer["denied_by"][0]["sid"], "KeepBackups");
    assert_eq!(answer["denied_by"][0]["only"][0]["conditions"][0], "ArnNotLike");

    let applied = object("-o organization.yaml shop --type SERVICE_CONTROL_POLICY --format json");
    assert_eq!(applied["accounts"][0]["policies"][0]["policy"]["name"], "guard");

    let with = object("-o organization.yaml --all --with change.yaml --format json");
    assert_eq!(
        with["declared"][1],
        json!({"policy": {"id": "", "name": "monthly-selection"}, "new": true})
    );
    assert_eq!(with["groups"][0]["changes"][0]["old"], json!(["90", "14"]));
    assert_eq!(with["groups"][1]["was_withheld"], true);

    // Every field is on the page.
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/EFFECTIVE.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut open = vec![&account, &all, &question, &applied, &with];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    assert!(page.contains(&format!("`{field}`")), "{field}");
                    if field != "effective" {
                        open.push(value);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

#[test]
fn what_a_deployment_would_change() {
    let folder = example("effective-with");
    folder.write(
        "template.yaml",
        br#"
Resources:
  Other: {Type: AWS::SNS::Topic}
  Continuous:
    Type: Custom::OrgPolicy
    Properties:
      Name: continuous
      Type: BACKUP_POLICY
      Targets: [/Workloads/Production, !GetAtt Other.TopicArn]
      Content: {plans: {daily: {rules: {nightly: {enable_continuous_backup: {"@@assign": true}}}}}}
  Unnamed:
    Type: Custom::OrgPolicy
    Properties: {Name: !GetAtt Other.TopicName, Type: BACKUP_POLICY, Targets: [], Content: {plans: {}}}
  Guard:
    Type: Custom::OrgPolicy
    Properties:
      Name: guard
      Type: SERVICE_CONTROL_POLICY
      Targets: [Root]
      Content: {Statement: {Effect: Deny, Action: "backup:*", Resource: "*"}}
"#,
    );
    let text = run(&folder, "-o organization.yaml --all --with template.yaml");
    assert_eq!(text.exit, 1, "{text:?}");
    for expected in [
        "  declares continuous (new)\n  declares guard\n",
        "  left as it is: Continuous: a target is the attribute TopicArn of Other",
        "  left as it is: Unnamed: its Name is the attribute TopicName of Other",
        "2 accounts: shop (222222222222), ledger (333333333333)\n  + \
         /plans/daily/rules/nightly/enable_continuous_backup: true  \u{2190} continuous (Production)\n",
        "  error[effective-continuous-retention]: continuous backup, and backups kept for 90 days: at most 35 \
         days with continuous backup (in some orders of attachment)\n",
    ] {
        assert!(text.stdout.contains(expected), "{expected}\n{}", text.stdout);
    }
    let action =
        "-o organization.yaml shop --with template.yaml --action backup:DeleteRecoveryPoint";
    assert!(run(&folder, action).stdout.contains("SERVICE_CONTROL_POLICY: denied\n"));
    let none = run(&folder, "-o organization.yaml old-shop --with template.yaml");
    assert!(none.stdout.ends_with("\nno difference\n"), "{none:?}");
    let mended = run(&folder, "-o organization.yaml playground --with change.yaml");
    assert!(
        mended
            .stdout
            .ends_with("  AWS withholds what there is now, or may do so, and not what would be.\n"),
        "{mended:?}"
    );
}

/// A thousand accounts are no reason to wait, and a group of them is not listed whole.
#[test]
fn many_accounts() {
    let folder = Folder::new("effective-many");
    let accounts: Vec<String> =
        (0..1000).map(|number| format!("{{\"id\": \"{number:012}\"}}")).collect();
    let file = format!("{{\"root\": {{\"accounts\": [{}]}}}}", accounts.join(","));
    folder.write("o.json", file.as_bytes());
    let run = run(&folder, "-o o.json --all");
    assert!(run.stdout.starts_with("1,000 accounts in 1 group: BACKUP_POLICY\n"), "{run:?}");
    assert!(run.stdout.contains("  and 990 more; --format json has all\n"), "{run:?}");
}
