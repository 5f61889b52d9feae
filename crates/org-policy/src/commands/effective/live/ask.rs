//! What AWS makes of the organization, account by account, beside what was computed.

use std::collections::BTreeSet;

use policy_document::check::Severity;
use policy_document::effective::{
    Accounts, Assumption, Assumptions, Comparison, Effective, Kind, Organization, PlaceId, compare,
    explanation, findings, of_all, summary,
};
use serde_json::Value as Json;

use super::Live;
use crate::aws::{EFFECTIVE, Organizations, Problem, Progress, ValidationError, failed};

/// What AWS says of the accounts that were asked about.
#[derive(Debug, Default)]
pub struct Asked {
    /// The accounts whose effective policy AWS shows.
    pub accounts: Vec<Account>,
    /// The accounts from which AWS withholds an effective policy.
    pub withheld: Vec<Withheld>,
    /// How many accounts were left out, since they are closed or suspended.
    pub inactive: usize,
    /// The accounts that AWS and this tool do not agree about whether they get a policy.
    pub judged_otherwise: Vec<PlaceId>,
}

/// An account, and what AWS shows.
#[derive(Debug)]
pub struct Account {
    pub place: PlaceId,
    /// The document, as AWS shows it; an empty object if there is none.
    pub shown: Json,
    pub comparison: Comparison,
    /// If they do not agree: what would have to be so that they did.
    pub explanation: Option<Assumption>,
}

/// An account whose effective policy AWS withholds.
#[derive(Debug)]
pub struct Withheld {
    pub place: PlaceId,
    pub errors: Vec<ValidationError>,
}

impl Asked {
    /// Whether AWS withholds a policy, or shows something else than was computed.
    pub fn is_wrong(&self) -> bool {
        let differs = |account: &Account| !account.comparison.agrees();
        !self.withheld.is_empty()
            || !self.judged_otherwise.is_empty()
            || self.accounts.iter().any(differs)
    }
}

/// Asks about one account, or about all: `sample` of them, or those that are in use.
///
/// # Errors
/// The first call that is not answered.
pub fn ask(
    live: &Live,
    organization: &Organization,
    of: Option<PlaceId>,
    policy_type: &str,
    sample: Option<usize>,
) -> Result<Asked, Problem> {
    let computed = of_all(organization, policy_type, Assumptions::default());
    let mut places: Vec<PlaceId> = match of {
        Some(place) => vec![place],
        None => spread(&computed, policy_type),
    };
    let is_account = |place: &PlaceId| {
        organization.place(*place).is_some_and(|place| place.kind == Kind::Account)
    };
    places.retain(is_account);
    let all = places.len();
    places.retain(|place| !live.inactive.contains(place));
    let mut asked = Asked { inactive: all - places.len(), ..Asked::default() };
    if places.is_empty() || !organization.is_enabled(policy_type) {
        return Ok(asked);
    }
    let progress = live.session.progress("asking for effective policies");
    let questions = Questions {
        invalid: live.session.organizations(),
        effective: live.session.organizations_at_pace(EFFECTIVE),
        organization,
        policy_type,
        progress: &progress,
    };
    live.session.run(async {
        questions.withheld(&places, &mut asked).await?;
        let withheld: BTreeSet<PlaceId> = asked.withheld.iter().map(|one| one.place).collect();
        let judged = places.iter().filter(|place| {
            let effective = computed.get(**place);
            effective
                .is_some_and(|one| judged_otherwise(one, policy_type, withheld.contains(place)))
        });
        asked.judged_otherwise = judged.copied().collect();
        // What AWS shows of a policy that it withholds is not said anywhere.
        places.retain(|place| !withheld.contains(place));
        places.truncate(sample.unwrap_or(usize::MAX));
        questions.shown(&places, &computed, &mut asked).await
    })?;
    asked.accounts.sort_by_key(|account| account.place);
    Ok(asked)
}

/// The accounts, of each group of those alike one after the other: so that the first few of them differ.
fn spread(computed: &Accounts, policy_type: &str) -> Vec<PlaceId> {
    let groups = summary(computed, policy_type).groups;
    let longest = groups.iter().map(|group| group.accounts.len()).max().unwrap_or(0);
    let round = |index: usize| groups.iter().filter_map(move |group| group.accounts.get(index));
    (0..longest).flat_map(round).copied().collect()
}

/// Whether AWS withholds what this tool finds nothing wrong with, or the other way round.
fn judged_otherwise(effective: &Effective, policy_type: &str, is_withheld: bool) -> bool {
    let findings = findings(effective, policy_type);
    let errors = || findings.iter().filter(|finding| finding.rule.severity == Severity::Error);
    match is_withheld {
        true => errors().next().is_none(),
        false => errors().any(|finding| finding.certain),
    }
}

struct Questions<'a> {
    invalid: Organizations,
    effective: Organizations,
    organization: &'a Organization,
    policy_type: &'a str,
    progress: &'a Progress,
}

impl Questions<'_> {
    /// Which of these accounts AWS withholds an effective policy from, and why.
    async fn withheld(&self, places: &[PlaceId], asked: &mut Asked) -> Result<(), Problem> {
        let what = format!("list the accounts with an invalid effective {}", self.policy_type);
        let invalid = self.invalid.invalid_accounts(self.policy_type).await;
        let invalid = invalid.map_err(failed(&what, "ListAccountsWithInvalidEffectivePolicy"))?;
        for place in places {
            let Some(account) = self.organization.place(*place) else { continue };
            if !invalid.contains(&account.id) {
                continue;
            }
            self.progress.expect(1);
            let what = format!("list the errors of the effective policy of {}", account.id);
            let errors = self.effective.validation_errors(&account.id, self.policy_type).await;
            let errors = errors.map_err(failed(&what, "ListEffectivePolicyValidationErrors"))?;
            asked.withheld.push(Withheld { place: *place, errors });
            self.progress.one();
        }
        Ok(())
    }

    /// What AWS shows of these accounts.
    async fn shown(
        &self,
        places: &[PlaceId],
        computed: &Accounts,
        asked: &mut Asked,
    ) -> Result<(), Problem> {
        self.progress.expect(places.len());
        for place in places {
            let (Some(account), Some(effective)) =
                (self.organization.place(*place), computed.get(*place))
            else {
                continue;
            };
            let what = format!("read the effective policy of {}", account.id);
            let shown = self.effective.effective_policy(&account.id, self.policy_type).await;
            let shown = shown.map_err(failed(&what, "DescribeEffectivePolicy"))?;
            let shown: Json = match shown {
                None => Json::Object(serde_json::Map::new()),
                Some(text) => serde_json::from_str(&text).map_err(|error| Problem {
                    operation: what,
                    cause: format!("{error}; AWS shows a document that is no JSON"),
                })?,
            };
            asked.accounts.push(self.compared(*place, effective, shown));
            self.progress.one();
        }
        Ok(())
    }

    fn compared(&self, place: PlaceId, effective: &Effective, shown: Json) -> Account {
        let comparison = compare(effective, &shown);
        let explanation = if comparison.agrees() {
            None
        } else {
            let assumptions = Assumptions::default();
            explanation(self.organization, place, self.policy_type, assumptions, &shown)
        };
        Account { place, shown, comparison, explanation }
    }
}
