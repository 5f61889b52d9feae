//! What healing keeps in the table of the watch, beside what the watch keeps there itself.

use std::collections::BTreeMap;

use org_policy::aws::Problem;
use org_policy::hold::{self, Hold};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::memory::Seconds;
use crate::news::DAY;

/// The kind of the watch's own items that name stacks with drift that an update puts back.
pub const TO_HEAL: &str = "to_heal";
/// The kind of its single values.
pub const WATCH: &str = "watch";
/// The key of its beginning.
pub const BORN: &str = "born";
/// The kind of the items that say when a stack was healed, by its ARN.
pub const HEALED: &str = "healed";
/// The kind of those that are heals of which nobody has been told yet, by the stack's ARN and the time.
pub const UNTOLD: &str = "untold_heal";
/// The kind of those that say why a stack was not healed, by its ARN.
pub const REFUSED: &str = "not_healed";

/// The items of the table.
pub trait Items {
    /// The values of a kind, by key.
    ///
    /// # Errors
    /// The call that failed.
    fn all(&self, kind: &str) -> impl Future<Output = Result<BTreeMap<String, String>, Problem>>;

    /// Writes an item.
    ///
    /// # Errors
    /// The call that failed.
    fn put(&self, kind: &str, key: &str, value: &str) -> impl Future<Output = Result<(), Problem>>;

    /// Deletes an item. One that is not there is no error.
    ///
    /// # Errors
    /// The call that failed.
    fn remove(&self, kind: &str, key: &str) -> impl Future<Output = Result<(), Problem>>;

    /// Begins what only one may do at a time; if it does not end by itself, it is over at `until`.
    ///
    /// # Errors
    /// The call that failed.
    fn begin(
        &self,
        what: &str,
        now: Seconds,
        until: Seconds,
    ) -> impl Future<Output = Result<bool, Problem>>;

    /// Ends it.
    ///
    /// # Errors
    /// The call that failed.
    fn end(&self, what: &str) -> impl Future<Output = Result<(), Problem>>;
}

/// A heal of which nobody has been told yet: it is kept before CloudFormation is told to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// The stack's name.
    pub name: String,
    /// When its last deployment had begun, in milliseconds: as long as that stays so, this heal has not begun.
    pub before: Option<u64>,
    /// The name of the change set.
    pub change_set: String,
    /// When.
    pub at: Seconds,
    /// The first, second or third within a day.
    pub number: usize,
    /// What was to be put back, a line each.
    pub lines: Vec<String>,
    /// How it has ended, once that is known.
    pub end: Option<End>,
}

/// How a heal has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With this status.
    Well(String),
    /// With this failure.
    Badly(String),
}

/// Why a stack was not healed, as it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The reason, as it is told apart from others.
    pub key: String,
    /// Whether it is about what is kept, not about the stack.
    pub by_memory: bool,
    /// Since when it is so.
    pub since: Seconds,
    /// When it was told last.
    pub told: Option<Seconds>,
    /// When the stack was looked at last.
    pub looked: Seconds,
}

/// The holds by the ARNs of stacks; none where one cannot be read, which holds.
pub type Holds = BTreeMap<String, Option<Hold>>;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// When the memory of the watch began.
    pub born: Option<Seconds>,
    /// The stacks in which the watch has found drift that an update puts back.
    pub to_heal: Vec<String>,
    /// The holds.
    pub holds: Holds,
    /// When each stack was healed; none where it cannot be read.
    pub healed: BTreeMap<String, Option<Vec<Seconds>>>,
    /// The heals that are still to be told.
    pub untold: BTreeMap<String, Untold>,
    /// What was refused.
    pub refused: BTreeMap<String, Refused>,
}

impl Memory {
    /// All of it. What cannot be read as it was written counts against healing, or is told once more.
    ///
    /// # Errors
    /// The call that failed.
    pub async fn load(items: &impl Items) -> Result<Self, Problem> {
        let watch = items.all(WATCH).await?;
        let healed = items.all(HEALED).await?.into_iter();
        let holds = holds(items).await?;
        Ok(Self {
            born: watch.get(BORN).and_then(|born| born.parse().ok()),
            to_heal: items.all(TO_HEAL).await?.into_keys().collect(),
            holds,
            healed: healed.map(|(stack, value)| (stack, read(&value))).collect(),
            untold: readable(items.all(UNTOLD).await?),
            refused: readable(items.all(REFUSED).await?),
        })
    }

    /// When this stack was healed within the last day; none if nobody knows.
    pub fn healed_lately(&self, stack: &str, now: Seconds) -> Option<Vec<Seconds>> {
        let Some(healed) = self.healed.get(stack) else { return Some(Vec::new()) };
        let healed = healed.as_ref()?.iter().copied();
        Some(healed.filter(|at| now.saturating_sub(*at) < DAY).collect())
    }
}

/// The holds that there are now.
///
/// # Errors
/// The call that failed.
pub async fn holds(items: &impl Items) -> Result<Holds, Problem> {
    let holds = items.all(hold::KIND).await?.into_iter();
    Ok(holds.map(|(stack, value)| (stack, Hold::read(&value))).collect())
}

fn readable<T: DeserializeOwned>(values: BTreeMap<String, String>) -> BTreeMap<String, T> {
    values.into_iter().filter_map(|(key, value)| Some((key, read(&value)?))).collect()
}

fn read<T: DeserializeOwned>(value: &str) -> Option<T> {
    serde_json::from_str(value).ok()
}

/// As it is stored.
pub fn stored(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
