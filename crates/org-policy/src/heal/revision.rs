//! The parameter `Revision`: which resources of a stack, and of those that it nests, another value of it reaches.

use std::collections::{BTreeMap, BTreeSet};

use policy_document::tree::{self, Node, Value};

use crate::aws::Problem;
use crate::plan::{Deployed, is_ours, joined};

/// The parameter of the outermost stack, and the property of our resources.
pub const REVISION: &str = "Revision";

/// A stack, and where `Revision` goes in it.
#[derive(Debug, Default)]
pub struct Part {
    /// Its ARN.
    pub stack_id: String,
    /// The parameters that change with `Revision`.
    pub carriers: BTreeSet<String>,
    /// The resources of ours that are there.
    pub ours: BTreeSet<String>,
    /// The stacks that it nests, by logical id.
    pub nested: BTreeMap<String, Part>,
}

/// What a template lacks for `Revision` to reach all resources of ours.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lacking {
    /// The logical ids of the nested stacks that it stands in, joined by slashes.
    nested_in: String,
    /// The parameter itself.
    parameter: bool,
    /// The parameter that is handed on.
    carrier: String,
    /// The resources of ours without the property.
    properties: Vec<String>,
    /// The nested stacks that it is not handed on to.
    passed: Vec<String>,
}

/// The lines that are to be added to the templates, as YAML.
#[derive(Debug)]
pub struct Lines(pub String);

impl Part {
    /// Follows the parameter through the stack and all that it nests.
    ///
    /// # Errors
    /// A template that cannot be read.
    pub fn follow(deployed: &Deployed) -> Result<Result<Self, Lines>, Problem> {
        let template = parsed(deployed)?;
        let declared = template.get("Parameters").and_then(|all| all.get(REVISION)).is_some();
        let carriers = declared.then(|| REVISION.to_owned()).into_iter().collect();
        let mut lacking = Vec::new();
        let part = part(deployed, carriers, "", &mut lacking)?;
        Ok(if lacking.is_empty() { Ok(part) } else { Err(lines(&lacking)) })
    }

    /// Whether there is a resource of ours here, or in a stack that it nests.
    pub fn has_ours(&self) -> bool {
        !self.ours.is_empty() || self.nested.values().any(Self::has_ours)
    }

    /// The stack and those that it nests, each with the logical ids that lead to it.
    pub fn all(&self) -> Vec<(String, &Self)> {
        let mut found = vec![(String::new(), self)];
        for (logical_id, nested) in &self.nested {
            let below = nested.all().into_iter();
            found.extend(below.map(|(path, part)| (joined(logical_id, &path), part)));
        }
        found
    }
}

/// The tree of its template.
///
/// # Errors
/// It cannot be read.
pub fn parsed(deployed: &Deployed) -> Result<Node, Problem> {
    tree::parse(&deployed.text).map_err(|error| Problem {
        operation: format!("read the template of stack {}", deployed.stack.name),
        cause: format!("{}; deploy it anew without heal", error.message),
    })
}

fn part(
    deployed: &Deployed,
    carriers: BTreeSet<String>,
    nested_in: &str,
    lacking: &mut Vec<Lacking>,
) -> Result<Part, Problem> {
    let template = parsed(deployed)?;
    let resources = template.get("Resources");
    let property = |logical_id: &str, name: &str| {
        resources?.get(logical_id)?.get("Properties")?.get(name).cloned()
    };
    let held = |logical_id: &String| deployed.physical_ids.contains_key(logical_id);
    let ours = deployed.template.resources.iter().filter(|resource| is_ours(resource));
    let ours = ours.map(|resource| resource.logical_id.clone()).filter(held);
    let mut found =
        Part { stack_id: deployed.stack.id.clone(), ours: ours.collect(), ..Part::default() };
    let place = lacking.len();
    let mut here = Lacking { nested_in: nested_in.to_owned(), ..Lacking::default() };
    for (logical_id, nested) in &deployed.nested {
        let parameters = property(logical_id, "Parameters");
        let passed = parameters.iter().flat_map(Node::members);
        let passed: BTreeSet<String> = passed
            .filter(|parameter| mentions(&parameter.node, &carriers))
            .map(|parameter| parameter.key.clone())
            .collect();
        let is_passed = !passed.is_empty();
        let nested = part(nested, passed, &joined(nested_in, logical_id), lacking)?;
        if nested.has_ours() && !is_passed {
            here.passed.push(logical_id.clone());
        }
        found.nested.insert(logical_id.clone(), nested);
    }
    let lacks = |logical_id: &&String| {
        property(logical_id, REVISION).is_none_or(|value| !mentions(&value, &carriers))
    };
    here.properties = found.ours.iter().filter(lacks).cloned().collect();
    here.parameter = found.has_ours() && !declares(&template, &carriers);
    here.carrier = carriers.first().map_or(REVISION, String::as_str).to_owned();
    if here.parameter || !here.properties.is_empty() || !here.passed.is_empty() {
        lacking.insert(place, here);
    }
    found.carriers = carriers;
    Ok(found)
}

/// Whether the template has a parameter that carries, or one of the name that could.
fn declares(template: &Node, carriers: &BTreeSet<String>) -> bool {
    !carriers.is_empty()
        || template.get("Parameters").is_some_and(|all| all.get(REVISION).is_some())
}

/// Whether a value follows one of these parameters.
pub fn mentions(node: &Node, parameters: &BTreeSet<String>) -> bool {
    match &node.value {
        Value::Array(items) => items.iter().any(|item| mentions(item, parameters)),
        Value::Object(members) => members.iter().any(|member| match member.key.as_str() {
            "Ref" => member.node.as_str().is_some_and(|name| parameters.contains(name)),
            "Fn::Sub" => {
                let text = member.node.one_or_more().first().and_then(Node::as_str);
                let names =
                    |name: &String| text.is_some_and(|text| text.contains(&format!("${{{name}}}")));
                parameters.iter().any(names) || mentions(&member.node, parameters)
            }
            _ => mentions(&member.node, parameters),
        }),
        _ => false,
    }
}

fn lines(lacking: &[Lacking]) -> Lines {
    let texts = lacking.iter().map(|one| {
        let mut lines = vec![match one.nested_in.as_str() {
            "" => "# In the template of the stack:".to_owned(),
            nested => format!("# In the template of its nested stack {nested}:"),
        }];
        let mut line = |depth: usize, text: String| lines.push("  ".repeat(depth) + &text);
        if one.parameter {
            line(0, "Parameters:".to_owned());
            line(1, format!("{REVISION}:"));
            line(2, "Type: String".to_owned());
            line(2, "Default: \"\"".to_owned());
        }
        if !one.properties.is_empty() || !one.passed.is_empty() {
            line(0, "Resources:".to_owned());
        }
        for logical_id in &one.properties {
            line(1, format!("{logical_id}:"));
            line(2, "Properties:".to_owned());
            line(3, format!("{REVISION}: !Ref {}", one.carrier));
        }
        for logical_id in &one.passed {
            line(1, format!("{logical_id}:"));
            line(2, "Properties:".to_owned());
            line(3, "Parameters:".to_owned());
            line(4, format!("{REVISION}: !Ref {}", one.carrier));
        }
        lines.join("\n") + "\n"
    });
    Lines(texts.collect::<Vec<_>>().join("\n"))
}
