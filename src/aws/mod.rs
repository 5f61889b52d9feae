//! AWS as the function uses it.

pub mod clients;
pub mod still_wanted;
pub mod organizations;
pub mod backup;
pub mod stacksets;
pub mod identity;
pub mod retry;
mod answers;
