//! What is told, and when: over findings that are made up, by the hour.

use std::collections::BTreeMap;

use watch::finding::{Finding, Findings, Unseen, Urgency};
use watch::mail::mail;
use watch::memory::Seconds;
use watch::news::{DAY, News, Reason, news};

const HOUR: Seconds = 3600;

fn finding(title: &str, urgency: Urgency, lines: &[&str]) -> Finding {
    Finding {
        urgency,
        title: title.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        facts: lines.iter().map(|line| (*line).to_owned()).collect(),
        remedy: "Put it back: org-policy heal guards".to_owned(),
        policy: Some("p-0000000001".to_owned()),
        parts: ["Content".to_owned()].into(),
    }
}

fn guard(lines: &[&str]) -> Findings {
    let guard = finding("policy \"guard\"", Urgency::Guard, lines);
    Findings { found: [("resource s Guard".to_owned(), guard)].into(), unseen: Vec::new() }
}

fn unseen(prefix: &str, part: Option<&str>) -> Findings {
    let unseen = Unseen { prefix: prefix.to_owned(), part: part.map(str::to_owned) };
    Findings { unseen: vec![unseen], ..Findings::default() }
}

/// Looks every hour; what was told in each, as reasons.
fn told(looks: &[Findings]) -> Vec<Vec<Reason>> {
    let mut memory = BTreeMap::new();
    let mut told = Vec::new();
    for (hour, findings) in (0..).zip(looks) {
        let (now, after) = news(&memory, findings, hour * HOUR);
        memory = after;
        told.push(now.into_iter().map(|news| news.reason).collect());
    }
    told
}

const NOTHING: Vec<Reason> = Vec::new();

#[test]
fn a_finding_is_told_once_and_its_end_once() {
    let (there, gone) = (guard(&["detached"]), Findings::default());
    let looks = [gone.clone(), there.clone(), there.clone(), gone.clone(), gone, there];
    let expected =
        [NOTHING, vec![Reason::New], NOTHING, vec![Reason::Gone], NOTHING, vec![Reason::New]];
    assert_eq!(told(&looks), expected);
}

#[test]
fn a_finding_that_grows_is_told_again_and_one_that_shrinks_is_not() {
    let (one, two, other) = (guard(&["a"]), guard(&["a", "b"]), guard(&["b"]));
    let looks = [one.clone(), two, one, other, guard(&["c"])];
    let expected = [vec![Reason::New], vec![Reason::Grown], NOTHING, NOTHING, vec![Reason::Grown]];
    assert_eq!(told(&looks), expected);
}

/// Names and numbers of accounts change, and may not be known for once.
#[test]
fn other_words_for_the_same_are_not_more() {
    let mut other_words = guard(&["a"]);
    other_words.found.values_mut().for_each(|finding| finding.lines = vec!["b".to_owned()]);
    assert_eq!(told(&[guard(&["a"]), other_words]), [vec![Reason::New], NOTHING]);
}

#[test]
fn a_finding_that_lasts_is_told_every_day() {
    let told = told(&vec![guard(&["a"]); 50]);
    let days: Vec<usize> = (0..50).filter(|hour| !told[*hour].is_empty()).collect();
    assert_eq!(days, [0, 24, 48]);
    assert_eq!(told[24], [Reason::Lasting]);
}

#[test]
fn what_was_not_looked_at_is_neither_new_nor_gone() {
    let looks = [
        guard(&["a"]),
        unseen("resource s ", None),
        unseen("resource s ", Some("Content")),
        guard(&["a"]),
        unseen("resource other ", None),
    ];
    let expected = [vec![Reason::New], NOTHING, NOTHING, NOTHING, vec![Reason::Gone]];
    assert_eq!(told(&looks), expected);
}

/// The digest says nothing of tags, ever: a policy that is attached again is as declared all the same.
#[test]
fn what_was_not_looked_at_of_another_part_is_gone() {
    let looks = [guard(&["a"]), unseen("resource s ", Some("Tags"))];
    assert_eq!(told(&looks), [vec![Reason::New], vec![Reason::Gone]]);
}

