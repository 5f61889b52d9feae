//! `effective --live`: the tool itself against a model of AWS Organizations behind a port.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use test_world::World;
use test_world::world::{
    BACKUP_ACCOUNT, BACKUP_POLICY, FULL_AWS_ACCESS, Fault, PRODUCTION, PRODUCTION_ACCOUNT, ROOT,
    SCP, ValidationError,
};

use crate::run::{Folder, Run};

/// The retention that is declared at the root, where another policy assigns something else, and at an OU.
fn world() -> World {
    let world = World::new();
    world.change(|state| {
        for (name, target, days) in [("long", ROOT, 90), ("short", ROOT, 35)] {
            let policy = state.add_policy(BACKUP_POLICY, name, &document("nightly", days));
            state.attach(&policy, target);
        }
        let more = state.add_policy(BACKUP_POLICY, "more", &document("weekly", 7));
        state.attach(&more, PRODUCTION);
        state.add_policy(BACKUP_POLICY, "nowhere", &document("yearly", 400));
        let deny =
            r#"{"Statement": {"Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}}"#;
        let guard = state.add_policy(SCP, "guard", deny);
        state.attach(&guard, PRODUCTION);
    });
    world
}

/// A whole plan with one rule.
fn document(rule: &str, days: u32) -> String {
    let assign = |value: Value| json!({"@@assign": value});
    json!({"plans": {"daily": {
        "regions": assign(json!(["eu-west-1"])),
        "rules": {rule: {
            "target_backup_vault_name": assign(json!("backups")),
            "lifecycle": {"delete_after_days": assign(json!(days.to_string()))},
        }},
        "selections": {"tags": {"all": {
            "iam_role_arn": assign(json!("arn:aws:iam::$account:role/backup")),
            "tag_key": assign(json!("backup")),
            "tag_value": assign(json!(["yes"])),
        }}},
    }}})
    .to_string()
}

/// What AWS shows of an account, with this retention every night.
fn shown(days: u32) -> Value {
    json!({"plans": {"daily": {
        "regions": ["eu-west-1"],
        "rules": {
            "nightly": {
                "target_backup_vault_name": "backups",
                "lifecycle": {"delete_after_days": days.to_string()},
            },
            "weekly": {
                "target_backup_vault_name": "backups",
                "lifecycle": {"delete_after_days": "7"},
            },
        },
        "selections": {"tags": {"all": {
            "iam_role_arn": "arn:aws:iam::$account:role/backup",
            "tag_key": "backup",
            "tag_value": ["yes"],
        }}},
    }}})
}

#[track_caller]
fn holds(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stdout.contains(part), "{part}\n{}\n{}", run.stdout, run.stderr);
    }
}

/// The operations that were called, each once, and nothing that writes among them.
fn called(world: &World) -> BTreeSet<String> {
    let called: BTreeSet<String> = world.calls().into_iter().collect();
    let reads = |name: &String| name.starts_with("List") || name.starts_with("Describe");
    assert!(called.iter().all(reads), "{called:?}");
    called
}

/// What AWS shows decides between the two policies of the root. Nothing of another type is read.
#[test]
fn an_account_and_the_order_that_aws_shows() {
    let (world, folder) = (world(), Folder::new("live-account"));
    world.change(|state| {
        state.show_effective(PRODUCTION_ACCOUNT, BACKUP_POLICY, Some(shown(35)));
    });
    let address = world.serve();
    let run = folder.run_on(&address, "effective --live 333333333333");
    holds(
        &run,
        &[
            "Web Shop (333333333333): Root > Production > Web Shop\n",
            "  Root: long, short (in an order that is not known)\n  Production: more\n",
            "            either: 90                                     \u{2190} long (Root)\n",
            "Undecided: which of long, short was attached first to Root, no API tells\n",
            "\n\nDecided by what AWS shows for 1 account: Web Shop (333333333333):\n  of long, short, short was \
             attached first to Root\n\nAWS shows the same for 1 account\n",
        ],
    );
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let detail = world.calls_in_detail();
    assert!(!detail.iter().any(|call| call.contains(SCP) || call.contains(FULL_AWS_ACCESS)));
    assert_eq!(world.calls().iter().filter(|call| *call == "DescribeEffectivePolicy").count(), 1);
}

