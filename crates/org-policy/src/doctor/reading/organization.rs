//! The organization: who asks, what is enabled, and whom it trusts.

use std::collections::BTreeMap;

use cfn_org_policy::aws::organizations::Reader;
use cfn_org_policy::policy::ownership::PREFIX;

use super::{Policies, reading};
use crate::aws::{Listed, Organizations, Session, TAGS, is_not_known};
use crate::doctor::judge::{Organization, OrganizationFacts, PolicyTypes, Reading, Withheld};

const BACKUP_POLICY: &str = "BACKUP_POLICY";

/// Reads all that the checks of the organization rest on; `policies` are those of every type.
pub async fn organization(session: &Session, policies: &Policies) -> OrganizationFacts {
    let (organizations, reader) = (session.organizations(), session.reader());
    let described = organizations.organization().await.map(|found| Organization {
        id: found.id,
        management_account: found.management_account,
        all_features: found.all_features,
    });
    let types = reader.organizations.policy_types().await;
    let types = types.map(|types| PolicyTypes { enabled: types.enabled, pending: types.pending });
    let types = reading(types, "read the organization's root", "organizations:ListRoots");
    let idle_policies = match &types {
        Ok(types) => idle(session, types, policies).await,
        Err(_) => BTreeMap::new(),
    };
    let withheld = withheld(&organizations, &types).await;
    let administrators = async |service: &str| {
        let listed = organizations.delegated_administrators(service).await;
        let operation = format!("list the delegated administrators of {service}");
        reading(listed, &operation, "organizations:ListDelegatedAdministrators")
    };
    OrganizationFacts {
        caller: reading(
            reader.identity.account().await,
            "read the account of the credentials",
            "sts:GetCallerIdentity",
        ),
        organization: reading(
            described,
            "read the organization",
            "organizations:DescribeOrganization",
        ),
        delegation: reading(
            organizations.resource_policy().await,
            "read whom the organization lets manage policies",
            "organizations:DescribeResourcePolicy",
        ),
        policy_types: types,
        idle_policies,
        trusted: reading(
            reader.organizations.trusted_services().await,
            "list the services that are trusted",
            "organizations:ListAWSServiceAccessForOrganization",
        ),
        stacksets: reading(
            reader.stacksets.are_trusted().await,
            "ask whether StackSets are trusted",
            "cloudformation:DescribeOrganizationsAccess",
        ),
        backup_administrators: administrators("backup.amazonaws.com").await,
        stackset_administrators: administrators(
            "member.org.stacksets.cloudformation.amazonaws.com",
        )
        .await,
        withheld,
        backup_account: None,
    }
}

/// Whose effective backup policy AWS withholds; it is asked unless that type is known to be off.
async fn withheld(
    organizations: &Organizations,
    types: &Reading<PolicyTypes>,
) -> Reading<Withheld> {
    if types.as_ref().is_ok_and(|types| !types.enabled.contains(BACKUP_POLICY)) {
        return Ok(Withheld::NotEnabled);
    }
    let accounts = match organizations.invalid_accounts(BACKUP_POLICY).await {
        Err(error) if is_not_known(&error) => return Ok(Withheld::NotKnown),
        accounts => accounts,
    };
    let operation = "list the accounts whose effective backup policy is withheld";
    let accounts =
        reading(accounts, operation, "organizations:ListAccountsWithInvalidEffectivePolicy")?;
    Ok(Withheld::Of(accounts.into_iter().collect()))
}

/// Of each type that is not enabled: how many policies of our stacks there are.
async fn idle(
    session: &Session,
    types: &PolicyTypes,
    policies: &Policies,
) -> BTreeMap<String, Reading<usize>> {
    let reader = session.reader_at_pace(TAGS).organizations;
    let mut idle = BTreeMap::new();
    for (policy_type, policies) in policies {
        if types.enabled.contains(*policy_type) {
            continue;
        }
        let ours = match policies {
            Ok(policies) => of_stacks(&reader, policies).await,
            Err(unread) => Err(unread.clone()),
        };
        idle.insert((*policy_type).to_owned(), ours);
    }
    idle
}

/// How many of these policies carry our tags.
async fn of_stacks(reader: &Reader, policies: &[Listed]) -> Reading<usize> {
    let mut ours = 0;
    for policy in policies.iter().filter(|policy| !policy.aws_managed) {
        let tags = reader.tags_of(&policy.id).await;
        let operation = format!("list the tags of policy {}", policy.id);
        let tags = reading(tags, &operation, "organizations:ListTagsForResource")?;
        ours += usize::from(tags.keys().any(|key| key.starts_with(PREFIX)));
    }
    Ok(ours)
}
