//! `org-policy plan`, `drift` and `heal`: the tool itself between a model of Organizations and a CloudFormation of the test,
//! and the function that then carries the deployment out.

#![cfg(test)]
// The layers of the SDK nest deeper than the compiler's default.
#![recursion_limit = "256"]

mod account;
mod answers;
mod drift;
mod heal;
mod settings;
mod stories;
mod unknown;
