//! Effective policies.

#![cfg(test)]

mod assumptions;
mod changes;
mod guide;
mod merge;
mod order;
mod organizations;
mod seen;
