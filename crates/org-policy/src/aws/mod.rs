//! AWS, read with the caller's credentials. Nothing here writes: whatever changes an organization is done by the function.

mod stacks;
mod account;
mod session;
mod survey;
mod administration;
mod organizations;
mod progress;
mod problem;

pub use account::{Account, BackupVault};
pub use administration::{TAGS, Target};
pub use organizations::{DOCUMENTS, EFFECTIVE, LISTINGS, Listed, Organizations, ValidationError};
pub use problem::{Problem, failed};
pub use progress::Progress;
pub use session::{Options, Profile, Session};
pub use stacks::{Stack, StackResource, Stacks};
pub use survey::{Survey, Types, survey};
