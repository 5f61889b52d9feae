//! The checks as a crate of their own, for the fuzz targets.

// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod checks;

pub use checks::*;
