//! The service control policies on the way from the root to the backup account.

use std::collections::BTreeSet;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::aws::types::PolicyId;
use cfn_org_policy::policy::ownership::PREFIX;
use policy_document::effective::{self, PlaceId, PolicySource};
use policy_document::tree::parse;

use super::reading;
use crate::aws::{DOCUMENTS, LISTINGS, Session, TAGS};
use crate::doctor::judge::{GuardFacts, OrganizationFacts, PolicyTypes, Reach, Reading, Unread};

const SCP: &str = "SERVICE_CONTROL_POLICY";

/// Reads what guards the backup account, if that is known.
pub async fn guard(session: &Session, facts: &OrganizationFacts) -> GuardFacts {
    let Some(account) = &facts.backup_account else { return GuardFacts::default() };
    let management = facts.organization.as_ref().ok().map(|found| &found.management_account);
    let reach = match &facts.policy_types {
        _ if management == Some(account) => None,
        Ok(types) => Some(reach(session, account, types).await),
        Err(unread) => Some(Err(unread.clone())),
    };
    GuardFacts { reach: Some((account.clone(), reach)) }
}

/// What asks, each no faster than AWS lets it.
struct Asking {
    policies: Reader,
    documents: Reader,
    tags: Reader,
}

async fn reach(session: &Session, account: &str, types: &PolicyTypes) -> Reading<Reach> {
    let path = path(session, account).await?;
    let at_pace = |pace| session.reader_at_pace(pace).organizations;
    let asking =
        Asking { policies: at_pace(LISTINGS), documents: at_pace(DOCUMENTS), tags: at_pace(TAGS) };
    let mut places = path.into_iter();
    let root = places.next().unwrap_or_default();
    let mut organization = effective::Organization::new(&root, "Root");
    organization.policy_types = Some(types.enabled.iter().cloned().collect());
    let mut ours = BTreeSet::new();
    let (mut place, mut id) = (organization.root(), root);
    loop {
        let operation = format!("list the service control policies of {id}");
        let on = asking.policies.policies_on(&id, SCP).await;
        let on = reading(on, &operation, "organizations:ListPoliciesForTarget")?;
        let ids = on.iter().filter_map(|policy| PolicyId::parse(&policy.id)).collect();
        asking.attach(&mut organization, place, ids, &mut ours).await?;
        let Some(next) = places.next() else { break };
        place = if next.starts_with("ou-") {
            organization.add_ou(place, &next, &next)
        } else {
            organization.add_account(place, &next, &next)
        };
        id = next;
    }
    Ok(Reach { organization, account: place, ours })
}

/// The ids from the root down to the account.
async fn path(session: &Session, account: &str) -> Reading<Vec<String>> {
    let organizations = session.organizations_at_pace(LISTINGS);
    let mut path = vec![account.to_owned()];
    let mut child = account.to_owned();
    loop {
        let operation = format!("find what {child} hangs under");
        let parent = organizations.parent(&child).await;
        let Some(parent) = reading(parent, &operation, "organizations:ListParents")? else { break };
        path.push(parent.clone());
        child = parent;
    }
    path.reverse();
    Ok(path)
}

impl Asking {
    /// Reads the policies that are attached to a place.
    async fn attach(
        &self,
        organization: &mut effective::Organization,
        place: PlaceId,
        ids: Vec<PolicyId>,
        ours: &mut BTreeSet<String>,
    ) -> Reading<()> {
        let mut attached = Vec::new();
        for id in ids {
            let policy = self.documents.describe_policy(&id).await;
            let operation = format!("read policy {id}");
            let policy = reading(policy, &operation, "organizations:DescribePolicy")?;
            if !policy.aws_managed {
                let operation = format!("list the tags of policy {id}");
                let tags = self.tags.tags_of(&id).await;
                let tags = reading(tags, &operation, "organizations:ListTagsForResource")?;
                if tags.keys().any(|key| key.starts_with(PREFIX)) {
                    ours.insert(id.to_string());
                }
            }
            let document = parse(&policy.content).map_err(|error| Unread {
                why: format!("{operation}: {}", error.message),
                remedy: "write its document anew: it is no JSON".to_owned(),
            })?;
            attached.push(organization.add_policy(effective::Policy {
                id: id.to_string(),
                name: policy.name,
                policy_type: policy.policy_type,
                source: PolicySource::None,
                document,
            }));
        }
        organization.attach(place, &attached);
        Ok(())
    }
}
