//! `org-policy plan TEMPLATE --stack-name NAME`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::Answer;
use crate::aws::{Options, Progress, Session};
use crate::input::Parameters;
use crate::plan::{Format, Plan, Request, plan};

/// Shows what a deployment of a template would do to the organization
///
/// It reads the stack as it is deployed and the organization, with the caller's credentials, and writes nothing. What it
/// shows are the steps that the function's log would have.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// The template
    #[arg(value_name = "TEMPLATE")]
    template: PathBuf,

    /// The stack that it would be deployed to, which need not be there yet
    #[arg(long, value_name = "NAME")]
    stack_name: String,

    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    parameters: Parameters,

    #[command(flatten)]
    aws: Options,
}

const AFTER: &str = "\
Exit status:
  0  the deployment would change nothing
  1  the deployment would fail, or something could not be read, or the command line is wrong
  2  the deployment would change something, or what only it knows may

Examples:
  org-policy plan template.yaml --stack-name guards
  org-policy plan template.yaml --stack-name guards --parameters BackupAccount=111122223333 --format markdown";

/// What a deployment would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Nothing = 0,
    Error = 1,
    Changes = 2,
}

impl Arguments {
    /// Prints the plan.
    pub fn run(self) -> ExitCode {
        let answer = match Session::connect(&self.aws) {
            Ok(session) => {
                let progress = session.progress(&format!("planning for stack {}", self.stack_name));
                session.run(self.answer(&session, &progress))
            }
            Err(problem) => Answer::complaint(Outcome::Error as u8, problem.to_string()),
        };
        answer.written(Outcome::Error as u8)
    }

    /// The plan.
    pub async fn answer(&self, session: &Session, progress: &Progress) -> Answer {
        let request = Request {
            template: &self.template,
            stack: &self.stack_name,
            parameters: &self.parameters,
        };
        match plan(session, &request, progress).await {
            Ok(planned) => Answer {
                status: outcome(&planned) as u8,
                output: self.format.written(&planned),
                complaints: Vec::new(),
            },
            Err(problem) => Answer::complaint(Outcome::Error as u8, problem),
        }
    }
}

fn outcome(plan: &Plan) -> Outcome {
    if plan.summary().errors > 0 {
        Outcome::Error
    } else if plan.may_change() {
        Outcome::Changes
    } else {
        Outcome::Nothing
    }
}
