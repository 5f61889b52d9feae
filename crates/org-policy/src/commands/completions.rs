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
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "org-policy", &mut script);
        written(io::stdout().write_all(&script), "write to standard output", Exit::Clean)
    }
}
