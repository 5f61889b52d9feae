//! Loops and includes, written out before anything is evaluated, as CloudFormation's own transforms
//! do it.

use super::evaluator::Evaluator;
use super::{Known, Unresolved};
use crate::tree::{Member, Node, Span, Value};

/// A key that begins so is a loop.
const LOOP: &str = "Fn::ForEach::";

/// A template whose loops and includes are written out.
pub(super) struct Expanded {
    pub(super) template: Node,
    /// Loops and includes around resources, conditions or outputs that are not known.
    pub(super) unresolved: Vec<Unresolved>,
}

impl Evaluator<'_> {
    /// The template with its loops and includes written out.
    pub(super) fn expand(&self) -> Expanded {
        let (top, mut unresolved) = self.with_top_level_include();
        let mut members = Vec::new();
        for member in top {
            let (expanded, unknown) = match &member.node.value {
                Value::Object(children) => {
                    let (children, unknown) = self.expanded_members(children);
                    (Node { span: member.node.span, value: Value::Object(children) }, unknown)
                }
                _ => (member.node.clone(), Vec::new()),
            };
            unresolved.extend(unknown);
            members.push(Member { node: expanded, ..member });
        }
        let span = self.template.span;
        Expanded { template: Node { span, value: Value::Object(members) }, unresolved }
    }

    fn expanded(&self, node: &Node) -> Node {
        let unknown = |reason| Node { span: node.span, value: Value::Unknown(reason) };
        let _level = match self.budget.enter() {
            Ok(level) => level,
            Err(reason) => return unknown(reason),
        };
        match &node.value {
            Value::Object(members) => {
                let (members, unresolved) = self.expanded_members(members);
                // Which keys it has is not known.
                if let Some(first) = unresolved.into_iter().next() {
                    return unknown(first.reason);
                }
                Node { span: node.span, value: Value::Object(members) }
            }
            Value::Array(items) => {
                let items = items.iter().map(|item| self.expanded(item)).collect();
                Node { span: node.span, value: Value::Array(items) }
            }
            _ => node.clone(),
        }
    }

    fn expanded_members(&self, members: &[Member]) -> (Vec<Member>, Vec<Unresolved>) {
        let (mut expanded, mut unresolved) = (Vec::new(), Vec::new());
        for member in members {
            let several = if member.key.starts_with(LOOP) {
                self.loop_members(member)
            } else if let Some(location) = include_location(member) {
                self.included_members(location, member.key_span)
            } else {
                expanded.push(Member { node: self.expanded(&member.node), ..member.clone() });
                continue;
            };
            match several {
                Ok(several) => expanded.extend(several),
                Err(reason) => unresolved.push(Unresolved { span: member.key_span, reason }),
            }
        }
        (expanded, unresolved)
    }

    /// What `Fn::ForEach::Name: [identifier, collection, body]` stands for.
    fn loop_members(&self, member: &Member) -> Known<Vec<Member>> {
        let _level = self.budget.enter()?;
        self.needs_language_extensions("Fn::ForEach", member.key_span);
        let [identifier, collection, body] = member.node.items() else {
            let problem = "Fn::ForEach takes a name, a list of texts, and what is repeated";
            return Err(self.fault(member.node.span, problem.to_owned()));
        };
        let Some(identifier) = identifier.as_str() else {
            let problem = "the first value of Fn::ForEach is the name of the loop's variable";
            return Err(self.fault(identifier.span, problem.to_owned()));
        };
        let mut result = Vec::new();
        for item in self.list(collection)? {
            if let Value::Unknown(reason) = item.value {
                return Err(reason);
            }
            let text = item.scalar().ok_or_else(|| {
                self.fault(collection.span, "Fn::ForEach goes through texts".to_owned())
            })?;
            let body = Variable { name: identifier, value: &text }.put_into(body);
            let (members, unresolved) = self.expanded_members(body.members());
            if let Some(first) = unresolved.into_iter().next() {
                return Err(first.reason);
            }
            self.budget.count(size(&members))?;
            result.extend(members);
        }
        Ok(result)
    }

    /// The members of the template, with those of an include at its top.
    fn with_top_level_include(&self) -> (Vec<Member>, Vec<Unresolved>) {
        let mut members = self.template.members().to_vec();
        let mut unresolved = Vec::new();
        let transform = self.section("Transform");
        let transforms = transform.into_iter().chain(transform.into_iter().flat_map(Node::items));
        for transform in transforms.filter_map(location) {
            match self.included_members(transform, transform.span) {
                Ok(included) => members.extend(included),
                Err(reason) => unresolved.push(Unresolved { span: transform.span, reason }),
            }
        }
        (members, unresolved)
    }

    /// The members of the snippet that an AWS::Include names, at the place of the include.
    fn included_members(&self, location: &Node, span: Span) -> Known<Vec<Member>> {
        let location = self.text(location)?;
        let file = self.files.read(self.name, &location)?;
        let snippet = crate::tree::parse(&file.text)
            .map_err(|error| self.fault(span, format!("{}: {}", file.name, error.message)))?;
        let included = super::functions::at(snippet, span);
        self.budget.count(size(included.members()))?;
        Ok(included.members().to_vec())
    }

    /// Whether the template may have resources that do not show in it: what a macro or SAM adds,
    /// and loops or includes that could not be written out.
    pub(super) fn may_have_more_resources(&self) -> bool {
        let Some(transform) = self.section("Transform") else { return self.is_incomplete };
        let mut names = std::iter::once(transform).chain(transform.items());
        self.is_incomplete
            || names.any(|name| name.as_str().is_some_and(|name| name != "AWS::LanguageExtensions"))
    }
}

/// The Location of a member that is an AWS::Include.
fn include_location(member: &Member) -> Option<&Node> {
    if member.key == "Fn::Transform" { location(&member.node) } else { None }
}

fn location(transform: &Node) -> Option<&Node> {
    let is_include = transform.get("Name").and_then(Node::as_str) == Some("AWS::Include");
    transform.get("Parameters").filter(|_| is_include)?.get("Location")
}

/// How many values members hold.
fn size(members: &[Member]) -> usize {
    fn of(node: &Node) -> usize {
        1 + node.items().iter().map(of).sum::<usize>() + size(node.members())
    }
    members.iter().map(|member| of(&member.node)).sum()
}

/// A loop's variable, in one turn of it.
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

impl Variable<'_> {
    /// The node with the variable put in: into keys and texts, and where `Ref` names it.
    fn put_into(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Object(members) => match members.as_slice() {
                [only] if only.key == "Ref" && only.node.as_str() == Some(self.name) => {
                    Value::String(self.value.to_owned())
                }
                _ => Value::Object(
                    members
                        .iter()
                        .map(|member| Member {
                            key: self.replace(&member.key),
                            key_span: member.key_span,
                            node: self.put_into(&member.node),
                        })
                        .collect(),
                ),
            },
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.put_into(item)).collect())
            }
            Value::String(text) => Value::String(self.replace(text)),
            other => other.clone(),
        };
        Node { span: node.span, value }
    }

    /// `${Name}` is the value; `&{Name}` what a logical id may hold of it, letters and digits.
    fn replace(&self, text: &str) -> String {
        let plain: String = self.value.chars().filter(char::is_ascii_alphanumeric).collect();
        text.replace(&format!("${{{}}}", self.name), self.value)
            .replace(&format!("&{{{}}}", self.name), &plain)
    }
}
