//! Lists and mappings in brackets, whose lines may be indented as one likes.
//!
//! ```yaml
//! Content: {
//!   "plans": {}
//! }
//! ```
//!
//! YAML 1.1 does not look at indentation within brackets, and JSON is often pasted like this. The parser, which reads
//! YAML 1.2, wants every line indented more than the key, and sometimes refuses the last one. So a text that it refuses is
//! tried again with those lines indented.

use super::edges;
use super::edited::Edited;

/// Spaces that are put in, at most: a long line and many short ones could want any number.
const MAX_SPACES: usize = 8 * 1024 * 1024;

/// The text with all lines within brackets indented at least as the first bracket; none if they are, or if there are too
/// many.
pub(super) fn indent(text: &str) -> Option<Edited<'_>> {
    let mut edited = Edited::new(text);
    let mut spaces = 0;
    for Collection { open, close, column } in outermost(text) {
        let mut at = open;
        while let Some(newline) = text.get(at..close).and_then(|rest| rest.find('\n')) {
            at += newline + 1;
            let rest = text.get(at..).unwrap_or_default();
            let indented = rest.len() - rest.trim_start_matches(' ').len();
            let missing = column.saturating_sub(indented);
            if missing > 0 && !rest.get(indented..).unwrap_or_default().starts_with(['\r', '\n']) {
                spaces += missing;
                if spaces > MAX_SPACES {
                    return None;
                }
                edited.replace(at..at, &" ".repeat(missing));
            }
        }
    }
    Some(edited.finish()).filter(Edited::is_changed)
}

/// A list or mapping in brackets: where it begins and ends, and how far from the beginning of its line.
struct Collection {
    open: usize,
    close: usize,
    column: usize,
}

/// The lists and mappings in brackets that are within no other.
fn outermost(text: &str) -> Vec<Collection> {
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 0);
    // The column of the last key or dash, less than which no block text is indented.
    let mut parent = None;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let column = at - line;
        let blank_follows = rest
            .get(1..)
            .is_some_and(|next| next.is_empty() || next.starts_with([' ', '\t', '\r', '\n']));
        let next = match character {
            ' ' | '\t' | '\r' | '\n' | '\u{feff}' => at + character.len_utf8(),
            '#' => line_end(text, at),
            '-' if column == 0 && rest.starts_with("---") => at + 3,
            '-' | '?' if blank_follows => {
                parent = Some(column);
                at + 1
            }
            ':' if blank_follows => at + 1,
            '!' | '&' | '*' => at + edges::property_length(rest).max(1),
            '"' | '\'' => {
                parent = Some(column);
                edges::quoted_end(text, at)
            }
            '|' | '>' => block_end(text, at, parent),
            '[' | '{' => {
                let Some(close) = collection_end(text, at) else { return found };
                found.push(Collection { open: at, close, column });
                close
            }
            _ => {
                let (end, is_key) = plain_end(text, at);
                parent = if is_key { Some(column) } else { parent };
                end
            }
        };
        if let Some(newline) = text.get(at..next).and_then(|passed| passed.rfind('\n')) {
            line = at + newline + 1;
        }
        at = next;
    }
    found
}

/// Where the bracket at `open` is closed.
fn collection_end(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = open;
    // Whether a value can begin here: only there quotes are quotes.
    let mut begins = true;
    let mut after_blank = false;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let blank = matches!(character, ' ' | '\t' | '\r' | '\n');
        let length = character.len_utf8();
        at = match character {
            '[' | '{' => {
                (depth, begins) = (depth + 1, true);
                at + length
            }
            ']' | '}' => {
                (depth, begins) = (depth.checked_sub(1)?, false);
                if depth == 0 {
                    return Some(at + length);
                }
                at + length
            }
            ',' | ':' => {
                begins = true;
                at + length
            }
            _ if blank => at + length,
            '#' if after_blank => line_end(text, at),
            '"' | '\'' if begins => {
                begins = false;
                edges::quoted_end(text, at)
            }
            '!' | '&' if begins => {
                at + edges::property_length(text.get(at..).unwrap_or_default()).max(1)
            }
            _ => {
                begins = begins && character == '?';
                at + length
            }
        };
        after_blank = blank;
    }
    None
}

/// Where the lines of the block text end whose `|` or `>` stands at `at`.
fn block_end(text: &str, at: usize, parent: Option<usize>) -> usize {
    let mut end = line_end(text, at);
    while let Some(line) = next_line(text, end) {
        let rest = text.get(line..).unwrap_or_default();
        let content = rest.trim_start_matches(' ');
        let indented = parent.is_none_or(|parent| rest.len() - content.len() > parent);
        let blank = content.is_empty() || content.starts_with(['\r', '\n']);
        if !blank && !indented || line == text.len() {
            return line;
        }
        end = line_end(text, line);
    }
    end
}

/// Where the unquoted text at `at` ends on its line, and whether a colon there makes it a key.
fn plain_end(text: &str, at: usize) -> (usize, bool) {
    let rest = text.get(at..).unwrap_or_default();
    let mut characters = rest.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        let next = characters.peek().map_or('\n', |(_, next)| *next);
        match (character, next) {
            ('\r' | '\n', _) | (' ' | '\t', '#') => return (at + offset, false),
            (':', ' ' | '\t' | '\r' | '\n') => return (at + offset, true),
            _ => {}
        }
    }
    (text.len(), false)
}

fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find(['\r', '\n']).unwrap_or(rest.len())
}

fn next_line(text: &str, at: usize) -> Option<usize> {
    text.get(at..)?.find('\n').map(|newline| at + newline + 1)
}