#[test]
fn the_memory_lost_tells_everything_once_more() {
    let (first, _) = news(&BTreeMap::new(), &guard(&["a"]), 0);
    let (again, _) = news(&BTreeMap::new(), &guard(&["a"]), HOUR);
    assert_eq!((first.len(), again[0].reason), (1, Reason::New));
}

#[test]
fn a_storm_is_one_mail_with_the_guards_first() {
    let mut findings = Findings::default();
    for number in 0..500 {
        let urgency = if number % 100 == 7 { Urgency::Guard } else { Urgency::Policy };
        let title = format!("policy {number:03}");
        let lines = ["- detached from /Production: 12 accounts", "- detached from /Sandbox"];
        findings.found.insert(format!("resource s {number:03}"), finding(&title, urgency, &lines));
    }
    let (news, memory) = news(&BTreeMap::new(), &findings, DAY);
    assert_eq!((news.len(), memory.len()), (500, 500));
    let mail = mail(&news).expect("a mail");
    assert_eq!(mail.subject, "Organization drift: 5 guards changed, 495 findings open");
    let headings: Vec<&str> = mail.body.lines().filter(|line| line.contains("NEW")).collect();
    assert_eq!(headings.len(), 500);
    for (number, heading) in headings.iter().take(5).enumerate() {
        assert_eq!(*heading, format!("GUARD NEW: policy {number}07"));
    }
    assert!(!headings[5].starts_with("GUARD"), "{}", headings[5]);
    assert!(mail.body.len() < 64_000, "{}", mail.body.len());
}

#[test]
fn a_mail_reads_like_this() {
    let news = [
        News {
            reason: Reason::Grown,
            finding: finding(
                "Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000001) of type SERVICE_CONTROL_POLICY",
                Urgency::Guard,
                &["- detached from /Production (ou-ab12-33333333): 12 accounts"],
            ),
            since: 0,
            changes: vec![
                "2026-11-28T02:03:04Z DetachPolicy by arn:aws:iam::111122223333:user/a".to_owned(),
            ],
        },
        News {
            reason: Reason::Gone,
            finding: finding("Daily (Custom::OrgPolicy)", Urgency::Policy, &["renamed"]),
            since: HOUR,
            changes: Vec::new(),
        },
    ];
    let mail = mail(&news).expect("a mail");
    assert_eq!(mail.subject, "Organization drift: 1 guard changed, 1 finding settled");
    assert_eq!(
        mail.body,
        "\
GUARD MORE, first seen 1970-01-01T00:00:00Z: Guard (Custom::OrgPolicy): policy \"guard\" (p-0000000001) of type SERVICE_CONTROL_POLICY
    - detached from /Production (ou-ab12-33333333): 12 accounts
    Lately: 2026-11-28T02:03:04Z DetachPolicy by arn:aws:iam::111122223333:user/a
    Put it back: org-policy heal guards

GONE, was first seen 1970-01-01T01:00:00Z: Daily (Custom::OrgPolicy)


The commands run with the credentials of the management account, in the Region of the stack. docs/WATCH.md says what each line means.
"
    );
    assert_eq!(watch::mail::mail(&[]), None);
}

/// A subject is ASCII, and has less than 100 characters.
#[test]
fn a_mail_has_bounds() {
    let huge = "ü\u{1b}[0m".repeat(3000);
    let lines: Vec<String> = (0..1000).map(|line| format!("{line} {huge}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let news: Vec<News> = (0..100)
        .map(|_| News {
            reason: Reason::New,
            finding: finding(&huge, Urgency::Guard, &lines),
            since: 0,
            changes: Vec::new(),
        })
        .collect();
    let mail = mail(&news).expect("a mail");
    assert!(mail.subject.is_ascii() && mail.subject.len() < 100, "{}", mail.subject);
    assert!(mail.body.len() < 256 * 1024, "{}", mail.body.len());
    assert!(mail.body.starts_with("GUARD NEW: ü"), "{}", mail.body);
    assert!(mail.body.contains(" more findings: run org-policy drift"), "{}", mail.body);
    assert!(mail.body.lines().all(|line| line.chars().count() < 320));
}
