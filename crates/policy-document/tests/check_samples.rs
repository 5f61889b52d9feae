//! The project's own policies: those of the events, and those of the templates as far as they are known before a deployment.
//! None gives a finding, with the catalogue or without it.

#![cfg(test)]

use std::path::{Path, PathBuf};

use policy_document::check::{check, policy_type_of};
use policy_document::tree::{Member, Node, Value, parse};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of a folder that have this extension, sorted.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = root().join(folder).read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Node {
    let text = std::fs::read_to_string(path).unwrap();
    parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A node of a template in which each function of CloudFormation, and each text with a variable of the policy, is
/// something unknown.
fn before_deployment(node: &Node) -> Node {
    let is_function = |member: &Member| member.key == "Ref" || member.key.starts_with("Fn::");
    let value = match &node.value {
        Value::Object(members) if members.iter().any(is_function) => {
            Value::Unknown("a function of CloudFormation".to_owned())
        }
        Value::Object(members) => {
            let known = |member: &Member| Member {
                key: named(&member.key),
                node: before_deployment(&member.node),
                ..member.clone()
            };
            Value::Object(members.iter().map(known).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(before_deployment).collect()),
        Value::String(text) if text.contains("${") => Value::Unknown("a variable".to_owned()),
        other => other.clone(),
    };
    Node { span: node.span, value }
}

/// A key with its variables replaced: those for vaults are ARNs, the others are their own names.
fn named(key: &str) -> String {
    const VAULT: &str = "arn:aws:backup:eu-west-1:111111111111:backup-vault:central";
    let is_vault = key.starts_with("${") && key.to_ascii_lowercase().contains("vault");
    if is_vault { VAULT.to_owned() } else { key.replace("${", "").replace('}', "") }
}

/// What is found in the policy that these properties declare; its type.
fn findings(properties: &Node, name: &str) -> (Option<String>, Vec<String>) {
    let content = properties.get("Content").map(|content| match content.as_str() {
        Some(text) => before_deployment(&parse(text).unwrap()),
        None => before_deployment(content),
    });
    let policy_type = properties.get("Type").and_then(Node::as_str).map(str::to_owned);
    let (Some(content), Some(policy_type)) = (content, policy_type) else {
        return (None, Vec::new());
    };
    if let Some(found) = policy_type_of(&content) {
        assert_eq!(found, policy_type, "{name}");
    }
    let lines = check(&content, &policy_type).into_iter().map(|finding| {
        format!(
            "{name}{} {}: {}: {}",
            finding.pointer, finding.rule.code, finding.found, finding.allowed
        )
    });
    (Some(policy_type), lines.collect())
}

#[test]
fn events_have_policies_without_a_finding() {
    let mut types = Vec::new();
    for path in files("events", "json") {
        let event = read(&path);
        let Some(properties) = event.get("ResourceProperties") else { continue };
        let (policy_type, lines) = findings(properties, &path.display().to_string());
        assert_eq!(lines, Vec::<String>::new());
        types.extend(policy_type);
    }
    types.sort();
    types.dedup();
    assert_eq!(types.len(), 14, "there is a sample of each type: {types:?}");
}

#[test]
fn templates_have_policies_without_a_finding() {
    let mut policies = 0;
    for path in ["stacks", "stacksets", "examples"].iter().flat_map(|folder| files(folder, "yaml"))
    {
        let template = read(&path);
        let resources = template.get("Resources").map(Node::members).unwrap_or_default();
        for resource in resources {
            let is_policy =
                resource.node.get("Type").and_then(Node::as_str) == Some("Custom::OrgPolicy");
            let Some(properties) = resource.node.get("Properties").filter(|_| is_policy) else {
                continue;
            };
            let name = format!("{} {}", path.display(), resource.key);
            let (policy_type, lines) = findings(properties, &name);
            assert_eq!(lines, Vec::<String>::new());
            policies += usize::from(policy_type.is_some());
        }
    }
    assert!(policies >= 5, "{policies} policies");
}
