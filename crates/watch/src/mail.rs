//! The mail: what a person reads at three in the morning.

use std::fmt::Write as _;

use org_policy::aws::written;
use org_policy::terminal::count;

use crate::finding::{Urgency, cut};
use crate::news::{News, Reason};

/// A subject has less than 100 characters, ASCII only (SNS API reference, Publish).
const SUBJECT: usize = 99;
/// A message has 256 KiB at most (the same page); a person reads less.
const BODY: usize = 60_000;
/// So many findings are told in full; of the others the titles.
const IN_FULL: usize = 20;
/// So many lines of one finding.
const LINES: usize = 30;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// What it is about, for a list of mails.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// One mail with all news, in their order; none if there are none.
pub fn mail(news: &[News]) -> Option<Mail> {
    if news.is_empty() {
        return None;
    }
    let mut body = String::new();
    for (number, one) in news.iter().enumerate() {
        let text = if number < IN_FULL { in_full(one) } else { in_short(one) };
        if body.len() + text.len() > BODY {
            let left = count(news.len() - number, "more finding");
            let _ = writeln!(body, "… and {left}: run org-policy drift");
            break;
        }
        body.push_str(&text);
    }
    body.push_str(
        "\nThe commands run with the credentials of the management account, in the Region of the stack. docs/WATCH.md says \
         what each line means.\n",
    );
    Some(Mail { subject: subject(news), body })
}

fn subject(news: &[News]) -> String {
    let of = |reason: fn(&News) -> bool| news.iter().filter(|one| reason(one)).count();
    let guards = of(|one| one.reason != Reason::Gone && one.finding.urgency == Urgency::Guard);
    let gone = of(|one| one.reason == Reason::Gone);
    let others = news.len() - guards - gone;
    let mut parts = Vec::new();
    let mut part = |number: usize, what: &str, state: &str| {
        if number > 0 {
            parts.push(format!("{} {state}", count(number, what)));
        }
    };
    part(guards, "guard", "changed");
    part(others, "finding", "open");
    part(gone, "finding", "settled");
    as_subject(&format!("Organization drift: {}", parts.join(", ")))
}

/// What SNS takes of it.
pub fn as_subject(text: &str) -> String {
    let taken = text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control());
    taken.take(SUBJECT).collect()
}

fn heading(news: &News) -> String {
    let since = written(news.since);
    let state = match news.reason {
        Reason::New => "NEW".to_owned(),
        Reason::Grown => format!("MORE, first seen {since}"),
        Reason::Lasting => format!("STILL THERE, first seen {since}"),
        Reason::Gone => format!("GONE, was first seen {since}"),
    };
    let what = match news.finding.urgency {
        Urgency::Guard => "GUARD ",
        Urgency::Policy | Urgency::Other => "",
    };
    cut(&format!("{what}{state}: {}", news.finding.title))
}

fn in_full(news: &News) -> String {
    let mut text = format!("{}\n", heading(news));
    if news.reason != Reason::Gone {
        let lines = &news.finding.lines;
        for line in lines.iter().take(LINES) {
            let _ = writeln!(text, "    {}", cut(line));
        }
        if lines.len() > LINES {
            let _ = writeln!(text, "    … and {} more", count(lines.len() - LINES, "line"));
        }
        for change in &news.changes {
            let _ = writeln!(text, "    Lately: {change}");
        }
        let _ = writeln!(text, "    {}", cut(&news.finding.remedy));
    }
    text.push('\n');
    text
}

fn in_short(news: &News) -> String {
    format!("{}\n", heading(news))
}
