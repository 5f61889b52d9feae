//! What the readings mean: data in, checks out. Nothing here asks AWS.

mod organization;
mod member;
mod vault;
mod settings;
mod stacks;
mod quotas;
mod guard;
mod check;

pub use check::{Check, Reading, Unread, Verdict};
pub use guard::{Facts as GuardFacts, Reach, guard};
pub use member::{Facts as MemberFacts, Member, Named, Points, member, named, no_members};
pub use organization::{
    Facts as OrganizationFacts, Organization, PolicyTypes, Withheld, organization,
};
pub use quotas::{Held, Policies, quotas};
pub use settings::{Facts as SettingsFacts, settings};
pub use stacks::{DeclaredSettings, Solution, Stack, declared_settings, function, solution};
pub use vault::{Central, Facts as VaultFacts, Vault, vault};
