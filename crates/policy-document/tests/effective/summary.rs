//! All accounts at a glance.

use policy_document::effective::{Assumptions, Summary, of_account, of_all, read, summary};
use policy_document::tree::Node;
use serde_json::{Value as Json, json};

use crate::organizations::BACKUP;

fn whole(vault: &str) -> Json {
    json!({"plans": {"p": {
        "regions": {"@@assign": ["eu-west-1"]},
        "rules": {"r": {"target_backup_vault_name": {"@@assign": vault}}},
        "selections": {"tags": {"s": {"iam_role_arn": {"@@assign": "arn"}, "tag_key": {"@@assign": "k"},
            "tag_value": {"@@assign": ["v"]}}}},
    }}})
}

/// Accounts under two OUs, one of them with a policy of its own, and one beside them.
fn accounts(file: &Json) -> (Summary, Vec<Vec<String>>) {
    let organization = read(&Node::from(file), &mut |_| Err(String::new())).unwrap();
    let accounts = of_all(&organization, BACKUP, Assumptions::default());
    for (account, effective) in accounts.iter() {
        let alone = of_account(&organization, account, BACKUP, Assumptions::default());
        assert_eq!(alone.settings, effective.settings);
    }
    let summary = summary(&accounts, BACKUP);
    for group in &summary.groups {
        let first = accounts.get(group.accounts[0]).unwrap();
        assert!(std::sync::Arc::ptr_eq(first, &group.effective));
    }
    let ids = |accounts: &[_]| {
        let id = |account: &_| organization.place(*account).unwrap().id[..1].to_owned();
        accounts.iter().map(id).collect::<Vec<_>>()
    };
    let groups = summary.groups.iter().map(|group| ids(&group.accounts)).collect();
    (summary, groups)
}

#[test]
fn groups_of_accounts_alike() {
    let file = json!({
        "policies": [
            {"name": "a", "type": BACKUP, "content": whole("a")},
            {"name": "a again", "type": BACKUP, "content": whole("a")},
            {"name": "b", "type": BACKUP, "content": whole("b")},
            {"name": "part", "type": BACKUP, "content": {"plans": {"q": {"regions": {"@@assign": ["eu-west-1"]}}}}},
        ],
        "root": {
            "accounts": [{"id": "111111111111"}, {"id": "222222222222", "policies": ["a again"]}],
            "ous": [
                {"name": "one", "policies": ["a"], "accounts": [
                    {"id": "333333333333"}, {"id": "444444444444"},
                    {"id": "555555555555", "policies": ["part"]}]},
                {"name": "two", "policies": ["a", "b"], "accounts": [{"id": "666666666666"}]},
                {"name": "three", "policies": ["a", "b"], "accounts": [{"id": "777777777777"}]},
            ],
        },
    });
    let (summary, groups) = accounts(&file);
    // 6 and 7 hang on the order at two places, so they may come out differently.
    assert_eq!(groups, [vec!["2", "3", "4"], vec!["1"], vec!["5"], vec!["6"], vec!["7"]]);
    assert_eq!(summary.without().count(), 1);
    assert_eq!(summary.undecided, 2);
    let findings: Vec<usize> = summary.groups.iter().map(|group| group.findings.len()).collect();
    assert_eq!(findings, [0, 0, 2, 0, 0]);
}

#[test]
fn a_type_that_is_not_enabled_has_no_effect() {
    let mut file = json!({
        "policies": [{"name": "a", "type": BACKUP, "content": whole("a")}],
        "root": {"policies": ["a"], "accounts": [{"id": "111111111111"}]},
    });
    assert_eq!(accounts(&file).0.without().count(), 0);
    file["policy_types"] = json!(["TAG_POLICY"]);
    assert_eq!(accounts(&file).0.without().count(), 1);
}
