//! The merge at one place: what is inherited, and the policies that are attached here.
//!
//! For one setting at one place: of the policies that `@@assign` it, the one that was attached first
//! counts; then every `@@append` adds, then every `@@remove` takes away, whatever their order. What
//! the policies here allow to policies below counts from the next place on, and only ever narrows.
//!
//! Sources: the user guide's "Inheritance operators" and its examples; the order of the operators,
//! and that an emptied list stays, others saw in tag policies (September 2026).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::assumptions::ContainerControls;
use super::fragment::{APPEND, ASSIGN, At, Control, Fragment, Operators, REMOVE};
use super::organization::{PlaceId, PolicyId};
use super::policy_types::Merging;
use super::setting::{Candidate, Ignored, Reason, Source};

mod leaf;

/// What a place passes on: a tree that shares with the place above whatever did not change.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged {
    /// The controls that policies have put on this node.
    pub controls: Vec<ControlHere>,
    pub content: Content,
    /// The parts of policies that name this node.
    pub named: Vec<Source>,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Content {
    #[default]
    Nothing,
    Keys(Keys),
    /// A value, or several that it may have.
    Leaf(Vec<Candidate>),
}

/// The keys of an object: as they are compared, and as the first policy wrote them.
pub(super) type Keys = BTreeMap<Arc<str>, (Arc<str>, Arc<Merged>)>;

/// A control, and who put it there.
#[derive(Clone, Debug)]
pub(super) struct ControlHere {
    pub source: Source,
    pub allowed: Operators,
}

/// One policy at the place, with the part of its document that is about the node.
#[derive(Clone, Copy)]
pub(super) struct Peer<'a> {
    pub policy: PolicyId,
    pub rank: usize,
    pub fragment: &'a Fragment,
}

/// The merge at one place.
pub(super) struct Merge<'a> {
    pub place: PlaceId,
    pub merging: Merging,
    pub container_controls: ContainerControls,
    /// Gathers what has no effect.
    pub ignored: &'a mut Vec<Ignored>,
}

/// What may be done to a node, by the controls on it and, where those count, above it.
#[derive(Clone, Default)]
struct Controls(Vec<ControlHere>);

impl Controls {
    fn and(&self, more: &[ControlHere]) -> Self {
        Self(self.0.iter().chain(more).cloned().collect())
    }

    /// Nothing if all controls allow it, else those that do not.
    fn refusing(&self, allows: impl Fn(Operators) -> bool) -> Option<Vec<Source>> {
        let refusing = self.0.iter().filter(|control| !allows(control.allowed));
        let refusing: Vec<Source> = refusing.map(|control| control.source.clone()).collect();
        (!refusing.is_empty()).then_some(refusing)
    }

    fn allowed(&self) -> Operators {
        self.0.iter().fold(Operators::ALL, |all, control| Operators {
            assign: all.assign && control.allowed.assign,
            append: all.append && control.allowed.append,
            remove: all.remove && control.allowed.remove,
        })
    }
}

