//! The file that describes an organization.

use policy_document::effective::{Assumptions, Kind, PolicySource, of_account, read, write};
use policy_document::tree::Node;
use serde_json::{Value as Json, json};

use crate::organizations::{BACKUP, lines};

fn no_files(path: &str) -> Result<Node, String> {
    Err(format!("there is no {path}"))
}

fn policy(name: &str, value: u32) -> Json {
    json!({"name": name, "type": BACKUP, "content": {"plans": {"p": {"a": {"@@assign": value}}}}})
}

fn problems(file: &Json) -> Vec<String> {
    match read(&Node::from(file), &mut no_files) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_whole_organization() {
    let file = json!({
        "policy_types": [BACKUP],
        "management_account": "111111111111",
        "policies": [
            {"name": "base", "id": "p-base0001", "type": BACKUP, "file": "policies/base.json"},
            policy("more", 2),
        ],
        "root": {
            "id": "r-ab12",
            "policies": ["p-base0001"],
            "accounts": [{"id": "111111111111", "name": "management"}],
            "ous": [{
                "name": "Production",
                "policies": ["more"],
                "accounts": [{"id": 222222222222u64, "policies": []}],
                "ous": [{"id": "ou-ab12-inner001", "accounts": [{"id": "333333333333"}]}],
            }],
        },
    });
    let mut loaded = Vec::new();
    let mut load = |path: &str| {
        loaded.push(path.to_owned());
        Ok(Node::from(&json!({"plans": {"p": {"a": {"@@assign": 1}, "b": {"@@assign": 1}}}})))
    };
    let organization = read(&Node::from(&file), &mut load).unwrap();
    assert_eq!(loaded, ["policies/base.json"]);
    let places: Vec<String> = organization
        .places()
        .map(|(id, place)| {
            let path = organization.path(id);
            format!("{:?} {} {} {}", place.kind, place.id, place.name, path.len())
        })
        .collect();
    assert_eq!(
        places,
        [
            "Root r-ab12 Root 1",
            "Account 111111111111 management 2",
            "Ou  Production 2",
            "Account 222222222222  3",
            "Ou ou-ab12-inner001  3",
            "Account 333333333333  4",
        ]
    );
    let account = organization.find("333333333333")[0];
    let effective = of_account(&organization, account, BACKUP, Assumptions::default());
    assert_eq!(
        lines(&organization, &effective),
        ["/plans/p/a = 2 <- more", "/plans/p/b = 1 <- base"]
    );
    let sources: Vec<&PolicySource> = organization
        .policies()
        .filter(|(_, policy)| policy.policy_type == BACKUP)
        .map(|(_, policy)| &policy.source)
        .collect();
    let file = PolicySource::File("policies/base.json".to_owned());
    assert_eq!(sources, [&file, &PolicySource::Organization]);
    assert!(organization.is_enabled(BACKUP) && !organization.is_enabled("TAG_POLICY"));
    assert_eq!(organization.find("Production").len(), 1);
    assert_eq!(
        organization.accounts().filter(|(_, account)| account.kind != Kind::Account).count(),
        0
    );
}

/// The order is unknown unless the file says that it is known; a place may say otherwise.
#[test]
fn the_order_of_attachment() {
    let candidates = |file: Option<&str>, place: Option<&str>| {
        let mut json = json!({
            "policies": [policy("one", 1), policy("two", 2)],
            "root": {"policies": ["two", "one"]},
        });
        if let Some(order) = file {
            json["attachment_order"] = json!(order);
        }
        if let Some(order) = place {
            json["root"]["attachment_order"] = json!(order);
        }
        let organization = read(&Node::from(&json), &mut no_files).unwrap();
        let root = organization.root();
        lines(&organization, &of_account(&organization, root, BACKUP, Assumptions::default()))
    };
    let unknown = ["/plans/p/a = 1 <- one if first one | 2 <- two if first two"];
    let known = ["/plans/p/a = 2 <- two"];
    assert_eq!(candidates(None, None), unknown);
    assert_eq!(candidates(Some("unknown"), None), unknown);
    assert_eq!(candidates(Some("known"), None), known);
    assert_eq!(candidates(Some("known"), Some("unknown")), unknown);
    assert_eq!(candidates(None, Some("known")), known);
}

#[test]
fn what_is_wrong_with_a_file() {
    let root = json!({"accounts": [{"id": "111122223333"}]});
    for (file, expected) in [
        (
            json!([]),
            "must be an object with policy_types, management_account, attachment_order, policies, root",
        ),
        (json!({"policies": []}), "has no root: the place that all OUs and accounts hang under"),
        (
            json!({"root": root, "policys": []}),
            "/policys: is not known here: policy_types, management_account, attachment_order, policies, root are",
        ),
        (
            json!({"root": {"units": []}}),
            "/root/units: is not known here: id, name, attachment_order, policies, accounts, ous are",
        ),
        (
            json!({"root": [], "policies": []}),
            "/root: must be an object with id, name, attachment_order, policies, accounts, ous",
        ),
        (json!({"root": {"accounts": {}}}), "/root/accounts: must be a list"),
        (
            json!({"root": {"accounts": [{"name": "x"}]}}),
            "/root/accounts/0: needs an id of twelve digits, in quotation marks",
        ),
        (
            json!({"root": {"accounts": [{"id": 12}]}}),
            "/root/accounts/0: needs an id of twelve digits, in quotation marks",
        ),
        (
            json!({"root": {"accounts": [{"id": "111122223333", "ous": []}]}}),
            "/root/accounts/0/ous: is not known here: id, name, attachment_order, policies are",
        ),
        (json!({"root": {"ous": [{}]}}), "/root/ous/0: has neither a name nor an id"),
        (json!({"root": {"name": []}}), "/root/name: must be a text"),
        (
            json!({"root": {"policies": ["nobody"]}}),
            "/root/policies/0: \"nobody\" is the id or the name of no policy above",
        ),
        (
            json!({"root": {"attachment_order": true}}),
            "/root/attachment_order: must be known or unknown",
        ),
        (
            json!({"root": root, "policy_types": ["BACKUP"]}),
            "/policy_types/0: is no policy type: one of BACKUP_POLICY,",
        ),
        (
            json!({"root": root, "policies": [{"type": BACKUP, "content": {}}]}),
            "/policies/0: has neither a name nor an id",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "content": {}}]}),
            "/policies/0: has no type, such as BACKUP_POLICY",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "type": "BACKUP", "content": {}}]}),
            "/policies/0/type: is no policy type: one of",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "type": BACKUP}]}),
            "/policies/0: needs either content, the document, or file, the path of one",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "type": BACKUP, "content": {}, "file": "y"}]}),
            "/policies/0: needs either content, the document, or file, the path of one",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "type": BACKUP, "content": "{}"}]}),
            "/policies/0: its document is no object",
        ),
        (
            json!({"root": root, "policies": [{"name": "x", "type": BACKUP, "file": "y.json"}]}),
            "/policies/0/file: there is no y.json",
        ),
        (
            json!({"policies": [
                {"name": "x", "id": "p-1", "type": BACKUP, "content": {}},
                {"name": "x", "id": "p-2", "type": "TAG_POLICY", "content": {}},
            ], "root": {"policies": ["x"]}}),
            "/root/policies/0: names several policies: use the id (BACKUP_POLICY \"p-1\", TAG_POLICY \"p-2\")",
        ),
    ] {
        let problems = problems(&file);
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{file}\n{problems:?}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let file = json!({"policies": [{"name": "x"}], "root": {"policies": ["y"], "accounts": [{}]}});
    assert_eq!(problems(&file).len(), 3);
}

