//! The services of the watch itself: where it keeps what it has told, and whom it tells.

pub mod store;
pub mod trail;
pub mod topic;
