//! `org-policy completions SHELL`.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Exit, written};

/// Prints the completions for a shell
///
/// For bash, in ~/.bashrc: source <(org-policy completions bash)
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    /// Writes the script to standard output.
    pub fn run(self) -> Exit {
        let result = io::stdout().write_all(script(self.shell).as_bytes());
        written(result, "write to standard output", Exit::Clean)
    }
}

/// The script for a shell.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "org-policy", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        // A hyphen in the name of the program becomes two different things there, so nothing is completed behind a
        // command [clap-rs/clap#6421].
        Shell::Bash => script.replace("org__subcmd__policy", "org__policy"),
        _ => script,
    }
}
