//! How many events of all histories were as planned.

use std::fmt;
use std::sync::Mutex;

/// How an event compares with its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The same lines, or the same error.
    Equal,
    /// No event, as planned.
    NoEvent,
    /// Somebody else has changed the policy, or another one of its name, before the function has planned.
    AnothersHand,
    /// CloudFormation has not told the function what it holds for another resource, or has told what was true before.
    Silence,
    /// No template tells a value.
    Untold,
    /// The event was overtaken, or its invocations died, before the function has planned.
    NotReached,
    /// The stack had failed before, with rollback disabled.
    StackHadFailed,
    /// The stack gets the ARN of one that was deleted, as on no AWS.
    ArnOfAnother,
}

/// What the outcomes are, beside how many there are of each.
const OUTCOMES: [(Outcome, &str); 8] = [
    (Outcome::Equal, "events as planned"),
    (Outcome::NoEvent, "resources without an event, as planned"),
    (Outcome::AnothersHand, "events that found what others had changed meanwhile"),
    (Outcome::Silence, "events for which CloudFormation was silent, or late"),
    (Outcome::Untold, "resources with a value that no template tells"),
    (Outcome::NotReached, "events overtaken or dead before their plan"),
    (Outcome::StackHadFailed, "deployments after a failure without rollback, not compared"),
    (Outcome::ArnOfAnother, "deployments with the ARN of a deleted stack, not compared"),
];

/// Counts, over all threads.
pub struct Tally(Mutex<[usize; OUTCOMES.len()]>);

pub static TALLY: Tally = Tally(Mutex::new([0; OUTCOMES.len()]));

impl Tally {
    pub fn count(&self, outcome: Outcome) {
        let mut counts = self.0.lock().expect("counting does not panic");
        let place = OUTCOMES.iter().position(|(known, _)| *known == outcome);
        counts[place.expect("each has a place")] += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().expect("counting does not panic");
        for (count, (_, what)) in counts.iter().zip(OUTCOMES) {
            writeln!(f, "{count:>9} {what}")?;
        }
        Ok(())
    }
}
