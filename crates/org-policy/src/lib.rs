//! `org-policy`: what is wrong with an AWS Organizations policy, and where.
//!
//! It is a program. What is public here is for its tests, which run a command on models of AWS, and for the watch, which
//! looks for drift and heals it as the program does.

mod commands;
mod report;
pub mod hold;
pub mod heal;
pub mod drift;
pub mod plan;
pub mod doctor;
mod rules;
mod silence;
pub mod aws;
mod input;
pub mod terminal;

pub use commands::{Answer, answer, run};
