//! The policies that there are, of every type, and what they are attached to.

use std::collections::BTreeMap;

use cfn_org_policy::error::Kind;
use policy_document::check::policy_types;

use super::reading;
use crate::aws::{LISTINGS, Listed, Progress, Session, Target};
use crate::doctor::judge::{Held, Policies as Judged, PolicyTypes, Reading};

/// By type: its policies.
pub type Policies = BTreeMap<&'static str, Reading<Vec<Listed>>>;

/// Lists the policies of every type, enabled or not.
pub async fn policies(session: &Session, progress: &Progress) -> Policies {
    progress.expect(policy_types().count());
    let organizations = session.organizations_at_pace(LISTINGS);
    let mut found = Policies::new();
    for policy_type in policy_types() {
        let listed = organizations.policies(policy_type).await;
        let operation = format!("list the policies of type {policy_type}");
        let listed = match listed {
            // Not every partition has every type.
            Err(error) if is_no_type(error.kind) => Ok(Vec::new()),
            listed => reading(listed, &operation, "organizations:ListPolicies"),
        };
        found.insert(policy_type, listed);
        progress.one();
    }
    found
}

fn is_no_type(kind: Kind) -> bool {
    matches!(kind, Kind::UnknownType | Kind::TypeNotAvailable)
}

/// The same, with what they are attached to: of a type that is not enabled none is attached to anything.
pub async fn attached(
    session: &Session,
    policies: &Policies,
    types: &Reading<PolicyTypes>,
    progress: &Progress,
) -> Judged {
    let organizations = session.organizations_at_pace(LISTINGS);
    let is_off =
        |policy_type: &str| types.as_ref().is_ok_and(|types| !types.enabled.contains(policy_type));
    let mut found = Judged::new();
    for (policy_type, listed) in policies {
        let listed = match listed {
            Ok(listed) => listed,
            Err(unread) => {
                found.insert(policy_type, Err(unread.clone()));
                continue;
            }
        };
        progress.expect(listed.len());
        let mut held = Vec::new();
        for Listed { id, aws_managed, .. } in listed {
            let targets = if is_off(policy_type) {
                Ok(Vec::new())
            } else {
                let operation = format!("list the targets of policy {id}");
                reading(
                    organizations.targets(id).await,
                    &operation,
                    "organizations:ListTargetsForPolicy",
                )
            };
            progress.one();
            let named = |targets: Vec<Target>| {
                targets.into_iter().map(|target| (target.name, target.id)).collect()
            };
            held.push(Held { aws_managed: *aws_managed, targets: targets.map(named) });
        }
        found.insert(policy_type, Ok(held));
    }
    found
}
