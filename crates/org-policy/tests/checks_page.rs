//! docs/CHECKS.md, which is written from the rules: `make checks-page`.

#![cfg(test)]

use std::fmt::Write as _;
use std::path::PathBuf;

use policy_document::check::{Rule, Severity, rules};
use policy_document::effective;
use policy_document::tree::{Node, Value, json};
use serde_json::Value as Json;

/// The rules that the tool adds; what it shows of itself are whole commands.
#[path = "../src/silence/rules.rs"]
mod silence;

/// The sections of the page: a heading, and how the codes of its rules begin.
const SECTIONS: [(&str, &[&str]); 7] = [
    ("Documents: their size, keys and shape", &["document"]),
    ("Operators of management policies", &["operator"]),
    ("Backup policies", &["backup"]),
    ("Service and resource control policies", &["iam", "scp", "rcp"]),
    ("Other management policies", &["setting", "tag", "ai", "chat", "ec2", "bedrock", "guardduty"]),
    ("Effective policies", &["effective"]),
    ("Templates and comments", &["template", "silence"]),
];

const HEAD: &str = "\
# Checks

<!-- Written by make checks-page, from the rules. -->

These are the rules that `org-policy` and the function know about policies. `org-policy check --explain CODE` prints one of
them. An **error** is what AWS refuses for sure, or what can never do anything. A **warning** is what AWS takes, or may
take, but what probably does not do what was meant.

Each rule has two documents: one that breaks it and no other rule, and the same document as it should be. The source says
who knows it: a page of AWS, or \"captured\" for what others saw AWS take and refuse. This project has tried none of
them on AWS itself.

They were held against 642 policies that others wrote, from 83 public repositories, AWS's guides and samples among them.
581 have no error; of each of the 128 errors in the others it is written down why it is right
([how](DEVELOPMENT.md#policies-that-others-wrote)).

The function has no catalogue of AWS's actions, so the rules whose source is the Service Authorization Reference are those
of `org-policy` alone. So are those about effective policies, templates and comments.
";

fn page() -> String {
    let rules: Vec<&Rule> =
        rules().chain(silence::RULES.iter().copied()).chain(effective::rules()).collect();
    let mut page = HEAD.to_owned();
    for (title, families) in SECTIONS {
        let here = || rules.iter().filter(|rule| families.contains(&family_of(rule)));
        write!(page, "\n## {title}\n\n| rule | | |\n| --- | --- | --- |\n").unwrap();
        for Rule { code, severity, summary, .. } in here() {
            let severity = word(*severity);
            writeln!(page, "| [`{code}`](#{code}) | {severity} | {} |", cell(summary)).unwrap();
        }
        for rule in here() {
            page.push_str(&section(rule));
        }
    }
    for rule in rules {
        let is_there = page.contains(&format!("\n### {}\n", rule.code));
        assert!(is_there, "say in SECTIONS where {} stands", rule.code);
    }
    page
}

fn family_of(rule: &Rule) -> &'static str {
    rule.code.split('-').next().unwrap()
}

fn section(rule: &Rule) -> String {
    let Rule { code, severity, summary, explanation, source, date, .. } = rule;
    let severity = match severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    format!(
        "\n### {code}\n\n**{severity}.** {}\n\n{}\n\nWrong:\n\n{}\nRight:\n\n{}\n{}\n",
        wrapped(&prose(summary), "**Warning.** ".len()),
        wrapped(&prose(explanation), 0),
        example(rule.wrong, rule.policy_type),
        example(rule.right, rule.policy_type),
        wrapped(&format!("Source: {source} ({date})."), 0),
    )
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}

/// A text in which only code, between back ticks, is Markdown.
fn prose(text: &str) -> String {
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => part.replace('*', "\\*").replace('<', "\\<"),
        _ => part.to_owned(),
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

const WIDTH: usize = 120;

/// A text in lines, the first of which has begun already.
fn wrapped(text: &str, begun: usize) -> String {
    let mut wrapped = String::new();
    let mut length = begun;
    for word in text.split(' ') {
        let characters = word.chars().count();
        if length > begun.min(length) && length + 1 + characters > WIDTH {
            wrapped.push('\n');
            length = characters;
        } else {
            if !wrapped.is_empty() {
                wrapped.push(' ');
                length += 1;
            }
            length += characters;
        }
        wrapped.push_str(word);
    }
    wrapped
}

/// A document in a block: in lines, or only its beginning and end if it is a long one. YAML stays as it is written.
fn example(text: &str, policy_type: &str) -> String {
    const LONG: usize = 1_500;
    if text.len() > LONG {
        let characters: Vec<char> = text.chars().collect();
        let beginning: String = characters.iter().take(90).collect();
        let end: String = characters.iter().skip(characters.len() - 20).collect();
        return format!("```text\n{beginning} … {end}\n```\n");
    }
    match json::parse(text) {
        Ok(document) => format!("```json\n{}\n```\n", lines(&document, 0)),
        // What has comments may also have keys twice, and is no YAML to those who check these pages.
        Err(_) => {
            let language = if policy_type == "TEMPLATE" { "yaml" } else { "text" };
            format!("```{language}\n{text}```\n")
        }
    }
}

/// A part of a document: on one line if it fits, so indented.
fn lines(node: &Node, indented: usize) -> String {
    let line = line(node);
    let inner = " ".repeat(indented + 2);
    let (open, parts, close): (char, Vec<String>, char) = match &node.value {
        Value::Object(members) if indented + line.len() > WIDTH - 20 => (
            '{',
            members
                .iter()
                .map(|member| {
                    format!(
                        "{inner}{}: {}",
                        Json::from(&*member.key),
                        lines(&member.node, indented + 2)
                    )
                })
                .collect(),
            '}',
        ),
        Value::Array(items) if indented + line.len() > WIDTH - 20 => (
            '[',
            items.iter().map(|item| format!("{inner}{}", lines(item, indented + 2))).collect(),
            ']',
        ),
        _ => return line,
    };
    format!("{open}\n{}\n{}{close}", parts.join(",\n"), " ".repeat(indented))
}

/// A part of a document on one line.
fn line(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::String(text) => Json::from(text.as_str()).to_string(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members = members.iter();
            let members = members
                .map(|member| format!("{}: {}", Json::from(&*member.key), line(&member.node)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Unknown(why) => panic!("an example with {why}"),
    }
}

#[test]
fn the_page_is_what_the_rules_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/CHECKS.md");
    let page = page();
    if std::env::var_os("WRITE_CHECKS_PAGE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(is == page, "docs/CHECKS.md is not what the rules say: make checks-page");
}
