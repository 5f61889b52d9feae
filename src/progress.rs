//! How far the work on an event came, kept where neither a deadline nor a panic can lose it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::info;

use crate::error::{CallError, Error};

/// How far the work on an event came. It outlives the work, which a deadline or a panic can end
/// at any point.
#[derive(Debug, Default)]
pub struct Progress(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    operation: String,
    done: usize,
    planned: usize,
}

impl Progress {
    /// Begins a stage of the work.
    pub fn begin(&self, operation: impl Into<String>) {
        self.state().operation = operation.into();
    }

    /// Begins a plan of so many steps, and logs each of its lines as an entry of its own: the lines
    /// are not taken from one text, in which a name could pass for a step.
    pub fn begin_plan(&self, steps: usize, lines: &[String]) {
        for line in lines {
            info!("plan: {line}");
        }
        let mut state = self.state();
        state.planned = steps;
        state.done = 0;
    }

    /// Carries out one step of the plan.
    ///
    /// # Errors
    /// Those of the step.
    pub async fn step<T>(
        &self,
        operation: impl Into<String>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.begin(operation);
        let done = work.await?;
        self.state().done += 1;
        Ok(done)
    }

    /// The stage or step at hand.
    pub fn operation(&self) -> String {
        self.state().operation.clone()
    }

    /// The error for a deadline at this point.
    pub fn deadline_error(&self, last_answer: Option<CallError>) -> Error {
        let state = self.state();
        Error::Deadline {
            operation: state.operation.clone(),
            done: state.done,
            planned: state.planned,
            last_answer,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
