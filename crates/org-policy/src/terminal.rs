//! What is written where somebody may look.

use std::io::Write;

use annotate_snippets::renderer::DEFAULT_ERROR_STYLE;

/// As rustc assumes where there is no terminal.
const WIDTH: usize = 140;

/// The width of the terminal that standard output is, or a fixed one.
pub fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stdout())
        .map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// One line on standard error. Where nobody reads that, the work goes on: a change set is still to be deleted.
pub fn complain(line: &str) {
    let style = DEFAULT_ERROR_STYLE;
    let _ = writeln!(anstream::stderr(), "{style}error{style:#}: {}", one_line(line));
}

/// One line on standard error that is no error.
pub fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", one_line(line));
}

/// The text as one line that a terminal can show: a name of a file may hold anything, also what turns the direction of text.
pub fn one_line(text: &str) -> String {
    let turns = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// `1 error`, `2 errors`, `2 policies`, `2 days`.
pub fn count(number: usize, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if number == 1 => format!("{number} {what}"),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ => format!("{number} {what}s"),
    }
}
