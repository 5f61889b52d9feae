//! What the readings mean: data in, checks out. Nothing here asks AWS.

mod organization;
mod check;

pub use check::{Check, Reading, Unread, Verdict};
pub use organization::{Facts as OrganizationFacts, Organization, PolicyTypes, organization};
