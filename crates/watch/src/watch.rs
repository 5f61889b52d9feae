//! One run of the watch: look, compare with what was told, tell, remember.

use org_policy::aws::{Problem, Progress, Session};
use org_policy::drift::{Contents, Paces, Report, Request, look};
use thiserror::Error;

use crate::finding::Findings;
use crate::mail::{Mail, mail};
use crate::memory::{Memory, Seconds};
use crate::news::news;

/// AWS lets two documents a second be read, by all who ask: half of it is left to deployments, and so is more than half of
/// what it lets be listed.
const PACES: Paces = Paces { documents: 1, listings: 2 };
/// So many documents one run reads, which takes eight minutes; the others are read by the next ones.
const DOCUMENTS: usize = 480;

/// What the watch keeps from one run to the next.
#[derive(Debug, Default)]
pub struct Kept {
    /// What was told and still lasts.
    pub memory: Memory,
    /// The documents that were read.
    pub contents: Contents,
}

/// Where that is kept.
pub trait Store {
    /// All that is kept.
    ///
    /// # Errors
    /// The call that failed.
    fn load(&self) -> impl Future<Output = Result<Kept, Problem>>;

    /// Keeps this instead of what was kept before.
    ///
    /// # Errors
    /// The call that failed.
    fn save(&self, before: &Kept, after: &Kept) -> impl Future<Output = Result<(), Problem>>;
}

/// Whom the watch tells.
pub trait Topic {
    /// Sends a mail.
    ///
    /// # Errors
    /// The call that failed.
    fn tell(&self, mail: &Mail) -> impl Future<Output = Result<(), Problem>>;
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
    /// How many findings were told.
    pub told: usize,
    /// How many seconds ago the oldest document was read that this run has relied on.
    pub oldest_content: u64,
}

/// Looks, and tells what is new. A mail is sent before it is remembered: if the run ends between the two, it is sent again,
/// and nothing is lost.
///
/// # Errors
/// What failed first.
pub async fn run(
    session: &Session,
    store: &impl Store,
    topic: &impl Topic,
    now: Seconds,
) -> Result<Run, Error> {
    let before = store.load().await.map_err(Error::Load)?;
    let mut contents = Contents { most: DOCUMENTS, ..before.contents.clone() };
    let request = Request { paces: PACES, ..Request::default() };
    let looked = look(session, &request, &mut contents, &Progress::hidden()).await;
    let report = looked.map_err(Error::Look)?;
    let (news, memory) = news(&before.memory, &Findings::of(&report), now);
    if let Some(mail) = mail(&news) {
        topic.tell(&mail).await.map_err(Error::Tell)?;
    }
    let read = contents.known.values().map(|content| content.read).min();
    let oldest_content = read.and_then(|read| read.elapsed().ok()).unwrap_or_default().as_secs();
    contents.first.clear();
    let after = Kept { memory, contents };
    store.save(&before, &after).await.map_err(Error::Save)?;
    Ok(Run { report, told: news.len(), oldest_content })
}
