//! The function's log, by the events that it is about.

use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use test_world::engine::event_at_work;

/// What the lines have in them that are about plans, failures, further removals, and what CloudFormation holds.
const KEPT: [&str; 4] = ["plan: ", "FAILED ", ": removing ", "CloudFormation says of resource "];

/// A line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Instant,
    /// The RequestId.
    pub event: String,
    pub text: String,
}

/// All lines that tell what is planned and what has failed. Clones are the same.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Line>>>);

impl Log {
    pub fn len(&self) -> usize {
        self.0.lock().expect("one thread").len()
    }

    pub fn since(&self, number: usize) -> Vec<Line> {
        self.0.lock().expect("one thread")[number..].to_vec()
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(of) = event_at_work() else { return };
        let mut message = Message::default();
        event.record(&mut message);
        if KEPT.iter().any(|kept| message.0.contains(kept)) {
            let line = Line { at: Instant::now(), event: of, text: message.0 };
            self.0.lock().expect("one thread").push(line);
        }
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
