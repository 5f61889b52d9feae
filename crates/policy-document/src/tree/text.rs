//! What JSON and YAML texts have in common.

use std::fmt;

use super::{Node, Span, json, yaml};

/// The levels that objects and lists may be nested: as `serde_json` has it, so that no text exhausts the stack.
pub const MAX_DEPTH: usize = 127;

/// Why a text cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What cannot be read.
    pub span: Span,
    /// What was read, why that failed, and what helps.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads a text that is JSON or YAML.
///
/// # Errors
/// The first place where the text is neither.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let content = text.trim_start_matches('\u{feff}').trim_start();
    if !content.starts_with(['{', '[']) {
        return yaml::parse(text);
    }
    match json::parse(text) {
        Ok(node) => Ok(node),
        Err(error) => yaml::parse(text).map_err(|_| error),
    }
}
