//! What a judgement is compared with.

use crate::judge::{Check, Unread, Verdict};

/// The check of this name, about this: it has come to `verdict`, and says these words.
#[track_caller]
pub fn says(checks: &[Check], id: &str, verdict: Verdict, words: &[&str]) {
    let found: Vec<&Check> = checks.iter().filter(|check| check.id == id).collect();
    let text = |check: &&Check| {
        let remedy = check.remedy.as_deref().unwrap_or_default();
        format!("{}: {} -> {remedy}", check.about, check.finding)
    };
    let holds = |check: &&&Check| {
        check.verdict == verdict && words.iter().all(|word| text(check).contains(word))
    };
    assert!(found.iter().any(|check| holds(&check)), "{id}: {verdict:?} {words:?}\n{found:#?}");
}

/// A reading that has failed.
pub fn unread<T>(action: &str) -> Result<T, Unread> {
    Err(Unread {
        why: format!("call {action}: denied"),
        remedy: format!("allow {action} to these credentials"),
    })
}
