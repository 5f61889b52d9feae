//! The compiled tool, as a person or a program calls it.

#![cfg(test)]

mod effective;
mod exits;
mod formats;
mod inputs;
mod levels;
mod live;
mod output;
mod page;
mod pages;
mod run;
mod silences;
mod templates;
