//! One run of the watch: look, compare with what was told, tell, remember.

use std::collections::BTreeSet;
use std::time::Duration;

use cfn_org_policy::aws::types::PolicyId;
use org_policy::aws::{Problem, Progress, Session};
use org_policy::drift::{Lag, Paces, Report, Request, State, look};
use thiserror::Error;
use tokio::time::{Instant, timeout};
use tracing::warn;

use crate::finding::Findings;
use crate::mail::{Mail, mail};
use crate::memory::{Memory, Seconds};
use crate::news::{News, news};
use crate::trail::{self, Change};

/// AWS lets two documents a second be read, by all who ask: half of it is left to deployments, and so is more than half of
/// what it lets be listed.
const PACES: Paces = Paces { documents: 1, listings: 2 };
/// So long policies are read in one run, of the quarter of an hour that Lambda gives; the others are read by the next ones.
pub const READING: Duration = Duration::from_secs(10 * 60);
/// So long a look takes at most.
const LOOKING: Duration = Duration::from_secs(13 * 60);
/// So long CloudTrail is asked.
const ASKING: Duration = Duration::from_secs(20);

/// Where the memory is kept.
pub trait Store {
    /// All that is kept.
    ///
    /// # Errors
    /// The call that failed.
    fn load(&self) -> impl Future<Output = Result<Memory, Problem>>;

    /// Keeps this instead of what was kept before.
    ///
    /// # Errors
    /// The call that failed.
    fn save(&self, before: &Memory, after: &Memory) -> impl Future<Output = Result<(), Problem>>;
}

/// Whom the watch tells.
pub trait Topic {
    /// Sends a mail.
    ///
    /// # Errors
    /// The call that failed.
    fn tell(&self, mail: &Mail) -> impl Future<Output = Result<(), Problem>>;
}

/// Who knows who has changed policies.
pub trait Trail {
    /// The changes of the last hours, some of them if there are many.
    ///
    /// # Errors
    /// The call that failed.
    fn changes(&self, now: Seconds) -> impl Future<Output = Result<Vec<Change>, Problem>>;
}

/// Why a run has failed. The next one does what this one could not.
#[derive(Debug, Error)]
pub enum Error {
    /// What was kept could not be read, so that nobody knows what was told.
    #[error("{0}; nothing was looked at, and the next run tries again")]
    Load(Problem),
    /// The organization could not be looked at.
    #[error("{0}; nothing was told, and the next run tries again")]
    Look(Problem),
    /// The look took too long.
    #[error("look at the organization: not done after {} minutes; nothing was told, and the next run tries again", LOOKING.as_secs() / 60)]
    TooLong,
    /// A mail could not be sent.
    #[error("{0}; what was found is told by the next run")]
    Tell(Problem),
    /// What was told could not be kept.
    #[error("{0}; what was told just now is told once more by the next run")]
    Save(Problem),
}

/// What a run has come to.
#[derive(Debug)]
pub struct Run {
    /// What was found.
    pub report: Report,
    /// What was told.
    pub told: Vec<News>,
    /// Whether all could be read that there was time for. Where there are many policies, the next looks go on.
    pub is_whole: bool,
    /// How long ago the oldest document was read that this run has relied on.
    pub oldest_document: Duration,
}

/// Looks, and tells what is new; policies are read for so long at most. A mail is sent before it is remembered: if the run ends between the two, it is sent again,
/// and nothing is lost.
///
/// # Errors
/// What failed first.
pub async fn run(
    session: &Session,
    store: &impl Store,
    topic: &impl Topic,
    trail: &impl Trail,
    now: Seconds,
    reading: Duration,
) -> Result<Run, Error> {
    let before = store.load().await.map_err(Error::Load)?;
    let mut rotation = before.rotation.clone();
    rotation.first.clone_from(&before.named);
    // What lasts is told, and what is gone, only if its document is read again.
    let told = before.told.values().filter_map(|told| told.finding.policy.as_deref());
    rotation.first.extend(told.filter_map(PolicyId::parse));
    rotation.until = Some(Instant::now() + reading);
    let request = Request { lag: Lag::WaitedFor, paces: PACES, ..Request::default() };
    let progress = Progress::hidden();
    let look = look(session, &request, &mut rotation, &progress);
    let report = timeout(LOOKING, look).await.map_err(|_| Error::TooLong)?.map_err(Error::Look)?;
    let (mut told, remembered) = news(&before.told, &Findings::of(&report), now);
    if told.iter().any(trail::asks) {
        trail::add(&mut told, asked(trail, now).await);
    }
    if let Some(mail) = mail(&told) {
        topic.tell(&mail).await.map_err(Error::Tell)?;
    }
    let is_whole = report.problems.is_empty();
    let read = rotation.documents.values().map(|document| document.read).min();
    let oldest_document = read.and_then(|read| session.now().duration_since(read).ok());
    let after = Memory {
        told: remembered,
        rotation,
        named: BTreeSet::new(),
        to_heal: to_heal(&report),
        born: before.born.or(Some(now)),
    };
    store.save(&before, &after).await.map_err(Error::Save)?;
    let oldest_document = oldest_document.unwrap_or_default();
    Ok(Run { report, told, is_whole, oldest_document })
}

/// What CloudTrail says in time.
async fn asked(trail: &impl Trail, now: Seconds) -> Vec<Change> {
    match timeout(ASKING, trail.changes(now)).await {
        Ok(Ok(changes)) => changes,
        Ok(Err(problem)) => {
            warn!("{problem}; the mail does not say who has changed the policies");
            Vec::new()
        }
        Err(_) => {
            warn!(
                "CloudTrail has not answered in time; the mail does not say who has changed the policies"
            );
            Vec::new()
        }
    }
}

/// The stacks whose drift an update would put back, by their ARN.
fn to_heal(report: &Report) -> BTreeSet<String> {
    let quiet = report.stacks.iter().filter(|stack| stack.state == State::Quiet);
    let drifted = quiet.filter(|stack| stack.resources.iter().any(|r| r.an_update_helps()));
    drifted.map(|stack| stack.id.clone()).collect()
}
