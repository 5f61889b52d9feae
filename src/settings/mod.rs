//! `Custom::OrgBackupSettings`: what has to be switched on in the organization before AWS Backup does
//! anything. Nothing of it is ever switched off.
//!
//! ```text
//! desired → observed → plan → apply
//! ```

pub mod pipeline;
pub mod apply;
pub mod plan;
pub mod observed;
pub mod desired;
