//! Policy documents: reading them, variables, equality by meaning, quotas, and what is wrong with them. Pure: no AWS, no
//! I/O.

pub mod arn;
pub mod check;
pub mod difference;
pub mod document;
#[cfg(feature = "effective")]
pub mod effective;
pub mod fault;
pub mod quotas;
#[cfg(feature = "template")]
pub mod template;
pub mod tree;
