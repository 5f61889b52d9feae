//! --allow, --deny, --strict.

use crate::run::Folder;

#[test]
fn the_command_line_changes_what_a_code_counts() {
    let files = [
        ("error.yaml", "plans: {daily: {}, daily: {}}\n"),
        ("warning.yaml", "# org-policy: hello\nplans: {daily: {}}\n"),
    ];
    let folder = Folder::with("levels", &files);
    for (arguments, exit, last) in [
        ("error.yaml", 1, "1 error in 1 policy"),
        ("--allow document-duplicate-key error.yaml", 0, "no findings in 1 policy"),
        ("--allow document-duplicate-key,silence-unreadable .", 0, "no findings in 2 policies"),
        (
            "--allow silence-unused --allow document-duplicate-key error.yaml",
            0,
            "no findings in 1 policy",
        ),
        ("warning.yaml", 0, "1 warning in 1 policy"),
        ("--deny silence-unreadable warning.yaml", 1, "1 error in 1 policy"),
        ("--strict --allow silence-unreadable warning.yaml", 0, "no findings in 1 policy"),
        (".", 1, "1 error and 1 warning in 2 policies"),
    ] {
        let words: Vec<&str> = ["check"].into_iter().chain(arguments.split_whitespace()).collect();
        let run = folder.run(&words);
        assert_eq!(run.exit, exit, "{arguments}: {run:?}");
        assert!(run.stdout.lines().any(|line| line == last), "{arguments}: {run:?}");
    }
}
