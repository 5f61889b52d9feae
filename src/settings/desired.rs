//! What a resource declares: raw properties in, a validated [`Desired`] out, or every fault at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::slice;

use policy_document::arn::is_region;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::protocol::properties::PropertyReader;
use crate::protocol::request::{Action, Request};

/// What a Custom::OrgBackupSettings may declare.
const PROPERTIES: [&str; 7] = [
    "FullManagement",
    "GlobalSettings",
    "PolicyTypes",
    "Regions",
    "ResourceTypes",
    "Revision",
    "TrustedAccess",
];

/// The end an event is to reach.
#[derive(Clone, Debug)]
pub enum Desired {
    /// All that is declared is on.
    On(Declared),
    /// Everything stays as it is: what a Delete asks for.
    Unchanged,
}

/// The settings as a template declares them.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// `PolicyTypes`.
    pub policy_types: BTreeSet<String>,
    /// `TrustedAccess`.
    pub trusted_access: BTreeSet<TrustedService>,
    /// `GlobalSettings`.
    pub global_settings: BTreeSet<GlobalSetting>,
    /// `ResourceTypes`.
    pub resource_types: ResourceTypes,
    /// `FullManagement`.
    pub full_management: BTreeSet<String>,
    /// `Regions`.
    pub regions: BTreeSet<String>,
    /// What was declared before this Update and is not any more, as the log shows it.
    pub dropped: Vec<String>,
}

/// The resource types to opt in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceTypes {
    /// All that a Region knows.
    All,
    /// These, which may be none.
    Listed(BTreeSet<String>),
}

/// What stands for all of them.
const ALL: &str = "All";

impl Default for ResourceTypes {
    fn default() -> Self {
        Self::Listed(BTreeSet::new())
    }
}

impl ResourceTypes {
    /// Those that a Region is to be opted in to.
    pub fn of(&self, known: &BTreeMap<String, bool>) -> BTreeSet<String> {
        match self {
            Self::All => known.keys().cloned().collect(),
            Self::Listed(types) => types.clone(),
        }
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::Listed(types) if types.is_empty())
    }

    /// CloudFormation makes a list of one of a parameter, so that says the same as the word.
    fn read(reader: &mut PropertyReader) -> Self {
        let (name, all) = ("ResourceTypes", Value::from(ALL));
        match reader.raw(name) {
            Some(word) if *word == all => Self::All,
            Some(Value::Array(list)) if *list == [all] => Self::All,
            Some(Value::String(_)) => {
                reader.fault(name, "must be a list, or All");
                Self::default()
            }
            _ => Self::Listed(reader.set(name, listed_type)),
        }
    }
}

/// A service that works in the accounts of the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrustedService {
    /// AWS Backup.
    Backup,
    /// CloudFormation StackSets.
    StackSets,
}

impl TrustedService {
    const ALL: [Self; 2] = [Self::Backup, Self::StackSets];

    /// The service's principal.
    pub fn principal(self) -> &'static str {
        match self {
            Self::Backup => "backup.amazonaws.com",
            Self::StackSets => "stacksets.cloudformation.amazonaws.com",
        }
    }
}

impl fmt::Display for TrustedService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.principal())
    }
}

/// A setting of AWS Backup for the whole organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GlobalSetting {
    /// Copies may go to other accounts.
    CrossAccountBackup,
    /// AWS Backup takes over the delegated administrators of Organizations.
    DelegatedAdministrator,
    /// Multi-party approval for logically air-gapped vaults.
    Mpa,
}

impl GlobalSetting {
    const ALL: [Self; 3] = [Self::CrossAccountBackup, Self::DelegatedAdministrator, Self::Mpa];

    /// The key that AWS Backup has for it (API reference, UpdateGlobalSettings).
    pub fn key(self) -> &'static str {
        match self {
            Self::CrossAccountBackup => "isCrossAccountBackupEnabled",
            Self::DelegatedAdministrator => "isDelegatedAdministratorEnabled",
            Self::Mpa => "isMpaEnabled",
        }
    }
}

