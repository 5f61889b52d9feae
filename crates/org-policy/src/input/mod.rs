//! From the command line to documents: files, directories and standard input.

mod documents;
mod source;
mod template;
mod walk;

use std::fmt;

pub use documents::{File, Read, read, text_of, tree};
pub use source::{Position, Source};
pub use template::{Deployment, Folder, MetadataSilence};
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(position) = self.position {
            write!(f, ":{}:{}", position.line, position.column)?;
        }
        write!(f, ": {}", self.message)
    }
}
