//! `org-policy hold POLICY`.

use std::process::ExitCode;

use clap::Args;

use super::Answer;
use crate::aws::{Options, Progress, Session};
use crate::hold::{Done, LONGEST_REASON, MOST_HOURS, Wanted, put};
use crate::terminal::one_line;

/// No id and no name of a policy, and no name of a table, is longer.
const LONGEST_NAME: usize = 255;

/// Keeps the watch from healing the stack of a policy for some hours
///
/// For an emergency in which a guard is detached on purpose: the watch leaves the stack that the policy belongs to as it is,
/// until the hold ends or is released. A template is applied as a whole, so all of the stack is held. Everybody who hears of
/// drift is told who holds, until when, and why. It writes one item of the watch's table, and no policy.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// The policy's id or name
    #[arg(value_name = "POLICY", value_parser = name)]
    policy: String,

    /// How long, in hours: 24 at most
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(i64).range(1..=MOST_HOURS),
        required_unless_present = "release"
    )]
    hours: Option<i64>,

    /// Why, in one line
    #[arg(long, value_name = "TEXT", value_parser = reason, required_unless_present = "release")]
    reason: Option<String>,

    /// Ends the hold
    #[arg(long, conflicts_with_all = ["hours", "reason"])]
    release: bool,

    /// The name of the watch's table, if there are several watches
    #[arg(long, value_name = "NAME", value_parser = name)]
    table: Option<String>,

    #[command(flatten)]
    aws: Options,
}

const AFTER: &str = "\
Exit status:
  0  the stack is held, or released, and everybody was told
  1  it is not, or nobody could be told: standard error says why, and what helps
  2  the command line is wrong

Examples:
  org-policy hold vault-guard --hours 2 --reason \"restore of account 111122223333\"
  org-policy hold vault-guard --release";

fn name(text: &str) -> Result<String, String> {
    bounded(text, LONGEST_NAME)
}

fn reason(text: &str) -> Result<String, String> {
    bounded(text, LONGEST_REASON)
}

/// A text that mails and terminals can show in one line.
fn bounded(text: &str, longest: usize) -> Result<String, String> {
    let text = one_line(text.trim());
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        length if length > longest => {
            Err(format!("it has {length} characters, and {longest} is the most"))
        }
        _ => Ok(text),
    }
}

impl Arguments {
    /// Holds, or releases.
    pub fn run(self) -> ExitCode {
        let answer = match Session::connect(&self.aws) {
            Ok(session) => {
                let progress = session.progress("looking for the policy's stack");
                session.run(self.answer(&session, &progress))
            }
            Err(problem) => Answer::complaint(1, problem.to_string()),
        };
        answer.written(1)
    }

    /// What was done.
    pub async fn answer(&self, session: &Session, _: &Progress) -> Answer {
        let hold = self.hours.zip(self.reason.as_deref());
        let wanted = Wanted { policy: &self.policy, hold, table: self.table.as_deref() };
        match put(session, &wanted).await {
            Ok(done) => Answer {
                status: u8::from(done.not_told.is_some()),
                output: self.said(&done),
                complaints: done.not_told.map(not_told).into_iter().collect(),
            },
            Err(why) => Answer::complaint(1, why),
        }
    }

    fn said(&self, done: &Done) -> String {
        let Done { stack, hold, heals, .. } = done;
        let mut text = match hold {
            Some(hold) => format!(
                "Stack {stack} is {}\nRelease it: org-policy hold {} --release\n",
                hold.line(),
                self.policy
            ),
            None => format!("Stack {stack} is released: the watch heals it again\n"),
        };
        if !heals {
            text.push_str(
                "This watch does not heal (Heal is off), so it would put nothing back anyway\n",
            );
        }
        text
    }
}

fn not_told(problem: String) -> String {
    format!("{problem}; it is done all the same: tell the others yourself")
}
