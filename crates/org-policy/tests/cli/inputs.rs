//! Files, directories and standard input.

use std::fs;

use crate::run::Folder;

const POLICY: &str = "plans: {daily: {}}\n";

/// The paths that the JSON report names as documents.
fn documents(stdout: &str) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(stdout).expect("JSON");
    let documents = report["documents"].as_array().expect("a list");
    documents.iter().map(|one| one["path"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn a_directory_is_every_policy_in_it() {
    let files = [
        ("b.yaml", POLICY),
        ("a.json", "{\"plans\": {}}"),
        ("deep/er/c.yml", POLICY),
        ("UPPER.YAML", POLICY),
        ("package.json", "{\"name\": \"no policy\"}"),
        ("notes.txt", POLICY),
        ("template.yaml", "Resources: {}\n"),
        (".hidden/d.yaml", POLICY),
    ];
    let folder = Folder::with("directory", &files);
    let run = folder.run(&["check", "--format", "json", "."]);
    assert_eq!(documents(&run.stdout), ["UPPER.YAML", "a.json", "b.yaml", "deep/er/c.yml"]);
    assert!(
        run.stdout
            .contains("\"without_policy\": [\n    \"package.json\",\n    \"template.yaml\"\n  ]")
    );
    assert_eq!((run.stderr.as_str(), run.exit), ("", 0));
    let run = folder.run(&["check", "."]);
    assert_eq!(
        run.stdout,
        "no findings in 4 policies\nwithout a policy that is recognized: package.json, template.yaml\n"
    );
}

#[test]
fn in_a_directory_gitignore_counts() {
    let files =
        [("a.yaml", POLICY), ("made/b.yaml", POLICY), (".gitignore", "made/\n"), (".git/HEAD", "")];
    let run = Folder::with("ignored", &files).run(&["check", "--format", "json", "."]);
    assert_eq!(documents(&run.stdout), ["a.yaml"]);
}

/// A wrong path must not look like clean policies.
#[test]
fn a_directory_without_a_policy_is_unusable() {
    let folder = Folder::with("nothing", &[("sub/package.json", "{}")]);
    let run = folder.run(&["check", "sub"]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.stderr.starts_with("error: sub: find policies: there is no file"), "{run:?}");
}

/// With a type, a file that holds none of its keys is a wrong policy, and not something else.
#[test]
fn with_a_type_every_file_of_a_directory_is_a_policy() {
    let folder = Folder::with("typed", &[("a.yaml", "plan: {}\n")]);
    let run = folder.run(&["check", "--format", "json", "--type", "BACKUP_POLICY", "."]);
    assert_eq!(documents(&run.stdout), ["a.yaml"]);
}

#[test]
fn a_syntax_error_in_a_directory_is_told() {
    let folder = Folder::with("broken", &[("a.yaml", POLICY), ("b.yaml", "plans: {\n")]);
    let run = folder.run(&["check", "."]);
    assert_eq!(run.exit, 2, "{run:?}");
    assert!(run.stderr.starts_with("error: b.yaml:"), "{run:?}");
}

#[test]
fn standard_input_is_json_or_yaml() {
    let folder = Folder::new("stdin");
    for text in [POLICY, "{\"plans\": {}}", "\u{feff}{\"plans\": {}}"] {
        let run = folder.run_with(&["check", "-"], text.as_bytes());
        assert_eq!(
            (run.stdout.as_str(), run.exit),
            ("no findings in 1 policy\n", 0),
            "{text}: {run:?}"
        );
    }
    let run = folder.run_with(&["check", "-"], b"plans: {daily: {}, daily: {}}");
    assert!(run.stdout.contains(" --> <stdin>:1:20\n"), "{run:?}");
}

/// The name says what it has to be: comments in a JSON file are an error for AWS.
#[test]
fn a_file_is_what_its_name_says() {
    let text = "{\"plans\": {}} # a comment\n";
    let folder = Folder::with("json", &[("a.json", text), ("a.yaml", text)]);
    assert_eq!(folder.run(&["check", "a.json"]).exit, 2);
    assert_eq!(folder.run(&["check", "a.yaml"]).exit, 0);
}

#[test]
fn lines_may_end_as_windows_ends_them() {
    let folder = Folder::with("crlf", &[("a.yaml", "plans:\r\n  daily: {}\r\n  daily: {}\r\n")]);
    let run = folder.run(&["check", "a.yaml"]);
    assert!(run.stdout.contains("3 |   daily: {}\n  |   ^^^^^ each key once\n"), "{run:?}");
}

#[test]
fn columns_count_characters() {
    let folder =
        Folder::with("columns", &[("a.yaml", "plans: {\"täglich 🕔\": {}, a: {}, a: {}}\n")]);
    let run = folder.run(&["check", "--format", "github", "a.yaml"]);
    assert!(run.stdout.contains("line=1,col=33,endLine=1,endColumn=34,"), "{run:?}");
}

/// What a name or a document holds cannot move the cursor of whoever looks.
#[test]
fn control_characters_reach_no_terminal() {
    let folder = Folder::with(
        "control",
        &[("a\u{1b}[2Jb.yaml", "plans: {\"x\\e[2J\": {}, \"x\\e[2J\": {}, # \u{202e}\n}\n")],
    );
    for path in [".", "none\u{1b}[2J"] {
        let run = folder.run(&["check", path]);
        let shown = run.stdout + &run.stderr;
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    }
}

#[test]
fn a_thousand_files() {
    let folder = Folder::new("thousand");
    for number in 0..1000 {
        let text = format!("plans:\n  daily-{number}: {{}}\n  daily-{number}: {{}}\n");
        folder.write(&format!("{}/{number}.yaml", number % 7), text.as_bytes());
    }
    let run = folder.run(&["check", "."]);
    assert_eq!(run.exit, 1);
    assert!(run.stdout.contains("\n1000 errors in 1000 policies\n"), "{}", run.stdout.len());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 7);
}

/// A file of one line, or with more findings than anybody reads, ends in time.
#[test]
fn a_large_file_with_many_findings_ends() {
    let keys: Vec<String> = (0..8_000).map(|_| "\"daily\": {}".to_owned()).collect();
    let one_line = format!("{{\"plans\": {{{}}}}}", keys.join(","));
    let many_lines = one_line.replace("},", "},\n");
    let folder = Folder::with("large", &[("one.json", &one_line), ("many.json", &many_lines)]);
    for path in ["one.json", "many.json"] {
        for format in ["text", "json", "sarif", "github"] {
            let run = folder.run(&["check", "--format", format, path]);
            assert_eq!(run.exit, 1, "{path} {format}");
        }
    }
    let run = folder.run(&["check", "many.json"]);
    assert!(
        run.stdout.contains("many.json: 7800 more; --format json has all\n"),
        "{}",
        run.stdout.len()
    );
}
