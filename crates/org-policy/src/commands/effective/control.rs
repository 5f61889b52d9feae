//! Control policies, which do not merge.

use std::collections::BTreeMap;

use policy_document::effective::PlaceId;
use policy_document::effective::control::{
    Answer, Only, Statement, Verdict, applied as applied_to, ask,
};

use super::lines::Lines;
use super::load::Loaded;
use super::names;
use crate::terminal::one_line;

/// Which control policies apply to each of these, in groups of those alike.
pub fn applied(loaded: &Loaded, places: &[PlaceId], policy_type: &str) -> String {
    let organization = &loaded.organization;
    let mut groups: BTreeMap<String, Vec<PlaceId>> = BTreeMap::new();
    for place in places {
        let mut lines = Lines::default();
        for applied in applied_to(organization, *place, policy_type) {
            let policy = names::policy(organization, applied.policy);
            lines.pair(1, &policy, names::place(organization, applied.place));
        }
        groups.entry(lines.written()).or_default().push(*place);
    }
    let mut text = format!("{policy_type}: these do not merge; all that stand on the way apply\n");
    for (policies, places) in groups {
        text.push_str(&format!("\n{}\n", names::accounts(&loaded.organization, &places)));
        text.push_str(if policies.is_empty() { "  none\n" } else { &policies });
    }
    text
}

/// What control policies say to an action in an account.
pub fn question(loaded: &Loaded, places: &[PlaceId], types: &[&str], action: &str) -> String {
    let mut text = String::new();
    for place in places {
        text.push_str(&format!("{action} in {}\n", names::account(&loaded.organization, *place)));
        for policy_type in types {
            let answer = ask(&loaded.organization, *place, policy_type, action);
            text.push_str(&said(loaded, policy_type, &answer));
        }
    }
    text
}

/// What control policies say to an action in all accounts, in groups of those that get the same answer.
pub fn question_of_all(
    loaded: &Loaded,
    places: &[PlaceId],
    types: &[&str],
    action: &str,
) -> String {
    let mut groups: BTreeMap<String, Vec<PlaceId>> = BTreeMap::new();
    for place in places {
        let answers = types.iter().map(|policy_type| {
            said(loaded, policy_type, &ask(&loaded.organization, *place, policy_type, action))
        });
        groups.entry(answers.collect()).or_default().push(*place);
    }
    let mut text = format!("{action}\n");
    for (answers, places) in groups {
        text.push_str(&format!("\n{}\n{answers}", names::accounts(&loaded.organization, &places)));
    }
    text
}

fn said(loaded: &Loaded, policy_type: &str, answer: &Answer) -> String {
    let organization = &loaded.organization;
    let mut lines = Lines::default();
    lines.line(1, &format!("{policy_type}: {}", word(answer.verdict)));
    for statement in &answer.denying {
        lines.line(2, &format!("denied by {}{}", named(loaded, statement), only(statement)));
    }
    for place in &answer.not_allowed_at {
        let place = names::place(organization, *place);
        lines.line(
            2,
            &format!("nothing at {place} allows it (FullAWSAccess would, if it is attached there)"),
        );
    }
    if answer.verdict == Verdict::DeniedForSome && answer.denying.is_empty() {
        for statement in answer.allowing.iter().filter(|statement| !statement.only.is_empty()) {
            lines.line(2, &format!("allowed by {}{}", named(loaded, statement), only(statement)));
        }
    }
    lines.written()
}

fn named(loaded: &Loaded, statement: &Statement) -> String {
    let source = &statement.source;
    let policy = names::attached(&loaded.organization, source.policy, source.place);
    let sid = statement.sid.as_deref().map(|sid| format!(" {}", one_line(sid))).unwrap_or_default();
    format!("{policy}, statement{sid} {}", source.pointer)
}

/// What limits the requests that a statement is about.
fn only(statement: &Statement) -> String {
    let limits: Vec<String> = statement
        .only
        .iter()
        .map(|only| match only {
            Only::Conditions(operators) => {
                format!("under a condition ({})", one_line(&operators.join(", ")))
            }
            Only::Resources(element) => format!("for some resources ({element})"),
            Only::Principals(element) => format!("for some principals ({element})"),
            Only::Unknown(why) => format!("if {} is so", one_line(why)),
        })
        .collect();
    if limits.is_empty() { String::new() } else { format!(", {}", limits.join(", ")) }
}

/// What a verdict is called.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Denied => "denied",
        Verdict::DeniedForSome => "denied for some requests",
        Verdict::NotDenied => "not denied",
        Verdict::DoesNotApply => "does not apply",
    }
}
