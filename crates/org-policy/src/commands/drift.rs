//! `org-policy drift`.

use std::process::ExitCode;

use clap::Args;

use super::Answer;
use crate::aws::{Options, Progress, Session};
use crate::drift::{Format, Lag, Report, Request, Rotation, look};
use crate::hold::add_holds;

/// Shows what has changed since the last deployment
///
/// It compares the stacks as they are deployed with the policies as they are, with the caller's credentials, and writes
/// nothing. Without --stack it looks at every stack of this account and Region, and at every policy that carries the tags of
/// one.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// Look at this stack only, with those that it nests; may be given several times
    #[arg(long, value_name = "NAME")]
    stack: Vec<String>,

    /// Look at every stack and every policy: what it does without --stack
    #[arg(long, conflicts_with = "stack")]
    all: bool,

    /// Do not look again, ten seconds later, at what has drifted: no deployment has ended just now
    #[arg(long)]
    once: bool,

    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    aws: Options,
}

const AFTER: &str = "\
Exit status:
  0  all is as it was deployed
  1  something could not be read, or the command line is wrong
  2  something has drifted, or needs a person
  3  nothing was found, and not all could be told

Examples:
  org-policy drift
  org-policy drift --stack guards --format json";

/// What a look has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    AsDeployed = 0,
    Error = 1,
    Drift = 2,
    Unknown = 3,
}

impl Arguments {
    /// Prints the report.
    pub fn run(self) -> ExitCode {
        let answer = match Session::connect(&self.aws) {
            Ok(session) => {
                let progress = session.progress("looking for drift");
                session.run(self.answer(&session, &progress))
            }
            Err(problem) => Answer::complaint(Outcome::Error as u8, problem.to_string()),
        };
        answer.written(Outcome::Error as u8)
    }

    /// The report.
    pub async fn answer(&self, session: &Session, progress: &Progress) -> Answer {
        let lag = if self.once { Lag::Ignored } else { Lag::LookedAtAgain };
        let request = Request { stacks: &self.stack, lag, ..Request::default() };
        match look(session, &request, &mut Rotation::default(), progress).await {
            Ok(mut report) => {
                add_holds(session, &mut report).await;
                Answer {
                    status: outcome(&report) as u8,
                    output: self.format.written(&report),
                    complaints: Vec::new(),
                }
            }
            Err(problem) => Answer::complaint(Outcome::Error as u8, problem.to_string()),
        }
    }
}

fn outcome(report: &Report) -> Outcome {
    let summary = report.summary();
    if summary.errors > 0 {
        Outcome::Error
    } else if summary.has_findings() {
        Outcome::Drift
    } else if summary.unknown > 0 {
        Outcome::Unknown
    } else {
        Outcome::AsDeployed
    }
}
