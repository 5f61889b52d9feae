//! What hangs on the order of attachment, where it is not known.
//!
//! Not every order is tried: of one place, only the policies that assign the same setting with
//! different values matter, and of them only which came first. Settings that share no such policy
//! are decided independently of each other.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Effective;
use super::organization::{PlaceId, PolicyId};
use super::setting::When;

/// The most outcomes of one decision that are listed.
const MOST_OUTCOMES: usize = 256;
/// The most steps that looking for them takes.
const MOST_STEPS: usize = 20_000;

/// Settings that are decided together, by the order in which some policies were attached to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The place.
    pub place: PlaceId,
    /// The policies whose order decides.
    pub policies: BTreeSet<PolicyId>,
    /// The settings that hang on it, as positions in [`Effective::settings`].
    pub settings: Vec<usize>,
    /// What may come out.
    pub outcomes: Vec<Outcome>,
    /// Whether these are all that may come out.
    pub complete: bool,
}

/// One possible outcome of a [`Decision`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// An order that leads to it: these were attached first, in this order.
    pub first: Vec<PolicyId>,
    /// Which candidate each of the decision's settings gets.
    pub candidates: Vec<usize>,
}

impl Effective {
    /// What hangs on an order of attachment that is not known; each can come out independently of
    /// the others.
    pub fn decisions(&self) -> Vec<Decision> {
        let mut places: BTreeMap<PlaceId, Vec<Contest>> = BTreeMap::new();
        for (index, setting) in self.settings.iter().enumerate() {
            let whens: Vec<&When> =
                setting.candidates.iter().filter_map(|candidate| candidate.when.as_ref()).collect();
            let Some(first) = whens.first() else { continue };
            let contests = places.entry(first.place).or_default();
            let winners: Vec<BTreeSet<PolicyId>> =
                whens.iter().map(|when| when.first.clone()).collect();
            match contests.iter_mut().find(|contest| contest.winners == winners) {
                Some(contest) => contest.settings.push(index),
                None => contests.push(Contest { settings: vec![index], winners }),
            }
        }
        let decide = |(place, contests): (PlaceId, Vec<Contest>)| {
            components(contests).into_iter().map(move |contests| decision(place, &contests))
        };
        places.into_iter().flat_map(decide).collect()
    }

    /// Every combination of values that the settings may have, at most `limit`, and whether these
    /// are all. A combination says which candidate each setting gets.
    pub fn combinations(&self, limit: usize) -> (Vec<Vec<usize>>, bool) {
        let mut combinations = vec![vec![0; self.settings.len()]];
        let mut complete = true;
        for decision in self.decisions() {
            complete &= decision.complete;
            let mut next = Vec::new();
            for (combination, outcome) in
                combinations.iter().flat_map(|one| decision.outcomes.iter().map(move |o| (one, o)))
            {
                if next.len() == limit {
                    complete = false;
                    break;
                }
                let mut combination = combination.clone();
                for (setting, candidate) in decision.settings.iter().zip(&outcome.candidates) {
                    if let Some(chosen) = combination.get_mut(*setting) {
                        *chosen = *candidate;
                    }
                }
                next.push(combination);
            }
            combinations = next;
        }
        (combinations, complete)
    }
}

/// Settings that the same policies assign, alike in who agrees with whom.
struct Contest {
    settings: Vec<usize>,
    /// For each candidate, the policies that assign it.
    winners: Vec<BTreeSet<PolicyId>>,
}

impl Contest {
    fn policies(&self) -> impl Iterator<Item = PolicyId> {
        self.winners.iter().flatten().copied()
    }

    /// The candidate that this policy assigns.
    fn candidate(&self, policy: PolicyId) -> Option<usize> {
        self.winners.iter().position(|winners| winners.contains(&policy))
    }
}

/// Contests that share a policy, directly or through others, stay together.
fn components(contests: Vec<Contest>) -> Vec<Vec<Contest>> {
    let mut components: Vec<(BTreeSet<PolicyId>, Vec<Contest>)> = Vec::new();
    for contest in contests {
        let mut policies: BTreeSet<PolicyId> = contest.policies().collect();
        let (sharing, apart): (Vec<_>, Vec<_>) =
            components.into_iter().partition(|(others, _)| !others.is_disjoint(&policies));
        components = apart;
        let mut together = Vec::new();
        for (others, contests) in sharing {
            policies.extend(others);
            together.extend(contests);
        }
        together.push(contest);
        components.push((policies, together));
    }
    components.into_iter().map(|(_, contests)| contests).collect()
}

fn decision(place: PlaceId, contests: &[Contest]) -> Decision {
    let mut search = Search { contests, found: BTreeMap::new(), steps: 0, complete: true };
    search.go(&vec![None; contests.len()], &mut Vec::new());
    let outcome = |(chosen, first): (Vec<usize>, Vec<PolicyId>)| {
        let candidates = contests
            .iter()
            .zip(chosen)
            .flat_map(|(contest, chosen)| contest.settings.iter().map(move |_| chosen))
            .collect();
        Outcome { first, candidates }
    };
    let complete = search.complete;
    Decision {
        place,
        policies: contests.iter().flat_map(Contest::policies).collect(),
        settings: contests.iter().flat_map(|contest| contest.settings.iter().copied()).collect(),
        outcomes: search.found.into_iter().map(outcome).collect(),
        complete,
    }
}

/// Looks for the outcomes: whichever policy was the first decides all contests that it takes part
/// in, and the order of the rest decides the others.
struct Search<'a> {
    contests: &'a [Contest],
    /// For each outcome the shortest order that leads to it.
    found: BTreeMap<Vec<usize>, Vec<PolicyId>>,
    steps: usize,
    complete: bool,
}

impl Search<'_> {
    fn go(&mut self, chosen: &[Option<usize>], first: &mut Vec<PolicyId>) {
        if self.steps >= MOST_STEPS || self.found.len() > MOST_OUTCOMES {
            self.complete = false;
            return;
        }
        self.steps += 1;
        let open: BTreeSet<PolicyId> = self
            .contests
            .iter()
            .zip(chosen)
            .filter(|(_, chosen)| chosen.is_none())
            .flat_map(|(contest, _)| contest.policies())
            .collect();
        if let Some(all) = chosen.iter().copied().collect::<Option<Vec<usize>>>() {
            self.keep(all, first);
            return;
        }
        for policy in open {
            let mut next = chosen.to_vec();
            for (contest, chosen) in self.contests.iter().zip(next.iter_mut()) {
                if chosen.is_none() {
                    *chosen = contest.candidate(policy);
                }
            }
            first.push(policy);
            self.go(&next, first);
            first.pop();
        }
    }

    fn keep(&mut self, outcome: Vec<usize>, first: &[PolicyId]) {
        let shortest = self.found.entry(outcome).or_insert_with(|| first.to_vec());
        if first.len() < shortest.len() {
            *shortest = first.to_vec();
        }
    }
}
