//! `org-policy`: what is wrong with an AWS Organizations policy, and where.

mod commands;
mod report;
mod rules;
mod silence;
// `effective` and `plan` use the rest.
#[allow(dead_code)]
mod aws;
mod input;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;

fn main() -> ExitCode {
    Cli::parse().run().into()
}
