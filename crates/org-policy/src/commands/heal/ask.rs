//! What a person says: yes, no, or Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::thread;

use tokio::sync::oneshot;

/// Whether somebody can be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal()
}

/// Shows a text on standard output: whether all of it was taken.
pub fn is_shown(text: &str) -> bool {
    let mut out = anstream::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

/// Asks, and waits for the answer. Only `y` and `yes` are a yes; what nobody could read has none.
pub async fn yes(question: &str) -> bool {
    let mut err = io::stderr();
    if write!(err, "{question} [y/N] ").and_then(|()| err.flush()).is_err() {
        return false;
    }
    let (answer, answered) = oneshot::channel();
    // On a thread of its own, which Ctrl-C does not have to wait for.
    thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        let _ = answer.send(read.is_ok() && is_yes(&line));
    });
    answered.await.unwrap_or(false)
}

fn is_yes(line: &str) -> bool {
    ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
}

/// Waits for Ctrl-C; for ever, if that cannot be heard.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
