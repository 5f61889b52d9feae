//! Effective policies.

#![cfg(test)]

mod assumptions;
mod changes;
mod comparison;
mod control;
mod deployment;
mod file;
mod findings;
mod fuzz;
mod generated;
mod guide;
mod merge;
mod order;
mod organizations;
mod properties;
mod seen;
mod summary;
