//! The command line: one module a command. `--help`, the man pages and the shell completions are made of these types.

mod adopt;
mod check;
mod completions;
mod doctor;
mod drift;
mod effective;
mod evaluate;
mod heal;
mod hold;
mod manual;
mod plan;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::aws::{Progress, Session};
use crate::terminal;

/// Checks AWS Organizations policies before AWS does, and says what is wrong and where
///
/// It needs no AWS account, no credentials and no network, but for the commands that say so.
#[derive(Debug, Parser)]
#[command(name = "org-policy", version = env!("ORG_POLICY_VERSION"), max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    color: colorchoice_clap::Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Adopt(adopt::Arguments),
    Check(Box<check::Arguments>),
    Doctor(doctor::Arguments),
    Drift(drift::Arguments),
    Effective(Box<effective::Arguments>),
    Evaluate(evaluate::Arguments),
    Heal(heal::Arguments),
    Hold(hold::Arguments),
    Plan(plan::Arguments),
    Completions(completions::Arguments),
    Manual(manual::Arguments),
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing is wrong.
    Clean = 0,
    /// Something is wrong with the policies.
    Found = 1,
    /// Something could not be read or written, or the command line is wrong.
    Unusable = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a command that reads AWS comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The exit status.
    pub status: u8,
    /// What is written to standard output.
    pub output: String,
    /// What is said on standard error, a line each.
    pub complaints: Vec<String>,
}

impl Answer {
    fn complaint(status: u8, complaint: String) -> Self {
        Self { status, output: String::new(), complaints: vec![complaint] }
    }

    /// Writes it where a program writes.
    fn written(self, unusable: u8) -> ExitCode {
        self.complaints.iter().for_each(|line| terminal::complain(line));
        match print(self.output, Exit::Clean) {
            Exit::Clean => ExitCode::from(self.status),
            _ => ExitCode::from(unusable),
        }
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => {
            // It prints help and version, too.
            let _ = error.print();
            Cli::status_of(&error, std::env::args_os())
        }
    }
}

/// What a command line comes to that reads AWS, in this session; none if it is not one of those.
pub async fn answer(arguments: &[&str], session: &Session) -> Option<Answer> {
    let line = ["org-policy"].iter().chain(arguments);
    let progress = Progress::hidden();
    match Cli::try_parse_from(line).ok()?.command {
        Command::Adopt(arguments) => Some(arguments.answer(session, &progress).await),
        Command::Drift(arguments) => Some(arguments.answer(session, &progress).await),
        Command::Hold(arguments) => Some(arguments.answer(session, &progress).await),
        Command::Plan(arguments) => Some(arguments.answer(session, &progress).await),
        _ => None,
    }
}

impl Cli {
    /// Runs the command.
    fn run(self) -> ExitCode {
        self.color.write_global();
        match self.command {
            Command::Adopt(arguments) => arguments.run(),
            Command::Check(arguments) => arguments.run().into(),
            Command::Doctor(arguments) => arguments.run().into(),
            Command::Drift(arguments) => arguments.run(),
            Command::Effective(arguments) => arguments.run().into(),
            Command::Evaluate(arguments) => arguments.run().into(),
            Command::Heal(arguments) => arguments.run().into(),
            Command::Hold(arguments) => arguments.run(),
            Command::Plan(arguments) => arguments.run(),
            Command::Completions(arguments) => arguments.run().into(),
            Command::Manual(arguments) => arguments.run().into(),
        }
    }

    /// The exit status of a command line that is wrong. For `plan` and `drift`, 2 says that there are changes.
    fn status_of(error: &clap::Error, arguments: impl Iterator<Item = OsString>) -> ExitCode {
        let tells_changes =
            arguments.skip(1).any(|argument| argument == "plan" || argument == "drift");
        match error.exit_code() {
            2 if tells_changes => ExitCode::from(1),
            status => ExitCode::from(u8::try_from(status).unwrap_or(1)),
        }
    }
}

/// Prints an answer to standard output.
fn print(text: impl AsRef<[u8]>, exit: Exit) -> Exit {
    let result = anstream::stdout().write_all(text.as_ref()).and_then(|()| io::stdout().flush());
    written(result, "write to standard output", exit)
}

/// What a command has written, or could not write. Nobody reads on (`org-policy … | head`): that is no failure.
fn written(result: io::Result<()>, what: &str, exit: Exit) -> Exit {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            terminal::complain(&format!(
                "{what}: {error}; see whether there is space, and whether it may be written"
            ));
            Exit::Unusable
        }
        _ => exit,
    }
}
