//! Policy documents: reading them, variables, equality by meaning, quotas. Pure: no AWS, no I/O.

pub mod backup_policy;
pub mod document;
pub mod fault;
pub mod quotas;
