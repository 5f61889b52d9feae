//! The template as text.

use std::fmt::Write as _;

use serde_json::Value;

use super::resource::Resource;

/// What comes before the resources.
fn head(function_stack: &str) -> String {
    format!(
        "\
# Policies that existed before this stack, each declared as it was when `org-policy adopt` wrote this file. So the first
# deployment changes nothing but the tags by which the function knows its own. To change a policy, deploy this first.
AWSTemplateFormatVersion: \"2010-09-09\"
Description: Policies that existed before this stack

Parameters:
  FunctionStack:
    Type: String
    Default: {}
    Description: The name of the stack that contains the function
  Revision:
    Type: String
    Default: \"\"
    Description: Any text. A change of it has the function compare the policies with this template and correct them.

Resources:
",
        scalar(function_stack)
    )
}

/// The whole template.
pub fn text(resources: &[Resource], function_stack: &str) -> String {
    let mut text = head(function_stack);
    if resources.is_empty() {
        text.truncate(text.trim_end().len());
        text.push_str(" {}\n");
    }
    let resources: Vec<String> = resources.iter().map(resource).collect();
    text + &resources.join("\n")
}

fn resource(resource: &Resource) -> String {
    let mut text = format!(
        "  {}:
    Type: Custom::OrgPolicy
    # An adopted policy stays in any case; so does one that the function has had to make anew.
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      ServiceToken:
        Fn::ImportValue: !Sub ${{FunctionStack}}:ServiceToken
      ServiceTimeout: 3600
",
        resource.logical_id
    );
    for (name, value) in &resource.properties {
        property(&mut text, name, value);
    }
    text.push_str("      Revision: !Ref Revision\n");
    text
}

fn property(text: &mut String, name: &str, value: &Value) {
    let indent = "      ";
    let lines: String = match (name, value) {
        ("Content", Value::String(content)) => document(content),
        (_, Value::Array(items)) if !items.is_empty() => {
            items.iter().map(|item| format!("\n{indent}  - {}", flow(item))).collect()
        }
        (_, Value::Object(members)) => members
            .iter()
            .map(|(key, value)| format!("\n{indent}  {}: {}", scalar(key), flow(value)))
            .collect(),
        _ => format!(" {}", flow(value)),
    };
    // A String takes all that is written to it.
    let _ = writeln!(text, "{indent}{name}:{lines}");
}

/// A policy's document as a text, over several lines: CloudFormation turns the numbers of an object
/// into texts, and some policy types need numbers.
fn document(content: &str) -> String {
    let pretty = serde_json::from_str::<Value>(content)
        .and_then(|content| serde_json::to_string_pretty(&content));
    match pretty {
        Ok(pretty) => {
            let lines = pretty.lines().map(|line| format!("\n        {}", printable(line)));
            format!(" |{}", lines.collect::<String>())
        }
        Err(_) => format!(" {}", scalar(content)),
    }
}

/// A value on one line. JSON is YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(key, value)| format!("{key}: {}", flow(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        _ => printable(&value.to_string()),
    }
}

fn scalar(text: &str) -> String {
    flow(&Value::from(text))
}

/// JSON without the characters that YAML takes for the end of a line, or does not allow at all
/// (YAML 1.2.2, 5.1); in JSON they stand in texts only.
fn printable(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text
}