impl Merge<'_> {
    /// Merges the policies of the place into what it inherits.
    pub fn document(&mut self, inherited: &Arc<Merged>, peers: &[Peer]) -> Arc<Merged> {
        if peers.is_empty() {
            return Arc::clone(inherited);
        }
        Arc::new(self.node(inherited, peers, &Controls::default()))
    }

    fn node(&mut self, inherited: &Merged, peers: &[Peer], above: &Controls) -> Merged {
        let controls = above.and(&inherited.controls);
        let has_keys = peers.iter().any(|peer| !peer.fragment.children.is_empty());
        let content = match &inherited.content {
            Content::Keys(keys) => self.keys(keys, peers, &controls),
            Content::Nothing if has_keys => self.keys(&BTreeMap::new(), peers, &controls),
            Content::Nothing => self.leaf(&[], peers, &controls),
            Content::Leaf(candidates) => {
                self.ignore_keys(peers);
                self.leaf(candidates, peers, &controls)
            }
        };
        let new = peers.iter().filter_map(|peer| {
            let control = peer.fragment.control.as_ref()?;
            Some(self.control(peer.policy, control))
        });
        let controls = inherited.controls.iter().cloned().chain(new).collect();
        let named = peers.iter().map(|peer| self.source(peer.policy, &peer.fragment.at));
        let named = inherited.named.iter().cloned().chain(named).collect();
        Merged { controls, content, named }
    }

    /// The keys of an object.
    fn keys(&mut self, inherited: &Keys, peers: &[Peer], controls: &Controls) -> Content {
        self.ignore_values(peers);
        let mut named: BTreeMap<Arc<str>, (Arc<str>, Vec<Peer>)> = BTreeMap::new();
        for peer in peers {
            for (key, fragment) in &peer.fragment.children {
                let folded = self.compared(key);
                let (_, peers) =
                    named.entry(folded).or_insert_with(|| (Arc::clone(key), Vec::new()));
                peers.push(Peer { fragment, ..*peer });
            }
        }
        let everything = self.container_controls == ContainerControls::Everything;
        let above = if everything { controls.clone() } else { Controls::default() };
        let mut keys = inherited.clone();
        for (key, (written, peers)) in named {
            let there = inherited.get(&key);
            if there.is_none() && self.keeps_out(&peers, controls) {
                continue;
            }
            let child = match there {
                Some((_, there)) => self.node(there, &peers, &above),
                None => self.node(&Merged::default(), &peers, &Controls::default()),
            };
            let written = there.map_or(written, |(written, _)| Arc::clone(written));
            keys.insert(key, (written, Arc::new(child)));
        }
        Content::Keys(keys)
    }

    /// Whether a key that is not there yet may not be added. If so, notes it.
    fn keeps_out(&mut self, peers: &[Peer], controls: &Controls) -> bool {
        if self.container_controls == ContainerControls::Nothing || controls.allowed().add_keys() {
            return false;
        }
        let by = controls.refusing(Operators::add_keys).unwrap_or_default();
        for peer in peers {
            let source = self.source(peer.policy, &peer.fragment.at);
            let reason = Reason::NotAllowed(by.clone());
            self.ignored.push(Ignored { source, operator: None, reason });
        }
        true
    }

    /// A value-setting operator on an object sets nothing: AWS refuses it, or takes it at the top of
    /// some documents without any effect.
    fn ignore_values(&mut self, peers: &[Peer]) {
        for peer in peers {
            let Fragment { assign, append, remove, unknown, .. } = peer.fragment;
            for (operand, operator) in [(assign, ASSIGN), (append, APPEND), (remove, REMOVE)] {
                if let Some(operand) = operand {
                    let reason = unknown.clone().map_or(Reason::OtherForm, Reason::Unknown);
                    self.ignore(self.source(peer.policy, &operand.at), operator, reason);
                }
            }
        }
    }

    /// A value is inherited, and policies here name keys beneath it: the value stays.
    fn ignore_keys(&mut self, peers: &[Peer]) {
        for peer in peers {
            for (_, child) in &peer.fragment.children {
                let source = self.source(peer.policy, &child.at);
                self.ignored.push(Ignored { source, operator: None, reason: Reason::OtherForm });
            }
        }
    }

    fn compared(&self, key: &Arc<str>) -> Arc<str> {
        if self.merging.folds_keys { key.to_lowercase().into() } else { Arc::clone(key) }
    }

    fn control(&self, policy: PolicyId, control: &Control) -> ControlHere {
        ControlHere { source: self.source(policy, &control.at), allowed: control.allowed }
    }

    fn source(&self, policy: PolicyId, at: &At) -> Source {
        Source { place: self.place, policy, pointer: Arc::clone(&at.pointer), span: at.span }
    }

    fn ignore(&mut self, source: Source, operator: &'static str, reason: Reason) {
        self.ignored.push(Ignored { source, operator: Some(operator), reason });
    }
}

/// The policies of some peers.
fn policies<'a>(peers: impl IntoIterator<Item = &'a Peer<'a>>) -> BTreeSet<PolicyId> {
    peers.into_iter().map(|peer| peer.policy).collect()
}
