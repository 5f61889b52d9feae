//! The services that work on the organization, all called in the management account.

use std::sync::Arc;

use aws_config::SdkConfig;

use crate::aws::backup::Backup;
use crate::aws::identity::Identity;
use crate::aws::organizations::Organizations;
use crate::aws::retry::Turn;
use crate::aws::stacksets::StackSets;

/// One client of each.
#[derive(Clone, Debug)]
pub struct Services {
    /// Policies, policy types, and most trusted access.
    pub organizations: Organizations,
    /// Global settings, and the opt-in of each Region.
    pub backup: Backup,
    /// The trusted access of StackSets.
    pub stacksets: StackSets,
    /// Whose account all of them are called in.
    pub identity: Identity,
}

impl Services {
    /// Clients on this configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            organizations: Organizations::new(config),
            backup: Backup::new(config),
            stacksets: StackSets::new(config),
            identity: Identity::new(config),
        }
    }

    /// The same clients for the calls of one event.
    pub fn for_event(&self, turn: &Arc<Turn>) -> Self {
        Self {
            organizations: self.organizations.for_event(turn),
            backup: self.backup.for_event(turn),
            stacksets: self.stacksets.for_event(turn),
            identity: self.identity.for_event(turn),
        }
    }
}
