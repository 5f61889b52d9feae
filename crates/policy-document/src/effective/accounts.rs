//! The effective policies of one account, or of all.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value as Json};

use super::assumptions::Assumptions;
use super::fragment::{Fragment, fragment};
use super::merge::{Content, Merge, Merged, Peer};
use super::organization::{Attachment, Kind, Organization, PlaceId, PolicyId};
use super::policy_types::{Merging, merging};
use super::setting::{Candidate, Ignored, Item, List, Path, Scalar, Setting, Value};

/// What an account ends up with of one policy type.
#[derive(Clone, Debug, Default)]
pub struct Effective {
    /// Its settings, by their keys. None: the account has no effective policy of this type.
    pub settings: Vec<Setting>,
    /// What policies on the way say without any effect.
    pub ignored: Vec<Ignored>,
    /// Whether keys that differ in case only are one key.
    pub(super) folds_keys: bool,
}

impl Effective {
    /// Whether there is no setting at all.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// How many settings hang on an order of attachment that is not known.
    pub fn undecided(&self) -> usize {
        self.settings.iter().filter(|setting| setting.decided().is_none()).count()
    }

    /// The document, as AWS shows effective policies: plain values, no operators. Where a setting
    /// may have several values, it has the first; [`Self::document_of`] shows the others.
    pub fn document(&self) -> Json {
        self.document_of(&[])
    }

    /// The document of one [combination](Self::combinations).
    pub fn document_of(&self, combination: &[usize]) -> Json {
        let mut document = Json::Object(Map::new());
        for (setting, value) in self.values(combination) {
            let mut node = &mut document;
            for key in &setting.path.0 {
                if !node.is_object() {
                    *node = Json::Object(Map::new());
                }
                let Json::Object(members) = node else { break };
                node = members.entry(key.as_ref()).or_insert(Json::Null);
            }
            *node = value.to_json();
        }
        document
    }

    /// Each setting with the value that it has in a combination.
    pub(super) fn values<'a>(
        &'a self,
        combination: &'a [usize],
    ) -> impl Iterator<Item = (&'a Setting, &'a Value)> {
        self.settings.iter().enumerate().filter_map(|(index, setting)| {
            let chosen = combination.get(index).copied().unwrap_or(0);
            let candidate = setting.candidates.get(chosen).or(setting.candidates.first())?;
            Some((setting, &candidate.value))
        })
    }
}

/// The effective policies of all accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    effective: BTreeMap<PlaceId, Arc<Effective>>,
}

impl Accounts {
    /// The account's.
    pub fn get(&self, account: PlaceId) -> Option<&Arc<Effective>> {
        self.effective.get(&account)
    }

    /// All of them. Accounts whose policies are attached to the same places share one.
    pub fn iter(&self) -> impl Iterator<Item = (PlaceId, &Arc<Effective>)> {
        self.effective.iter().map(|(account, effective)| (*account, effective))
    }
}

/// The effective policies of a type of all accounts. Each place is merged once, for all below it.
pub fn of_all(
    organization: &Organization,
    policy_type: &str,
    assumptions: Assumptions,
) -> Accounts {
    let mut documents = Documents::new(organization, policy_type, assumptions);
    let mut states: BTreeMap<PlaceId, Arc<State>> = BTreeMap::new();
    let mut accounts = Accounts::default();
    for (id, place) in organization.places() {
        let above =
            place.parent.and_then(|parent| states.get(&parent).cloned()).unwrap_or_default();
        let state = documents.merge(&above, id);
        if place.kind == Kind::Account {
            accounts.effective.insert(id, documents.effective(&state));
        }
        states.insert(id, state);
    }
    accounts
}

/// The effective policy of a type of one account. Of the root or an organizational unit, it is what
/// an account directly in it would inherit.
pub fn of_account(
    organization: &Organization,
    account: PlaceId,
    policy_type: &str,
    assumptions: Assumptions,
) -> Effective {
    let mut documents = Documents::new(organization, policy_type, assumptions);
    let path = organization.path(account);
    let state =
        path.into_iter().fold(Arc::default(), |above, place| documents.merge(&above, place));
    Arc::unwrap_or_clone(documents.effective(&state))
}

/// What a place passes on.
#[derive(Debug)]
struct State {
    merged: Arc<Merged>,
    ignored: Vec<Ignored>,
    effective: OnceLock<Arc<Effective>>,
}

