//! AWS Organizations policies, and what AWS Backup needs beside them, as CloudFormation resources.
//!
//! ```text
//! event → request → desired → observed → plan → apply → response
//! ```
//!
//! One way. The only way back: CreatePolicy finds a policy of that name; it is observed, and planned
//! for once more. [`function`] takes an event through a resource's pipeline; [`policy`] and
//! [`settings`] are the two resources, with the same stages; [`protocol`] is CloudFormation's side,
//! [`aws`] the other.

// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

pub mod function;
pub mod policy;
pub mod settings;
pub mod protocol;
pub mod aws;
pub mod progress;
pub mod log;
pub mod error;
