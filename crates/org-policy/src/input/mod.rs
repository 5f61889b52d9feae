//! From the command line to documents: files, directories and standard input.

mod documents;
mod source;
mod template;
mod walk;

use std::fmt;

use policy_document::tree::Span;

pub use documents::{File, Read, merge, read, tree};
pub use source::{Position, Source};
pub use template::{Deployment, Evaluated, MetadataSilence, Parameters, evaluate};
pub use walk::{Input, inputs};

/// Something that cannot be used, so that nothing can be said of it.
#[derive(Debug)]
pub struct Problem {
    /// The file, as it was named.
    pub path: String,
    /// Where in it.
    pub position: Option<Position>,
    /// What was tried, why that failed, and what helps.
    pub message: String,
}

impl Problem {
    /// Something about a file as a whole.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), position: None, message: message.into() }
    }

    /// Something about a part of a file.
    pub fn at(source: &Source, span: Span, message: impl Into<String>) -> Self {
        let position = Some(source.position(span.start));
        Self { position, ..Self::new(&source.path, message) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(position) = self.position {
            write!(f, ":{}:{}", position.line, position.column)?;
        }
        write!(f, ": {}", self.message)
    }
}
