//! The report for programs: docs/DOCTOR.md describes it.

use serde_json::{Value, json};

use super::judge::{Check, Verdict};
use super::{Report, Section};

/// The whole report.
pub fn written(report: &Report) -> String {
    let checks = report.sections.iter();
    let checks: Vec<Value> = checks
        .flat_map(|section| section.checks.iter().map(move |one| check(section, one)))
        .collect();
    let whole = json!({
        "account": report.account,
        "region": report.region,
        "checks": checks,
        "summary": {
            "good": report.count(Verdict::Good),
            "warnings": report.count(Verdict::Warning),
            "wrong": report.count(Verdict::Wrong),
            "not_asked": report.count(Verdict::NotAsked),
            "unknown": report.count(Verdict::Unknown),
        },
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default() + "\n"
}

fn check(section: &Section, check: &Check) -> Value {
    let Check { id, about, read, verdict, finding, remedy } = check;
    json!({
        "section": section.title,
        "id": id,
        "about": about,
        "read": read,
        "verdict": verdict.as_str(),
        "finding": finding,
        "remedy": remedy,
    })
}
