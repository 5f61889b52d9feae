//! `make bench`: how long it takes to say what every account of a large organization ends up with.
//!
//! A thousand accounts in sixty OUs, and a hundred policies: three at the root, one at each OU, and the others at single
//! accounts. The order of attachment is not known. At every third of the inner OUs, two policies set the same retention.

#![expect(clippy::expect_used, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, criterion_group, criterion_main};
use policy_document::effective::{
    Assumptions, Organization, PlaceId, Policy, PolicyId, PolicySource, of_all, summary,
};
use policy_document::tree::Node;
use serde_json::{Value as Json, json};

const TYPE: &str = "BACKUP_POLICY";
const ACCOUNTS: usize = 1_000;
const POLICIES: usize = 100;

/// A plan with four rules, each with a copy.
fn plan(name: &str) -> Json {
    let rule = |number: usize| {
        let vault = format!("arn:aws:backup:eu-west-1:222222222222:backup-vault:{name}-{number}");
        json!({
            "schedule_expression": {"@@assign": format!("cron({number} 5 ? * * *)")},
            "target_backup_vault_name": {"@@assign": "member"},
            "lifecycle": {"delete_after_days": {"@@assign": 35}},
            "copy_actions": {vault.clone(): {
                "target_backup_vault_arn": {"@@assign": vault},
                "lifecycle": {"delete_after_days": {"@@assign": 365}},
            }},
        })
    };
    let rules: serde_json::Map<String, Json> =
        (0..4).map(|number| (format!("rule-{number}"), rule(number))).collect();
    json!({"plans": {name: {
        "regions": {"@@assign": ["eu-west-1", "eu-central-1"]},
        "rules": rules,
        "selections": {"tags": {"all": {
            "iam_role_arn": {"@@assign": "arn:aws:iam::$account:role/backup"},
            "tag_key": {"@@assign": "backup"},
            "tag_value": {"@@assign": [name]},
        }}},
    }}})
}

/// Another retention for a plan of the root.
fn retention(days: usize) -> Json {
    json!({"plans": {"base-0": {"rules": {"rule-0": {"lifecycle": {"delete_after_days": {"@@assign": days}}}}}}})
}

fn organization() -> Organization {
    let mut organization = Organization::new("r-0000", "Root");
    let root = organization.root();
    let mut policies = 0;
    let mut add = |organization: &mut Organization, place: PlaceId, documents: &[Json]| {
        let added: Vec<PolicyId> = documents
            .iter()
            .map(|document| {
                policies += 1;
                organization.add_policy(Policy {
                    id: format!("p-{policies:08}"),
                    name: format!("policy-{policies}"),
                    policy_type: TYPE.to_owned(),
                    source: PolicySource::None,
                    document: Node::from(document),
                })
            })
            .collect();
        organization.attach(place, &added);
        policies
    };
    add(&mut organization, root, &[plan("base-0"), plan("base-1"), plan("base-2")]);
    let mut inner = Vec::new();
    for outer in 0..10 {
        let ou = organization.add_ou(root, format!("ou-{outer}"), format!("outer {outer}"));
        add(&mut organization, ou, &[retention(40 + outer)]);
        for number in 0..5 {
            let name = format!("{outer}-{number}");
            let below = organization.add_ou(ou, format!("ou-{name}"), format!("inner {name}"));
            let both = [retention(60 + number), retention(90 + number)];
            let documents = if inner.len() % 3 == 0 { both.as_slice() } else { &both[..1] };
            add(&mut organization, below, documents);
            inner.push(below);
        }
    }
    for number in 0..ACCOUNTS {
        let ou = inner.get(number % inner.len()).copied().expect("an OU");
        let account =
            organization.add_account(ou, format!("{number:012}"), format!("account {number}"));
        if organization.policies().count() < POLICIES {
            add(&mut organization, account, &[plan(&format!("own-{number}"))]);
        }
    }
    organization
}

fn every_account(criterion: &mut Criterion) {
    let organization = organization();
    let answer = || summary(&of_all(&organization, TYPE, Assumptions::default()), TYPE);
    let found = answer();
    println!(
        "{} accounts, {} policies: {} groups; the results of {} accounts hang on an unknown order of attachment",
        organization.accounts().count(),
        organization.policies().count(),
        found.groups.len(),
        found.undecided,
    );
    criterion.bench_function("effective policies of all accounts", |bencher| bencher.iter(answer));
}

criterion_group!(benches, every_account);
criterion_main!(benches);
