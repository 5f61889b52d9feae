//! The policies that a template declares, with their documents as AWS would get them.

use std::collections::BTreeMap;

use super::evaluator::first_unknown;
use super::functions::at;
use super::{Resource, Template};
use crate::document::Substitution;
use crate::fault::Fault;
use crate::tree::{Member, Node, Value};

/// The two types that declare a policy: ours, and CloudFormation's own.
const TYPES: [&str; 2] = ["Custom::OrgPolicy", "AWS::Organizations::Policy"];

/// A policy that a template declares.
#[derive(Clone, Debug)]
pub struct DeclaredPolicy<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// The policy's type, or why it is not known.
    pub policy_type: Result<String, String>,
    /// Its document, with the variables filled in. Where Content is a text, the whole document has
    /// the place of that text.
    pub document: Node,
    /// Where the document stands, as a JSON pointer into the template.
    pub pointer: String,
    /// What the function would refuse in Content and Variables.
    pub faults: Vec<Fault>,
}

/// The policies that a template declares, without those of nested templates.
pub fn declared_policies(template: &Template) -> impl Iterator<Item = DeclaredPolicy<'_>> {
    template.resources.iter().filter_map(declared)
}

fn declared(resource: &Resource) -> Option<DeclaredPolicy<'_>> {
    if !TYPES.contains(&resource.resource_type.as_str()) {
        return None;
    }
    let mut faults = Vec::new();
    let content = resource.properties.get("Content");
    let mut document = match content.map(|content| (content, content.as_str())) {
        Some((content, Some(text))) => read(text, content, &mut faults),
        Some((content, None)) => content.clone(),
        // A finding of its own: here there is nothing to look at.
        None => Node::new(Value::Unknown("Content, which is missing".to_owned())),
    };
    if resource.resource_type == "Custom::OrgPolicy" {
        let (filled_in, more) = fill_in(&document, resource.properties.get("Variables"));
        document = filled_in;
        faults.extend(more);
    }
    let policy_type = match resource.properties.get("Type") {
        Some(Node { value: Value::String(text), .. }) => Ok(text.clone()),
        Some(Node { value: Value::Unknown(reason), .. }) => Err(reason.clone()),
        _ => Err("Type, which is missing".to_owned()),
    };
    let pointer = format!("{}/Properties/Content", resource.pointer);
    Some(DeclaredPolicy { resource, policy_type, document, pointer, faults })
}

/// A document that is written as a text.
fn read(text: &str, content: &Node, faults: &mut Vec<Fault>) -> Node {
    match crate::tree::json::parse(text) {
        Ok(document) => at(document, content.span),
        Err(error) => {
            faults.push(Fault::new("Content", format!("is no JSON text: {}", error.message)));
            let reason = "Content, which is no JSON text".to_owned();
            Node { span: content.span, value: Value::Unknown(reason) }
        }
    }
}

/// The document with its variables filled in; what holds a variable that is not known is unknown.
fn fill_in(document: &Node, variables: Option<&Node>) -> (Node, Vec<Fault>) {
    let variables = match variables {
        None => &[],
        Some(node) => match &node.value {
            Value::Unknown(reason) => {
                return (
                    Node { span: document.span, value: Value::Unknown(reason.clone()) },
                    vec![],
                );
            }
            _ => node.members(),
        },
    };
    let mut known = BTreeMap::new();
    let mut unknown = BTreeMap::new();
    for Member { key, node, .. } in variables {
        match (first_unknown(node), node.scalar()) {
            (Some(reason), _) => drop(unknown.insert(key.as_str(), reason)),
            (None, Some(text)) => drop(known.insert(key.clone(), text.into_owned())),
            (None, None) => {}
        }
    }
    let mut filling = Filling { unknown, substitution: Substitution::new(&known) };
    let filled_in = filling.node(document, "Content");
    (filled_in, filling.substitution.faults)
}

struct Filling<'a> {
    /// The variables whose values are not known, and why.
    unknown: BTreeMap<&'a str, &'a str>,
    substitution: Substitution<'a>,
}

impl Filling<'_> {
    fn node(&mut self, node: &Node, at: &str) -> Node {
        let value = match &node.value {
            Value::String(text) => match self.unknown_in(text) {
                Some(reason) => Value::Unknown(reason),
                None => Value::String(self.substitution.expand(text, at)),
            },
            Value::Array(items) => {
                let items = items.iter().enumerate();
                Value::Array(
                    items.map(|(i, item)| self.node(item, &format!("{at}[{i}]"))).collect(),
                )
            }
            Value::Object(members) => self.object(members, at),
            other => other.clone(),
        };
        Node { span: node.span, value }
    }

    /// An object with a key that is not known is unknown as a whole.
    fn object(&mut self, members: &[Member], at: &str) -> Value {
        if let Some(reason) = members.iter().find_map(|member| self.unknown_in(&member.key)) {
            return Value::Unknown(reason);
        }
        let member = |member: &Member| {
            let at = crate::fault::path(at, &member.key);
            Member {
                key: self.substitution.expand(&member.key, &at),
                key_span: member.key_span,
                node: self.node(&member.node, &at),
            }
        };
        Value::Object(members.iter().map(member).collect())
    }

    fn unknown_in(&self, text: &str) -> Option<String> {
        let named = |name: &&str| text.contains(&format!("${{{name}}}"));
        self.unknown.iter().find(|(name, _)| named(name)).map(|(_, reason)| (*reason).to_owned())
    }
}
