//! The documents of policies: which are taken, and how they are stored.

use serde_json::Value;

use super::input::count_keys;
use super::operations::{Refusal, refuse, violates};
use super::state::{BACKUP_POLICY, RCP, SCP, State};

/// The version that IAM documents have which do not name one.
const VERSION: &str = r#""Version":"2008-10-17""#;

pub(super) fn check_document(
    state: &State,
    policy_type: &str,
    content: &str,
) -> Result<(), Refusal> {
    let keys = count_keys(content);
    if !keys.is_some_and(|keys| keys > 0 || policy_type != BACKUP_POLICY) {
        return Err(refuse("MalformedPolicyDocumentException", "the document is malformed"));
    }
    // White space counts: it is the text as sent that is measured.
    if state.quotas.get(policy_type).is_some_and(|quota| content.chars().count() > quota.content) {
        return Err(violates("POLICY_CONTENT_LIMIT_EXCEEDED"));
    }
    Ok(())
}

/// The document as the service keeps it and shows it: a resource control policy without a Version gets one (seen on the
/// service). The rest stays as sent.
pub(super) fn stored(state: &State, policy_type: &str, content: &str) -> String {
    let gets_version = policy_type == RCP || policy_type == SCP && state.scp_version_added;
    let sent: Value = serde_json::from_str(content).expect("the document has been checked");
    if !gets_version || sent.get("Version").is_some() {
        return content.to_owned();
    }
    let rest = content.trim_start().strip_prefix('{').expect("the document is an object");
    let comma = if count_keys(content) == Some(0) { "" } else { "," };
    format!("{{{VERSION}{comma}{rest}")
}
