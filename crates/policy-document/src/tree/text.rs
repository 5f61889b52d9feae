//! What JSON and YAML texts have in common.

use std::fmt;

use super::{Node, Span, json, yaml};

/// How deep objects and lists may be nested: as deep as `serde_json` reads, so that no text exhausts the stack.
pub const MAX_DEPTH: usize = 127;

/// The longest text that is read, in bytes. AWS takes templates of 1 MiB, and its policies are smaller.
pub const MAX_LENGTH: usize = 8 * 1024 * 1024;

/// Why a text cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What cannot be read.
    pub span: Span,
    /// What was read, why that failed, and what helps.
    pub message: String,
}

impl SyntaxError {
    /// An error of reading `format` (`JSON`, `YAML`), with cause and remedy.
    pub(super) fn new(format: &str, span: Span, cause: impl fmt::Display) -> Self {
        Self { span, message: format!("read {format}: {cause}") }
    }

    /// What is nested too deep.
    pub(super) fn too_deep(format: &str, span: Span) -> Self {
        Self::new(
            format,
            span,
            "this is nested more than 127 levels deep; make the document flatter",
        )
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads a text that is JSON or YAML.
///
/// A text that begins with `{` or `[` is JSON. YAML has such texts too, but who begins a document like this means JSON,
/// and is helped by what JSON finds wrong in it; a YAML parser takes a trailing comma, or complains of something else
/// further down. For such YAML there is [`yaml::parse`].
///
/// # Errors
/// The first place where the text cannot be read.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let content = text.trim_start_matches('\u{feff}').trim_start();
    if content.starts_with(['{', '[']) { json::parse(text) } else { yaml::parse(text) }
}

/// Refuses a text that is longer than anything AWS takes.
pub(super) fn within_length(format: &str, text: &str) -> Result<(), SyntaxError> {
    if text.len() <= MAX_LENGTH {
        return Ok(());
    }
    let cause = format!(
        "the text has {} bytes, and at most {MAX_LENGTH} are read; no policy or template is as long, so check which file this is",
        text.len()
    );
    Err(SyntaxError::new(format, Span::default(), cause))
}
