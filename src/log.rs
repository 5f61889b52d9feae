//! The log of a Lambda function: an entry is a line.

use std::io::{self, Write, stdout};
use std::str::FromStr;
use std::{env, panic};

use tracing::{Level, error};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// Starts the log of a Lambda function. `LOG_LEVEL` is for the lines of these crates. The libraries get no
/// say below warnings: some of them would print whole events, and with them the presigned URL. A panic is
/// logged like any error.
pub fn start(own: &[&'static str]) {
    let level = env::var("LOG_LEVEL").ok().and_then(|level| Level::from_str(&level).ok());
    let own = own.iter().map(|crate_name| (*crate_name, level.unwrap_or(Level::INFO)));
    let filter = Targets::new().with_targets(own).with_default(Level::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time() // Lambda's log has a time for every line.
        .with_writer(|| OneLine);
    tracing_subscriber::registry().with(lines).with(filter).init();
    panic::set_hook(Box::new(|panic| error!("{panic}")));
}

/// Standard output, to which each entry of the log is written as one line. Names, tags, AWS's messages
/// and the rest of what others write may hold what would begin a new line or redraw a terminal: it is
/// written as an escape.
struct OneLine;

impl Write for OneLine {
    /// The log's formatter writes an entry as a whole, with the line's end.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let mut line = String::with_capacity(text.len());
        for character in text.strip_suffix('\n').unwrap_or(&text).chars() {
            if is_text(character) {
                line.push(character);
            } else {
                line.extend(character.escape_default());
            }
        }
        line.push('\n');
        stdout().write_all(line.as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        stdout().flush()
    }
}

/// Whether it neither controls a terminal, nor ends a line, nor turns the direction of the text.
fn is_text(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !character.is_control() && !turns
}
