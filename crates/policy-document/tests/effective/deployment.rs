//! What a deployment of a template makes of an organization.

use policy_document::effective::{Assumptions, Deployed, Organization, deploy, of_account, read};
use policy_document::template::{Inputs, NoFiles, evaluate};
use policy_document::tree::{Node, yaml};
use serde_json::json;

use crate::organizations::{BACKUP, lines, name};

/// Root > Production > an account. `old` is attached to both OU and account, `other` to the root.
fn organization() -> Organization {
    let policy = |name: &str, id: &str, value: u32| json!({"name": name, "id": id, "type": BACKUP, "content": {"plans": {"p": {name: {"@@assign": value}}}}});
    let file = json!({
        "policies": [policy("old", "p-old00001", 1), policy("other", "p-other001", 1)],
        "root": {"id": "r-ab12", "policies": ["other"], "ous": [{"name": "Production", "id": "ou-ab12-11111111",
            "policies": ["old"], "accounts": [{"id": "111122223333", "policies": ["old"]}]}]},
    });
    read(&Node::from(&file), &mut |_| Err(String::new())).unwrap()
}

fn deployed(properties: &str) -> (Organization, Deployed) {
    let template = format!(
        "Parameters: {{Where: {{Type: String}}}}\nConditions: {{Yes: !Equals [a, a], Perhaps: !Equals [!Ref Where, a]}}\n\
         Resources:\n{properties}"
    );
    let template = yaml::parse(&template).unwrap_or_else(|error| panic!("{template}: {error}"));
    let template = evaluate("template.yaml", &template, &Inputs::default(), &NoFiles);
    let mut organization = organization();
    let deployed = deploy(&mut organization, &template, "template.yaml");
    (organization, deployed)
}

/// A resource with these properties, which declares the policy `name` with the value 2.
fn resource(id: &str, name: &str, more: &str) -> String {
    format!(
        "  {id}:\n    Type: Custom::OrgPolicy\n    Properties:\n      Name: {name}\n      Type: BACKUP_POLICY\n      \
         Content: {{plans: {{p: {{{name}: {{\"@@assign\": 2}}}}}}}}\n      {more}\n"
    )
}

/// What the account ends up with, and where each policy is attached.
#[track_caller]
fn case(template: &str, expect: &[&str], attached: &[&str]) {
    let (organization, _) = deployed(template);
    let account = organization.find("111122223333")[0];
    let effective = of_account(&organization, account, BACKUP, Assumptions::default());
    assert_eq!(lines(&organization, &effective), expect);
    let places = organization.places().flat_map(|(id, place)| {
        let policies: Vec<&str> = organization
            .attached(id, BACKUP)
            .iter()
            .map(|one| name(&organization, one.policy))
            .collect();
        (!policies.is_empty()).then(|| format!("{:?}: {}", place.kind, policies.join(" ")))
    });
    assert_eq!(places.collect::<Vec<_>>(), attached);
}

const OTHER: &str = "/plans/p/other = 1 <- other";

#[test]
fn a_new_policy_at_targets_of_every_form() {
    for target in ["Root", "r-ab12"] {
        case(
            &resource("New", "new", &format!("Targets: [{target}]")),
            &["/plans/p/new = 2 <- new", "/plans/p/old = 1 <- old", OTHER],
            &["Root: other new", "Ou: old", "Account: old"],
        );
    }
    for target in ["/Production", "ou-ab12-11111111"] {
        case(
            &resource("New", "new", &format!("Targets: [{target}]")),
            &["/plans/p/new = 2 <- new", "/plans/p/old = 1 <- old", OTHER],
            &["Root: other", "Ou: old new", "Account: old"],
        );
    }
    case(
        &resource("New", "new", "Targets: ['111122223333']"),
        &["/plans/p/new = 2 <- new", "/plans/p/old = 1 <- old", OTHER],
        &["Root: other", "Ou: old", "Account: old new"],
    );
}

#[test]
fn a_policy_that_is_there_gets_its_document_and_exactly_its_targets() {
    case(
        &resource("Old", "old", "Targets: [/Production]"),
        &["/plans/p/old = 2 <- old", OTHER],
        &["Root: other", "Ou: old"],
    );
    case(&resource("Old", "old", "Targets: []"), &[OTHER], &["Root: other"]);
}

