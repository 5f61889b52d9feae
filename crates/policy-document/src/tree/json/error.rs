//! The parser's errors, with what helps.

use jsonc_parser::ParseStringErrorKind as StringKind;
use jsonc_parser::errors::{ParseError, ParseErrorKind as Kind};

use crate::tree::{Span, SyntaxError};

/// The error of a text that has no document.
pub(super) fn empty(body: &str) -> SyntaxError {
    let span = Span { start: 0, end: body.len() };
    SyntaxError::new("JSON", span, "the text is empty; write a document")
}

/// The parser's error in our words.
pub(super) fn explain(body: &str, error: &ParseError) -> SyntaxError {
    let range = error.range();
    let rest = body.get(range.start..).unwrap_or_default();
    let before = body.get(..range.start).unwrap_or_default();
    if before.ends_with('0') && rest.starts_with(|c: char| c.is_ascii_digit()) {
        let span = Span { start: range.start - 1, end: range.start };
        let cause = "a number begins with a zero; remove the zero, or put the digits in quotes";
        return SyntaxError::new("JSON", span, cause);
    }
    let span = Span { start: range.start, end: range.end };
    let first = Span { start: range.start, end: range.start + first_length(rest) };
    match error.kind() {
        Kind::NestingDepthExceeded => SyntaxError::too_deep("JSON", first),
        kind @ (Kind::UnterminatedArray
        | Kind::UnterminatedObject
        | Kind::UnterminatedCommentBlock
        | Kind::String(StringKind::UnterminatedStringLiteral)) => {
            SyntaxError::new("JSON", first, cause(kind, rest))
        }
        kind @ Kind::String(_) => {
            let length = escape_length(rest).min(range.end - range.start);
            let span = Span { start: range.start, end: range.start + length };
            SyntaxError::new("JSON", span, cause(kind, rest))
        }
        kind => SyntaxError::new("JSON", span, cause(kind, rest)),
    }
}

fn first_length(rest: &str) -> usize {
    rest.chars().next().map_or(0, char::len_utf8)
}

/// The length of the escape that a text begins with.
fn escape_length(rest: &str) -> usize {
    let digits = rest.strip_prefix("\\u").map(|rest| {
        let digits = rest.bytes().take(4).take_while(u8::is_ascii_hexdigit);
        digits.count()
    });
    match digits {
        Some(digits) => 2 + digits,
        None => rest.chars().take(2).map(char::len_utf8).sum(),
    }
}

fn cause(kind: &Kind, rest: &str) -> String {
    let cause = match kind {
        Kind::BareDecimalPointNumbersNotAllowed => {
            "a number begins or ends with its point; write a digit on both sides of it"
        }
        Kind::CommentsNotAllowed | Kind::UnterminatedCommentBlock => {
            "JSON has no comments; remove it"
        }
        Kind::ExpectedColonAfterObjectKey => "no colon follows the key; write `\"key\": value`",
        Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => {
            "this number ends too soon; write the digits that are missing"
        }
        Kind::ExpectedStringObjectProperty => "a key stands without quotes; write `\"key\"`",
        Kind::HexadecimalNumbersNotAllowed => {
            "JSON has no hexadecimal numbers; write it in decimal"
        }
        Kind::ExpectedComma => "no comma separates this from what follows; write one",
        Kind::MultipleRootJsonValues => {
            "something follows the end of the document; remove it, or the bracket too many before it"
        }
        Kind::NonFiniteNumbersNotAllowed => "JSON has finite numbers only; write one",
        Kind::SingleQuotedStringsNotAllowed => {
            "a text stands in single quotes; write `\"` on both sides"
        }
        Kind::TrailingCommasNotAllowed => "a comma follows the last value; remove it",
        Kind::UnaryPlusNumbersNotAllowed => "a number begins with `+`; remove the sign",
        Kind::UnexpectedCloseBrace => {
            "`}` stands where a value or `]` has to be; write what is missing"
        }
        Kind::UnexpectedCloseBracket => {
            "`]` stands where a value or `}` has to be; write what is missing"
        }
        Kind::UnexpectedColon => {
            "a colon stands where a value has to be; remove it, or make this an object: `{\"key\": value}`"
        }
        Kind::UnexpectedComma => "a comma stands where a value has to be; remove it",
        Kind::ExpectedObjectValue => "the key has no value; write one after the colon",
        Kind::UnexpectedTokenInObject => {
            "this stands where a key or `}` has to be; write `\"key\": value`, or close the object"
        }
        Kind::UnexpectedToken | Kind::UnexpectedWord => return no_value(rest).to_owned(),
        Kind::UnterminatedArray => "`[` is not closed; write `]` where the list ends",
        Kind::UnterminatedObject => "`{` is not closed; write `}` where the object ends",
        Kind::String(kind) => no_text(kind),
        other => return format!("{other}; correct it"),
    };
    cause.to_owned()
}

fn no_text(kind: &StringKind) -> &'static str {
    match kind {
        StringKind::ExpectedFourHexDigits | StringKind::ExpectedTwoHexDigits => {
            "`\\u` has four hexadecimal digits; write them, or `\\\\u` for a backslash"
        }
        StringKind::InvalidUnicodeEscapeSequence(_) => {
            "this escape is half of a character; write both halves (`\\ud83d\\ude00`), or the character itself"
        }
        StringKind::UnterminatedStringLiteral => {
            "the text that begins here is not closed; write `\"` where it ends"
        }
        StringKind::InvalidEscape
        | StringKind::InvalidEscapeInSingleQuoteString
        | StringKind::InvalidEscapeInDoubleQuoteString => {
            "JSON does not know this escape; write `\\\\` for a backslash"
        }
    }
}

fn no_value(rest: &str) -> &'static str {
    match rest.chars().next() {
        Some('“' | '”' | '„' | '«' | '»') => {
            "a curly quotation mark stands here, as word processors write it; write `\"`"
        }
        Some('\u{feff}') => "a byte order mark stands within the text; remove it",
        Some('#') => "JSON has no comments; remove it",
        _ => {
            "this is no value of JSON; a text stands in `\"`, and the words are true, false and null"
        }
    }
}
