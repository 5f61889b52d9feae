//! `org-policy doctor`.

use clap::Args;
use policy_document::arn::is_account;

use super::{Exit, print};
use crate::aws::{Options, Problem, Session};
use crate::doctor::{Format, Report, Request, Verdict, examine};
use crate::terminal;

/// Says whether organization, function and solution are set up as they should be
///
/// It reads with the caller's credentials, and writes nothing. Each check has what was found and, where something has to be
/// done, what helps. What may not be read is one check less, and never ends the others.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Arguments {
    /// The account that holds the central vault; without it, that of the solution's stack
    #[arg(long, value_name = "ID", value_parser = account)]
    backup_account: Option<String>,

    /// A role of this name is assumed to look into the backup account, and into those of --account
    #[arg(long, value_name = "NAME", help_heading = "Accounts")]
    role_name: Option<String>,

    /// An account whose data is backed up, to be looked into; may be given several times
    #[arg(long = "account", value_name = "ID", value_parser = account)]
    #[arg(requires = "role_name", help_heading = "Accounts")]
    accounts: Vec<String>,

    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    #[command(flatten)]
    aws: Options,
}

const AFTER: &str = "\
Exit status:
  0  nothing is wrong; there may be warnings, and checks that take an option that was not given
  1  something is wrong
  2  something could not be read, or the command line is wrong

Examples:
  org-policy doctor
  org-policy doctor --role-name OrganizationAccountAccessRole --account 444455556666
  org-policy doctor --profile management --region eu-west-1 --format json";

impl Arguments {
    /// Prints the report.
    pub fn run(self) -> Exit {
        let report = match self.examined() {
            Ok(report) => report,
            Err(problem) => {
                terminal::complain(&problem.to_string());
                return Exit::Unusable;
            }
        };
        print(self.format.written(&report), exit(&report))
    }

    fn examined(&self) -> Result<Report, Problem> {
        let session = Session::connect(&self.aws)?;
        let progress = session.progress("examining the organization");
        let request = Request {
            backup_account: self.backup_account.clone(),
            role_name: self.role_name.clone(),
            accounts: self.accounts.clone(),
        };
        Ok(session.run(examine(&session, &request, &progress)))
    }
}

/// Twelve digits.
fn account(text: &str) -> Result<String, String> {
    is_account(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "an account has twelve digits".to_owned())
}

/// What could not be read may hide what is wrong, so it counts more.
fn exit(report: &Report) -> Exit {
    if report.count(Verdict::Unknown) > 0 {
        Exit::Unusable
    } else if report.count(Verdict::Wrong) > 0 {
        Exit::Found
    } else {
        Exit::Clean
    }
}
