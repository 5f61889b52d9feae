//! Where a policy is to be attached, as a template names it.

use std::fmt;
use std::ops::RangeInclusive;

use policy_document::arn::is_account;

/// Where a policy is attached, as declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// The organization's root, by the word `Root`.
    Root,
    /// A root, OU or account by its id.
    Id(String),
    /// An OU by the names from the root down.
    Path(Vec<String>),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("Root"),
            Self::Id(id) => f.write_str(id),
            Self::Path(names) => write!(f, "/{}", names.join("/")),
        }
    }
}

impl Target {
    /// Reads an id, the word `Root`, or an OU path.
    ///
    /// # Errors
    /// What would be right instead. Patterns: API reference, TargetId of AttachPolicy.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "Root" {
            return Ok(Self::Root);
        }
        if let Some(names) = text.strip_prefix('/') {
            let names: Vec<String> = names.split('/').map(str::to_owned).collect();
            if names.iter().any(String::is_empty) {
                return Err("is no OU path such as /Security/Backup");
            }
            return Ok(Self::Path(names));
        }
        let is_word = |word: &str, lengths: RangeInclusive<usize>| {
            lengths.contains(&word.len())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let is_id = if let Some(root) = text.strip_prefix("r-") {
            is_word(root, 4..=32)
        } else if let Some(unit) = text.strip_prefix("ou-") {
            unit.split_once('-')
                .is_some_and(|(root, unit)| is_word(root, 4..=32) && is_word(unit, 8..=32))
        } else {
            is_account(text)
        };
        if is_id {
            Ok(Self::Id(text.to_owned()))
        } else {
            Err(
                "is no root id (r-…), OU id (ou-…), account id (12 digits), Root, or OU path (/Security/Backup)",
            )
        }
    }
}
