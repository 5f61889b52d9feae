//! Lines in two columns: what is set, and by whom.

use anstyle::{Effects, Style};

const DIMMED: Style = Style::new().effects(Effects::DIMMED);
/// The second column begins here at the latest, but for longer lines.
const WIDEST: usize = 72;

/// Lines that are written below each other.
#[derive(Debug, Default)]
pub struct Lines(Vec<Line>);

#[derive(Debug)]
struct Line {
    left: String,
    right: String,
}

impl Lines {
    /// A line with one column.
    pub fn line(&mut self, depth: usize, left: &str) {
        self.pair(depth, left, String::new());
    }

    /// A line with two columns.
    pub fn pair(&mut self, depth: usize, left: &str, right: String) {
        self.0.push(Line { left: format!("{}{left}", "  ".repeat(depth)), right });
    }

    /// The lines, with the second column below itself.
    pub fn written(&self) -> String {
        let width = |line: &Line| line.left.chars().count();
        let pairs = self.0.iter().filter(|line| !line.right.is_empty());
        let column = pairs.map(width).filter(|width| *width <= WIDEST).max().unwrap_or(0);
        let mut text = String::new();
        for line in &self.0 {
            text.push_str(&line.left);
            if !line.right.is_empty() {
                let blanks = " ".repeat(column.saturating_sub(width(line)));
                text.push_str(&format!("{blanks}  {DIMMED}← {}{DIMMED:#}", line.right));
            }
            text.push('\n');
        }
        text
    }
}
