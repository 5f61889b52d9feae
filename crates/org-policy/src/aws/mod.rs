//! AWS, read with the caller's credentials. Nothing here writes: whatever changes an organization is done by the function.

mod stacks;
mod session;
mod survey;
mod organizations;
mod progress;
mod problem;

pub use organizations::{DOCUMENTS, EFFECTIVE, LISTINGS, Listed, Organizations, ValidationError};
pub use problem::{Problem, failed};
pub use progress::Progress;
pub use session::{Connection, Options, Profile, Session};
pub use stacks::{Stack, Stacks};
pub use survey::{Survey, Types, survey};
