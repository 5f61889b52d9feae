//! `org-policy`: what is wrong with an AWS Organizations policy, and where.

mod commands;
mod report;
mod drift;
mod plan;
mod doctor;
mod rules;
mod silence;
mod aws;
mod input;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => cli.run(),
        Err(error) => {
            // It prints help and version, too.
            let _ = error.print();
            Cli::status_of(&error, std::env::args_os())
        }
    }
}
