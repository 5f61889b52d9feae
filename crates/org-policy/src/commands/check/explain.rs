//! `org-policy check --explain CODE`.

use policy_document::check::Rule;

/// As wide as a page.
const WIDTH: usize = 80;

/// The rule as a page of its own.
pub fn explain(rule: &Rule) -> String {
    let severity = rule.severity.word();
    format!(
        "{severity}[{}]: {}\n\n{}\n\nWrong:\n\n{}\nRight:\n\n{}\nSource: {}, read {}\n",
        rule.code,
        rule.summary,
        wrapped(rule.explanation),
        indented(rule.wrong),
        indented(rule.right),
        rule.source,
        rule.date,
    )
}

fn indented(text: &str) -> String {
    text.trim().lines().map(|line| format!("    {line}\n")).collect()
}

/// The words in lines of at most [`WIDTH`] characters, where a word is not longer itself.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let room = lines.last().map_or(0, |line| WIDTH.saturating_sub(line.chars().count() + 1));
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
