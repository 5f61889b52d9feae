//! `org-policy doctor`: its judgements by data, and the tool itself between a model of AWS and a CloudFormation of the test.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

use org_policy::doctor::judge;

mod aws;
mod guard;
mod member;
mod organization;
mod page;
mod quotas;
mod settings;
mod stacks;
mod tool;
mod vault;
mod verdicts;
