//! AWS as the function uses it: typed operations and whole pages, repeated until they are answered.
//! Nobody else knows the SDK.
//!
//! Whoever has only a [`Reader`] cannot write. An operation fails with a
//! [`CallError`](crate::error::CallError): one of the errors that AWS's API reference lists for it,
//! or what kept it from being answered. What passes by itself has been repeated by then.

mod clients;
pub mod organizations;
pub mod backup;
pub mod stacksets;
pub mod identity;
pub mod holding;
pub mod retry;
mod pace;
mod failure;
pub mod unsent;
pub mod still_wanted;
pub mod config;
pub mod poll;
pub mod types;

pub use self::clients::{Clients, Reader, Writer};
