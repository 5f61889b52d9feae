//! What goes wrong by chance, the same chance for the same seed.

use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;

use super::faults::{ConnectionError, Fault};

/// How likely it is that a call which the throttles admit goes wrong, and in which way. At most one
/// thing goes wrong with a call: the likelihoods add up, to 1.0 at most.
#[derive(Clone, Debug, Default)]
pub struct Disorder {
    pub seed: u64,
    /// A change is refused with ConcurrentModificationException. Reads are not.
    pub conflict: f64,
    /// The call takes effect; then the connection breaks instead of an answer.
    pub lost_answer: f64,
    /// The call is answered with ServiceException, without effect.
    pub server_error: f64,
    /// The call is never answered. Half of these take effect.
    pub time_out: f64,
    /// The connection is closed without an answer. Half of these calls take effect.
    pub closed: f64,
    /// The credentials cannot be loaded, so an attempt is not sent. This comes on top of the others, as it comes before
    /// the throttles.
    pub no_credentials: f64,
    /// The time a call takes is anywhere in this range; if that is empty, it is as it was set.
    pub latency: Range<Duration>,
}

/// The disorder, and how far its chance has got.
pub(super) struct Dice {
    disorder: Disorder,
    rng: Rng,
    credentials: Rng,
}

impl Dice {
    pub(super) fn new(disorder: Disorder) -> Dice {
        let [rng, credentials] = [disorder.seed, !disorder.seed].map(Rng::with_seed);
        Dice { rng, credentials, disorder }
    }

    /// What goes wrong with the next call. Whatever comes of it, the same number of draws is used
    /// up, so that one likelihood more or less leaves the rest of the run alike.
    pub(super) fn fault(&mut self, changes: bool) -> Option<Fault> {
        let (mut drawn, takes_effect) = (self.rng.f64(), self.rng.bool());
        let Disorder { conflict, lost_answer, server_error, time_out, closed, .. } = self.disorder;
        let conflicting = Fault::Error("ConcurrentModificationException");
        let ways = [
            (lost_answer, Fault::LostAnswer),
            (server_error, Fault::Error("ServiceException")),
            (time_out, Fault::Hang { takes_effect }),
            (if changes { conflict } else { 0.0 }, conflicting),
            (closed, Fault::Broken { error: ConnectionError::Incomplete, takes_effect }),
        ];
        let found = ways.into_iter().find(|(likelihood, _)| {
            let hit = drawn < *likelihood;
            drawn -= likelihood;
            hit
        });
        found.map(|(_, fault)| fault)
    }

    /// Whether the credentials for the next attempt cannot be loaded.
    pub(super) fn credentials_fail(&mut self) -> bool {
        self.credentials.f64() < self.disorder.no_credentials
    }

    /// The time the next call takes, if that is left to chance.
    pub(super) fn latency(&mut self) -> Option<Duration> {
        let drawn = self.rng.f64();
        let Range { start, end } = self.disorder.latency;
        (start < end).then(|| start + (end - start).mul_f64(drawn))
    }
}
