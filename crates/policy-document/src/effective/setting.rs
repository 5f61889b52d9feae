//! The values of an effective policy, each with the policies it came from.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::tree::Span;
use crate::tree::pointer::join;

use super::organization::{PlaceId, PolicyId};

/// A part of a policy's document, at the place where the policy is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The place.
    pub place: PlaceId,
    /// The policy.
    pub policy: PolicyId,
    /// Where in the policy's document, as a JSON pointer: `/plans/daily/regions/@@append/0`.
    pub pointer: Arc<str>,
    /// Where in the text that the document was read from.
    pub span: Span,
}

/// A single value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// An object or a list in a list, which no policy type knows, as JSON text.
    Json(String),
    /// What only a deployment can know, with the reason.
    Unknown(String),
}

impl Scalar {
    /// The text, where this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As JSON. What is not known becomes a text that says so.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Text(text) => Json::String(text.clone()),
            Self::Number(text) | Self::Json(text) => {
                serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone()))
            }
            Self::Unknown(why) => Json::String(format!("(unknown: {why})")),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) | Self::Json(text) | Self::Text(text) => f.write_str(text),
            Self::Unknown(why) => write!(f, "(unknown: {why})"),
        }
    }
}

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The value.
    pub value: Scalar,
    /// The policies that put it there.
    pub from: Vec<Source>,
}

/// A list. The order of its items means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The items, in the order in which AWS has shown them to be merged.
    pub items: Vec<Item>,
    /// The policies that assign the list as a whole, if any does.
    pub assigned: Vec<Source>,
    /// The items that were there and were taken away, each with the policies that did.
    pub removed: Vec<Item>,
}

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One value, and the policies that assign it; none for a value that AWS adds by itself.
    One(Scalar, Vec<Source>),
    /// Several values.
    List(List),
}

impl Value {
    /// What decides whether two values are the same: neither sources nor the order of a list.
    pub fn meaning(&self) -> Meaning<'_> {
        match self {
            Self::One(value, _) => Meaning::One(value),
            Self::List(list) => Meaning::List(list.items.iter().map(|item| &item.value).collect()),
        }
    }

    /// Every source of this value or of one of its items.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let (one, list) = match self {
            Self::One(_, from) => (Some(from), None),
            Self::List(list) => (None, Some(list)),
        };
        let of_list = list.into_iter().flat_map(|list| {
            list.assigned.iter().chain(list.items.iter().flat_map(|item| &item.from))
        });
        one.into_iter().flatten().chain(of_list)
    }

    /// As JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::One(value, _) => value.to_json(),
            Self::List(list) => list.items.iter().map(|item| item.value.to_json()).collect(),
        }
    }
}

/// What a [`Value`] says, whoever said it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning<'a> {
    /// One value.
    One(&'a Scalar),
    /// Several values, in no order.
    List(BTreeSet<&'a Scalar>),
}

/// One value that a setting may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The value.
    pub value: Value,
    /// The order of attachment that leads to it; none if the order does not decide.
    pub when: Option<When>,
}

/// An order of attachment: of some policies at one place, one of a part of them was the first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// The place where they are attached.
    pub place: PlaceId,
    /// The policies that assign this setting there.
    pub among: BTreeSet<PolicyId>,
    /// Those of them of which one was the first.
    pub first: BTreeSet<PolicyId>,
}

/// The keys that lead to a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(pub Vec<Arc<str>>);

impl Path {
    /// As a JSON pointer: `/plans/daily/rules/nightly`.
    pub fn pointer(&self) -> String {
        self.0.iter().fold(String::new(), |pointer, key| join(&pointer, key))
    }

    /// In lower case: what AWS compares keys by, as far as is known.
    pub fn folded(&self) -> Self {
        Self(self.0.iter().map(|key| key.to_lowercase().into()).collect())
    }
}

/// One setting of an effective policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its keys.
    pub path: Path,
    /// What it may be set to. Several, if the order of attachment decides and is not known.
    pub candidates: Vec<Candidate>,
}

impl Setting {
    /// The value, if there is only one that it can have.
    pub fn decided(&self) -> Option<&Value> {
        match self.candidates.as_slice() {
            [only] => Some(&only.value),
            _ => None,
        }
    }

    /// The values that it may have, whoever set them.
    pub fn meanings(&self) -> BTreeSet<Meaning<'_>> {
        self.candidates.iter().map(|candidate| candidate.value.meaning()).collect()
    }
}

/// A part of a policy that has no effect where it is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The operator, or the key that it would have added.
    pub source: Source,
    /// `@@assign`, `@@append` or `@@remove`; none where a whole key is left out.
    pub operator: Option<&'static str>,
    /// Why.
    pub reason: Reason,
}

/// Why a part of a policy has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// These controls of policies above do not allow it.
    NotAllowed(Vec<Source>),
    /// One of these policies was attached to the same place earlier, and assigns the same setting.
    AttachedLater(BTreeSet<PolicyId>),
    /// What is there already has another form: a list, a single value, or keys.
    OtherForm,
    /// What stands here only a deployment can know, for this reason.
    Unknown(String),
}
