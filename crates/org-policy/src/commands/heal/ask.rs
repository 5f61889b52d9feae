//! What a person says: yes, no, or Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::thread;

use tokio::sync::oneshot;

/// Whether somebody can be asked.
pub fn is_possible() -> bool {
    io::stdin().is_terminal()
}

/// Asks, and waits for the answer. Only `y` and `yes` are a yes.
pub async fn yes(question: &str) -> bool {
    eprint!("{question} [y/N] ");
    let _ = io::stderr().flush();
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
