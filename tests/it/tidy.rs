//! What no compiler checks: that templates, pages and sources agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every source file below src/, by its path there.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                let name = path.strip_prefix(project().join("src")).expect("it is below src/");
                let text = fs::read_to_string(&path).expect("a text");
                found.insert(name.to_string_lossy().into_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(&project().join("src"), &mut found);
    found
}

/// `list_policies` as the API writes it: `ListPolicies`.
fn operation(method: &str) -> String {
    let words = method.split('_').map(|word| match word {
        "aws" => "AWS".to_owned(),
        _ => word[..1].to_uppercase() + &word[1..],
    });
    words.collect::<Vec<_>>().concat()
}

/// The operations that the modules whose names begin so call on their client.
fn called(module: &str) -> BTreeSet<String> {
    let sources = sources().into_iter().filter(|(name, _)| name.starts_with(module));
    let source: String = sources.map(|(_, text)| text.replace(char::is_whitespace, "")).collect();
    source
        .split("self.client.")
        .skip(1)
        .map(|rest| operation(rest.split('(').next().expect("a call")))
        .collect()
}

/// The actions of a service that template.yaml grants.
fn granted(service: &str) -> BTreeSet<String> {
    let template = read("template.yaml");
    let action = format!("- {service}:");
    let lines = template.lines().filter_map(|line| line.trim().strip_prefix(&action));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_role_may_do_exactly_what_the_function_calls() {
    assert!(called("organizations").len() > 10);
    assert_eq!(granted("organizations"), called("organizations"));
    assert!(granted("organizations").contains("TagResource"), "CreatePolicy with tags needs it");
    assert_eq!(called("cloudformation").len(), 1);
    assert_eq!(called("stacksets").len(), 2);
    assert_eq!(granted("cloudformation"), &called("cloudformation") | &called("stacksets"));
    assert_eq!(called("backup").len(), 4);
    assert_eq!(granted("backup"), called("backup"));
}

/// AWS asks for these on top, where ActivateOrganizationsAccess and AWS Backup make service-linked roles (the first also
/// for EnableAWSServiceAccess, which is called anyway).
#[test]
fn the_role_may_do_what_is_needed_without_a_call() {
    let needed = ["CreateServiceLinkedRole", "GetRole"].map(str::to_owned);
    assert_eq!(granted("iam"), BTreeSet::from(needed));
    let template = read("template.yaml");
    for principal in ["backup", "member.org.stacksets.cloudformation"] {
        assert!(template.contains(&format!("- {principal}.amazonaws.com\n")), "{principal}");
    }
    for service in ["backup", "stacksets.cloudformation"] {
        let roles = format!(":role/aws-service-role/{service}.amazonaws.com/*\n");
        assert!(template.contains(&roles), "{service}");
    }
}

#[test]
fn one_module_each_and_main_rs_know_the_sdk() {
    for (name, text) in sources() {
        let may = name == "cloudformation.rs" || name == "stacksets.rs";
        assert!(may || !text.contains("aws_sdk_cloudformation"), "{name}");
        let may = name.starts_with("organizations") || name == "main.rs";
        assert!(may || !text.contains("aws_sdk_organizations"), "{name}");
        let may = name == "backup.rs";
        assert!(may || !text.contains("aws_sdk_backup"), "{name}");
        let may = name == "identity.rs";
        assert!(may || !text.contains("aws_sdk_sts"), "{name}");
        assert!(
            name.starts_with("request") || name == "response.rs" || !text.contains(".expose()"),
            "{name}"
        );
    }
}

/// The table of docs/ARCHITECTURE.md: who may use whom. Data flows one way.
#[test]
fn the_data_flow_is_the_one_the_architecture_page_shows() {
    let page = read("docs/ARCHITECTURE.md");
    let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let map = page.split("## Code map").nth(1).and_then(|rest| rest.split("\n## ").next());
    for row in map.expect("the code map").lines().filter(|line| line.contains(".rs` |")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let file = cells[1].trim_matches('`').trim_end_matches(".rs").to_owned();
        let uses = cells[3].split(", ").filter(|name| *name != "–").map(str::to_owned);
        allowed.insert(file, uses.collect());
    }
    for (name, text) in sources() {
        let module = name.split(['/', '.']).next().expect("a module").to_owned();
        if module == "main" || module == "lib" {
            continue;
        }
        let may = allowed.get(&module).unwrap_or_else(|| panic!("the page lacks {module}.rs"));
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("use crate::")) {
            let used = line.split([':', ';', ',']).next().expect("a module");
            assert!(used == module || may.contains(used), "{name} uses {used}");
        }
    }
}

