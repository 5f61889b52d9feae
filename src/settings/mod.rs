//! `Custom::OrgBackupSettings`: what has to be switched on in the organization before AWS Backup does
//! anything, and nothing of it is ever switched off.
//!
//! ```text
//! desired → observed → plan → apply
//! ```

pub mod pipeline;
mod apply;
mod desired;
mod observed;
mod plan;

pub use self::apply::apply;
pub use self::desired::{Declared, Desired, GlobalSetting, TrustedService};
pub use self::observed::{Observed, observe};
pub use self::plan::{Plan, Step, plan};

/// The physical id of every such resource. There is nothing behind it that a Delete could take away.
pub const PHYSICAL_ID: &str = "cfn-org-policy:backup-settings";
