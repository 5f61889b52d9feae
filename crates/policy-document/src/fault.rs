//! What is wrong with a document, and where.

use std::fmt;

/// One fault of a resource's properties, with the path to it (`Content.plans.daily`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: property names and keys joined by dots, list positions in brackets.
    pub path: String,
    /// What is wrong there and what would be right.
    pub problem: String,
}

impl Fault {
    /// A fault at `path`.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }

    /// The fault of a text at `path` that could not be read as JSON. `serde_json` reads 127 levels,
    /// so that no nesting exhausts the stack.
    pub fn unreadable(path: impl Into<String>, error: &serde_json::Error) -> Self {
        let problem = error.to_string();
        // The library does not tell its kinds of errors apart but by their texts.
        if problem.starts_with("recursion limit exceeded") {
            return Self::new(path, "is nested more than 127 levels deep: make it flatter");
        }
        Self::new(path, format!("is no JSON text: {problem}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// The key of `parent` as a path: quoted where it is no plain word.
pub fn path(parent: &str, key: &str) -> String {
    let plain =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-@".contains(c));
    if plain { format!("{parent}.{key}") } else { format!("{parent}.{key:?}") }
}