/// The literal pieces of a format string, between its placeholders.
fn pieces(format: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0;
    for c in format.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth > 0 => {}
            _ => {
                pieces.last_mut().expect("one at least").push(c);
                continue;
            }
        }
        pieces.push(String::new());
    }
    pieces.into_iter().map(|piece| piece.trim_matches([' ', ';', ':']).to_owned()).collect()
}

/// The string literals behind every `marker` in a source, continued lines joined.
fn literals(source: &str, marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in source.split(marker).skip(1) {
        let end = rest.match_indices('"').map(|(i, _)| i).find(|i| !rest[..*i].ends_with('\\'));
        let text = &rest[..end.expect("a literal ends")];
        let lines: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        found.push(lines.concat().replace("\\\"", "\""));
    }
    found.retain(|text| !text.is_empty());
    found
}

/// The lines of the text directly below each heading of the third level, with the heading's title.
fn texts_below_titles(page: &str) -> Vec<(&str, Vec<&str>)> {
    let sections = page.split("\n### ").skip(1).filter_map(|section| section.split_once('\n'));
    let texts = sections.filter_map(|(title, below)| {
        let (text, _) = below.trim_start().strip_prefix("```text\n")?.split_once("\n```")?;
        Some((title, text.lines().collect()))
    });
    texts.collect()
}

/// Whoever reads an error in a stack's events finds it below a short title, and then what to do.
#[test]
fn every_error_is_found_on_the_troubleshooting_page() {
    let page = read("docs/TROUBLESHOOTING.md");
    let texts = texts_below_titles(&page);
    for (title, _) in &texts {
        assert!(title.chars().count() <= 60, "too long for a title: {title}");
    }
    let lines: Vec<&str> = texts.into_iter().flat_map(|(_, lines)| lines).collect();
    let source = read("src/error.rs").replace("#[error(\n        \"", "#[error(\"");
    let errors = literals(&source, "#[error(\"");
    let remedies = literals(&source, "\"; ");
    assert!(errors.len() > 15 && remedies.len() > 8, "{errors:?} {remedies:?}");
    for text in errors.into_iter().chain(remedies) {
        let pieces = pieces(&text);
        let long: Vec<&String> = pieces.iter().filter(|piece| piece.len() > 8).collect();
        let stands = |line: &&str| long.iter().all(|piece| line.contains(piece.as_str()));
        assert!(lines.iter().any(stands), "the page lacks: {text}\n{long:?}");
    }
}

#[test]
fn every_property_stands_in_the_readme_and_in_the_semantics() {
    for (source, heading, number) in [
        ("src/desired/properties.rs", "## Properties", 11),
        ("src/settings/desired.rs", "## Custom::OrgBackupSettings", 6),
    ] {
        let source = read(source);
        let list = source.split("const PROPERTIES").nth(1).and_then(|s| s.split("];").next());
        let list = list.expect("the list of properties");
        let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(names.len(), number);
        for page in ["README.md", "docs/SEMANTICS.md"] {
            let text = read(page);
            let section = text.split(heading).nth(1).and_then(|s| s.split("\n## ").next());
            let section = section.unwrap_or_else(|| panic!("{page} lacks {heading}"));
            for name in &names {
                assert!(section.contains(&format!("| `{name}` |")), "{page} lacks {name}");
            }
        }
    }
}

/// Each direct dependency says in a comment what it is for.
#[test]
fn every_dependency_says_why() {
    for manifest in ["Cargo.toml", "fuzz/Cargo.toml"] {
        let mut previous = "";
        let mut section = "";
        let text = read(manifest);
        for line in text.lines() {
            if line.starts_with('[') {
                section = line;
            }
            let is_dependency = section.contains("dependencies") && line.contains(" = ");
            assert!(!is_dependency || previous.starts_with('#'), "{manifest}: {line}");
            previous = line;
        }
    }
}
