//! Models of AWS for the tests of every crate, MiniStack beside them, and one way to read either.

// The futures of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]
// A test fails by panicking, and so does what it is built of.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]
#![allow(missing_docs, clippy::new_without_default)]

/// CloudFormation, as whoever reads stacks sees it.
pub mod cloudformation;
/// An SDK client that reaches nobody.
pub mod connector;
/// Stacks that the function has deployed, for whoever reads them.
pub mod deployed;
/// CloudFormation's engine: stacks with many resources, at once, with failures and rollbacks.
pub mod engine;
/// Events, properties and setups that most tests begin with.
pub mod fixtures;
/// MiniStack, others' local AWS, started for the tests.
pub mod ministack;
/// A whole organization as a value.
pub mod organization;
/// The lifecycles of stacks in tokio's paused time.
pub mod simulation;
/// CloudFormation, as far as one stack sees it.
pub mod stack;
/// The table and the topic of a watch.
pub mod table;
/// Our model of AWS Organizations, in memory, with faults on demand.
pub mod world;

pub use ministack::MiniStack;
pub use organization::Organization;
pub use stack::{Resource, Stack};
pub use world::World;
