//! The report for people.

use anstyle::{AnsiColor, Style};

use super::judge::{Check, Verdict};
use super::{Report, Section};
use crate::terminal::one_line;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();
const OTHER: Style = AnsiColor::Yellow.on_default();

/// The whole report: two lines a check at most, and one that counts them.
pub fn written(report: &Report) -> String {
    let mut lines = Vec::new();
    for section in &report.sections {
        lines.extend(section_lines(section));
        lines.push(String::new());
    }
    lines.push(format!("{BOLD}{}{BOLD:#}", summary(report)));
    lines.join("\n") + "\n"
}

fn section_lines(section: &Section) -> Vec<String> {
    let mut lines = vec![format!("{BOLD}{}{BOLD:#}", one_line(&section.title))];
    let name = |check: &Check| match check.about.as_str() {
        "" => check.id.to_owned(),
        about => one_line(&format!("{} {about}", check.id)),
    };
    let width = section.checks.iter().map(|check| name(check).chars().count()).max().unwrap_or(0);
    for check in &section.checks {
        let style = style(check.verdict);
        let (sign, finding) = (check.verdict.sign(), one_line(&check.finding));
        lines.push(format!("  {style}{sign}{style:#} {:width$}  {finding}", name(check)));
        if let Some(remedy) = &check.remedy {
            lines.push(format!("    {:width$}  \u{2192} {}", "", one_line(remedy)));
        }
    }
    lines
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Good => GOOD,
        Verdict::Wrong => WRONG,
        Verdict::Warning | Verdict::NotAsked | Verdict::Unknown => OTHER,
    }
}

fn summary(report: &Report) -> String {
    let mut parts = vec![
        format!("{} good", report.count(Verdict::Good)),
        format!("{} to know", report.count(Verdict::Warning)),
        format!("{} wrong", report.count(Verdict::Wrong)),
    ];
    for (verdict, words) in
        [(Verdict::Unknown, "could not be read"), (Verdict::NotAsked, "not asked for")]
    {
        let number = report.count(verdict);
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    parts.join(", ")
}
