//! The watch over a model of AWS, with a clock: what is told, when, and that nothing is told wrongly.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod edits;
mod events;
mod faults;
mod harness;
mod heal;
mod histories;
mod news;
mod rotation;
