//! What a judgement is compared with.

use crate::judge::{Check, Unread, Verdict};

/// Whether the check of this name has come to `verdict`, and says these words.
pub fn holds(checks: &[Check], id: &str, verdict: Verdict, words: &[&str]) -> bool {
    let text = |check: &Check| {
        let remedy = check.remedy.as_deref().unwrap_or_default();
        format!("{}: {} -> {remedy}", check.about, check.finding)
    };
    checks.iter().any(|check| {
        let text = text(check);
        check.id == id && check.verdict == verdict && words.iter().all(|word| text.contains(word))
    })
}

/// It holds.
#[track_caller]
pub fn says(checks: &[Check], id: &str, verdict: Verdict, words: &[&str]) {
    assert!(holds(checks, id, verdict, words), "{id}: {verdict:?} {words:?}\n{checks:#?}");
}

/// What a case changes, what it is to be judged as, and the words of that.
pub type Case<F> = (&'static str, fn(&mut F), Verdict, &'static [&'static str]);

/// Each case, beginning with facts that are in order: of them it does not hold, unless the case is good as well.
#[track_caller]
pub fn cases<F>(in_order: impl Fn() -> F, judged: impl Fn(&F) -> Vec<Check>, cases: &[Case<F>]) {
    for (id, change, verdict, words) in cases {
        let mut facts = in_order();
        let before = holds(&judged(&facts), id, *verdict, words);
        assert!(!before || *verdict == Verdict::Good, "{id}: {words:?} of facts in order");
        change(&mut facts);
        says(&judged(&facts), id, *verdict, words);
    }
}

/// A reading that has failed.
pub fn unread<T>(action: &str) -> Result<T, Unread> {
    Err(Unread {
        why: format!("call {action}: denied"),
        remedy: format!("allow {action} to these credentials"),
    })
}
