//! `org-policy`: what is wrong with an AWS Organizations policy, and where.
//!
//! It is a program. What is public here is for its tests, which run a command on models of AWS and give facts to doctor.

mod commands;
mod report;
mod drift;
mod plan;
pub mod doctor;
mod rules;
mod silence;
mod aws;
mod input;
mod terminal;

pub use aws::Session;
pub use commands::{Answer, answer, run};
