//! 0: nothing is wrong. 1: something is. 2: something could not be used.

use crate::run::Folder;

const FILES: &[(&str, &str)] = &[
    ("clean.yaml", "plans: {daily: {}}\n"),
    ("error.yaml", "plans: {daily: {}, daily: {}}\n"),
    ("warning.yaml", "# org-policy: allow(document-duplicate-key) it was so\nplans: {daily: {}}\n"),
    ("broken.yaml", "plans: {daily: {}\n"),
    ("broken.json", "{\"plans\": }"),
    ("other.json", "{\"name\": \"a package\"}"),
    ("template.yaml", "Resources: {}\n"),
    ("list.json", "[]"),
    ("empty.yaml", ""),
];

#[test]
fn the_exit_tells_how_it_went() {
    let folder = Folder::with("exits", FILES);
    folder.write("latin.yaml", b"plans: {t\xe4glich: {}}\n");
    for (arguments, exit) in [
        ("check clean.yaml", 0),
        ("check clean.yaml clean.yaml", 0),
        ("check error.yaml", 1),
        ("check clean.yaml error.yaml", 1),
        ("check warning.yaml", 0),
        ("check --strict warning.yaml", 1),
        ("check --strict clean.yaml", 0),
        ("check --type BACKUP_POLICY other.json", 1),
        ("check --type backup_policy clean.yaml", 0),
        ("check --explain document-duplicate-key", 0),
        ("check --explain no-such-code", 2),
        ("check --type NO_SUCH_POLICY clean.yaml", 2),
        ("check --allow no-such-code clean.yaml", 2),
        ("check --allow silence-unused --deny silence-unused clean.yaml", 2),
        ("check --format xml clean.yaml", 2),
        ("check", 2),
        ("", 2),
        ("check missing.yaml", 2),
        ("check broken.yaml", 2),
        ("check broken.json", 2),
        ("check other.json", 2),
        ("check template.yaml", 2),
        ("check list.json", 2),
        ("check empty.yaml", 2),
        ("check latin.yaml", 2),
        ("check error.yaml missing.yaml", 2),
        ("--version", 0),
        ("--help", 0),
        ("check --help", 0),
    ] {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let run = folder.run(&words);
        assert_eq!(run.exit, exit, "{arguments}: {run:?}");
    }
}

/// Operation, object, cause and remedy, in one line.
#[test]
fn what_cannot_be_used_is_told_in_one_line() {
    let folder = Folder::with("unusable", FILES);
    folder.write("latin.yaml", b"plans: {t\xe4glich: {}}\n");
    folder.write("large.yaml", &vec![b'#'; (16 << 20) + 1]);
    for (arguments, line) in [
        (
            "missing.yaml",
            "missing.yaml: read the file: there is none; see whether its name is right",
        ),
        ("latin.yaml", "latin.yaml: read the file: it is not UTF-8 text; save it as UTF-8"),
        (
            "large.yaml",
            "large.yaml: read the file: it is larger than 8 MiB; no policy is, so name another file",
        ),
        (
            "other.json",
            "other.json: find the policy type: the content is that of no known type; name it with --type",
        ),
        (
            "template.yaml",
            "template.yaml: find policies: this template declares none; name the templates that do",
        ),
        (
            "--allow silence-unused --deny silence-unused clean.yaml",
            "silence-unused is both allowed and denied; take it out of one of them",
        ),
    ] {
        let words: Vec<&str> = ["check"].into_iter().chain(arguments.split_whitespace()).collect();
        let run = folder.run(&words);
        assert_eq!(run.stderr, format!("error: {line}\n"), "{run:?}");
        assert_eq!(run.stdout, "", "{run:?}");
    }
}

#[test]
fn a_syntax_error_names_its_place() {
    let folder = Folder::with("syntax", FILES);
    for (path, place) in
        [("broken.json", "broken.json:1:11: "), ("broken.yaml", "broken.yaml:2:1: ")]
    {
        let run = folder.run(&["check", path]);
        assert!(run.stderr.starts_with(&format!("error: {place}")), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
    }
}

/// What can be read is checked all the same.
#[test]
fn one_unusable_file_does_not_hide_the_findings_of_others() {
    let run = Folder::with("both", FILES).run(&["check", "missing.yaml", "error.yaml"]);
    assert!(run.stdout.contains("error[document-duplicate-key]"), "{run:?}");
    assert!(run.stderr.contains("missing.yaml"), "{run:?}");
}
