//! An organization: root, organizational units and accounts, policies, and what is attached where.

use crate::tree::Node;

/// Names one place of an [`Organization`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(usize);

/// Names one policy of an [`Organization`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(usize);

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The organization's root.
    Root,
    /// An organizational unit.
    Ou,
    /// An account.
    Account,
}

/// The root, an organizational unit or an account.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is.
    pub kind: Kind,
    /// AWS's id: `r-…`, `ou-…`, or an account's twelve digits. Empty if it is not known.
    pub id: String,
    /// The name that people gave it.
    pub name: String,
    /// Where it hangs; none for the root.
    pub parent: Option<PlaceId>,
    /// The policies that are attached here, of all types.
    pub attached: Vec<Attachment>,
}

/// One policy at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The policy.
    pub policy: PolicyId,
    /// What is known of the order: a policy with a smaller rank was attached earlier; which of two
    /// policies with the same rank came first is not known.
    pub rank: usize,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// AWS's id: `p-…`. Empty if it is not known.
    pub id: String,
    /// Its name, which is unique among the policies of its type.
    pub name: String,
    /// AWS's name of the type: `BACKUP_POLICY`.
    pub policy_type: String,
    /// Where its document was read: what the spans of the document refer to.
    pub source: PolicySource,
    /// The document.
    pub document: Node,
}

/// The text that a policy's document was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicySource {
    /// None: the document was never a text.
    #[default]
    None,
    /// The file that describes the organization.
    Organization,
    /// A file of its own.
    File(String),
}

/// An organization. A place is added after the one that it hangs under.
#[derive(Clone, Debug)]
pub struct Organization {
    places: Vec<Place>,
    policies: Vec<Policy>,
    /// The policy types that are enabled in the root, if that is known.
    pub policy_types: Option<Vec<String>>,
    /// The id of the management account, if it is known: control policies do not apply to it.
    pub management_account: Option<String>,
}

impl Organization {
    /// An organization with a root and nothing else.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        let root = Place {
            kind: Kind::Root,
            id: id.into(),
            name: name.into(),
            parent: None,
            attached: Vec::new(),
        };
        Self {
            places: vec![root],
            policies: Vec::new(),
            policy_types: None,
            management_account: None,
        }
    }

    /// The root.
    pub fn root(&self) -> PlaceId {
        PlaceId(0)
    }

    /// Adds an organizational unit under the root or another one.
    pub fn add_ou(
        &mut self,
        parent: PlaceId,
        id: impl Into<String>,
        name: impl Into<String>,
    ) -> PlaceId {
        self.add_place(Kind::Ou, parent, id.into(), name.into())
    }

    /// Adds an account under the root or an organizational unit.
    pub fn add_account(
        &mut self,
        parent: PlaceId,
        id: impl Into<String>,
        name: impl Into<String>,
    ) -> PlaceId {
        self.add_place(Kind::Account, parent, id.into(), name.into())
    }

    fn add_place(&mut self, kind: Kind, parent: PlaceId, id: String, name: String) -> PlaceId {
        self.places.push(Place { kind, id, name, parent: Some(parent), attached: Vec::new() });
        PlaceId(self.places.len() - 1)
    }

    /// Adds a policy, attached nowhere yet.
    pub fn add_policy(&mut self, policy: Policy) -> PolicyId {
        self.policies.push(policy);
        PolicyId(self.policies.len() - 1)
    }

    /// Attaches policies to a place after all that are attached there, in an order among themselves
    /// that is not known. What is attached already stays where it is.
    pub fn attach(&mut self, place: PlaceId, policies: &[PolicyId]) {
        let Some(place) = self.places.get_mut(place.0) else { return };
        let rank = place.attached.iter().map(|attachment| attachment.rank + 1).max().unwrap_or(0);
        for policy in policies {
            if place.attached.iter().all(|attachment| attachment.policy != *policy) {
                place.attached.push(Attachment { policy: *policy, rank });
            }
        }
    }

    /// Detaches a policy from a place.
    pub fn detach(&mut self, place: PlaceId, policy: PolicyId) {
        if let Some(place) = self.places.get_mut(place.0) {
            place.attached.retain(|attachment| attachment.policy != policy);
        }
    }

    /// Puts another document in the place of a policy's.
    pub fn replace_document(&mut self, policy: PolicyId, document: Node, source: PolicySource) {
        if let Some(policy) = self.policies.get_mut(policy.0) {
            policy.document = document;
            policy.source = source;
        }
    }

    /// All places, each after the one that it hangs under.
    pub fn places(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        self.places.iter().enumerate().map(|(index, place)| (PlaceId(index), place))
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = (PlaceId, &Place)> {
        self.places().filter(|(_, place)| place.kind == Kind::Account)
    }

    /// All policies.
    pub fn policies(&self) -> impl Iterator<Item = (PolicyId, &Policy)> {
        self.policies.iter().enumerate().map(|(index, policy)| (PolicyId(index), policy))
    }

    /// A place. An id of another organization names nothing, or something else.
    pub fn place(&self, place: PlaceId) -> Option<&Place> {
        self.places.get(place.0)
    }

    /// A policy.
    pub fn policy(&self, policy: PolicyId) -> Option<&Policy> {
        self.policies.get(policy.0)
    }

    /// The places with this id or, if there is none, those with this name.
    pub fn find(&self, id_or_name: &str) -> Vec<PlaceId> {
        let all = |same: &dyn Fn(&Place) -> bool| {
            self.places().filter(|(_, place)| same(place)).map(|(id, _)| id).collect::<Vec<_>>()
        };
        let by_id = all(&|place| place.id == id_or_name);
        if by_id.is_empty() { all(&|place| place.name == id_or_name) } else { by_id }
    }

    /// The places from the root to this one, both included.
    pub fn path(&self, place: PlaceId) -> Vec<PlaceId> {
        let mut path = Vec::new();
        let mut next = Some(place);
        while let Some((id, here)) = next.and_then(|id| Some((id, self.place(id)?))) {
            path.push(id);
            next = here.parent;
        }
        path.reverse();
        path
    }

    /// The policies of a type that are attached to a place, as far as known in the order of their
    /// attachment.
    pub fn attached(&self, place: PlaceId, policy_type: &str) -> Vec<Attachment> {
        let attached = self.place(place).into_iter().flat_map(|place| &place.attached);
        let of_type = |attachment: &&Attachment| {
            self.policy(attachment.policy).is_some_and(|policy| policy.policy_type == policy_type)
        };
        let mut attached: Vec<Attachment> = attached.filter(of_type).copied().collect();
        attached.sort_by_key(|attachment| (attachment.rank, attachment.policy));
        attached
    }

    /// Whether policies of this type have any effect; true as well if it is not known.
    pub fn is_enabled(&self, policy_type: &str) -> bool {
        self.policy_types.as_ref().is_none_or(|types| types.iter().any(|t| t == policy_type))
    }
}
