//! Comments that silence a finding.

use crate::run::Folder;

const CODE: &str = "document-duplicate-key";

/// What is found in a policy: severity and code, in the order of the text.
fn found(name: &str, policy: &str) -> (Vec<String>, Vec<String>) {
    let folder = Folder::with(name, &[("a.yaml", policy)]);
    let run = folder.run(&["check", "--format", "json", "a.yaml"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let list = |name: &str, of: fn(&serde_json::Value) -> String| {
        report[name].as_array().expect("a list").iter().map(of).collect()
    };
    (
        list("findings", |one| format!("{} {}", one["line"], one["code"].as_str().unwrap_or("?"))),
        list("silenced", |one| {
            format!("{} {}", one["line"], one["reason"].as_str().unwrap_or("?"))
        }),
    )
}

#[test]
fn a_comment_silences_the_findings_of_one_line() {
    let duplicate = format!("3 {CODE}");
    let cases: [(&str, &str, &[&str], &[&str]); 16] = [
        ("none", "plans:\n  a: {}\n  a: {}\n", &[&duplicate], &[]),
        ("behind", "plans:\n  a: {}\n  a: {}  # org-policy: allow(CODE) why\n", &[], &["3 why"]),
        (
            "above",
            "plans:\n  a: {}\n  # org-policy: allow(CODE) why not\n  a: {}\n",
            &[],
            &["4 why not"],
        ),
        (
            "above, and another comment between",
            "plans:\n  a: {}\n  # org-policy: allow(CODE) why\n  # daily\n\n  a: {}\n",
            &[],
            &["6 why"],
        ),
        (
            "without blanks",
            "plans:\n  a: {}\n  a: {} #org-policy:allow(CODE)why\n",
            &[],
            &["3 why"],
        ),
        (
            "two on one line",
            "plans:\n  a: {rules: {b: {}, b: {}, b: {}}}  # org-policy: allow(CODE) why\n",
            &[],
            &["2 why", "2 why"],
        ),
        (
            "several codes",
            "plans:\n  a: {}\n  a: {}  # org-policy: allow( CODE , silence-unused ) why\n",
            &["3 silence-unused"],
            &["3 why"],
        ),
        (
            "no reason",
            "plans:\n  a: {}\n  a: {}  # org-policy: allow(CODE)\n",
            &["3 silence-without-reason"],
            &["3 "],
        ),
        (
            "the line below, and not further",
            "plans:\n  a: {}\n  # org-policy: allow(CODE) why\n  b: {}\n  a: {}\n",
            &["3 silence-unused", "5 document-duplicate-key"],
            &[],
        ),
        (
            "behind another line",
            "plans:\n  a: {}  # org-policy: allow(CODE) why\n  a: {}\n",
            &["2 silence-unused", &duplicate],
            &[],
        ),
        (
            "another code",
            "plans:\n  a: {}\n  a: {}  # org-policy: allow(silence-unused) why\n",
            &[&duplicate, "3 silence-unused"],
            &[],
        ),
        (
            "no such code",
            "plans:\n  a: {}\n  a: {}  # org-policy: allow(no-such) why\n",
            &[&duplicate, "3 silence-unreadable"],
            &[],
        ),
        ("no code", "plans: {}  # org-policy: allow() why\n", &["1 silence-unreadable"], &[]),
        ("no bracket", "plans: {}  # org-policy: allow CODE why\n", &["1 silence-unreadable"], &[]),
        (
            "in texts, it is text",
            "plans:\n  a:\n    b: '# org-policy: x'\n    c: |\n      # org-policy: allow(CODE) why\n    d: x#org-policy:y\n",
            &["3 document-unknown-key", "4 document-unknown-key", "6 document-unknown-key"],
            &[],
        ),
        (
            "not ours",
            "plans: {}  # cfn-org-policy: allow(CODE) why\n# see org-policy: it\n",
            &[],
            &[],
        ),
    ];
    for (name, policy, findings, silenced) in cases {
        let policy = policy.replace("CODE", CODE);
        let found = found(&format!("silence {name}"), &policy);
        assert_eq!(found.0, findings, "{name}: {policy}");
        assert_eq!(found.1, silenced, "{name}: {policy}");
    }
}

/// The tool's own rules have examples as the checker's have: `wrong` breaks this rule and no other.
#[test]
fn the_examples_of_the_rules_about_silences_hold() {
    let folder = Folder::new("examples");
    for code in ["silence-unreadable", "silence-unused", "silence-without-reason"] {
        let page = folder.run(&["check", "--explain", code]).stdout;
        let example = |heading: &str| {
            let (_, rest) = page.split_once(heading).expect("a heading");
            let lines =
                rest.trim_start_matches('\n').lines().take_while(|line| line.starts_with("    "));
            lines.map(|line| format!("{}\n", &line[4..])).collect::<String>()
        };
        assert_eq!(found(code, &example("Wrong:\n")).0.len(), 1, "{page}");
        assert!(found(code, &example("Wrong:\n")).0[0].ends_with(code), "{page}");
        assert!(found(code, &example("Right:\n")).0.is_empty(), "{page}");
    }
}