/// AWS's own policies need no entry.
#[test]
fn full_access_may_be_named_without_an_entry() {
    let file = json!({"root": {"policies": ["FullAWSAccess", "p-RCPFullAWSAccess"]}});
    assert_eq!(problems(&file), Vec::<String>::new());
}

/// What is written is read as the same organization.
#[test]
fn written_and_read_again() {
    let file = json!({
        "policy_types": [BACKUP, "SERVICE_CONTROL_POLICY"],
        "management_account": "111111111111",
        "policies": [policy("one", 1), policy("two", 2)],
        "root": {
            "name": "Root",
            "policies": ["one", "two", "FullAWSAccess"],
            "ous": [{"id": "ou-1", "name": "A", "attachment_order": "known", "policies": ["two", "one"],
                "accounts": [{"id": "222222222222", "name": "shop"}]}],
        },
    });
    let organization = read(&Node::from(&file), &mut no_files).unwrap();
    let written = write(&organization);
    let again = read(&Node::from(&written), &mut no_files).unwrap();
    assert_eq!(write(&again), written);
    for (place, _) in organization.places() {
        let of = |organization| {
            lines(organization, &of_account(organization, place, BACKUP, Assumptions::default()))
        };
        assert_eq!(of(&again), of(&organization));
    }
    assert_eq!(again.management_account, organization.management_account);
    assert_eq!(again.policy_types, organization.policy_types);
}
