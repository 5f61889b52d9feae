//! The parser's errors, with what helps.

use crate::tree::{Span, SyntaxError};

/// What the parser says (a part of it), and what we say.
const CAUSES: [(&str, &str); 37] = [
    (
        "found unexpected end of stream",
        "the text that begins here is not closed; write its quotation mark where it ends",
    ),
    (
        "found unexpected document indicator",
        "`---` or `...` stands in the text that begins here; close the text before",
    ),
    (
        "unknown escape character",
        "the text that begins here has an escape that YAML does not know; write `\\\\` for a backslash, or put the text in single quotes",
    ),
    (
        "expected hexadecimal number",
        "the text that begins here has an escape without its digits; write `\\\\` for a backslash, or put the text in single quotes",
    ),
    (
        "in quoted scalar",
        "the text that begins here is not closed, or its next lines are not indented; write its quotation mark where it ends",
    ),
    (
        "invalid trailing content",
        "something follows the closing quotation mark; remove it, or put the whole text in quotes",
    ),
    (
        "mapping values are not allowed",
        "this colon makes no key of what stands before it; put the text in quotes, correct the indentation, or write a space behind the colon before it",
    ),
    (
        "mapping keys are not allowed",
        "no key can begin here; put the text in quotes, or correct the indentation",
    ),
    (
        "block sequence entries are not allowed",
        "no list can begin here; begin it on a line of its own, or put the text in quotes",
    ),
    ("is only valid inside a block", "a list in brackets has no dashes; write commas"),
    ("'-' followed by ,[]{}", "a list in brackets has no dashes; write commas"),
    ("'-' must be followed", "a tab follows the dash; write a space"),
    ("':' must be followed", "a tab follows the colon; write a space"),
    ("unprintable character", "a control character stands here; remove it"),
    ("tab", "a tab stands where the line is indented; indent by spaces"),
    (
        "simple key expect",
        "this is no `key: value` as the lines around it; write the colon, or correct the indentation",
    ),
    (
        "did not find expected key",
        "this is no `key: value` as the lines before it; write the colon, or correct the indentation",
    ),
    (
        "did not find expected '-' indicator",
        "this is no entry of the list before it; write the dash, or correct the indentation",
    ),
    (
        "expected <document start>",
        "this does not belong to what stands before it; correct the indentation or a bracket before it",
    ),
    (
        "expected ',' or ']'",
        "a list in brackets goes on here without a comma, or is not closed; write `,` or `]`",
    ),
    (
        "expected ',' or '}'",
        "a mapping in braces goes on here without a comma, or is not closed; write `,` or `}`",
    ),
    ("':' may not precede", "no space follows the colon; write one"),
    (
        "illegal placement of ':'",
        "the key and its colon stand on two lines, or a bracket before is not closed; write them on one line, or close it",
    ),
    ("misplaced bracket", "this bracket closes nothing; remove it, or put the text in quotes"),
    (
        "unexpected end of plain scalar",
        "a value is expected here; write one, or close the brackets",
    ),
    (
        "comment intercepting",
        "a comment stands in a text of several lines; put the text in quotes, or the comment elsewhere",
    ),
    (
        "comments must be separated",
        "no space stands before the `#`; write one, or put the text in quotes",
    ),
    (
        "indentation indicator equal to 0",
        "a text of several lines cannot be indented by 0; write the number of its spaces, or none",
    ),
    (
        "while scanning a block scalar",
        "something follows `|` or `>`; begin the text on the next line, or put it in quotes",
    ),
    ("indent", "this line is not indented as the lines before it; correct the indentation"),
    (
        "after document end marker",
        "something follows `...`; remove it: CloudFormation reads one document",
    ),
    ("byte order mark", "a byte order mark stands within the text; remove it"),
    ("expected node content", "a value is expected here; write one, or put the text in quotes"),
    (
        "handle wasn't declared",
        "CloudFormation has no such tag; write one of its functions, or put the text in quotes",
    ),
    (" tag", "this is no tag; write one of CloudFormation's functions, or put the text in quotes"),
    ("directive", "this line begins with `%`, which only directives do; put the text in quotes"),
    ("unexpected eof", "the text ends too soon; write what is missing"),
];

/// The parser's error at `at` in our words.
pub(super) fn explain(text: &str, at: usize, info: &str) -> SyntaxError {
    let rest = text.get(at..).unwrap_or_default();
    let first = Span { start: at, end: at + rest.chars().next().map_or(0, char::len_utf8) };
    let word = word(rest);
    let whole = Span { start: at, end: at + word.len() };
    if info.contains("recursion limit") {
        return SyntaxError::too_deep("YAML", first);
    }
    if info.starts_with("unexpected character") {
        let cause = format!(
            "no text begins like this without quotes; write '{}'",
            word.replace('\'', "''")
        );
        return SyntaxError::new("YAML", whole, cause);
    }
    if info.contains("an anchor or alias") {
        let cause = "`*` begins an alias and `&` an anchor, and their name is missing; put the text in quotes";
        return SyntaxError::new("YAML", first, cause);
    }
    if info.contains("unknown anchor") {
        let cause = format!(
            "{word} stands for a value that no anchor before it names; write the anchor, or put the text in quotes"
        );
        return SyntaxError::new("YAML", whole, cause);
    }
    if info.contains("invalid Unicode character") {
        return half(text, at);
    }
    if rest.starts_with('!') && info.contains("did not find expected") && !info.contains(" tag") {
        let cause = "a second tag follows the first; write one of the two in its long form (`Fn::Base64: !Sub …`)";
        return SyntaxError::new("YAML", whole, cause);
    }
    let known = CAUSES.iter().find(|(said, _)| info.contains(said));
    let cause = known.map_or_else(|| format!("{info}; correct it"), |(_, ours)| (*ours).to_owned());
    SyntaxError::new("YAML", first, cause)
}

/// A text up to what can follow a key or a value.
fn word(rest: &str) -> &str {
    let end = rest.char_indices().find(|(at, c)| {
        let after = rest.get(at + c.len_utf8()..).unwrap_or_default();
        let colon = *c == ':' && !after.starts_with(|next: char| !next.is_whitespace());
        colon || c.is_whitespace() || ",[]{}".contains(*c)
    });
    rest.get(..end.map_or(rest.len(), |(at, _)| at)).unwrap_or_default()
}

/// An escape that is no character, in the text in double quotes that begins at `at`.
fn half(text: &str, at: usize) -> SyntaxError {
    let cause = "this escape is no character, or half of one; write both halves (`\\ud83d\\ude00`), or the character itself";
    let rest = text.get(at..).unwrap_or_default();
    let mut from = 0;
    while let Some(found) = rest.get(from..).and_then(|rest| rest.find('\\')) {
        let start = from + found;
        let length = match rest.get(start + 1..).and_then(|rest| rest.chars().next()) {
            Some('u') => 6,
            Some('U') => 10,
            next => {
                from = start + 1 + next.map_or(0, char::len_utf8);
                continue;
            }
        };
        let digits = rest.get(start + 2..start + length).unwrap_or_default();
        if u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).is_none() {
            let start = at + start;
            let end = text.len().min(start + length);
            return SyntaxError::new("YAML", Span { start, end }, cause);
        }
        from = start + length;
    }
    SyntaxError::new("YAML", Span { start: at, end: at }, cause)
}
