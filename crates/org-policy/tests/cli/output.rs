//! What people see, whole: the files of `expected/`. `REWRITE=1 cargo test -p org-policy` writes them anew.

use std::fs;
use std::path::Path;

use crate::run::Folder;

/// Calls the tool, and compares what it says with `expected/NAME.txt`.
fn shows(name: &str, arguments: &[&str], files: &[(&str, &str)]) {
    let run = Folder::with(&format!("shows-{name}"), files).run(arguments);
    let Some(shown) = [
        format!("$ org-policy {}\n", arguments.join(" ")),
        run.stdout,
        run.stderr,
        format!("exit {}\n", run.exit),
    ]
    .into_iter()
    .reduce(|all, part| all + &part) else {
        return;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cli/expected/{name}.txt"));
    if std::env::var_os("REWRITE").is_some() {
        fs::write(&path, &shown).expect("a file");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, expected, "{name}: REWRITE=1 takes it as it is");
}

#[test]
fn findings_stand_in_their_line() {
    let policy = "\
plans:
  daily:
    rules: {}
  monthly:
    rules: {}
  daily:
    rules: {nightly: {}, \"nightly\": {}}
";
    shows("findings", &["check", "policy.yaml"], &[("policy.yaml", policy)]);
}

/// By the key that names it; an item of a list has none, and is shown whole.
#[test]
fn a_value_of_several_lines_is_shown_by_its_key() {
    let backup = "\
plans:
  daily:
    backup_plan_tags:
      owner:
        tag_key:
          \"@@assign\": owner
    rules:
      - lifecycle: {}
      - lifecycle: {}
";
    let guard = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Deny",
      "Action": "organizations:LeaveOrganization"
    }
  ]
}
"#;
    let files = [("backup.yaml", backup), ("guard.json", guard)];
    shows("several-lines", &["check", "backup.yaml", "guard.json"], &files);
}

#[test]
fn a_policy_of_one_line_is_cut_around_the_finding() {
    let plans: Vec<String> = (0..100).map(|number| format!("\"plan-{number}\":{{}}")).collect();
    let policy = format!("{{\"plans\":{{{},\"plan-50\":{{}},\"last\":{{}}}}}}", plans.join(","));
    shows("one-line", &["check", "policy.json"], &[("policy.json", &policy)]);
}

#[test]
fn comments_that_silence_are_judged_themselves() {
    let policy = "\
plans:
  # org-policy: allow(document-duplicate-key)
  daily: {}
  daily: {}  # org-policy: allow(document-duplicate-key)
  # org-policy: ignore this
";
    shows("silences", &["check", "policy.yaml"], &[("policy.yaml", policy)]);
}

#[test]
fn clean_policies_are_one_line() {
    let files = [("a.yaml", "plans: {}\n"), ("b.json", "{\"plans\": {}}")];
    shows("clean", &["check", "a.yaml", "b.json"], &files);
}

#[test]
fn an_explanation_is_a_page() {
    shows("explain", &["check", "--explain", "document-duplicate-key"], &[]);
}

#[test]
fn help_is_short_or_long() {
    shows("help", &["--help"], &[]);
}
