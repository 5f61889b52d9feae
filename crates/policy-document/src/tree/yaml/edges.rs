//! Where the parts of a node begin and end, where the parser does not say.

use crate::tree::Span;

/// The tag and the anchor before a value: `!Sub &name`.
pub(super) struct Properties {
    /// The tag, if there is one.
    pub(super) tag: Span,
    /// Where the value begins.
    pub(super) end: usize,
}

/// Reads so many properties of the node at `start`.
pub(super) fn properties(text: &str, start: usize, count: usize) -> Properties {
    let mut read = Properties { tag: Span { start, end: start }, end: start };
    for _ in 0..count {
        let at = blanks_end(text, read.end);
        let end = at + property_length(text.get(at..).unwrap_or_default());
        if text.as_bytes().get(at) == Some(&b'!') {
            read.tag = Span { start: at, end };
        }
        read.end = end;
    }
    if count > 0 {
        read.end = blanks_end(text, read.end);
    }
    read
}

/// The length of the tag, anchor or alias that a text begins with.
pub(super) fn property_length(rest: &str) -> usize {
    if rest.starts_with("!<") {
        return rest.find('>').map_or(rest.len(), |close| close + 1);
    }
    rest.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(rest.len())
}

/// Where blanks, line breaks and comments from `at` on end.
pub(super) fn blanks_end(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        at += blanks;
        let rest = text.get(at..).unwrap_or_default();
        if !rest.starts_with('#') {
            return at;
        }
        at += rest.find(['\r', '\n']).unwrap_or(rest.len());
    }
}

/// Where a list begins that the parser has at `at` and whose key ends at `key`. One that is not indented more than its key
/// the parser has behind the first dash.
pub(super) fn list_start(text: &str, key: usize, at: usize) -> usize {
    let byte = |at: usize| text.as_bytes().get(at);
    let colon = blanks_end(text, key);
    let dash = if byte(colon) == Some(&b':') { blanks_end(text, colon + 1) } else { colon };
    if dash < at && byte(dash) == Some(&b'-') { dash } else { at }
}

/// Where a text in quotes that begins at `start` ends; the parser counts blanks and comments behind it as its own.
pub(super) fn quoted_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes.get(start).copied();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at).copied() {
        let doubled = quote == Some(b'\'') && bytes.get(at + 1) == Some(&b'\'');
        match byte {
            b'\\' if quote == Some(b'"') => at += 2,
            b'\'' if doubled => at += 2,
            _ if Some(byte) == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Where the lines of a block text begin whose `|` or `>` stands at `start`.
pub(super) fn block_start(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let header = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let lines = rest.get(header..).unwrap_or_default();
    let blanks = lines.len() - lines.trim_start_matches([' ', '\r', '\n']).len();
    start + header + blanks
}

/// The end of what stands between two places, without the blanks at its end.
pub(super) fn trimmed_end(text: &str, start: usize, end: usize) -> usize {
    start + text.get(start..end).map_or(0, |part| part.trim_end().len())
}
