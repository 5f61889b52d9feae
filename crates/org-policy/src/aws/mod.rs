//! AWS, with the caller's credentials. Nothing here writes but [`change_sets`] and [`watch`], and those no policy: whatever
//! changes an organization is done by the function.

mod change_sets;
mod stack_events;
mod stacks;
mod account;
mod session;
mod survey;
mod watch;
mod administration;
mod organizations;
mod progress;
mod problem;

pub use account::{Account, BackupVault};
pub use administration::{TAGS, Target};
pub use change_sets::{Change, ChangeSet, ChangeSets, Detail, LONGEST_BODY, Wanted};
pub use organizations::{
    DOCUMENTS, EFFECTIVE, LISTINGS, Listed, Organizations, ValidationError, is_not_known,
};
pub use problem::{Problem, failed};
pub use progress::Progress;
pub use session::{Connection, Options, Profile, Session};
pub use stack_events::{StackEvent, now, written};
pub use stacks::{Stack, StackResource, Stacks};
pub use survey::{Survey, Types, survey};
pub use watch::{WatchTable, publish};