#[test]
fn attachments_of_others_stay_if_only_the_declared_are_managed() {
    case(
        &resource("Old", "old", "Targets: [Root]\n      ManageAttachments: Declared"),
        &["/plans/p/old = 2 <- old", OTHER],
        &["Root: other old", "Ou: old", "Account: old"],
    );
}

#[test]
fn a_policy_is_adopted_by_its_id() {
    case(
        &resource("New", "renamed", "AdoptExisting: p-old00001\n      Targets: [/Production]"),
        &[OTHER, "/plans/p/renamed = 2 <- old"],
        &["Root: other", "Ou: old"],
    );
}

/// CloudFormation's own resource names its targets by their ids.
#[test]
fn a_policy_of_cloudformations_own_resource() {
    let template = "  New:\n    Type: AWS::Organizations::Policy\n    Properties:\n      Name: new\n      Type: BACKUP_POLICY\n      \
                    TargetIds: [r-ab12]\n      Content: {plans: {p: {new: {\"@@assign\": 2}}}}\n";
    case(
        template,
        &["/plans/p/new = 2 <- new", "/plans/p/old = 1 <- old", OTHER],
        &["Root: other new", "Ou: old", "Account: old"],
    );
}

/// Two that are attached now come after what is there, and hang on their own order.
#[test]
fn what_is_attached_now_is_attached_last() {
    let assigns = |id: &str, value: u32| {
        format!(
            "  {id}:\n    Type: Custom::OrgPolicy\n    Properties: {{Name: {id}, Type: BACKUP_POLICY, Targets: [/Production],\n      \
             Content: {{plans: {{p: {{old: {{\"@@assign\": {value}}}, new: {{\"@@assign\": {value}}}}}}}}}}}\n"
        )
    };
    let (organization, _) = deployed(&format!("{}{}", assigns("A", 8), assigns("B", 9)));
    let ou = organization.find("Production")[0];
    let effective = of_account(&organization, ou, BACKUP, Assumptions::default());
    assert_eq!(
        lines(&organization, &effective),
        ["/plans/p/new = 8 <- A if first A | 9 <- B if first B", "/plans/p/old = 1 <- old", OTHER]
    );
}

#[test]
fn what_cannot_be_told_is_left_as_it_is() {
    for (template, why) in [
        (
            resource("A", "old", "Targets: [Root]").replace("Name: old", "Name: !Ref Where"),
            "A: its Name is the value of parameter Where",
        ),
        (
            resource("A", "old", "Targets: !Ref Where"),
            "A: where it is attached is the value of parameter Where",
        ),
        (
            resource("A", "old", "Targets: [!Ref Where]"),
            "A: a target is the value of parameter Where",
        ),
        (
            resource("A", "old", "Targets: [/Nowhere]"),
            "A: its target /Nowhere is not in the organization",
        ),
        (
            resource("A", "old", "Targets: [Root]")
                .replace("    Properties", "    Condition: Perhaps\n    Properties"),
            "A: whether it is made hangs on",
        ),
    ] {
        let (organization, deployed) = deployed(&template);
        let left_out: Vec<String> = deployed
            .left_out
            .iter()
            .map(|left| format!("{}: {}", left.logical_id, left.why))
            .collect();
        assert!(left_out.len() == 1 && left_out[0].starts_with(why), "{template}{left_out:?}");
        let account = organization.find("111122223333")[0];
        let attached = organization.attached(account, BACKUP);
        assert_eq!(attached.len(), 1, "{template}: it stays where it is attached");
    }
}

#[test]
fn what_a_deployment_declares_is_listed() {
    let template = format!(
        "{}{}",
        resource("A", "old", "Targets: [Root]"),
        resource("B", "new", "Targets: []")
    );
    let (organization, deployed) = deployed(&template);
    let listed: Vec<(&str, bool)> =
        deployed.policies.iter().map(|one| (name(&organization, one.policy), one.is_new)).collect();
    assert_eq!(listed, [("old", false), ("new", true)]);
}
