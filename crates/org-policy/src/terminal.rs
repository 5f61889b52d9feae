//! What is written where somebody may look.

use annotate_snippets::renderer::DEFAULT_ERROR_STYLE;

/// As rustc assumes where there is no terminal.
const WIDTH: usize = 140;

/// The width of the terminal that standard output is, or a fixed one.
pub fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stdout())
        .map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// One line on standard error.
pub fn complain(line: &str) {
    let style = DEFAULT_ERROR_STYLE;
    anstream::eprintln!("{style}error{style:#}: {}", one_line(line));
}

/// The text as one line that a terminal can show: a name of a file may hold anything.
pub fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `1 error`, `2 errors`, `2 policies`.
pub fn count(number: usize, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if number == 1 => format!("{number} {what}"),
        Some(stem) => format!("{number} {stem}ies"),
        None => format!("{number} {what}s"),
    }
}
