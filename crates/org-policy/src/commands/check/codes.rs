//! Codes of rules on the command line.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};
use policy_document::check::Rule;

use crate::rules;

/// Reads the code of a rule. Completions offer all of them; an error names the nearest, not the hundred others.
#[derive(Clone, Copy, Debug)]
pub struct Code;

impl TypedValueParser for Code {
    type Value = &'static Rule;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<&'static Rule, Error> {
        let found = value.to_str().and_then(rules::find);
        found.map_or_else(|| Err(unknown(command, argument, value)), Ok)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(rules::all().map(|rule| PossibleValue::new(rule.code).help(rule.summary))))
    }
}

fn unknown(command: &Command, argument: Option<&Arg>, value: &OsStr) -> Error {
    let known = PossibleValuesParser::new(rules::all().map(|rule| rule.code));
    let mut error = match known.parse_ref(command, argument, value) {
        Err(error) => error,
        Ok(_) => Error::new(clap::error::ErrorKind::InvalidValue),
    };
    error.insert(ContextKind::ValidValue, ContextValue::Strings(Vec::new()));
    error
}
