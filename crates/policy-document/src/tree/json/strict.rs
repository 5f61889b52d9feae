//! What the parser takes although it is no JSON, and no option of it forbids.

use crate::tree::text::MAX_DEPTH;
use crate::tree::{Span, SyntaxError};

/// The first character that JSON does not have where it stands, or the first bracket that is nested too deep.
pub(super) fn beyond_json(body: &str) -> Option<SyntaxError> {
    let mut text = Text::Outside;
    let mut depth = 0_usize;
    for (at, character) in body.char_indices() {
        let span = Span { start: at, end: at + character.len_utf8() };
        text = match (text, character) {
            (Text::Escaped, _) => Text::Inside,
            (Text::Inside, '\\') => Text::Escaped,
            (Text::Inside, '"') => Text::Outside,
            (Text::Inside, '\0'..='\u{1f}') => return Some(control(span, character)),
            (Text::Inside, _) => Text::Inside,
            (Text::Outside, '"') => Text::Inside,
            (Text::Outside, '{' | '[') => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(SyntaxError::too_deep("JSON", span));
                }
                text
            }
            (Text::Outside, '}' | ']') => {
                depth = depth.saturating_sub(1);
                text
            }
            (Text::Outside, ' ' | '\t' | '\r' | '\n') => text,
            (Text::Outside, blank) if blank.is_whitespace() => return Some(no_space(span, blank)),
            (Text::Outside, _) => text,
        };
    }
    None
}

/// Where a character stands.
#[derive(Clone, Copy)]
enum Text {
    Outside,
    Inside,
    Escaped,
}

fn control(span: Span, character: char) -> SyntaxError {
    let cause = match character {
        '\n' | '\r' => {
            "the line ends within a text; close the text with `\"`, or write `\\n` where it has a line break"
                .to_owned()
        }
        '\t' => "a tab stands in a text; write `\\t`".to_owned(),
        other => format!(
            "the control character U+{0:04X} stands in a text; remove it, or write `\\u{0:04x}`",
            u32::from(other)
        ),
    };
    SyntaxError::new("JSON", span, cause)
}

fn no_space(span: Span, character: char) -> SyntaxError {
    let cause = format!(
        "the blank here is U+{:04X}, which JSON does not have outside of texts; write a space",
        u32::from(character)
    );
    SyntaxError::new("JSON", span, cause)
}
