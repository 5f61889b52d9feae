//! Healing: the rules over reports that are made up, and whole runs over models of AWS, with a table and a topic in memory.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod faults;
mod judge;
mod run;
mod scene;
