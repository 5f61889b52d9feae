//! The rules about documents of every type.

use crate::check::rules::{Rule, Severity, source};

/// All of them.
pub const RULES: &[&Rule] = &[&TOO_LARGE, &NEARLY_TOO_LARGE, &DUPLICATE_KEY];

const QUOTAS: &str =
    "AWS Organizations user guide, \"Quotas and service limits for AWS Organizations\"";

/// A text ten times.
macro_rules! ten {
    ($text:expr) => {
        concat!($text, $text, $text, $text, $text, $text, $text, $text, $text, $text)
    };
}

/// Ten times a hundred Regions make 12,000 characters.
macro_rules! hundred_regions {
    () => {
        ten!(ten!(r#""eu-west-1","#))
    };
}

/// A backup policy of these Regions, and one more.
macro_rules! policy_of_regions {
    ($($regions:expr),*) => {
        concat!(r#"{"plans":{"daily":{"regions":{"@@assign":["#, $($regions,)* r#""eu-west-1"]}}}}"#)
    };
}

pub static TOO_LARGE: Rule = Rule {
    code: "document-too-large",
    severity: Severity::Error,
    summary: "A document is no longer than its policy type allows.",
    explanation: "AWS Organizations refuses a document that has more characters than the quota of its type. The custom \
        resource sends documents without white space between their parts, and so they are counted here; the AWS CLI and \
        SDKs send them as they are written, and white space counts. Split the policy in two and attach both: policies \
        of one target are merged.",
    policy_type: "BACKUP_POLICY",
    wrong: policy_of_regions!(ten!(hundred_regions!())),
    right: policy_of_regions!(),
    source: QUOTAS,
    date: "2026-09",
};

pub static NEARLY_TOO_LARGE: Rule = Rule {
    code: "document-nearly-too-large",
    severity: Severity::Warning,
    summary: "A document has less than 90 % of the characters that its policy type allows.",
    explanation: "The next change may be the one that no longer fits, and it may come in a night in which it matters. \
        Split the policy while there is time.",
    policy_type: "BACKUP_POLICY",
    wrong: policy_of_regions!(
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!(),
        hundred_regions!()
    ),
    right: policy_of_regions!(),
    source: QUOTAS,
    date: "2026-09",
};

pub static DUPLICATE_KEY: Rule = Rule {
    code: "document-duplicate-key",
    severity: Severity::Error,
    summary: "A key stands in one object once.",
    explanation: "AWS Organizations refuses a document that names a key of one object twice. Readers of JSON disagree \
        about which of the two counts, so nobody could tell what was meant. Keep one of them, or give the other the name \
        that it should have.",
    policy_type: "BACKUP_POLICY",
    wrong: r#"{"plans": {"daily": {}, "daily": {}}}"#,
    right: r#"{"plans": {"daily": {}, "monthly": {}}}"#,
    source: source::BACKUP_SYNTAX,
    date: "2026-09",
};