impl fmt::Display for GlobalSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Desired {
    /// Reads what the event asks for.
    ///
    /// # Errors
    /// [`Error::Properties`] with every fault of a Create or Update. A Delete has none.
    pub fn parse(request: &Request) -> Result<Self, Error> {
        match &request.action {
            Action::Create => declared(request, &Map::new()),
            Action::Update { old_properties, .. } => {
                declared(request, &old_properties.clone().unwrap_or_default())
            }
            Action::Delete { .. } => Ok(Self::Unchanged),
        }
    }
}

fn declared(request: &Request, old_properties: &Map<String, Value>) -> Result<Desired, Error> {
    let mut reader = PropertyReader::new(&request.properties);
    reader.refuse_unknown(&request.resource_type, &PROPERTIES);
    reader.check_service_timeout();
    let declared = Declared {
        policy_types: reader.set("PolicyTypes", policy_type),
        trusted_access: reader.set("TrustedAccess", |text| one_of(&TrustedService::ALL, text)),
        global_settings: reader.set("GlobalSettings", |text| one_of(&GlobalSetting::ALL, text)),
        resource_types: ResourceTypes::read(&mut reader),
        full_management: reader.set("FullManagement", resource_type),
        regions: reader.set("Regions", region),
        dropped: dropped(old_properties, &request.properties),
    };
    if reader.faults.is_empty() {
        check_combination(&mut reader, &declared);
    }
    if !reader.faults.is_empty() {
        return Err(Error::Properties(reader.faults));
    }
    Ok(Desired::On(declared))
}

/// What only all properties together can be at fault for.
fn check_combination(reader: &mut PropertyReader, declared: &Declared) {
    let for_regions = !declared.resource_types.is_none() || !declared.full_management.is_empty();
    match (for_regions, declared.regions.is_empty()) {
        (true, true) => {
            let problem =
                "is missing; name the Regions that ResourceTypes and FullManagement are for";
            reader.fault("Regions", problem);
        }
        (false, false) => {
            let problem = "nothing is declared for them; declare ResourceTypes or FullManagement \
                           too, or remove them";
            reader.fault("Regions", problem);
        }
        (true, false) => {}
        (false, true) => {
            let others = declared.policy_types.len()
                + declared.trusted_access.len()
                + declared.global_settings.len();
            if others == 0 {
                let problem = "nothing is declared; declare PolicyTypes, TrustedAccess, \
                               GlobalSettings, or ResourceTypes or FullManagement with Regions";
                reader.fault("Properties", problem);
            }
        }
    }
}

/// Which types there are is for Organizations to say.
fn policy_type(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if text.is_empty() || !text.chars().all(fits) {
        return Err("is no policy type such as BACKUP_POLICY".to_owned());
    }
    Ok(text.to_owned())
}

/// Which types there are is for each Region to say.
fn resource_type(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("is no resource type such as EBS".to_owned());
    }
    Ok(text.to_owned())
}

fn listed_type(text: &str) -> Result<String, String> {
    if text == ALL {
        return Err("stands alone: it is every type that a Region knows".to_owned());
    }
    resource_type(text)
}

/// A Region becomes part of a host's name, so it has to be plain words.
fn region(text: &str) -> Result<String, String> {
    if !is_region(text) {
        return Err("is no Region such as eu-west-1".to_owned());
    }
    Ok(text.to_owned())
}

fn one_of<T: Copy + fmt::Display>(all: &[T], text: &str) -> Result<T, String> {
    let found = all.iter().find(|item| item.to_string() == text);
    let names: Vec<String> = all.iter().map(T::to_string).collect();
    found.copied().ok_or_else(|| format!("is not known; known are {}", names.join(", ")))
}

/// What the old properties name and the new ones do not.
fn dropped(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    for name in PROPERTIES {
        let list = |properties: &Map<String, Value>| -> BTreeSet<String> {
            let items = match properties.get(name) {
                Some(Value::Array(list)) => list.as_slice(),
                Some(word) if word == ALL => slice::from_ref(word),
                _ => &[],
            };
            items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        // Whatever a list has named is among them.
        if name == "ResourceTypes" && list(new).contains(ALL) {
            continue;
        }
        let gone = &list(old) - &list(new);
        let line = |item| format!("{item} is no longer declared in {name}: it stays as it is");
        lines.extend(gone.iter().map(line));
    }
    lines
}
