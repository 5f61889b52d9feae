//! `"\ud83d\ude00"`: a character in two escapes, as JSON writes those beyond U+FFFF.
//!
//! YAML has the escapes but not their pairs, and its parser refuses them. Tools that write JSON into YAML write them all
//! the same. So they are joined (`\U0001f600`) before the text is read; outside of double quotes they are no escapes and
//! stay, which takes a first reading to know.

use saphyr_parser::{Event, ScalarStyle};

use super::edges;
use super::edited::Edited;
use super::source::Events;
use crate::tree::Span;

/// The lengths of an escape of half a character, and of two.
const HALF: usize = 6;
const PAIR: usize = 12;

/// The text without pairs of escapes.
pub(super) fn join(text: &str) -> Edited<'_> {
    let halves = halves(text);
    let mut pairs = pairs(&halves);
    if !pairs.is_empty() {
        let quoted = double_quoted(text, &halves);
        pairs.retain(|(at, _)| {
            let after = quoted.partition_point(|span| span.start <= *at);
            let last = after.checked_sub(1).and_then(|last| quoted.get(last));
            last.is_some_and(|span| *at < span.end)
        });
    }
    let mut joined = Edited::new(text);
    for (at, character) in pairs {
        joined.replace(at..at + PAIR, &format!("\\U{:08x}", u32::from(character)));
    }
    joined.finish()
}

/// The escapes of halves of characters; a backslash after a backslash begins none.
fn halves(text: &str) -> Vec<(usize, u16)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += next;
        let rest = text.get(at..).unwrap_or_default();
        let backslashes = rest.len() - rest.trim_start_matches('\\').len();
        at += backslashes;
        let unit = text.get(at - 1..at - 1 + HALF).and_then(half);
        if let Some(unit) = unit.filter(|_| backslashes % 2 == 1) {
            found.push((at - 1, unit));
        }
    }
    found
}

fn half(escape: &str) -> Option<u16> {
    let digits = escape.strip_prefix("\\u")?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (hexadecimal && (0xd800..0xe000).contains(&unit)).then_some(unit)
}

/// The pairs among the halves, and their characters.
fn pairs(halves: &[(usize, u16)]) -> Vec<(usize, char)> {
    let mut found = Vec::new();
    let mut rest = halves;
    while let [(at, high), (next, low), ..] = rest {
        let joined = char::decode_utf16([*high, *low]).next().and_then(Result::ok);
        match joined.filter(|_| *next == at + HALF) {
            Some(character) => {
                found.push((*at, character));
                rest = rest.get(2..).unwrap_or_default();
            }
            None => rest = rest.get(1..).unwrap_or_default(),
        }
    }
    found
}

/// The texts in double quotes, as far as the text can be read.
fn double_quoted(text: &str, halves: &[(usize, u16)]) -> Vec<Span> {
    let mut readable = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in halves {
        readable.push_str(text.get(done..*at).unwrap_or_default());
        readable.push_str(r"\u0061");
        done = at + HALF;
    }
    readable.push_str(text.get(done..).unwrap_or_default());
    let mut events = Events::new(&readable);
    let mut spans = Vec::new();
    while let Ok(placed) = events.next() {
        match &placed.event {
            Event::StreamEnd => break,
            Event::Scalar(_, ScalarStyle::DoubleQuoted, anchor, tag) => {
                let count = usize::from(*anchor > 0) + usize::from(tag.is_some());
                let start = edges::properties(&readable, placed.start, count).end;
                spans.push(Span { start, end: edges::quoted_end(&readable, start) });
            }
            _ => {}
        }
    }
    spans
}