/// What the root inherits: a document without keys.
impl Default for State {
    fn default() -> Self {
        let merged = Merged { content: Content::Keys(BTreeMap::new()), ..Merged::default() };
        Self { merged: Arc::new(merged), ignored: Vec::new(), effective: OnceLock::new() }
    }
}

/// The policies of one type, each taken apart once.
struct Documents<'a> {
    organization: &'a Organization,
    policy_type: &'a str,
    assumptions: Assumptions,
    merging: Merging,
    fragments: BTreeMap<PolicyId, Fragment>,
}

impl<'a> Documents<'a> {
    fn new(organization: &'a Organization, policy_type: &'a str, assumptions: Assumptions) -> Self {
        let merging = merging(policy_type, assumptions);
        Self { organization, policy_type, assumptions, merging, fragments: BTreeMap::new() }
    }

    fn merge(&mut self, above: &Arc<State>, place: PlaceId) -> Arc<State> {
        let attached = if self.organization.is_enabled(self.policy_type) {
            self.organization.attached(place, self.policy_type)
        } else {
            Vec::new()
        };
        if attached.is_empty() {
            return Arc::clone(above);
        }
        for attachment in &attached {
            self.take_apart(attachment.policy);
        }
        let mut ignored = above.ignored.clone();
        let mut merge = Merge {
            place,
            merging: self.merging,
            container_controls: self.assumptions.container_controls,
            ignored: &mut ignored,
        };
        let merged = merge.document(&above.merged, &self.peers(&attached));
        Arc::new(State { merged, ignored, effective: OnceLock::new() })
    }

    fn take_apart(&mut self, policy: PolicyId) {
        let merging = self.merging;
        if let Some(document) = self.organization.policy(policy).map(|policy| &policy.document) {
            self.fragments.entry(policy).or_insert_with(|| fragment(document, merging));
        }
    }

    fn peers(&self, attached: &[Attachment]) -> Vec<Peer<'_>> {
        let peer = |attachment: &Attachment| {
            let fragment = self.fragments.get(&attachment.policy)?;
            Some(Peer { policy: attachment.policy, rank: attachment.rank, fragment })
        };
        attached.iter().filter_map(peer).collect()
    }

    fn effective(&self, state: &State) -> Arc<Effective> {
        let effective = || {
            let mut settings = Vec::new();
            self.settings(&state.merged, &mut Path::default(), &mut settings);
            let ignored = state.ignored.clone();
            Arc::new(Effective { settings, ignored, folds_keys: self.merging.folds_keys })
        };
        Arc::clone(state.effective.get_or_init(effective))
    }

    /// The settings of a node and all below it. An object without any is no setting: AWS leaves it
    /// out, too.
    fn settings(&self, node: &Merged, path: &mut Path, settings: &mut Vec<Setting>) {
        match &node.content {
            Content::Nothing => {}
            Content::Leaf(candidates) => {
                let candidates = candidates.clone();
                settings.push(Setting { path: path.clone(), candidates });
            }
            Content::Keys(keys) => {
                for (compared, (written, child)) in keys {
                    let shown = if self.merging.shows_lower_case { compared } else { written };
                    path.0.push(Arc::clone(shown));
                    self.settings(child, path, settings);
                    path.0.pop();
                }
            }
        }
        if self.merging.completes_tags {
            complete_tag(path, settings);
        }
    }
}

/// A tag that names no spelling has its key in lower case, and one that names no values allows all.
/// Others saw AWS add both (September 2026).
fn complete_tag(path: &Path, settings: &mut Vec<Setting>) {
    let [tags, key] = path.0.as_slice() else { return };
    if tags.as_ref() != "tags" {
        return;
    }
    let star = Item { value: Scalar::Text("*".to_owned()), from: Vec::new() };
    let defaults = [
        ("tag_key", Value::One(Scalar::Text(key.to_lowercase()), Vec::new())),
        ("tag_value", Value::List(List { items: vec![star], ..List::default() })),
    ];
    let first = settings.iter().position(|setting| setting.path.0.starts_with(&path.0));
    for (name, value) in defaults {
        let mut path = path.clone();
        path.0.push(name.into());
        if settings.iter().all(|setting| setting.path != path) {
            settings.push(Setting { path, candidates: vec![Candidate { value, when: None }] });
        }
    }
    if let Some(added) = first.and_then(|first| settings.get_mut(first..)) {
        added.sort_by(|a, b| a.path.cmp(&b.path));
    }
}
