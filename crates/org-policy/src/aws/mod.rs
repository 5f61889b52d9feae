//! AWS, read with the caller's credentials. Nothing here writes: whatever changes an organization is done by the function.

mod session;
mod progress;
mod problem;

pub use problem::Problem;
pub use progress::Progress;
pub use session::{Options, Session};
