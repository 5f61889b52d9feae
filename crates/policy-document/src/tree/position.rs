//! Places as people name them.

/// The line and the column of a byte offset, both from 1; columns count characters. An offset within a character is
/// that character's, one past the end is the end's; a byte order mark is none.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or(text);
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (line + 1, column + 1)
}
