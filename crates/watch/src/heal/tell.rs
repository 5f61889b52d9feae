//! Telling: heals with their ends, those of earlier runs too, and stacks that were left.

use std::time::{SystemTime, UNIX_EPOCH};

use org_policy::aws::{Problem, Stacks};
use thiserror::Error;
use tokio::time::Instant;
use tracing::warn;

use super::judge::{self, Why};
use super::mail;
use super::memory::{End, Items, Memory, REFUSED, UNTOLD, Untold, stored};
use crate::memory::Seconds;
use crate::watch::Topic;

/// An update that lasts longer is told as it is.
const LASTING: Seconds = 3600;

/// Why a run has failed. The next one does what this one could not.
#[derive(Debug, Error)]
pub enum Error {
    /// What is kept could not be read or written.
    #[error("{0}; nothing more was healed, and the next run goes on")]
    Store(Problem),
    /// A mail could not be sent.
    #[error("{0}; the next run tells it")]
    Tell(Problem),
}

/// The time, as far as it went on since the run began.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// When the run began.
    pub now: Seconds,
    /// The same, on the clock of the runtime.
    pub began: Instant,
}

impl Clock {
    /// Now.
    pub fn time(&self) -> Seconds {
        let passed = self.began.elapsed().as_secs();
        self.now.saturating_add(Seconds::try_from(passed).unwrap_or(Seconds::MAX))
    }
}

/// Who tells.
pub struct Teller<'a, I, T> {
    /// CloudFormation, which is asked how heals of earlier runs have ended.
    pub stacks: &'a Stacks,
    /// Where what is to be told is kept.
    pub items: &'a I,
    /// Whom it tells.
    pub topic: &'a T,
    /// The time.
    pub clock: Clock,
}

impl<I: Items, T: Topic> Teller<'_, I, T> {
    /// Tells of a heal. Until that is done, it is kept with its end.
    ///
    /// # Errors
    /// What failed first.
    pub async fn tell_heal(&self, stack_id: &str, heal: Untold, end: End) -> Result<(), Error> {
        let key = key(stack_id, &heal);
        let mail = mail::healed(stack_id, &heal, &end);
        let heal = Untold { end: Some(end), ..heal };
        if let Err(problem) = self.items.put(UNTOLD, &key, &stored(&heal)).await {
            warn!("{problem}; if the mail cannot be sent either, the next one says less");
        }
        self.topic.tell(&mail).await.map_err(Error::Tell)?;
        self.items.remove(UNTOLD, &key).await.map_err(Error::Store)
    }

    /// Tells what earlier runs could not tell; says why a mail could not be sent.
    ///
    /// # Errors
    /// What failed first.
    pub async fn tell_untold(&self, memory: &Memory) -> Result<Option<Problem>, Error> {
        let mut not_told = None;
        for (key, heal) in &memory.untold {
            let stack_id = key.split(' ').next().unwrap_or_default();
            let end = match &heal.end {
                Some(end) => Some(end.clone()),
                None => self.end_of(stack_id, heal).await,
            };
            let Some(end) = end else { continue };
            match self.tell_heal(stack_id, heal.clone(), end).await {
                Err(Error::Tell(problem)) => not_told = Some(problem),
                told => told?,
            }
        }
        Ok(not_told)
    }

    /// How a heal of an earlier run has ended, as far as the stack tells; none if that is still to come.
    async fn end_of(&self, stack_id: &str, heal: &Untold) -> Option<End> {
        let described = match self.stacks.describe(stack_id).await {
            Ok(described) => described,
            Err(problem) => {
                warn!("{problem}; the next run tells how its heal has ended");
                return None;
            }
        };
        let Some(stack) = described else {
            return Some(End::Badly("the stack is gone by now".to_owned()));
        };
        let status = stack.status;
        let unknown = "the run that began it did not see its end";
        if !is_at_rest(&status) {
            let lasts = self.clock.time() - heal.at >= LASTING;
            return lasts.then(|| End::Badly(format!("{unknown}, and it is still {status}")));
        }
        if stack.since.and_then(milliseconds) == heal.before {
            return Some(End::Badly(format!(
                "{unknown}, and CloudFormation has not begun: nothing was changed"
            )));
        }
        Some(match status.as_str() {
            "UPDATE_COMPLETE" => End::Well(format!("{status}, as a later run has seen")),
            _ => End::Badly(format!("{unknown}, and the stack is {status} by now: see its events")),
        })
    }

    /// Tells which stacks were left, and why, as far as that is new.
    ///
    /// # Errors
    /// What failed first.
    pub async fn tell_left(&self, memory: &Memory, left: &[(String, Why)]) -> Result<(), Error> {
        let now = self.clock.time();
        let (mut told, mut kept) = (Vec::new(), Vec::new());
        for (stack, why) in left {
            let (tell, refused) = judge::tell(memory.refused.get(stack), why, now);
            if tell && told.len() == mail::STACKS {
                continue;
            }
            if tell {
                told.push((stack.as_str(), why));
            }
            kept.push((stack, refused));
        }
        if !told.is_empty() {
            self.topic.tell(&mail::left(&told)).await.map_err(Error::Tell)?;
        }
        for (stack, refused) in kept {
            self.items.put(REFUSED, stack, &stored(&refused)).await.map_err(Error::Store)?;
        }
        Ok(())
    }

    /// Nothing is refused of this stack any more.
    ///
    /// # Errors
    /// What failed first.
    pub async fn forget(&self, memory: &Memory, stack: &str) -> Result<(), Error> {
        match memory.refused.contains_key(stack) {
            true => self.items.remove(REFUSED, stack).await.map_err(Error::Store),
            false => Ok(()),
        }
    }
}

/// The key of the item of a heal.
pub fn key(stack_id: &str, heal: &Untold) -> String {
    format!("{stack_id} {}", heal.at)
}

/// Whether nothing happens in a stack of this status.
pub fn is_at_rest(status: &str) -> bool {
    !status.ends_with("_IN_PROGRESS")
}

/// A moment, as it is stored.
pub fn milliseconds(at: SystemTime) -> Option<u64> {
    u64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}
