//! Dynamic references without a version: the update reads them anew, and no change set shows what they have become.

use policy_document::tree::{Node, Value};

use super::revision::{Part, mentions, parsed};
use crate::aws::{Problem, Stack};
use crate::plan::{Deployed, joined};

const OPENING: &str = "{{resolve:";

/// The references without a version that the update would read, each as `Guard: {{resolve:ssm:/backup/vault}}`.
///
/// # Errors
/// A template that cannot be read.
pub fn unversioned(deployed: &Deployed, part: &Part) -> Result<Vec<String>, Problem> {
    let mut found = Vec::new();
    collect(deployed, part, "", &mut found)?;
    Ok(found)
}

fn collect(
    deployed: &Deployed,
    part: &Part,
    nested_in: &str,
    found: &mut Vec<String>,
) -> Result<(), Problem> {
    let template = parsed(deployed)?;
    let read = Read { stack: &deployed.stack, mappings: template.get("Mappings") };
    for resource in template.get("Resources").iter().flat_map(|all| all.members()) {
        let (logical_id, properties) = (&resource.key, resource.node.get("Properties"));
        let Some(properties) = properties else { continue };
        let is_updated = part.ours.contains(logical_id)
            || part.nested.contains_key(logical_id)
            || deployed.physical_ids.contains_key(logical_id)
                && mentions(properties, &part.carriers);
        if is_updated {
            let mut references = Vec::new();
            read.references(properties, &mut references);
            references.sort();
            references.dedup();
            let name = joined(nested_in, logical_id);
            found.extend(references.iter().map(|reference| format!("{name}: {reference}")));
        }
    }
    for (logical_id, below) in &part.nested {
        if let Some(deployed) = deployed.nested.get(logical_id) {
            collect(deployed, below, &joined(nested_in, logical_id), found)?;
        }
    }
    Ok(())
}

/// Where the values of a template come from.
struct Read<'a> {
    stack: &'a Stack,
    mappings: Option<&'a Node>,
}

impl Read<'_> {
    /// Those of a value, of the parameters that it takes, and of the mappings that it looks up.
    fn references(&self, node: &Node, found: &mut Vec<String>) {
        match &node.value {
            Value::String(text) => found.extend(of_text(text)),
            Value::Array(items) => items.iter().for_each(|item| self.references(item, found)),
            Value::Object(members) => {
                for member in members {
                    match member.key.as_str() {
                        "Ref" => {
                            let name = member.node.as_str().unwrap_or_default();
                            self.parameters(|known| known == name, found);
                        }
                        "Fn::Sub" => {
                            let text = member.node.one_or_more().first().and_then(Node::as_str);
                            let text = text.unwrap_or_default();
                            let takes = |known: &str| text.contains(&format!("${{{known}}}"));
                            self.parameters(takes, found);
                        }
                        "Fn::FindInMap" => self.mapping(&member.node, found),
                        _ => {}
                    }
                    self.references(&member.node, found);
                }
            }
            _ => {}
        }
    }

    fn parameters(&self, takes: impl Fn(&str) -> bool, found: &mut Vec<String>) {
        let taken = self.stack.parameters.iter().filter(|parameter| takes(&parameter.name));
        found.extend(taken.flat_map(|parameter| of_text(&parameter.value)));
    }

    /// All of the mapping, whichever key is looked up; of every mapping, if its name is not written out.
    fn mapping(&self, lookup: &Node, found: &mut Vec<String>) {
        let name = lookup.items().first().and_then(Node::as_str);
        let mappings = self.mappings.iter().flat_map(|all| all.members());
        for mapping in mappings.filter(|mapping| name.is_none_or(|name| name == mapping.key)) {
            self.references(&mapping.node, found);
        }
    }
}

/// Those of a text. One that does not end in it, since Fn::Join puts it together, may have a version or not.
fn of_text(text: &str) -> Vec<String> {
    text.split(OPENING)
        .skip(1)
        .filter_map(|rest| match rest.get(..end(rest).unwrap_or(usize::MAX)) {
            Some(key) if has_version(key) => None,
            Some(key) => Some(format!("{OPENING}{key}}}}}")),
            None => Some(format!("{OPENING}{rest}")),
        })
        .collect()
}

/// Where the reference ends. In `${Name}}}` of Fn::Sub the first brace ends the variable.
fn end(rest: &str) -> Option<usize> {
    let mut variable = false;
    let mut characters = rest.char_indices();
    characters.find_map(|(at, character)| {
        let tail = rest.get(at..).unwrap_or_default();
        let ends = character == '}' && !variable && tail.starts_with("}}");
        variable = tail.starts_with("${") || variable && character != '}';
        ends.then_some(at)
    })
}

/// Whether `ssm:NAME:3`, or `secretsmanager:ID:SecretString:KEY:STAGE:VERSION`, says which version. A stage, such as
/// AWSCURRENT, is another version tomorrow.
fn has_version(key: &str) -> bool {
    let Some((service, key)) = key.split_once(':') else { return false };
    let parts: Vec<&str> = key.split(':').collect();
    // An ARN has seven parts, which are one here.
    let name = if parts.first() == Some(&"arn") { 7 } else { 1 };
    match service {
        "ssm" | "ssm-secure" => parts.len() > 1 && parts.last().is_some_and(|last| is_number(last)),
        "secretsmanager" => parts.get(name + 3).is_some_and(|version| !version.is_empty()),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}
