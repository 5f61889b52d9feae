//! The watch: the look for drift, run every hour, told to people.
//!
//! ```text
//! look → findings ┐
//!                 ├→ news → mail → memory
//! memory ─────────┘
//! ```
//!
//! It compares state, and never judges who has changed it. It writes nothing to an organization.

pub mod metrics;
pub mod aws;
pub mod heal;
pub mod watch;
pub mod mail;
pub mod trail;
pub mod news;
pub mod memory;
pub mod finding;
pub mod event;
