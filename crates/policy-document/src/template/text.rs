//! The functions that make texts.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Known;
use super::evaluator::Evaluator;
use crate::tree::{Node, Span, Value};

/// The longest text that a function may make, in bytes: a template has no more (1 MB, quotas of
/// CloudFormation). Functions within functions could double a text at every level.
const LONGEST: usize = 1_000_000;

impl Evaluator<'_> {
    /// `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!Literal}`.
    pub(super) fn substitute(&self, argument: &Node, span: Span) -> Known<String> {
        let (text, variables) = match (argument.as_str(), argument.items()) {
            (Some(text), _) => (text, None),
            (None, [text, variables]) => match text.as_str() {
                Some(text) => (text, Some(variables)),
                None => return Err(self.fault(span, "Fn::Sub takes a literal text".to_owned())),
            },
            _ => {
                let problem = "Fn::Sub takes a text, or a text and variables".to_owned();
                return Err(self.fault(span, problem));
            }
        };
        if text.contains("{{resolve:") {
            return Err("a dynamic reference".to_owned());
        }
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.fault(span, "a ${ in Fn::Sub has no }".to_owned()));
            };
            match name.strip_prefix('!') {
                Some(literal) => result.extend(["${", literal, "}"]),
                None => result.push_str(&self.variable(name.trim(), variables, span)?),
            }
            rest = after;
            self.short_enough(&result, span)?;
        }
        Ok(result + rest)
    }

    fn variable(&self, name: &str, variables: Option<&Node>, span: Span) -> Known<String> {
        if let Some(value) = variables.and_then(|variables| variables.get(name)) {
            return self.text(value);
        }
        let value = match name.split_once('.') {
            Some((resource, attribute)) => self.attribute_of(resource, attribute, span)?,
            None => self.referred(name, span)?,
        };
        match value {
            Some(Node { value: Value::Unknown(reason), .. }) => Err(reason),
            Some(value) => value.scalar().map(Cow::into_owned).ok_or_else(|| {
                self.fault(span, format!("{name} in Fn::Sub is a list: use Fn::Join"))
            }),
            None => Err(self.fault(span, format!("{name} in Fn::Sub has no value"))),
        }
    }

    /// `Fn::Join`.
    pub(super) fn join(&self, argument: &Node, span: Span) -> Known<String> {
        let [delimiter, list] = argument.items() else {
            return Err(self.fault(span, "Fn::Join takes a delimiter and a list".to_owned()));
        };
        let Some(delimiter) = delimiter.as_str() else {
            let problem = "the delimiter of Fn::Join must be a literal text".to_owned();
            return Err(self.fault(span, problem));
        };
        let mut result = String::new();
        for (i, item) in self.list(list)?.iter().enumerate() {
            if let Value::Unknown(reason) = &item.value {
                return Err(reason.clone());
            }
            if i > 0 {
                result.push_str(delimiter);
            }
            let text = item.scalar();
            let text = text.ok_or_else(|| self.fault(span, "Fn::Join joins texts".to_owned()))?;
            result.push_str(&text);
            self.short_enough(&result, span)?;
        }
        Ok(result)
    }

    /// `Fn::Split`.
    pub(super) fn split(&self, argument: &Node, span: Span) -> Known<Node> {
        let [delimiter, text] = argument.items() else {
            return Err(self.fault(span, "Fn::Split takes a delimiter and a text".to_owned()));
        };
        let delimiter = delimiter.as_str().filter(|delimiter| !delimiter.is_empty());
        let Some(delimiter) = delimiter else {
            let problem = "the delimiter of Fn::Split must be a literal text".to_owned();
            return Err(self.fault(span, problem));
        };
        let text = self.text(text)?;
        let items = text.split(delimiter);
        let items = items.map(|item| Node { span, value: Value::String(item.to_owned()) });
        Ok(Node { span, value: Value::Array(items.collect()) })
    }

    /// `Fn::Base64`.
    pub(super) fn base64(&self, argument: &Node) -> Known<String> {
        let text = self.text(argument)?;
        self.short_enough(&text, argument.span)?;
        Ok(STANDARD.encode(text))
    }

    /// `Fn::ToJsonString`.
    pub(super) fn to_json_string(&self, argument: &Node, span: Span) -> Known<String> {
        self.needs_language_extensions("Fn::ToJsonString", span);
        let json = self.known(argument)?.to_json();
        let json = json.ok_or_else(|| self.fault(span, "a key stands there twice".to_owned()))?;
        let text = json.to_string();
        self.short_enough(&text, span)?;
        Ok(text)
    }

    fn short_enough(&self, text: &str, span: Span) -> Known<()> {
        if text.len() <= LONGEST {
            return Ok(());
        }
        Err(self.fault(span, format!("makes a text of more than {LONGEST} bytes")))
    }
}
