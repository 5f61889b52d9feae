//! --help, the man pages, the completions, --explain: all from the same definitions.

use std::fs;
use std::process::Command;

use crate::run::Folder;

#[test]
fn the_version_names_the_commit() {
    let run = Folder::new("version").run(&["--version"]);
    let version = run.stdout.trim_end();
    let plain = concat!("org-policy ", env!("CARGO_PKG_VERSION"));
    let git = Command::new("git").args(["log", "-1", "--abbrev=12", "--format=%h %cs"]).output();
    let commit = git.ok().filter(|git| git.status.success()).map(|git| git.stdout);
    match commit {
        Some(commit) if std::env::var_os("ORG_POLICY_COMMIT").is_none() => {
            let commit = String::from_utf8(commit).expect("UTF-8");
            assert_eq!(version, format!("{plain} ({})", commit.trim()));
        }
        _ => assert!(version.starts_with(plain), "{version}"),
    }
}

#[test]
fn manual_and_completions_know_every_option() {
    let folder = Folder::new("manual");
    let run = folder.run(&["manual", "out"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.exit), ("", "", 0));
    let names = |path: &str| -> Vec<String> {
        let entries = fs::read_dir(folder.path().join(path)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names("out/man"),
        [
            "org-policy-adopt.1",
            "org-policy-check.1",
            "org-policy-completions.1",
            "org-policy-doctor.1",
            "org-policy-drift.1",
            "org-policy-effective.1",
            "org-policy-evaluate.1",
            "org-policy-heal.1",
            "org-policy-hold.1",
            "org-policy-plan.1",
            "org-policy.1",
        ]
    );
    assert_eq!(
        names("out/completions"),
        ["_org-policy", "_org-policy.ps1", "org-policy.bash", "org-policy.elv", "org-policy.fish"]
    );
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a text");
    let help = folder.run(&["check", "--help"]).stdout;
    let words = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 3);
    let options: Vec<&str> = words
        .filter(|word| word[2..].chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    assert!(options.len() >= 8, "{options:?}");
    let bash = read("out/completions/org-policy.bash");
    let man = read("out/man/org-policy-check.1").replace("\\-", "-");
    for option in options {
        assert!(bash.contains(option), "{option}");
        assert!(man.contains(option), "{option}");
    }
    assert_eq!(folder.run(&["completions", "bash"]).stdout, bash);
}

/// The completions of bash, asked as bash asks.
#[test]
fn bash_completes_options_and_codes() {
    let folder = Folder::new("bash");
    let script = folder.run(&["completions", "bash"]).stdout;
    folder.write("completions.bash", script.as_bytes());
    for (line, expected) in [
        ("org-policy ch", "check"),
        ("org-policy check --str", "--strict"),
        ("org-policy check --format sa", "sarif"),
        ("org-policy check --explain silence-unu", "silence-unused"),
        ("org-policy check --type BACK", "BACKUP_POLICY"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let asked = format!(
            "source completions.bash; COMP_WORDS=({line}); COMP_CWORD={}; \
             _org__policy org-policy {} {}; echo \"${{COMPREPLY[*]}}\"",
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let bash = Command::new("bash").args(["-c", &asked]).current_dir(folder.path()).output();
        let Ok(bash) = bash else { return };
        assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), expected, "{line}: {bash:?}");
    }
}

#[test]
fn an_unknown_code_names_the_nearest() {
    let run = Folder::new("unknown").run(&["check", "--explain", "document-duplicate-keys"]);
    assert!(run.stderr.contains("a similar value exists: 'document-duplicate-key'"), "{run:?}");
    assert!(!run.stderr.contains("possible values"), "{run:?}");
}
