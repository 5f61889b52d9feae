//! The difference between two effective policies.

use policy_document::effective::{Assumptions, Effective, differences, of_account};

use crate::organizations::{BACKUP, Order, three_levels};

fn effective(root: &[&str]) -> Effective {
    let (organization, account) = three_levels(BACKUP, Order::Unknown, [root, &[], &[]]);
    of_account(&organization, account, BACKUP, Assumptions::default())
}

/// `pointer: old -> new`.
#[track_caller]
fn case(old: &[&str], new: &[&str], expect: &[&str]) {
    let changes: Vec<String> = differences(&effective(old), &effective(new))
        .iter()
        .map(|change| {
            let values = |setting: &Option<policy_document::effective::Setting>| {
                let candidates = setting.iter().flat_map(|setting| &setting.candidates);
                let values: Vec<String> =
                    candidates.map(|candidate| candidate.value.to_json().to_string()).collect();
                if values.is_empty() { "-".to_owned() } else { values.join(" or ") }
            };
            format!("{}: {} -> {}", change.path.pointer(), values(&change.old), values(&change.new))
        })
        .collect();
    assert_eq!(changes, expect);
}

#[test]
fn what_is_no_difference() {
    let one =
        r#"{"plans": {"Daily": {"regions": {"@@assign": ["a", "b"]}, "days": {"@@assign": 1}}}}"#;
    let other =
        r#"{"plans": {"daily": {"regions": {"@@append": ["b", "a"]}, "days": {"@@assign": "1"}}}}"#;
    case(&[one], &[one], &[]);
    case(&[one], &[other], &[]);
    case(&[], &[r#"{"plans": {"x": {}}}"#], &[]);
}

#[test]
fn what_is_one() {
    case(
        &[
            r#"{"plans": {"p": {"a": {"@@assign": 1}, "b": {"@@assign": 2}, "c": {"@@assign": ["x"]}}}}"#,
        ],
        &[
            r#"{"plans": {"p": {"b": {"@@assign": 3}, "c": {"@@assign": ["x", "y"]}, "d": {"@@assign": 4}}}}"#,
        ],
        &[
            r#"/plans/p/a: "1" -> -"#,
            r#"/plans/p/b: "2" -> "3""#,
            r#"/plans/p/c: ["x"] -> ["x","y"]"#,
            r#"/plans/p/d: - -> "4""#,
        ],
    );
}

#[test]
fn what_becomes_undecided() {
    let one = r#"{"plans": {"p": {"a": {"@@assign": 1}}}}"#;
    let other = r#"{"plans": {"p": {"a": {"@@assign": 2}}}}"#;
    case(&[one], &[one, other], &[r#"/plans/p/a: "1" -> "1" or "2""#]);
    case(&[one, other], &[other, one], &[]);
}
