//! The parser's events, with their places in bytes.

use std::cell::Cell;
use std::rc::Rc;
use std::str::Chars;

use saphyr_parser::{BufferedInput, Event, Parser};

use super::error;
use crate::tree::{Span, SyntaxError};

/// The parser keeps a list or mapping in brackets until it knows that it is no key. So much of one it may keep: brackets,
/// commas and colons. A million characters of a policy have fewer.
const MAX_AHEAD: usize = 500_000;

/// An event, and the bytes where it stands.
pub(super) struct Placed<'a> {
    pub(super) event: Event<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Placed<'_> {
    pub(super) fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// The events of a text.
pub(super) struct Events<'a> {
    text: &'a str,
    positions: Positions,
    parser: Parser<'a, BufferedInput<Ahead<'a>>>,
    ahead: Rc<Cell<usize>>,
    /// Where the last event began.
    at: usize,
}

impl<'a> Events<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let ahead = Rc::<Cell<usize>>::default();
        let source = Ahead { chars: text.chars(), seen: Rc::clone(&ahead) };
        Self {
            text,
            positions: Positions::new(text),
            parser: Parser::new_from_iter(source),
            ahead,
            at: 0,
        }
    }

    /// The next event; at the end of the text, and ever after, `StreamEnd`.
    pub(super) fn next(&mut self) -> Result<Placed<'a>, SyntaxError> {
        let next = self.parser.next_event();
        if self.ahead.get() >= MAX_AHEAD {
            return Err(self.too_much());
        }
        self.ahead.set(0);
        let end = self.text.len();
        match next {
            Some(Ok((event, span))) => {
                self.at = self.positions.byte(self.text, span.start.index());
                let end = self.positions.byte(self.text, span.end.index());
                Ok(Placed { event, start: self.at, end })
            }
            Some(Err(error)) => {
                let at = self.positions.byte(self.text, error.marker().index());
                Err(error::explain(self.text, at, error.info()))
            }
            None => Ok(Placed { event: Event::StreamEnd, start: end, end }),
        }
    }

    fn too_much(&self) -> SyntaxError {
        let cause = format!(
            "one value has more than {MAX_AHEAD} brackets, commas and colons; no template is as long, so split it"
        );
        SyntaxError::new("YAML", Span { start: self.at, end: self.at }, cause)
    }
}

/// The characters of a text, which end when the parser keeps too much.
struct Ahead<'a> {
    chars: Chars<'a>,
    seen: Rc<Cell<usize>>,
}

impl Iterator for Ahead<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if self.seen.get() >= MAX_AHEAD {
            return None;
        }
        let next = self.chars.next();
        if let Some('[' | ']' | '{' | '}' | ',' | ':') = next {
            self.seen.set(self.seen.get() + 1);
        }
        next
    }
}

/// Where each so many-th character stands: the parser counts characters, and we bytes. Empty for ASCII.
struct Positions(Vec<usize>);

const STEP: usize = 32;

impl Positions {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self(Vec::new());
        }
        Self(text.char_indices().step_by(STEP).map(|(at, _)| at).collect())
    }

    /// The byte at which the character of this index begins.
    fn byte(&self, text: &str, index: usize) -> usize {
        if self.0.is_empty() {
            return index.min(text.len());
        }
        let Some(base) = self.0.get(index / STEP) else { return text.len() };
        let rest = text.get(*base..).unwrap_or_default();
        rest.char_indices().nth(index % STEP).map_or(text.len(), |(at, _)| base + at)
    }
}
