//! What programs read. tests/tool holds SARIF to its official schema.

use serde_json::{Value, json};

use crate::run::Folder;

const POLICY: &str = "plans:\n  a: {}\n  a: {}\n  b: {rules: {c: {}, c: {}}}  # org-policy: allow(document-duplicate-key) so, it is\n";

fn report(name: &str, format: &str, paths: &[&str]) -> String {
    let files =
        [("100%, a:b.yaml", POLICY), ("broken.yaml", "plans: {\n"), ("clean.yaml", "plans: {}\n")];
    let folder = Folder::with(name, &files);
    folder.run(&[&["check", "--format", format], paths].concat()).stdout
}

#[test]
fn json_is_as_the_page_describes_it() {
    let text = report("report-json", "json", &["100%, a:b.yaml", "broken.yaml", "clean.yaml"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["version"], 1);
    assert!(report["tool"].as_str().expect("a text").starts_with("org-policy 0."));
    assert_eq!(
        report["summary"],
        json!({"documents": 2, "errors": 1, "warnings": 0, "silenced": 1, "problems": 1})
    );
    assert_eq!(
        report["documents"],
        json!([
            {"path": "100%, a:b.yaml", "name": null, "type": "BACKUP_POLICY"},
            {"path": "clean.yaml", "name": null, "type": "BACKUP_POLICY"},
        ])
    );
    let mut finding = json!({
        "path": "100%, a:b.yaml", "name": null, "type": "BACKUP_POLICY",
        "code": "document-duplicate-key", "severity": "error",
        "pointer": "/plans/a", "line": 3, "column": 3, "end_line": 3, "end_column": 4,
        "found": "\"a\" stands here a second time", "allowed": "each key once", "suggestion": null,
    });
    finding["rule"] = report["findings"][0]["rule"].clone();
    finding["source"] = report["findings"][0]["source"].clone();
    assert!(finding["rule"].is_string() && finding["source"].is_string());
    assert_eq!(report["findings"], json!([finding]));
    assert_eq!(report["silenced"][0]["reason"], "so, it is");
    assert_eq!(report["silenced"][0]["pointer"], "/plans/b/rules/c");
    assert_eq!(report["problems"][0]["path"], "broken.yaml");
    assert_eq!(report["problems"][0]["line"], 2);
    assert_eq!(report["without_policy"], json!([]));
    // The page names every field.
    let page = include_str!("../../../../docs/CHECKING.md");
    for object in [&report, &report["summary"], &report["silenced"][0], &report["problems"][0]] {
        for field in object.as_object().expect("an object").keys() {
            assert!(page.contains(&format!("`{field}`")), "docs/CHECKING.md lacks {field}");
        }
    }
}

#[test]
fn github_gets_workflow_commands() {
    let text = report("report-github", "github", &["100%, a:b.yaml", "broken.yaml"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "::error file=100%25%2C a%3Ab.yaml,line=3,col=3,endLine=3,endColumn=4,title=document-duplicate-key::\
         100%25, a:b.yaml:3:3: \"a\" stands here a second time: each key once"
    );
    assert!(
        lines[1].starts_with("::error file=broken.yaml,line=2,col=1::broken.yaml:2:1: "),
        "{text}"
    );
    assert_eq!(lines[2..], ["1 error in 1 policy; 1 finding silenced"]);
}

/// Whatever a policy holds and is called, it makes no workflow command of its own.
#[test]
fn a_policy_cannot_command_the_workflow() {
    let policy =
        "{\"plans\": {\"a\\n::set-output name=x::y\": {}, \"a\\n::set-output name=x::y\": {}}}";
    let name = "a\n::set-output name=x::y.json";
    let folder = Folder::with("commands", &[(name, policy)]);
    for format in ["github", "text"] {
        let run = folder.run(&["check", "--format", format, name]);
        assert_eq!(run.exit, 1);
        assert!(!run.stdout.contains("\n::set-output"), "{run:?}");
    }
}

#[test]
fn sarif_names_rules_places_and_silences() {
    let text = report("report-sarif", "sarif", &["100%, a:b.yaml", "broken.yaml"]);
    let log: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "document-duplicate-key");
    assert_eq!(run["results"].as_array().expect("a list").len(), 2);
    let (open, silenced) = (&run["results"][0], &run["results"][1]);
    assert_eq!(
        (&open["ruleId"], &open["ruleIndex"]),
        (&json!("document-duplicate-key"), &json!(0))
    );
    assert_eq!(open["level"], "error");
    let location = &open["locations"][0];
    assert_eq!(
        location["physicalLocation"],
        json!({
            "artifactLocation": {"uri": "100%25%2C%20a%3Ab.yaml"},
            "region": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 4},
        })
    );
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], "/plans/a");
    assert!(open.get("suppressions").is_none());
    assert_eq!(
        silenced["suppressions"],
        json!([{"kind": "inSource", "justification": "so, it is"}])
    );
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "broken.yaml");
}

/// Code scanning wants paths from the root of the repository, where the tool is started.
#[test]
fn sarif_paths_are_relative_where_they_can_be() {
    let folder = Folder::with("uris", &[("a/b.yaml", POLICY)]);
    let absolute = folder.path().join("a/b.yaml");
    for path in ["a/b.yaml", "./a/b.yaml", "a", absolute.to_str().expect("UTF-8")] {
        let run = folder.run(&["check", "--format", "sarif", path]);
        assert!(run.stdout.contains("\"uri\": \"a/b.yaml\""), "{path}: {}", run.stdout);
    }
    let elsewhere = Folder::new("uris-elsewhere");
    let run = elsewhere.run(&["check", "--format", "sarif", absolute.to_str().expect("UTF-8")]);
    assert!(run.stdout.contains("\"uri\": \"file:///"), "{}", run.stdout);
}
