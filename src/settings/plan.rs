//! What is to be switched on: a pure function of what is declared and what is on.
//!
//! An update names what is declared and whatever else is on in the same place, and never says that
//! something is to be off. AWS Backup's updates leave alone what they do not name, so two of them at
//! once do not undo each other. If they replaced everything, what is on would still stay on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::desired::{Declared, GlobalSetting, ResourceTypes, TrustedService};
use super::observed::Observed;
use crate::aws::types::{EnableType, RegionSettings};
use crate::error::Error;

/// Steps in their order, and what the log should say besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What is on already, and what is left as it is.
    pub notes: Vec<String>,
}

/// One writing call, and the wait that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Enable a policy type, and wait until it is enabled.
    EnableType(EnableType),
    /// Let a service work in the accounts of the organization.
    Trust(TrustedService),
    /// Switch global settings on.
    SwitchOn {
        /// Those that are off.
        settings: BTreeSet<GlobalSetting>,
        /// The keys sent: these, and those that are on.
        keys: BTreeSet<String>,
    },
    /// Opt in to resource types in a Region.
    OptIn {
        /// The Region.
        region: String,
        /// Those that are not opted in to.
        types: BTreeSet<String>,
        /// The types sent: these, and those that are opted in to.
        all: BTreeSet<String>,
    },
    /// Have AWS Backup manage the backups of resource types fully in a Region.
    ManageFully {
        /// The Region.
        region: String,
        /// Those that are not fully managed.
        types: BTreeSet<String>,
        /// The types sent: these, and those that are fully managed.
        all: BTreeSet<String>,
    },
}

/// Plans for all that is declared to be on.
///
/// # Errors
/// [`Error::OptInElsewhere`], if the opt-in would be that of an account that does not count;
/// [`Error::UnknownResourceTypes`] and [`Error::UnknownFullManagement`], where a Region does not
/// know a type.
pub fn plan(declared: &Declared, observed: &Observed) -> Result<Plan, Error> {
    refuse_another_account(declared, observed)?;
    if let ResourceTypes::Listed(types) = &declared.resource_types {
        let unknown = unknown_types(types, observed, |region| &region.opted_in);
        if !unknown.is_empty() {
            return Err(Error::UnknownResourceTypes(unknown));
        }
    }
    let unknown =
        unknown_types(&declared.full_management, observed, |region| &region.fully_managed);
    if !unknown.is_empty() {
        return Err(Error::UnknownFullManagement(unknown));
    }
    let mut plan = Plan::default();
    plan.enable_policy_types(declared, observed);
    plan.trust(declared, observed);
    plan.switch_on(declared, observed);
    for (region, settings) in &observed.regions {
        let types = declared.resource_types.of(&settings.opted_in);
        plan.opt_in(&types, region, &settings.opted_in);
        plan.manage_fully(declared, region, settings);
    }
    plan.notes.extend(declared.dropped.iter().cloned());
    Ok(plan)
}

/// Every account can opt in for itself, but for backup policies only the opt-in of the management
/// account counts.
fn refuse_another_account(declared: &Declared, observed: &Observed) -> Result<(), Error> {
    let (account, management) = (&observed.account, &observed.policy_types.management_account);
    if declared.regions.is_empty() || account == management {
        return Ok(());
    }
    Err(Error::OptInElsewhere { account: account.clone(), management: management.clone() })
}

/// The types that a Region does not know, in all Regions: they are reported before anything is
/// written anywhere.
fn unknown_types(
    types: &BTreeSet<String>,
    observed: &Observed,
    known: impl Fn(&RegionSettings) -> &BTreeMap<String, bool>,
) -> Vec<String> {
    let mut unknown: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (region, settings) in &observed.regions {
        let known: BTreeSet<String> = known(settings).keys().cloned().collect();
        let missing = types - &known;
        if !missing.is_empty() {
            let fault = format!("{} (known are {})", list(&missing), list(&known));
            unknown.entry(fault).or_default().push(region);
        }
    }
    // Regions with the same fault share its text, so that the response has room for the remedy.
    let lines = unknown.iter().map(|(fault, regions)| format!("{}: {fault}", regions.join(", ")));
    lines.collect()
}

/// The types whose setting is on.
fn on(settings: &BTreeMap<String, bool>) -> BTreeSet<String> {
    settings.iter().filter(|(_, on)| **on).map(|(name, _)| name.clone()).collect()
}

