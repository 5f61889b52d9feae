//! `make bench`: how long one document takes that is as large as AWS lets it be.

#![expect(clippy::expect_used, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, criterion_group, criterion_main};
use policy_document::check::check;
use policy_document::tree::{Node, parse};

/// What AWS takes of a backup policy, and of a service control policy.
const LIMITS: [(&str, usize); 2] = [("BACKUP_POLICY", 10_000), ("SERVICE_CONTROL_POLICY", 10_240)];

/// As many parts as fit, between a beginning and an end.
fn filled(limit: usize, begin: &str, part: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = begin.to_owned();
    for number in 0.. {
        let comma = if number == 0 { "" } else { "," };
        let next = format!("{comma}{}", part(number));
        if text.len() + next.len() + end.len() > limit {
            break;
        }
        text.push_str(&next);
    }
    text + end
}

fn rule(number: usize) -> String {
    format!(
        r#""r{number}":{{"schedule_expression":{{"@@assign":"cron({number} 5 ? * * *)"}},"target_backup_vault_name":{{"@@assign":"member"}},"start_backup_window_minutes":{{"@@assign":"480"}},"lifecycle":{{"delete_after_days":{{"@@assign":"35"}}}},"copy_actions":{{"arn:aws:backup:eu-west-1:222222222222:backup-vault:v{number}":{{"target_backup_vault_arn":{{"@@assign":"arn:aws:backup:eu-west-1:222222222222:backup-vault:v{number}"}},"lifecycle":{{"delete_after_days":{{"@@assign":"365"}}}}}}}}}}"#
    )
}

fn statement(number: usize) -> String {
    format!(
        r#"{{"Sid":"S{number}","Effect":"Deny","Action":["backup:DeleteRecoveryPoint","backup:DeleteBackupVault","kms:ScheduleKeyDeletion"],"Resource":"arn:aws:backup:*:*:backup-vault:v{number}","Condition":{{"ArnNotLike":{{"aws:PrincipalArn":"arn:aws:iam::*:role/r{number}"}}}}}}"#
    )
}

/// A document of each type, with nothing to find in it.
fn document(policy_type: &str, limit: usize) -> String {
    match policy_type {
        "BACKUP_POLICY" => filled(
            limit,
            r#"{"plans":{"daily":{"regions":{"@@assign":["eu-west-1"]},"rules":{"#,
            rule,
            r#"},"selections":{"tags":{"all":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/backup"},"tag_key":{"@@assign":"backup"},"tag_value":{"@@assign":["daily"]}}}}}}}"#,
        ),
        _ => filled(limit, r#"{"Version":"2012-10-17","Statement":["#, statement, "]}"),
    }
}

fn read(text: &str) -> Node {
    parse(text).expect("the document is JSON")
}

fn documents(criterion: &mut Criterion) {
    for (policy_type, limit) in LIMITS {
        let text = document(policy_type, limit);
        let tree = read(&text);
        let mut group =
            criterion.benchmark_group(format!("{policy_type} of {} characters", text.len()));
        group.bench_function("parse", |bencher| bencher.iter(|| read(&text)));
        group.bench_function("check", |bencher| bencher.iter(|| check(&tree, policy_type)));
        group.finish();
    }
}

criterion_group!(benches, documents);
criterion_main!(benches);
