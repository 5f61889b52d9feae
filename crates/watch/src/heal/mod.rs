//! Healing, where it is switched on: what the watch has found is put back as `org-policy heal` puts it back.
//!
//! ```text
//! hint → a look at exactly this stack → judged → change set → judged → counted → carried out → told
//! ```
//!
//! The memory of the watch only says where to look. What decides is read anew.

pub mod run;
pub mod mail;
pub mod judge;
pub mod memory;

pub use run::{Error, Run, heal};
