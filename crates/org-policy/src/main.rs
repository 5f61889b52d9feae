//! `org-policy`: what is wrong with an AWS Organizations policy, and where.

mod commands;
mod report;
mod rules;
mod silence;
mod aws;
mod input;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;

fn main() -> ExitCode {
    Cli::parse().run().into()
}
