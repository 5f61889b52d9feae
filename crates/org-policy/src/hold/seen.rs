//! Holds, as a look for drift shows them.

use super::watch::watches;
use super::{Hold, KIND};
use crate::aws::{Session, Stacks, WatchTable};
use crate::drift::{Report, ResourceReport, StackReport};

/// Adds to each stack with drift the hold that it has. Where there is no watch, or none can be found, nothing is said;
/// where there is one and its table cannot be read, a note.
pub async fn add_holds(session: &Session, report: &mut Report) {
    let drifted = |stack: &StackReport| stack.resources.iter().any(ResourceReport::has_drifted);
    if !report.stacks.iter().any(drifted) {
        return;
    }
    let Ok(stacks) = Stacks::new(session).all().await else { return };
    let now = session.seconds();
    for watch in watches(&stacks) {
        let held = match WatchTable::new(session, &watch.table).all(KIND).await {
            Ok(held) => held,
            Err(problem) => {
                report.notes.push(format!("whether a stack is held is not known: {problem}"));
                continue;
            }
        };
        for stack in report.stacks.iter_mut().filter(|stack| drifted(stack)) {
            let hold = held.get(&stack.id).and_then(|stored| Hold::read(stored));
            if let Some(hold) = hold.filter(|hold| hold.holds(now)) {
                stack.held = Some(hold.line());
            }
        }
    }
}
