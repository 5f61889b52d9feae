//! What no compiler checks: that templates, pages and sources agree. The rooms are in rooms.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(path: &str) -> String {
    fs::read_to_string(project().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every source file below a folder, by its path there.
pub fn sources(folder: &str) -> BTreeMap<String, String> {
    fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(root, &path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("it is below the root");
                let text = fs::read_to_string(&path).expect("a text");
                found.insert(name.to_string_lossy().into_owned(), text);
            }
        }
    }
    let root = project().join(folder);
    let mut found = BTreeMap::new();
    collect(&root, &root, &mut found);
    assert!(!found.is_empty(), "{folder} is empty");
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

/// The operations that the modules of src/aws whose names begin so call on their client.
fn called(module: &str) -> BTreeSet<String> {
    let sources = sources("src/aws");
    let sources = sources.into_iter().filter(|(name, _)| name.starts_with(module));
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
    assert_eq!(called("still_wanted").len(), 2);
    assert_eq!(called("stacksets").len(), 2);
    assert_eq!(granted("cloudformation"), &called("still_wanted") | &called("stacksets"));
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
    for (source, heading) in [
        ("src/policy/properties.rs", "## Properties\n"),
        ("src/settings/desired.rs", "## Custom::OrgBackupSettings\n"),
    ] {
        let source = read(source);
        let list = source.split("const PROPERTIES").nth(1).and_then(|s| s.split("];").next());
        let list = list.expect("the list of properties");
        let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert!(names.len() > 5, "{names:?}");
        for page in ["README.md", "docs/SEMANTICS.md"] {
            let text = read(page);
            let section = text.split(heading).nth(1).and_then(|s| s.split("\n##").next());
            let section = section.unwrap_or_else(|| panic!("{page} lacks {heading}"));
            for name in &names {
                assert!(section.contains(&format!("| `{name}` |")), "{page} lacks {name}");
            }
        }
    }
}

/// A release sets the version in Cargo.toml; the function prints it from there.
#[test]
fn the_templates_have_the_version_of_cargo() {
    let version = env!("CARGO_PKG_VERSION");
    let output = |template: &str| {
        let text = read(template);
        let output = text.split("\n  Version:\n").nth(1).expect("the output Version");
        let value = output.split("    Value: ").nth(1).and_then(|value| value.lines().next());
        value.expect("its value").to_owned()
    };
    for template in ["template.yaml", "solution.yaml", "stacks/watch.yaml"] {
        assert_eq!(output(template), version, "{template}: its output Version");
    }
    let function = format!(" as CloudFormation resources. Version {version}\n");
    assert!(read("template.yaml").contains(&function), "template.yaml: the function's Description");
    let watch = read("stacks/watch.yaml");
    let described = watch.matches(&format!(". Version {version}\n")).count();
    assert_eq!(described, 2, "stacks/watch.yaml: the functions' Descriptions");
}
