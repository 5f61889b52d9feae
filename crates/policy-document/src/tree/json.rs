//! JSON texts.

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Member, Node, Span, SyntaxError, Value};

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
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let span = |range: Range| Span { start: base + range.start, end: base + range.end };
    let parsed = parse_to_ast(body, &CollectOptions::default(), &STRICT).map_err(|error| {
        SyntaxError { span: span(error.range()), message: format!("read JSON: {}", error.kind()) }
    })?;
    match parsed.value {
        Some(value) => Ok(node(value, &span)),
        None => Err(SyntaxError {
            span: Span { start: base, end: text.len() },
            message: "read JSON: the text is empty; write a document".to_owned(),
        }),
    }
}

fn node(ast: Ast, span: &impl Fn(Range) -> Span) -> Node {
    let place = span(ast.range());
    let value = match ast {
        Ast::NullKeyword(_) => Value::Null,
        Ast::BooleanLit(literal) => Value::Bool(literal.value),
        Ast::NumberLit(literal) => Value::Number(literal.value.to_owned()),
        Ast::StringLit(literal) => Value::String(literal.value.into_owned()),
        Ast::Array(array) => {
            Value::Array(array.elements.into_iter().map(|item| node(item, span)).collect())
        }
        Ast::Object(object) => Value::Object(
            object
                .properties
                .into_iter()
                .map(|property| Member {
                    key_span: span(property.name.range()),
                    key: property.name.into_string(),
                    node: node(property.value, span),
                })
                .collect(),
        ),
    };
    Node { span: place, value }
}
