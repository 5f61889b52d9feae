//! Comments that silence a finding, with the reason: `# org-policy: allow(CODE) reason`.

mod comments;
mod rules;

pub use comments::{Silence, silences};
pub use rules::{RULES, UNREADABLE, UNUSED, WITHOUT_REASON};
