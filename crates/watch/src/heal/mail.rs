//! What people are told of heals, and of stacks that were left.

use std::fmt::Write as _;

use org_policy::aws::written;
use org_policy::terminal::count;

use super::judge::{A_DAY, Why};
use super::memory::{End, Untold};
use crate::mail::{Mail, as_subject};

/// So many lines of what was put back are told.
const LINES: usize = 60;
/// So many stacks that were left are told in one mail; the others in the next.
pub const STACKS: usize = 50;

/// The stack, as commands name it: `guards --region eu-central-1`.
fn named(name: &str, stack_id: &str) -> String {
    match stack_id.split(':').nth(3).filter(|region| !region.is_empty()) {
        Some(region) => format!("{name} --region {region}"),
        None => name.to_owned(),
    }
}

/// A heal, and how it ended.
pub fn healed(stack_id: &str, heal: &Untold, end: &End) -> Mail {
    let Untold { name, at, number, lines, change_set, .. } = heal;
    let place = named(name, stack_id);
    let (subject, what) = match end {
        End::Well(_) => ("was put back", "Put back"),
        End::Badly(_) => ("is perhaps NOT put back", "To be put back"),
    };
    let mut body = format!(
        "Stack {name}: heal {number} of {A_DAY} within a day, begun at {}. {what}:\n\n",
        written(*at)
    );
    for line in lines.iter().take(LINES) {
        let _ = writeln!(body, "    {line}");
    }
    if lines.len() > LINES {
        let _ = writeln!(body, "    … and {}", count(lines.len() - LINES, "more line"));
    }
    match end {
        End::Well(status) => {
            let _ = writeln!(body, "\nIt ended well: {status}.");
        }
        End::Badly(why) => {
            let _ = writeln!(body, "\nIt did not end well: {why}");
            let _ = writeln!(body, "    Look at it: org-policy drift --stack {place}");
            let _ = writeln!(body, "    Then put it back: org-policy heal {place}");
            let _ = writeln!(body, "    Its change set: {change_set}");
        }
    }
    with_foot(format!("Organization drift: stack {name} {subject} ({number} of {A_DAY})"), body)
}

/// Stacks that are not healed, by their ARN.
pub fn left(stacks: &[(&str, &Why)]) -> Mail {
    let mut body = String::new();
    for (stack_id, why) in stacks {
        let name = stack_id.split('/').nth(1).unwrap_or(stack_id);
        let place = named(name, stack_id);
        let _ = writeln!(body, "Stack {name} has drifted, and is not put back by the watch:");
        let _ = writeln!(body, "    {why}");
        let _ = match why.is_of_memory() {
            true => writeln!(body, "    Put it back by hand: org-policy heal {place}\n"),
            false => writeln!(body, "    Look at it: org-policy drift --stack {place}\n"),
        };
    }
    let what = count(stacks.len(), "stack");
    let verb = if stacks.len() == 1 { "is" } else { "are" };
    with_foot(format!("Organization drift: {what} {verb} not put back"), body)
}

fn with_foot(subject: String, mut body: String) -> Mail {
    body.push_str("\ndocs/HEALING.md says what each line means.\n");
    Mail { subject: as_subject(&subject), body }
}
