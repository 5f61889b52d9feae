//! AWS, read with the caller's credentials. Nothing here writes: whatever changes an organization is done by the function.

mod session;
mod survey;
mod organizations;
mod pace;
mod progress;
mod problem;

pub use organizations::{Organizations, ValidationError};
pub use problem::Problem;
pub use progress::Progress;
#[allow(unused_imports)] // Options are for commands without a template.
pub use session::{Options, Profile, Session};
pub use survey::{Survey, Types, survey};
