//! `org-policy`: what is wrong with an AWS Organizations policy, and where.

use std::process::ExitCode;

fn main() -> ExitCode {
    org_policy::run()
}
