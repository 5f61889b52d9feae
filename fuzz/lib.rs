//! The checks as a crate of their own, for the fuzz targets.

// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod checks;
mod effective;
mod tree;

pub use checks::*;
pub use effective::effective;
pub use tree::tree;
