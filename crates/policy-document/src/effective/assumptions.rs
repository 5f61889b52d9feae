//! Where AWS may behave in two ways, which one is assumed, and what the others would change.

use super::accounts::{Effective, of_account};
use super::changes::{Change, differences};
use super::organization::{Organization, PlaceId};

/// What is assumed where the documentation of AWS leaves two ways, and nobody has seen which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// What a control on an object with keys forbids.
    pub container_controls: ContainerControls,
    /// Whether keys that differ in upper and lower case only are one key.
    pub names: Names,
}

/// What `@@operators_allowed_for_child_policies` forbids on an object that holds other keys, rather
/// than a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContainerControls {
    /// To add keys beneath it, unless it allows `@@assign` or `@@append`. Values that are there
    /// already can still be changed. The user guide says so of AI opt-out policies, its examples of
    /// backup policies repeat the lock at every node, and others saw a value change beneath a
    /// locked container in tag policies.
    #[default]
    AddedKeys,
    /// Besides, to change any value beneath it.
    Everything,
    /// Nothing.
    Nothing,
}

/// When two keys are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Upper and lower case do not count. Others saw this in tag, chat and S3 policies; the user
    /// guide shows the names of backup plans in lower case once they are merged.
    #[default]
    Folded,
    /// Every letter counts.
    Exact,
}

/// One assumption that is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// Controls on containers mean this instead.
    ContainerControls(ContainerControls),
    /// Names are compared so instead.
    Names(Names),
}

impl Assumption {
    /// Every assumption that can be made in the place of one of these.
    pub fn others(assumptions: Assumptions) -> impl Iterator<Item = Self> {
        use ContainerControls::{AddedKeys, Everything, Nothing};
        let controls = [AddedKeys, Everything, Nothing]
            .into_iter()
            .filter(move |other| *other != assumptions.container_controls)
            .map(Self::ContainerControls);
        let names = [Names::Folded, Names::Exact]
            .into_iter()
            .filter(move |other| *other != assumptions.names)
            .map(Self::Names);
        controls.chain(names)
    }

    /// These assumptions with this one in the place of what they say of the same.
    pub fn instead(self, assumptions: Assumptions) -> Assumptions {
        match self {
            Self::ContainerControls(container_controls) => {
                Assumptions { container_controls, ..assumptions }
            }
            Self::Names(names) => Assumptions { names, ..assumptions },
        }
    }

    /// What would be so, in a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ContainerControls(ContainerControls::AddedKeys) => {
                "a lock on an object only keeps policies below from adding keys to it"
            }
            Self::ContainerControls(ContainerControls::Everything) => {
                "a lock on an object locks every value beneath it"
            }
            Self::ContainerControls(ContainerControls::Nothing) => {
                "a lock on an object that holds other keys has no effect"
            }
            Self::Names(Names::Folded) => "names that differ in case only are one name",
            Self::Names(Names::Exact) => "names that differ in case only are two names",
        }
    }
}

/// What another assumption would change.
#[derive(Clone, Debug)]
pub struct Differing {
    /// The other assumption.
    pub assumption: Assumption,
    /// The settings that it changes.
    pub changes: Vec<Change>,
}

/// What each other assumption would change for an account. Those that change nothing are left out.
pub fn differing(
    organization: &Organization,
    account: PlaceId,
    policy_type: &str,
    assumptions: Assumptions,
    effective: &Effective,
) -> Vec<Differing> {
    Assumption::others(assumptions)
        .map(|assumption| {
            let other =
                of_account(organization, account, policy_type, assumption.instead(assumptions));
            Differing { assumption, changes: differences(effective, &other) }
        })
        .filter(|differing| !differing.changes.is_empty())
        .collect()
}
