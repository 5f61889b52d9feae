//! One template while it is evaluated.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::conditions::Seen;
use super::nested::{Budget, NestedTemplates};
use super::{Files, Inputs, Known, Resource, Template, TemplateFault, parameters};
use crate::tree::pointer;
use crate::tree::{Member, Node, Span, Value};

/// A template that is being evaluated.
pub(super) struct Evaluator<'a> {
    pub(super) name: &'a str,
    pub(super) template: &'a Node,
    pub(super) inputs: &'a Inputs,
    pub(super) files: &'a dyn Files,
    pub(super) budget: &'a Budget,
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) seen: Seen,
    pub(super) nested: NestedTemplates,
    /// Whether loops or includes could not be written out.
    pub(super) is_incomplete: bool,
    faults: RefCell<Vec<TemplateFault>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(
        name: &'a str,
        template: &'a Node,
        inputs: &'a Inputs,
        files: &'a dyn Files,
        budget: &'a Budget,
    ) -> Self {
        Self {
            name,
            template,
            inputs,
            files,
            budget,
            parameters: parameters::values(template.get("Parameters"), inputs),
            seen: Seen::default(),
            nested: NestedTemplates::default(),
            is_incomplete: false,
            faults: RefCell::default(),
        }
    }

    /// Writes out includes and loops, and evaluates what is then there.
    pub(super) fn evaluate(self) -> Template {
        let expanded = self.expand();
        let evaluator = Evaluator {
            template: &expanded.template,
            is_incomplete: !expanded.unresolved.is_empty(),
            seen: Seen::default(),
            nested: NestedTemplates::default(),
            ..self
        };
        let mut template = Template {
            resources: evaluator.resources(),
            unresolved: expanded.unresolved,
            undeclared_parameters: evaluator.undeclared_parameters(),
            ..Template::default()
        };
        evaluator.read_outputs(&mut template);
        template.faults = evaluator.faults.into_inner();
        template
    }

    fn resources(&self) -> Vec<Resource> {
        let members = self.section("Resources").map(Node::members).unwrap_or_default();
        members.iter().filter_map(|member| self.resource(member)).collect()
    }

    /// The resource, unless its condition is false.
    fn resource(&self, member: &Member) -> Option<Resource> {
        let condition = self.condition_of(&member.node);
        if condition == Ok(false) {
            return None;
        }
        let resource_type = member.node.get("Type").and_then(Node::as_str).unwrap_or_default();
        let evaluated = |name: &str| member.node.get(name).and_then(|node| self.value(node));
        let properties = evaluated("Properties")
            .unwrap_or_else(|| Node { span: member.key_span, value: Value::Object(Vec::new()) });
        let is_custom = resource_type.starts_with("Custom::")
            || resource_type == "AWS::CloudFormation::CustomResource";
        Some(Resource {
            logical_id: member.key.clone(),
            resource_type: resource_type.to_owned(),
            condition: condition.map(drop),
            properties: if is_custom { as_texts(properties) } else { properties },
            metadata: evaluated("Metadata"),
            deletion_policy: evaluated("DeletionPolicy"),
            update_replace_policy: evaluated("UpdateReplacePolicy"),
            span: member.key_span,
            pointer: pointer::join("/Resources", &member.key),
            nested: self.nested_template(&member.key),
        })
    }

    /// The Condition of a resource or an output; true, if it has none.
    pub(super) fn condition_of(&self, node: &Node) -> Known<bool> {
        match node.get("Condition") {
            None => Ok(true),
            Some(name) => match name.as_str() {
                Some(text) => self.condition(text, name),
                None => Err(self.fault(name.span, "Condition takes a name".to_owned())),
            },
        }
    }

    fn read_outputs(&self, template: &mut Template) {
        for output in self.section("Outputs").map(Node::members).unwrap_or_default() {
            let condition = self.condition_of(&output.node);
            if condition == Ok(false) {
                continue;
            }
            let value = output.node.get("Value").and_then(|value| self.value(value));
            let Some(value) = value else { continue };
            // An output that may not be there has no value that is known.
            let value = match condition {
                Ok(_) => value,
                Err(reason) => Node { span: value.span, value: Value::Unknown(reason) },
            };
            let export = output.node.get("Export").and_then(|export| export.get("Name"));
            let export = export.and_then(|name| self.text(name).ok());
            if let Some(export) = export {
                template.exports.insert(export, value.clone());
            }
            template.outputs.insert(output.key.clone(), value);
        }
    }

    fn undeclared_parameters(&self) -> Vec<String> {
        let given = self.inputs.parameters.keys();
        given.filter(|name| !self.parameters.contains_key(*name)).cloned().collect()
    }

    /// A top-level section of the template.
    pub(super) fn section(&self, name: &str) -> Option<&'a Node> {
        self.template.get(name)
    }

    /// Whether the template has the transform whose functions CloudFormation itself does not know.
    pub(super) fn has_language_extensions(&self) -> bool {
        self.section("Transform").is_some_and(|transform| {
            let names = std::iter::once(transform).chain(transform.items());
            names.into_iter().any(|name| name.as_str() == Some("AWS::LanguageExtensions"))
        })
    }

    /// Notes what CloudFormation would refuse, and returns it as the reason why a value is unknown.
    pub(super) fn fault(&self, span: Span, problem: String) -> String {
        let fault = TemplateFault { span, problem };
        let reason = format!("a fault in the template: {}", fault.problem);
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
        reason
    }

    /// The value of a node: functions carried out, AWS::NoValue left out (none).
    pub(super) fn value(&self, node: &Node) -> Option<Node> {
        let unknown = |reason| Some(Node { span: node.span, value: Value::Unknown(reason) });
        let _level = match self.budget.enter() {
            Ok(level) => level,
            Err(reason) => return unknown(reason),
        };
        match &node.value {
            Value::Object(members) => match self.function(node) {
                Some(result) => result.unwrap_or_else(unknown),
                None => Some(self.object(node, members)),
            },
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item)).collect();
                Some(Node { span: node.span, value: Value::Array(items) })
            }
            Value::String(text) if text.contains("{{resolve:") => {
                unknown("a dynamic reference".to_owned())
            }
            _ => Some(node.clone()),
        }
    }

    fn object(&self, node: &Node, members: &[Member]) -> Node {
        let members = members.iter().filter_map(|member| {
            Some(Member { node: self.value(&member.node)?, ..member.clone() })
        });
        Node { span: node.span, value: Value::Object(members.collect()) }
    }

    /// The value of a node that has to be known as a whole.
    pub(super) fn known(&self, node: &Node) -> Known<Node> {
        let value = self.value(node);
        let value = value.ok_or_else(|| "AWS::NoValue, which is no value".to_owned())?;
        match first_unknown(&value) {
            Some(reason) => Err(reason.to_owned()),
            None => Ok(value),
        }
    }
}

/// Why a value is not wholly known.
pub(super) fn first_unknown(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Unknown(reason) => Some(reason),
        Value::Array(items) => items.iter().find_map(first_unknown),
        Value::Object(members) => members.iter().find_map(|member| first_unknown(&member.node)),
        _ => None,
    }
}

/// As a custom resource gets it: numbers and booleans as texts.
fn as_texts(node: Node) -> Node {
    let value = match node.value {
        Value::Number(text) => Value::String(text),
        Value::Bool(value) => Value::String(value.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(as_texts).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|member| Member { node: as_texts(member.node), ..member })
                .collect(),
        ),
        other => other,
    };
    Node { span: node.span, value }
}
