//! Policy documents: reading them, variables, equality by meaning, quotas, and what can never be right in a backup
//! policy. Pure: no AWS, no I/O.

pub mod arn;
pub mod backup_policy;
pub mod check;
pub mod document;
#[cfg(feature = "effective")]
pub mod effective;
pub mod fault;
pub mod quotas;
pub mod tree;