impl Plan {
    fn enable_policy_types(&mut self, declared: &Declared, observed: &Observed) {
        let types = &observed.policy_types;
        for policy_type in &declared.policy_types {
            if types.enabled.contains(policy_type) {
                self.notes.push(format!("policy type {policy_type} is on already"));
                continue;
            }
            self.steps.push(Step::EnableType(EnableType {
                policy_type: policy_type.clone(),
                root_id: types.root_id.clone(),
                pending: types.pending.contains(policy_type),
            }));
        }
    }

    fn trust(&mut self, declared: &Declared, observed: &Observed) {
        for service in &declared.trusted_access {
            if observed.trusted.contains(service) {
                self.notes.push(format!("trusted access of {service} is on already"));
            } else {
                self.steps.push(Step::Trust(*service));
            }
        }
    }

    fn switch_on(&mut self, declared: &Declared, observed: &Observed) {
        let is_on = |setting: &&GlobalSetting| observed.global_settings.contains(setting.key());
        let (on, off): (Vec<&GlobalSetting>, Vec<&GlobalSetting>) =
            declared.global_settings.iter().partition(is_on);
        self.notes.extend(on.iter().map(|on| format!("global setting {on} is on already")));
        if off.is_empty() {
            return;
        }
        let mut keys = observed.global_settings.clone();
        keys.extend(off.iter().map(|setting| setting.key().to_owned()));
        self.steps.push(Step::SwitchOn { settings: off.into_iter().copied().collect(), keys });
    }

    fn opt_in(
        &mut self,
        declared: &BTreeSet<String>,
        region: &str,
        opted_in: &BTreeMap<String, bool>,
    ) {
        let on = on(opted_in);
        let there = declared & &on;
        if !there.is_empty() {
            self.notes.push(format!("opt-in to {} in {region} is on already", list(&there)));
        }
        let types = declared - &on;
        if !types.is_empty() {
            let all = &types | &on;
            self.steps.push(Step::OptIn { region: region.to_owned(), types, all });
        }
    }

    fn manage_fully(&mut self, declared: &Declared, region: &str, settings: &RegionSettings) {
        let on_now = on(&settings.fully_managed);
        let there = &declared.full_management & &on_now;
        if !there.is_empty() {
            self.notes
                .push(format!("full management of {} in {region} is on already", list(&there)));
        }
        let types = &declared.full_management - &on_now;
        if !types.is_empty() {
            let all = &types | &on_now;
            self.steps.push(Step::ManageFully { region: region.to_owned(), types, all });
        }
        let opted_in = &on(&settings.opted_in) | &declared.resource_types.of(&settings.opted_in);
        let without = &declared.full_management - &opted_in;
        if !without.is_empty() {
            self.notes.push(format!(
                "{} is not opted in to in {region}: its full management has no effect until it is",
                list(&without)
            ));
        }
    }

    /// What the steps switch on, each thing by its name; a Region stands for its opt-in, whatever
    /// the types, so that an answer has room for all, and so does its full management.
    pub fn switched_on(&self) -> Vec<String> {
        let names = |step: &Step| -> Vec<String> {
            match step {
                Step::EnableType(enable) => vec![enable.policy_type.clone()],
                Step::Trust(service) => vec![service.to_string()],
                Step::SwitchOn { settings, .. } => {
                    settings.iter().map(GlobalSetting::to_string).collect()
                }
                Step::OptIn { region, .. } => vec![region.clone()],
                Step::ManageFully { region, .. } => vec![format!("{region}/FullManagement")],
            }
        };
        self.steps.iter().flat_map(names).collect()
    }
}

fn list<T: fmt::Display>(items: &BTreeSet<T>) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join(", ")
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnableType(enable) => enable.fmt(f),
            Self::Trust(service) => write!(f, "enable trusted access of {service}"),
            Self::SwitchOn { settings, .. } => {
                write!(f, "switch on global settings {}", list(settings))
            }
            Self::OptIn { region, types, .. } => write!(f, "opt in to {} in {region}", list(types)),
            Self::ManageFully { region, types, .. } => {
                write!(f, "switch on full management of {} in {region}", list(types))
            }
        }
    }
}

impl Plan {
    /// The plan as the log shows it, each step and note a line.
    pub fn lines(&self) -> Vec<String> {
        self.steps.iter().map(Step::to_string).chain(self.notes.iter().cloned()).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}
