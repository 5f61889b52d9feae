//! The compiled tool, as a person or a program calls it.

mod exits;
mod formats;
mod inputs;
mod levels;
mod output;
mod pages;
mod run;
mod silences;
