//! Accounts from which AWS withholds an effective policy, because what is inherited there is not valid together.

use std::collections::BTreeSet;

use policy_document::effective::merges;

use super::Withheld;
use crate::aws::{EFFECTIVE, LISTINGS, Problem, Session, failed, is_not_known};

/// The accounts from which AWS withholds an effective policy of one of these types; none if nobody can say, because the
/// endpoint does not know the question: not every partition has it, nor has a local AWS.
///
/// # Errors
/// A call that failed.
pub async fn withheld(
    session: &Session,
    types: &BTreeSet<String>,
) -> Result<Option<Vec<Withheld>>, Problem> {
    let (lists, errors) =
        (session.organizations_at_pace(LISTINGS), session.organizations_at_pace(EFFECTIVE));
    let mut found = Vec::new();
    for policy_type in types.iter().filter(|policy_type| merges(policy_type)) {
        let accounts = match lists.invalid_accounts(policy_type).await {
            Err(error) if is_not_known(&error) => return Ok(None),
            accounts => accounts,
        };
        let what = format!("list the accounts with an invalid effective {policy_type}");
        for account in accounts.map_err(failed(&what, "ListAccountsWithInvalidEffectivePolicy"))? {
            let what = format!("list the errors of the effective policy of {account}");
            let errors = errors.validation_errors(&account, policy_type).await;
            let errors = errors.map_err(failed(&what, "ListEffectivePolicyValidationErrors"))?;
            found.push(Withheld { account, policy_type: policy_type.clone(), errors });
        }
    }
    Ok(Some(found))
}
