//! How far a long reading has come.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error while AWS is read; nothing at all where that is no terminal. It is gone when it is dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// Begins with an unknown end: `reading the organization`.
    pub fn begin(what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Shown nowhere.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// So many more are to be read.
    pub fn expect(&self, more: usize) {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        if self.0.length().is_none()
            && let Ok(style) =
                ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}, {eta} left")
        {
            self.0.set_style(style);
        }
        self.0.set_length(self.0.length().unwrap_or(self.0.position()).saturating_add(more));
    }

    /// Something else is being read: `planning`.
    pub fn relabel(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Whether somebody sees it.
    pub fn is_shown(&self) -> bool {
        !self.0.is_hidden()
    }

    /// A line above it that stays, where somebody sees it.
    pub fn line(&self, text: &str) {
        self.0.println(text);
    }

    /// One more was read.
    pub fn one(&self) {
        self.0.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
