//! The policies that there are, of every type.

use std::collections::BTreeMap;

use policy_document::check::policy_types;

use super::reading;
use crate::aws::{LISTINGS, Listed, Progress, Session};
use crate::doctor::judge::Reading;

/// By type: its policies.
pub type Policies = BTreeMap<&'static str, Reading<Vec<Listed>>>;

/// Lists the policies of every type, enabled or not.
pub async fn policies(session: &Session, progress: &Progress) -> Policies {
    let organizations = session.organizations_at_pace(LISTINGS);
    let mut found = Policies::new();
    for policy_type in policy_types() {
        let listed = organizations.policies(policy_type).await;
        let operation = format!("list the policies of type {policy_type}");
        found.insert(policy_type, reading(listed, &operation, "organizations:ListPolicies"));
        progress.one();
    }
    found
}
