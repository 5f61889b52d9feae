//! `org-policy doctor`: its judgements by data, and the tool itself between a model of AWS and a CloudFormation of the test.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

// The tool is a program and no library, so what it judges with is compiled here once more.
#[path = "../../src/doctor/judge/mod.rs"]
#[allow(dead_code, unused_imports)]
mod judge;

#[path = "../plan/change_sets.rs"]
#[allow(dead_code)]
mod change_sets;
#[path = "../plan/cloudformation.rs"]
#[allow(dead_code)]
mod cloudformation;

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