/// Everything that a report of a bug needs.
#[test]
fn a_disagreement() {
    let (world, folder) = (world(), Folder::new("live-differs"));
    world.change(|state| {
        let mut other = shown(60);
        other["plans"]["daily"]["regions"] = json!(["eu-west-1", "eu-north-1"]);
        state.show_effective(PRODUCTION_ACCOUNT, BACKUP_POLICY, Some(other));
        state.show_effective(BACKUP_ACCOUNT, BACKUP_POLICY, None);
    });
    let address = world.serve();
    let run = folder.run_on(&address, "effective --live --all");
    holds(
        &run,
        &[
            "Disagreement: AWS shows something else for 1 account: Web Shop (333333333333)\n",
            "  /plans/daily/regions: AWS shows [eu-west-1, eu-north-1], computed was [eu-west-1]",
            "  /plans/daily/rules/nightly/lifecycle/delete_after_days: AWS shows 60, computed was 90 or 35  \u{2190} \
             long (Root), short (Root)\n",
            "  no order of attachment of long, short leads to what AWS shows\n",
            "Disagreement: AWS shows something else for 1 account: Central Backup (222222222222)\n",
            "  /plans/daily/selections/tags/all/tag_key: AWS shows nothing, computed was backup",
            "AWS is right, so this is a bug: please report it.",
            "\nAWS shows the same for 1 of 3 accounts\n",
        ],
    );
    assert_eq!(run.exit, 1);
    let run = folder.run_on(&address, "effective --live --format json 333333333333");
    let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let disagreement = &answer["aws"]["disagreements"][0];
    assert_eq!(disagreement["pieces"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        disagreement["pieces"][2]["document"]["plans"]["daily"]["rules"]["weekly"]["lifecycle"]["delete_after_days"]
            ["@@assign"],
        "7"
    );
    assert_eq!(disagreement["shown"]["plans"]["daily"]["regions"][1], "eu-north-1");
    assert_eq!(disagreement["differences"][0]["shown"][1], "eu-north-1");
    assert_eq!(disagreement["differences"][1]["computed"]["values"][1]["value"], "35");
    assert_eq!((run.exit, &answer["aws"]["alike"]), (1, &json!(0)));
}

/// A lock on a plan, and AWS takes it for one on all that is in the plan.
#[test]
fn another_assumption_explains_it() {
    let (world, folder) = (World::new(), Folder::new("live-assumption"));
    world.change(|state| {
        let lock = r#"{"plans": {"p": {"@@operators_allowed_for_child_policies": ["@@none"], "x": {"@@assign": "1"}}}}"#;
        let lock = state.add_policy(BACKUP_POLICY, "lock", lock);
        state.attach(&lock, ROOT);
        let change = r#"{"plans": {"p": {"x": {"@@assign": "2"}}}}"#;
        let change = state.add_policy(BACKUP_POLICY, "change", change);
        state.attach(&change, PRODUCTION);
        let shown = json!({"plans": {"p": {"x": "1"}}});
        state.show_effective(PRODUCTION_ACCOUNT, BACKUP_POLICY, Some(shown));
    });
    let run = folder.run_on(&world.serve(), "effective --live 333333333333");
    holds(
        &run,
        &[
            "  /plans/p/x: AWS shows 1, computed was 2  \u{2190} change (Production)\n  it is what comes out if a lock on \
             an object locks every value beneath it\n",
        ],
    );
}

/// The policies that cause it are called by their names, and what AWS shows of such an account is not compared.
#[test]
fn accounts_that_aws_withholds_a_policy_from() {
    let (world, folder) = (world(), Folder::new("live-withheld"));
    world.change(|state| {
        let error = |path| ValidationError {
            code: "ELEMENTS_TOO_MANY",
            message: "too many of them",
            path,
            policies: vec!["p-0000000001".to_owned(), "p-unknown0001".to_owned()],
        };
        let errors = ["plans/daily/rules", "plans/daily/regions"].map(error).to_vec();
        state.withhold(PRODUCTION_ACCOUNT, BACKUP_POLICY, errors);
        state.page_size = 1;
        state.closed.insert(BACKUP_ACCOUNT.to_owned());
        state.empty_pages = true;
    });
    let run = folder.run_on(&world.serve(), "effective --live --all");
    holds(
        &run,
        &[
            "AWS withholds the effective policy of Web Shop (333333333333):\n  ELEMENTS_TOO_MANY: too many of them\n    \
             at plans/daily/regions, from long, p-unknown0001\n",
            "Disagreement: AWS withholds the effective policy of Web Shop (333333333333), and nothing was found wrong \
             with it\n",
            "AWS shows the same for 1 account; 1 account closed or suspended, and not asked about\n",
        ],
    );
    assert_eq!(run.exit, 1);
    let asked = world.calls_in_detail();
    let asked: Vec<&String> =
        asked.iter().filter(|call| call.starts_with("DescribeEffectivePolicy")).collect();
    assert_eq!(asked, ["DescribeEffectivePolicy BACKUP_POLICY 111111111111"]);
}

/// What was kept answers like AWS, and without it.
#[test]
fn kept_for_the_next_time() {
    let (world, folder) = (world(), Folder::new("live-save"));
    let address = world.serve();
    let live = folder.run_on(&address, "effective --live --all --save kept.json --sample 1");
    holds(&live, &["AWS shows the same for 1 account\n"]);
    let kept = folder.run(&["effective", "-o", "kept.json", "--all"]);
    assert_eq!(kept.exit, 0, "{kept:?}");
    assert!(live.stdout.starts_with(&kept.stdout), "{live:?}\n{kept:?}");
    // All types, so that no question to the file has a wrong answer.
    let question =
        ["effective", "-o", "kept.json", "Web Shop", "--action", "backup:DeleteBackupVault"];
    let action = folder.run(&question);
    assert!(action.stdout.contains("SERVICE_CONTROL_POLICY: denied\n"), "{action:?}");
    let live =
        folder.run_on(&address, "effective --live 333333333333 --action backup:DeleteBackupVault");
    let places = |text: &str| text.replace(" (Production)", "");
    assert!(places(&live.stdout).contains("denied by guard"), "{live:?}");
    let kept = fs::read_to_string(folder.path().join("kept.json")).expect("the file");
    assert!(kept.contains("\"management_account\": \"111111111111\""), "{kept}");
}

#[test]
fn what_a_deployment_would_change() {
    let (world, folder) = (world(), Folder::new("live-with"));
    folder.write(
        "template.yaml",
        b"Resources:\n  More:\n    Type: Custom::OrgPolicy\n    Properties:\n      Name: more\n      Type: \
          BACKUP_POLICY\n      Targets: [/Production]\n      Content: {plans: {daily: {rules: {weekly: {lifecycle: \
          {delete_after_days: {\"@@assign\": \"14\"}}}}}}}\n",
    );
    let run = folder.run_on(&world.serve(), "effective --live 333333333333 --with template.yaml");
    holds(
        &run,
        &[
            "  declares more\n",
            "  ~ /plans/daily/rules/weekly/lifecycle/delete_after_days: 7 \u{2192} 14",
        ],
    );
    assert!(!called(&world).contains("DescribeEffectivePolicy"));
}

/// The actions on the page are the operations that were called: none is missing, and none is too much.
#[test]
fn the_page_has_the_actions_that_it_takes() {
    let (world, folder) = (world(), Folder::new("live-actions"));
    world.change(|state| state.withhold(PRODUCTION_ACCOUNT, BACKUP_POLICY, Vec::new()));
    folder.run_on(&world.serve(), "effective --live --all --save kept.json");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/EFFECTIVE.md");
    let page = fs::read_to_string(page).expect("the page");
    let listed = page.lines().filter_map(|line| line.strip_prefix("organizations:"));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert_eq!(listed, called(&world));
}

/// Every field of the object for programs is on the page.
#[test]
fn the_page_has_every_field() {
    let (world, folder) = (world(), Folder::new("live-fields"));
    world.change(|state| {
        state.show_effective(PRODUCTION_ACCOUNT, BACKUP_POLICY, Some(shown(60)));
        let error = ValidationError {
            code: "KEY_REQUIRED",
            message: "a key is missing",
            path: "plans",
            policies: Vec::new(),
        };
        state.withhold(BACKUP_ACCOUNT, BACKUP_POLICY, vec![error]);
    });
    let run = folder.run_on(&world.serve(), "effective --live --all --format json");
    let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/EFFECTIVE.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut open = vec![&answer["aws"]];
    let mut fields = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for (field, value) in members {
                    assert!(page.contains(&format!("`{field}`")), "{field}");
                    fields += 1;
                    // Documents have keys of their own.
                    if !["shown", "document"].contains(&field.as_str()) {
                        open.push(value);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(fields > 40, "{answer:#}");
}

/// One line each, with what helps; nothing is asked again that another answer would not follow.
#[test]
fn what_aws_does_not_answer() {
    let folder = Folder::new("live-refused");
    let run = |fault: &dyn Fn(&World)| {
        let world = world();
        fault(&world);
        let run = folder.run_on(&world.serve(), "effective --live 333333333333");
        assert_eq!(run.exit, 2, "{run:?}");
        (run, world.calls().len())
    };
    let denied = |operation: &'static str| {
        move |world: &World| {
            world.fail_always(operation, Fault::Error("AccessDeniedException"));
        }
    };
    let (refused, calls) = run(&denied("ListRoots"));
    assert_eq!(
        refused.stderr,
        "error: read the organization's root: AccessDeniedException on demand (AccessDeniedException, organizations:ListRoots); use credentials of \
         the management account or of a delegated administrator that may call organizations:ListRoots\n"
    );
    assert_eq!((calls, refused.stdout.as_str()), (1, ""));
    let (outside, _) = run(&|world| world.change(|state| state.in_use = false));
    assert!(outside.stderr.contains("; use credentials of the organization's management account"));
    // What was computed is shown all the same.
    let (refused, _) = run(&denied("DescribeEffectivePolicy"));
    assert!(refused.stdout.contains("Undecided: "), "{refused:?}");
    assert!(
        refused.stderr.starts_with("error: read the effective policy of 333333333333: "),
        "{refused:?}"
    );
    let nobody = folder.run_on("http://127.0.0.1:9", "effective --live 333333333333");
    assert_eq!(
        nobody.stderr,
        "error: read the organization's root: 5 connections failed; look at the network, at --region, and at \
         AWS_ENDPOINT_URL if it is set\n"
    );
    let words = ["effective", "--live", "333333333333"];
    let nobody = folder.run(&words);
    assert!(
        nobody.stderr.starts_with("error: load credentials: ")
            && nobody
                .stderr
                .ends_with("; sign in, or name a profile with --profile or AWS_PROFILE\n"),
        "{nobody:?}"
    );
    assert_eq!(nobody.exit, 2);
}

/// Throttles and conflicts of a moment are waited for.
#[test]
fn what_passes_by_itself() {
    let (world, folder) = (world(), Folder::new("live-again"));
    world.fail_first("ListTargetsForPolicy", 1, Fault::Error("TooManyRequestsException"));
    world.fail_first("DescribeEffectivePolicy", 1, Fault::Status(503));
    let run = folder.run_on(&world.serve(), "effective --live 333333333333");
    holds(&run, &["AWS shows the same for 1 account\n"]);
}

#[test]
fn options_that_exclude_each_other() {
    let folder = Folder::new("live-options");
    for arguments in [
        "effective --live -o o.yaml x",
        "effective --save f -o o.yaml x",
        "effective --live --sample 2 x",
        "effective x",
    ] {
        let words: Vec<&str> = arguments.split(' ').collect();
        assert_eq!(folder.run(&words).exit, 2, "{arguments}");
    }
}
