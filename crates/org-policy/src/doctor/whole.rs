//! The whole examination: what is read, in which order, and what is made of it.

use std::time::SystemTime;

use super::judge;
use super::reading;
use super::{Report, Section};
use crate::aws::{EFFECTIVE, Progress, Session};

/// What is to be examined.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The account that holds the central vault; without it, that of the solution's stack.
    pub backup_account: Option<String>,
    /// The role to assume in the accounts.
    pub role_name: Option<String>,
    /// The accounts whose data is backed up.
    pub accounts: Vec<String>,
}

/// Reads all there is to read, and judges it.
pub async fn examine(session: &Session, request: &Request, progress: &Progress) -> Report {
    let now = now();
    let (policies, stacks) =
        tokio::join!(reading::policies(session, progress), reading::stacks(session, now, progress));
    let deployed = stacks.as_deref().unwrap_or_default();
    let solution = judge::solution(deployed);
    let mut organization = reading::organization(session, &policies).await;
    organization.backup_account = request
        .backup_account
        .clone()
        .or_else(|| solution.as_ref().map(|solution| solution.backup_account.clone()));
    let declared = judge::declared_settings(deployed);
    let (settings, attached, guard) = tokio::join!(
        reading::settings(session, &organization, declared, progress),
        reading::attached(session, &policies, &organization.policy_types, progress),
        reading::guard(session, &organization),
    );
    let accounts = accounts(session, request, &organization, solution, progress).await;
    let version = env!("CARGO_PKG_VERSION");
    let mut sections = vec![
        section("Organization", judge::organization(&organization)),
        section("AWS Backup", judge::settings(&settings)),
        section("Function and stacks", judge::function(&stacks, now, version)),
        section("Quotas", judge::quotas(&attached)),
        section("Guard", vec![judge::guard(&guard)]),
    ];
    sections.extend(accounts);
    Report {
        account: organization.caller.as_ref().ok().cloned(),
        region: session.region().unwrap_or_default().to_owned(),
        sections,
    }
}

/// The backup account and the member accounts, as far as there is a role to read them with.
async fn accounts(
    session: &Session,
    request: &Request,
    organization: &judge::OrganizationFacts,
    solution: Option<judge::Solution>,
    progress: &Progress,
) -> Vec<Section> {
    let access = request.role_name.as_ref().map(|role_name| reading::Access {
        role_name: role_name.clone(),
        own: organization.caller.as_ref().ok().cloned(),
        region: session.region().unwrap_or("us-east-1").to_owned(),
    });
    let account = organization.backup_account.clone();
    let solution = solution.filter(|one| Some(&one.backup_account) == account.as_ref());
    let central = match (&access, &account) {
        (Some(access), Some(account)) => {
            Some(reading::central(session, access, account, solution.as_ref()).await)
        }
        _ => None,
    };
    let facts = judge::VaultFacts { account, central, solution, now: now() };
    let mut sections = vec![section("Backup account", judge::vault(&facts))];
    let mut members = Vec::new();
    if let Some(access) = &access {
        let organizations = session.organizations_at_pace(EFFECTIVE);
        progress.expect(request.accounts.len());
        for account in &request.accounts {
            let facts = reading::member(session, access, &organizations, account).await;
            members.extend(judge::member(&facts));
            progress.one();
        }
    }
    if members.is_empty() {
        members.push(judge::no_members(access.is_some()));
    }
    sections.push(section("Member accounts", members));
    sections
}

fn section(title: &str, checks: Vec<judge::Check>) -> Section {
    Section { title: title.to_owned(), checks }
}

fn now() -> i64 {
    reading::seconds_since_1970(SystemTime::now()).unwrap_or_default()
}
