//! Every call of a command that reads AWS, disturbed in every way: it answers as without the fault, or says what it could
//! not read. It is never wrong or incomplete without saying so, and it never hangs.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod adopt;
mod drift;
mod hold;
mod matrix;
mod permissions;
mod plan;
mod scene;
