//! What every account of an organization ends up with.
//!
//! A management policy (a backup policy, a tag policy, …) is written in pieces: several policies at
//! the root, at organizational units and at the account itself. What an account gets is their merge,
//! its effective policy. [`of_all`] and [`of_account`] compute it, and of every value they say which
//! policies it came from.
//!
//! Two things cannot be known offline, and neither is guessed:
//! - In which **order** the policies of one place were attached: no API tells, and the first one wins.
//!   Where that decides, a [`Setting`] has several [`Candidate`]s, and [`Effective::decisions`] says
//!   which of them go together.
//! - Where AWS's documentation can be read in two ways, the [`Assumptions`] say which one is taken;
//!   [`differing`] shows what the others would change.
//!
//! Service control policies and resource control policies do not merge. [`control`] says which of
//! them apply on the way to an account, and which statement denies an action.
//!
//! The way through: [`Organization`] (from a [`file`](read), or built) → the documents as operators
//! (`fragment`) → one merge a place (`merge`) → [`Effective`] → [`findings`], [`differences`],
//! [`Summary`], [`Comparison`]. Pure: whoever calls loads the files.

mod accounts;
mod assumptions;
mod changes;
mod comparison;
pub mod control;
mod decisions;
#[cfg(feature = "template")]
mod deployment;
mod file;
mod findings;
mod fragment;
mod merge;
mod organization;
mod policy_types;
mod setting;
mod summary;

pub use accounts::{Accounts, Effective, of_account, of_all};
pub use assumptions::{Assumption, Assumptions, ContainerControls, Differing, Names, differing};
pub use changes::{Change, differences};
pub use comparison::{Comparison, Decided, Difference, compare, explanation};
pub use decisions::{Decision, Outcome};
#[cfg(feature = "template")]
pub use deployment::{Deployed, DeployedPolicy, LeftOut, deploy};
pub use file::{Problem, read, write};
pub use findings::{Finding, findings, rules};
pub use organization::{
    Attachment, Kind, Organization, Place, PlaceId, Policy, PolicyId, PolicySource,
};
pub use policy_types::merges;
pub use setting::{
    Candidate, Ignored, Item, List, Path, Reason, Scalar, Setting, Source, Value, When,
};
pub use summary::{Group, Summary, summary};
