//! The tests of the function, in one binary.

#![cfg(test)]
// The futures of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod binary;
mod figures;
mod calls;
mod connections;
mod credentials;
mod deadlines;
mod events;
mod faults;
mod fuzz;
mod histories;
mod lifecycle;
mod overtaken;
mod plan;
mod preview;
mod properties;
mod respond;
mod settings;
mod stacks;
mod stories;
mod unreadable;
mod rooms;
mod tidy;
