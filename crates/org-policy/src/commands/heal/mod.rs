//! `org-policy heal STACK`: the steps of healing, shown to a person and asked for.

mod run;
mod ask;

use clap::Args;

use super::Exit;
use crate::aws::{Options, Session};
use crate::terminal;

/// Has CloudFormation apply the deployed template again, so that drift is put back
///
/// It changes the parameter Revision and nothing else, by a change set on the template that is deployed: so the function
/// gets an Update of each of its resources, and puts back what differs. A change set that would change anything else is not
/// executed. The plan is shown before.
///
/// A nested stack is healed through its outermost stack.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// The stack's name or ARN
    #[arg(value_name = "STACK")]
    stack: String,

    /// Applies it without asking
    #[arg(long)]
    yes: bool,

    /// Makes the change set, shows it and the plan, and deletes it
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Applies the template again even if the plan has nothing to do
    #[arg(long)]
    force: bool,

    /// Applies it even if StackSets run again, which read their templates anew
    #[arg(long)]
    stack_sets: bool,

    /// The new value of the parameter Revision; without it, the time
    #[arg(long, value_name = "TEXT")]
    revision: Option<String>,

    #[command(flatten)]
    aws: Options,
}

const AFTER: &str = "\
Exit status:
  0  the stack is healed, or there is nothing to do, or a dry run has ended well
  1  it is not healed: standard error says why, and what helps
  2  the command line is wrong

Examples:
  org-policy heal guards
  org-policy heal guards --dry-run
  org-policy heal guards --yes";

impl Arguments {
    /// Heals the stack.
    pub fn run(self) -> Exit {
        let healed = Session::connect(&self.aws)
            .map_err(|problem| problem.to_string())
            .and_then(|session| run::run(&session, &self));
        match healed {
            Ok(exit) => exit,
            Err(problem) => {
                terminal::complain(&problem);
                Exit::Found
            }
        }
    }
}
