//! The intrinsic functions.

use std::borrow::Cow;

use super::Known;
use super::evaluator::Evaluator;
use crate::tree::{Node, Span, Value};

/// The value of a function; none is AWS::NoValue.
type Result = Known<Option<Node>>;

impl Evaluator<'_> {
    /// What the function comes to, if an object is one: its only key names it.
    pub(super) fn function(&self, node: &Node) -> Option<Result> {
        let [member] = node.members() else { return None };
        let (argument, span) = (&member.node, node.span);
        let result = match member.key.as_str() {
            "Ref" => self.reference(argument, span),
            "Fn::If" => self.choose(argument, span),
            "Fn::Sub" => self.substitute(argument, span).map(|text| string(text, span)),
            "Fn::Join" => self.join(argument, span).map(|text| string(text, span)),
            "Fn::Split" => self.split(argument, span).map(Some),
            "Fn::Select" => self.select(argument, span).map(Some),
            "Fn::FindInMap" => self.find_in_map(argument, span),
            "Fn::Base64" => self.base64(argument).map(|text| string(text, span)),
            "Fn::Length" => self.length(argument, span).map(Some),
            "Fn::ToJsonString" => self.to_json_string(argument, span).map(|t| string(t, span)),
            "Fn::GetAtt" => self.attribute(argument, span),
            "Fn::ImportValue" => self.import(argument, span),
            "Fn::Transform" => Err("what a macro makes of it".to_owned()),
            "Fn::GetAZs" => Err("the Availability Zones of a Region".to_owned()),
            "Fn::Cidr" => Err("the blocks that Fn::Cidr makes".to_owned()),
            "Fn::GetStackOutput" => Err("the output of another stack".to_owned()),
            key if key.starts_with("Fn::") => {
                Err(self.fault(span, format!("there is no function {key} here")))
            }
            _ => return None,
        };
        Some(result)
    }

    fn reference(&self, argument: &Node, span: Span) -> Result {
        let Some(name) = argument.as_str() else {
            return Err(self.fault(span, "Ref takes a name".to_owned()));
        };
        self.referred(name, span)
    }

    /// What `Ref` of this name is, or `${name}` in Fn::Sub.
    pub(super) fn referred(&self, name: &str, span: Span) -> Result {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(at(Node::new(value.clone()), span)));
        }
        if let Some(value) = self.inputs.pseudo.get(name) {
            return Ok(string(value.clone(), span));
        }
        if name.starts_with("AWS::") {
            return Err(format!("{name} of the deployment"));
        }
        if self.section("Resources").is_some_and(|resources| resources.get(name).is_some()) {
            return Err(format!("the Ref of resource {name}"));
        }
        // What a macro adds, or a loop that could not be written out, may be named so.
        if self.may_have_more_resources() {
            return Err(format!("what {name} is"));
        }
        let problem = format!("there is no parameter and no resource {name}");
        Err(self.fault(span, problem))
    }

    fn choose(&self, argument: &Node, span: Span) -> Result {
        let [name, yes, no] = argument.items() else {
            let problem = "Fn::If takes a condition's name and two values".to_owned();
            return Err(self.fault(span, problem));
        };
        let truth = match name.as_str() {
            Some(text) => self.condition(text, name),
            None => Err(self.fault(name.span, "Fn::If takes a condition's name".to_owned())),
        };
        Ok(self.value(if truth? { yes } else { no }))
    }

    fn select(&self, argument: &Node, span: Span) -> Known<Node> {
        let [index, list] = argument.items() else {
            return Err(self.fault(span, "Fn::Select takes an index and a list".to_owned()));
        };
        let text = self.text(index)?;
        let Ok(position) = text.parse::<usize>() else {
            return Err(self.fault(index.span, format!("{text:?} is no index")));
        };
        let list = self.list(list)?;
        let length = list.len();
        let selected = list.into_iter().nth(position).ok_or_else(|| {
            self.fault(span, format!("Fn::Select takes item {position} of {length}, from 0"))
        })?;
        match selected.value {
            Value::Unknown(reason) => Err(reason),
            _ => Ok(selected),
        }
    }

    fn find_in_map(&self, argument: &Node, span: Span) -> Result {
        let (map, first, second, default) = match argument.items() {
            [map, first, second] => (map, first, second, None),
            [map, first, second, options] => (map, first, second, options.get("DefaultValue")),
            _ => {
                let problem = "Fn::FindInMap takes a map's name and two keys".to_owned();
                return Err(self.fault(span, problem));
            }
        };
        let keys = [self.text(map)?, self.text(first)?, self.text(second)?];
        let mappings = self.section("Mappings");
        let found = mappings.and_then(|maps| keys.iter().try_fold(maps, |node, key| node.get(key)));
        match (found, default) {
            (Some(found), _) => Ok(self.value(found)),
            (None, Some(default)) => Ok(self.value(default)),
            (None, None) => {
                let problem = format!("Mappings has no {}", keys.join("."));
                Err(self.fault(span, problem))
            }
        }
    }

    fn length(&self, argument: &Node, span: Span) -> Known<Node> {
        self.needs_language_extensions("Fn::Length", span);
        // The number of items is known even where the items are not.
        let length = self.list(argument)?.len();
        Ok(Node { span, value: Value::Number(length.to_string()) })
    }

    fn attribute(&self, argument: &Node, span: Span) -> Result {
        let (resource, attribute) = match argument.items() {
            [resource, attribute] => (self.text(resource)?, self.text(attribute)?),
            _ => match argument.as_str().and_then(|text| text.split_once('.')) {
                Some((resource, attribute)) => (resource.to_owned(), attribute.to_owned()),
                None => {
                    let problem = "Fn::GetAtt takes a resource's name and an attribute".to_owned();
                    return Err(self.fault(span, problem));
                }
            },
        };
        self.attribute_of(&resource, &attribute, span)
    }

    /// The attribute of a resource: known of outputs of nested stacks only.
    pub(super) fn attribute_of(&self, resource: &str, attribute: &str, span: Span) -> Result {
        let declared = self.section("Resources").and_then(|resources| resources.get(resource));
        if declared.is_none() && !self.may_have_more_resources() {
            return Err(self.fault(span, format!("there is no resource {resource}")));
        }
        let unknown = format!("the attribute {attribute} of {resource}");
        let Some(output) = attribute.strip_prefix("Outputs.") else { return Err(unknown) };
        let nested = self.nested_template(resource).ok_or_else(|| unknown.clone())??;
        match nested.template.outputs.get(output) {
            Some(Node { value: Value::Unknown(reason), .. }) => Err(reason.clone()),
            Some(value) => Ok(Some(at(value.clone(), span))),
            None => Err(unknown),
        }
    }

    fn import(&self, argument: &Node, span: Span) -> Result {
        let name = self.text(argument)?;
        match self.inputs.exports.get(&name) {
            Some(value) => Ok(Some(at(value.clone(), span))),
            None => Err(format!("the export {name} of another stack")),
        }
    }

    /// The items of what has to be a list.
    pub(super) fn list(&self, node: &Node) -> Known<Vec<Node>> {
        match self.value(node) {
            Some(Node { value: Value::Array(items), .. }) => Ok(items),
            Some(Node { value: Value::Unknown(reason), .. }) => Err(reason),
            _ => Err(self.fault(node.span, "must be a list".to_owned())),
        }
    }

    /// The text of what has to be one, or a number or a boolean.
    pub(super) fn text(&self, node: &Node) -> Known<String> {
        let value = self.known(node)?;
        let text = value.scalar().map(Cow::into_owned);
        text.ok_or_else(|| self.fault(node.span, "must be a text".to_owned()))
    }

    pub(super) fn needs_language_extensions(&self, function: &str, span: Span) {
        if !self.has_language_extensions() {
            self.fault(span, format!("{function} needs Transform: AWS::LanguageExtensions"));
        }
    }
}

fn string(text: String, span: Span) -> Option<Node> {
    Some(Node { span, value: Value::String(text) })
}

/// The value, with all of it at the place of the function that brought it here.
pub(super) fn at(node: Node, span: Span) -> Node {
    let value = match node.value {
        Value::Array(items) => Value::Array(items.into_iter().map(|item| at(item, span)).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|mut member| {
                    member.key_span = span;
                    member.node = at(member.node, span);
                    member
                })
                .collect(),
        ),
        other => other,
    };
    Node { span, value }
}
