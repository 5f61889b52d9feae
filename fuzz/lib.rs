//! The checks as a crate of their own, for the fuzz targets.

// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod check;
#[cfg(feature = "function")]
mod checks;
mod effective;
mod template;
mod tree;

pub use check::check;
#[cfg(feature = "function")]
pub use checks::*;
pub use effective::effective;
pub use template::template;
pub use tree::tree;
