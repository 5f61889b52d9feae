//! The merge of one value.

use std::collections::BTreeSet;

use super::super::fragment::{APPEND, ASSIGN, Given, Operand, REMOVE};
use super::super::setting::{Candidate, Item, List, Reason, Scalar, Source, Value, When};
use super::{Content, Controls, Merge, Peer, policies};

impl Merge<'_> {
    pub(super) fn leaf(
        &mut self,
        inherited: &[Candidate],
        peers: &[Peer],
        controls: &Controls,
    ) -> Content {
        let mut candidates = match self.assigned(peers, controls) {
            Some(assigned) => assigned,
            None => inherited.to_vec(),
        };
        for (policy, operand) in
            self.allowed(peers, controls, APPEND, |peer| peer.fragment.append.as_ref())
        {
            if candidates.is_empty() {
                let value = Value::List(List::default());
                candidates.push(Candidate { value, when: None });
            }
            let items = self.items(policy, operand);
            self.each_list(&mut candidates, policy, operand, APPEND, |list| append(list, &items));
        }
        for (policy, operand) in
            self.allowed(peers, controls, REMOVE, |peer| peer.fragment.remove.as_ref())
        {
            let items = self.items(policy, operand);
            self.each_list(&mut candidates, policy, operand, REMOVE, |list| remove(list, &items));
        }
        let candidates = joined(candidates);
        if candidates.is_empty() { Content::Nothing } else { Content::Leaf(candidates) }
    }

    /// The values that the policies here may assign; none if none assigns or may assign.
    fn assigned(&mut self, peers: &[Peer], controls: &Controls) -> Option<Vec<Candidate>> {
        let assigning =
            self.allowed_peers(peers, controls, ASSIGN, |peer| peer.fragment.assign.as_ref());
        let earliest = assigning.iter().map(|(peer, _)| peer.rank).min()?;
        let (first, later): (Vec<_>, Vec<_>) =
            assigning.into_iter().partition(|(peer, _)| peer.rank == earliest);
        let among = policies(first.iter().map(|(peer, _)| peer));
        for (peer, operand) in later {
            let source = self.source(peer.policy, &operand.at);
            self.ignore(source, ASSIGN, Reason::AttachedLater(among.clone()));
        }
        let candidates = first.iter().map(|(peer, operand)| Candidate {
            value: self.value(peer.policy, operand),
            when: Some(When {
                place: self.place,
                among: among.clone(),
                first: BTreeSet::from([peer.policy]),
            }),
        });
        Some(joined(candidates.collect()))
    }

    fn value(&self, policy: super::PolicyId, operand: &Operand) -> Value {
        let assigned = vec![self.source(policy, &operand.at)];
        match &operand.given {
            Given::One(value) => Value::One(value.clone(), assigned),
            Given::List(_) => {
                let items = self.items(policy, operand);
                Value::List(List { items, assigned, removed: Vec::new() })
            }
        }
    }

    /// The items of an operand; a single value counts as a list of it.
    fn items(&self, policy: super::PolicyId, operand: &Operand) -> Vec<Item> {
        let item =
            |value: &Scalar, at| Item { value: value.clone(), from: vec![self.source(policy, at)] };
        match &operand.given {
            Given::One(value) => vec![item(value, &operand.at)],
            Given::List(items) => items.iter().map(|(value, at)| item(value, at)).collect(),
        }
    }

    fn allowed<'a>(
        &mut self,
        peers: &[Peer<'a>],
        controls: &Controls,
        operator: &'static str,
        operand: impl Fn(&Peer<'a>) -> Option<&'a Operand>,
    ) -> Vec<(super::PolicyId, &'a Operand)> {
        let allowed = self.allowed_peers(peers, controls, operator, operand);
        allowed.into_iter().map(|(peer, operand)| (peer.policy, operand)).collect()
    }

    /// The peers that use an operator, if they may; else notes that they may not.
    fn allowed_peers<'a>(
        &mut self,
        peers: &[Peer<'a>],
        controls: &Controls,
        operator: &'static str,
        operand: impl Fn(&Peer<'a>) -> Option<&'a Operand>,
    ) -> Vec<(Peer<'a>, &'a Operand)> {
        let using: Vec<_> = peers.iter().filter_map(|peer| Some((*peer, operand(peer)?))).collect();
        let refusing = controls.refusing(|allowed| match operator {
            ASSIGN => allowed.assign,
            APPEND => allowed.append,
            _ => allowed.remove,
        });
        let Some(by) = refusing else { return using };
        for (peer, operand) in using {
            let source = self.source(peer.policy, &operand.at);
            self.ignore(source, operator, Reason::NotAllowed(by.clone()));
        }
        Vec::new()
    }

    /// Changes every candidate that is a list; notes it where one is not.
    fn each_list(
        &mut self,
        candidates: &mut [Candidate],
        policy: super::PolicyId,
        operand: &Operand,
        operator: &'static str,
        change: impl Fn(&mut List),
    ) {
        let mut other_form = false;
        for candidate in candidates {
            match &mut candidate.value {
                Value::List(list) => change(list),
                Value::One(..) => other_form = true,
            }
        }
        if other_form {
            self.ignore(self.source(policy, &operand.at), operator, Reason::OtherForm);
        }
    }
}

fn append(list: &mut List, items: &[Item]) {
    for item in items {
        match list.items.iter_mut().find(|there| there.value == item.value) {
            Some(there) => add_sources(&mut there.from, &item.from),
            None => list.items.push(item.clone()),
        }
    }
}

fn remove(list: &mut List, items: &[Item]) {
    for item in items {
        let before = list.items.len();
        list.items.retain(|there| there.value != item.value);
        if list.items.len() != before {
            list.removed.push(item.clone());
        } else if let Some(gone) = list.removed.iter_mut().find(|gone| gone.value == item.value) {
            add_sources(&mut gone.from, &item.from);
        }
    }
}

/// Makes one of candidates with the same value; if only one is left, the order does not decide.
fn joined(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut joined: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let same = |other: &&mut Candidate| other.value.meaning() == candidate.value.meaning();
        match joined.iter_mut().find(same) {
            Some(other) => join(other, candidate),
            None => joined.push(candidate),
        }
    }
    if let [only] = joined.as_mut_slice() {
        only.when = None;
    }
    joined
}

fn join(one: &mut Candidate, other: Candidate) {
    match (&mut one.value, other.value) {
        (Value::One(_, from), Value::One(_, more)) => add_sources(from, &more),
        (Value::List(list), Value::List(more)) => {
            add_sources(&mut list.assigned, &more.assigned);
            append(list, &more.items);
            for gone in more.removed {
                match list.removed.iter_mut().find(|there| there.value == gone.value) {
                    Some(there) => add_sources(&mut there.from, &gone.from),
                    None => list.removed.push(gone),
                }
            }
        }
        _ => {}
    }
    if let (Some(when), Some(more)) = (&mut one.when, other.when) {
        when.first.extend(more.first);
    }
}

fn add_sources(sources: &mut Vec<Source>, more: &[Source]) {
    for source in more {
        if !sources.contains(source) {
            sources.push(source.clone());
        }
    }
}
