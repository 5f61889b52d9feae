//! What is to be told: a pure function of what was found, what was told, and the time.

use std::collections::BTreeMap;

use crate::finding::{Finding, Findings, Key};
use crate::memory::{Seconds, Told};

/// As long as a finding lasts, it is told again after so many seconds.
pub const DAY: Seconds = 24 * 3600;

/// Why a finding is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It was not there before.
    New,
    /// There is more of it than was told.
    Grown,
    /// It was told a day ago, and is still there.
    Lasting,
    /// It is gone.
    Gone,
}

/// A finding that is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Why it is told.
    pub reason: Reason,
    /// The finding; of one that is gone, as it was told last.
    pub finding: Finding,
    /// When it was found first.
    pub since: Seconds,
    /// Who has changed the policy lately, a line each, as far as that is known.
    pub changes: Vec<String>,
}

/// What is to be told now, and what has been told once that is done. What was not looked at stays as it was.
pub fn news(
    told: &BTreeMap<Key, Told>,
    findings: &Findings,
    now: Seconds,
) -> (Vec<News>, BTreeMap<Key, Told>) {
    let mut news = Vec::new();
    let mut after = BTreeMap::new();
    for (key, finding) in &findings.found {
        let (reason, told) = tell(told.get(key), finding, now);
        news.extend(reason.map(|reason| of(reason, &told)));
        after.insert(key.clone(), told);
    }
    for (key, told) in told.iter().filter(|(key, _)| !findings.found.contains_key(*key)) {
        if findings.has_seen(key, &told.finding) {
            news.push(of(Reason::Gone, told));
        } else {
            after.insert(key.clone(), told.clone());
        }
    }
    news.sort_by(|a, b| order(a).cmp(&order(b)));
    (news, after)
}

fn of(reason: Reason, told: &Told) -> News {
    News { reason, finding: told.finding.clone(), since: told.since, changes: Vec::new() }
}

/// Guards first, and what is gone last.
fn order(news: &News) -> impl Ord + '_ {
    (news.reason == Reason::Gone, news.finding.urgency, news.reason, &news.finding.title)
}

/// Whether a finding is to be told, and what is remembered of it.
fn tell(told: Option<&Told>, finding: &Finding, now: Seconds) -> (Option<Reason>, Told) {
    let reason = match told {
        None => Some(Reason::New),
        Some(told) if !finding.facts.is_subset(&told.facts) => Some(Reason::Grown),
        Some(told) if now - told.told >= DAY => Some(Reason::Lasting),
        Some(_) => None,
    };
    let known = told.into_iter().flat_map(|told| &told.facts);
    let facts = known.chain(&finding.facts).cloned().collect();
    let told_at = told.filter(|_| reason.is_none()).map_or(now, |told| told.told);
    let since = told.map_or(now, |told| told.since);
    (reason, Told { finding: finding.clone(), facts, since, told: told_at })
}
