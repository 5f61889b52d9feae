//! Calls no faster than AWS lets them pass: a refused call costs a wait.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// So many calls a second, whoever makes them.
#[derive(Debug)]
pub struct Pace(Mutex<Interval>);

impl Pace {
    /// At most so many.
    pub fn a_second(calls: u32) -> Self {
        let mut interval = interval(Duration::from_secs(1) / calls.max(1));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self(Mutex::new(interval))
    }

    /// Waits until the next call may be sent.
    pub async fn wait(&self) {
        self.0.lock().await.tick().await;
    }
}
