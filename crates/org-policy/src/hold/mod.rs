//! A hold: for so long the watch does not heal a stack, because somebody has detached a guard on purpose.

mod put;
mod seen;
mod watch;

use serde::{Deserialize, Serialize};

use crate::aws::written;
use crate::terminal::one_line;

pub use put::{Done, Wanted, put};
pub use seen::add_holds;

/// The kind of its item in the watch's table; the key is the ARN of the outermost stack.
pub const KIND: &str = "hold";
/// It lasts so many hours at most.
pub const MOST_HOURS: i64 = 24;
/// So many characters of its reason are kept.
pub const LONGEST_REASON: usize = 200;

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until when, in seconds since 1970.
    pub until: i64,
    /// Why.
    pub reason: String,
    /// The ARN of whoever holds.
    pub by: String,
}

impl Hold {
    /// As it is stored.
    pub fn stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was stored.
    pub fn read(stored: &str) -> Option<Self> {
        serde_json::from_str(stored).ok()
    }

    /// Whether it still holds.
    pub fn holds(&self, now: i64) -> bool {
        now < self.until
    }

    /// `held until 2026-11-28T09:15:00Z by arn:…: the guard blocks the recovery`.
    pub fn line(&self) -> String {
        one_line(&format!("held until {} by {}: {}", written(self.until), self.by, self.reason))
    }
}
