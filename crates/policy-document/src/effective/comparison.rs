//! What was computed, beside what AWS shows.
//!
//! AWS is right. Where an order of attachment decides and is not known, what AWS shows tells which
//! it was; everything else that differs is a mistake of ours, or of what was read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::accounts::{Effective, of_account};
use super::assumptions::{Assumption, Assumptions};
use super::decisions::Decision;
use super::organization::{Organization, PlaceId};
use super::setting::{Item, List, Path, Scalar, Setting, Value};

/// An effective policy that AWS shows, beside the one that was computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The settings that AWS shows otherwise than any order of attachment makes them.
    pub differences: Vec<Difference>,
    /// What hung on an order of attachment, and what it came to.
    pub decided: Vec<Decided>,
}

/// A setting that AWS shows otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its keys.
    pub path: Path,
    /// What was computed; none if it is not set.
    pub computed: Option<Setting>,
    /// What AWS shows; none if it shows nothing there.
    pub shown: Option<Value>,
}

/// A decision with the outcomes that AWS's answer leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// Those of its outcomes that have the values that AWS shows, by their positions. None: AWS
    /// shows a value that no order leads to, or values that no order leads to together.
    pub outcomes: Vec<usize>,
}

impl Comparison {
    /// Whether AWS shows what was computed, or one of the results that some order makes.
    pub fn agrees(&self) -> bool {
        let is_possible = |one: &Decided| !one.outcomes.is_empty() || !one.decision.complete;
        self.differences.is_empty() && self.decided.iter().all(is_possible)
    }
}

/// Compares an effective policy with the document that AWS shows: settings by their keys, values by
/// what they say. Whether a number is written as a text, and the order of a list, is no difference.
pub fn compare(computed: &Effective, shown: &Json) -> Comparison {
    let shown = Shown::read(shown, computed.folds_keys);
    let mut differences: Vec<Difference> = Vec::new();
    for setting in &computed.settings {
        let there = shown.get(&setting.path);
        if !setting
            .candidates
            .iter()
            .any(|candidate| there.is_some_and(|v| same(&candidate.value, v)))
        {
            let (path, computed) = (setting.path.clone(), Some(setting.clone()));
            differences.push(Difference { path, computed, shown: there.cloned() });
        }
    }
    let known: BTreeSet<Path> =
        computed.settings.iter().map(|setting| shown.compared(&setting.path)).collect();
    for (compared, (path, value)) in &shown.settings {
        if !known.contains(compared) {
            let shown = Some(value.clone());
            differences.push(Difference { path: path.clone(), computed: None, shown });
        }
    }
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    let decided = computed.decisions().into_iter().map(|decision| shown.decide(computed, decision));
    Comparison { differences, decided: decided.collect() }
}

/// The assumption that makes what AWS shows, if one in the place of another does.
pub fn explanation(
    organization: &Organization,
    account: PlaceId,
    policy_type: &str,
    assumptions: Assumptions,
    shown: &Json,
) -> Option<Assumption> {
    Assumption::others(assumptions).find(|other| {
        let assumptions = other.instead(assumptions);
        compare(&of_account(organization, account, policy_type, assumptions), shown).agrees()
    })
}

/// What AWS shows, as settings.
struct Shown {
    folds_keys: bool,
    /// By the keys as they are compared; beside the value the keys as they are shown.
    settings: BTreeMap<Path, (Path, Value)>,
}

impl Shown {
    fn read(document: &Json, folds_keys: bool) -> Self {
        let mut shown = Self { folds_keys, settings: BTreeMap::new() };
        shown.add(document, &mut Path::default());
        shown
    }

    /// Takes over a part of the document. An object without keys sets nothing.
    fn add(&mut self, part: &Json, path: &mut Path) {
        let value = match part {
            Json::Object(members) => {
                for (key, member) in members {
                    path.0.push(key.as_str().into());
                    self.add(member, path);
                    path.0.pop();
                }
                return;
            }
            Json::Array(items) => {
                let item = |item: &Json| Item { value: scalar(item), from: Vec::new() };
                Value::List(List { items: items.iter().map(item).collect(), ..List::default() })
            }
            one => Value::One(scalar(one), Vec::new()),
        };
        self.settings.insert(self.compared(path), (path.clone(), value));
    }

    fn compared(&self, path: &Path) -> Path {
        if self.folds_keys { path.folded() } else { path.clone() }
    }

    fn get(&self, path: &Path) -> Option<&Value> {
        self.settings.get(&self.compared(path)).map(|(_, value)| value)
    }

    /// Which outcomes of a decision have the values that are shown.
    fn decide(&self, computed: &Effective, decision: Decision) -> Decided {
        let is_shown = |setting: usize, candidate: usize| {
            let setting = computed.settings.get(setting)?;
            let candidate = setting.candidates.get(candidate)?;
            Some(same(&candidate.value, self.get(&setting.path)?))
        };
        let all_shown = |candidates: &[usize]| {
            let pairs = decision.settings.iter().zip(candidates);
            pairs.into_iter().all(|(setting, one)| is_shown(*setting, *one) == Some(true))
        };
        let outcomes = decision.outcomes.iter().enumerate();
        let outcomes = outcomes.filter(|(_, outcome)| all_shown(&outcome.candidates));
        let outcomes = outcomes.map(|(index, _)| index).collect();
        Decided { decision, outcomes }
    }
}

fn scalar(value: &Json) -> Scalar {
    match value {
        Json::Null => Scalar::Null,
        Json::Bool(value) => Scalar::Bool(*value),
        Json::Number(number) => Scalar::Number(number.to_string()),
        Json::String(text) => Scalar::Text(text.clone()),
        Json::Array(_) | Json::Object(_) => Scalar::Json(value.to_string()),
    }
}

/// Whether two values say the same, however numbers and truth values are written.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::One(one, _), Value::One(other, _)) => one.to_string() == other.to_string(),
        (Value::List(one), Value::List(other)) => texts(one) == texts(other),
        _ => false,
    }
}

fn texts(list: &List) -> BTreeSet<String> {
    list.items.iter().map(|item| item.value.to_string()).collect()
}
