//! JSON texts.

mod error;
mod strict;

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::text::within_length;
use super::{Member, Node, Span, SyntaxError, Value};

/// JSON, and nothing that others add to it.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads a JSON text (RFC 8259), with or without a byte order mark. Of a key that stands twice, both stay.
///
/// # Errors
/// The first place where the text is no JSON.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    within_length("JSON", text)?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let parsed = parse_to_ast(body, &CollectOptions::default(), &STRICT);
    let beyond = strict::beyond_json(body);
    let error = match (parsed, beyond) {
        (Ok(parsed), None) => match parsed.value {
            Some(value) => return Ok(node(value, base)),
            None => error::empty(body),
        },
        (Ok(_), Some(beyond)) => beyond,
        (Err(error), beyond) => {
            let error = error::explain(body, &error);
            beyond.filter(|beyond| beyond.span.start <= error.span.start).unwrap_or(error)
        }
    };
    let span = Span { start: base + error.span.start, end: base + error.span.end };
    Err(SyntaxError { span, ..error })
}

fn node(ast: Ast, base: usize) -> Node {
    let span = span(ast.range(), base);
    let value = match ast {
        Ast::NullKeyword(_) => Value::Null,
        Ast::BooleanLit(literal) => Value::Bool(literal.value),
        Ast::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        Ast::StringLit(literal) => Value::String(literal.value.into_owned()),
        Ast::Array(list) => {
            Value::Array(list.elements.into_iter().map(|item| node(item, base)).collect())
        }
        Ast::Object(object) => Value::Object(
            object.properties.into_iter().map(|property| member(property, base)).collect(),
        ),
    };
    Node { span, value }
}

fn member(property: jsonc_parser::ast::ObjectProp, base: usize) -> Member {
    Member {
        key_span: span(property.name.range(), base),
        key: property.name.into_string(),
        node: node(property.value, base),
    }
}

fn span(range: Range, base: usize) -> Span {
    Span { start: base + range.start, end: base + range.end }
}
